"""Selective units beside components of human auditory cortex, sound by sound.

Norman-Haignere, Kanwisher & McDermott (Neuron 2015) infer six components from responses to 165
sounds, one of which answers to music. Two questions beyond the ratio: is the profile of selective
units that of a component, more than the sounds' categories make it (`correlate`); and how much of a
component do all units predict together (`predict`, as Tuckute et al., PLoS Biology 2023)?
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from science.analyses.ratios import NO_UNIT
from science.statistics.exact import ranks
from science.statistics.randomness import named_generator
from science.statistics.ridge import ridge_deviations

NETWORK = ("features", "seed")
CORRELATION_COLUMNS = (
    "component", "pearson", "spearman", "p_over_sounds", "p_within_categories", "reliability",
    "note",
)  # fmt: skip
PREDICTION_COLUMNS = ("layer", "component", "r2", "low", "high", "r2_within_category", "note")
FEWEST_SOUNDS = 3
# Two arrangements of the same numbers add up differently in the last digits.
SAME = 1e-12
NO_SPREAD = "the units respond to all sounds alike"


def correlate(
    profile: np.ndarray,
    components: pd.DataFrame,
    categories: Sequence[str],
    permutations: int,
    generator: np.random.Generator,
) -> pd.DataFrame:
    """Correlate a profile of responses with that of every component.

    Args:
        profile: [sounds], the mean response of some units to each sound.
        components: A row for each sound, a column for each component.
        categories: The category of each sound.
        permutations: Of the sounds, among all and among those of the same category.
        generator: For the permutations.

    Returns:
        `CORRELATION_COLUMNS`; each p is one-sided: the share of the arrangements, the observed one
        among them, whose Pearson correlation is as high. `reliability` is left open.
    """
    values = components.to_numpy(dtype=float)
    table = pd.DataFrame({"component": list(components.columns)})
    pearson = _correlations(profile[None], values)[0]
    of_sounds = ranks(profile)[None], components.rank().to_numpy()
    table["pearson"], table["spearman"] = pearson, _correlations(*of_sounds)[0]
    for name, groups in (
        ("p_over_sounds", np.zeros(len(profile), dtype=int)),
        (
            "p_within_categories",
            np.unique(np.asarray(categories, dtype=str), return_inverse=True)[1],
        ),
    ):
        orders = arrangements(groups, permutations, generator)
        as_high = _correlations(profile[orders], values) >= pearson - SAME
        p = (1 + as_high.sum(axis=0)) / (1 + permutations)
        table[name] = np.where(np.isfinite(pearson), p, np.nan)
    table["note"] = "" if np.ptp(profile) > 0 else NO_SPREAD
    if np.isnan(profile).all():
        table["note"] = NO_UNIT
    return table.reindex(columns=list(CORRELATION_COLUMNS))


def profile_correlation(profile: np.ndarray, component: np.ndarray) -> float:
    """Pearson's r of a profile [sounds] and a component [sounds]; NaN where one is constant."""
    return _correlations(profile[None], component[:, None]).item()


def arrangements(groups: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """Random orders [count, items] of items that change places within their group alone."""
    keys = groups + generator.random((count, len(groups)))
    orders = np.empty(keys.shape, dtype=int)
    orders[:, np.argsort(groups, kind="stable")] = np.argsort(keys, axis=1)
    return orders


def reliability(profiles: Sequence[np.ndarray]) -> float:
    """Mean correlation of the profiles of two networks, over all pairs; NaN with fewer than two.

    A profile without noise can be expected to correlate with each by the root of this.
    """
    if len(profiles) < 2:
        return np.nan
    pairs = [profile_correlation(a, b) for a, b in combinations(profiles, 2)]
    return float(np.mean(pairs))


def draw_halves(sounds: int, count: int, seed: int) -> list[np.ndarray]:
    """Numbers of random halves of the sounds, rounded up: 83 of 165.

    The same for all that is predicted from, so that two feature sets are compared on one footing;
    a half more leaves the others as they are.
    """
    drawn = (named_generator(seed, "brain", "half", number) for number in range(count))
    return [np.sort(each.permutation(sounds)[: (sounds + 1) // 2]) for each in drawn]


def predict(
    responses: np.ndarray,
    components: pd.DataFrame,
    inside: np.ndarray,
    halves: Sequence[np.ndarray],
    layer: str = "",
) -> pd.DataFrame:
    """Predict components from all units, on sounds that had no part in the fit.

    Args:
        responses: [sounds, units].
        components: A row for each sound, a column for each component.
        inside: [sounds] mask of those of the category that the run is about.
        halves: Numbers of the sounds to fit on, half by half; the others are predicted.
        layer: What the units are of; '' for the features that are analysed in all else.

    Returns:
        `PREDICTION_COLUMNS`: r2 is the squared correlation of predicted and measured responses,
        negative correlations counting 0, its median over the halves (low and high: the least and
        the greatest); r2_within_category is the same of the predictions inside the category alone.
    """
    responses = responses.astype(np.float64)
    values = components.to_numpy(dtype=float)
    whole, within = [], []
    for half in halves:
        rest = np.setdiff1d(np.arange(len(values)), half)
        predicted, _ = ridge_deviations(responses[half], values[half], responses[rest])
        whole.append(_explained(predicted, values[rest]))
        within.append(_explained(predicted[inside[rest]], values[rest][inside[rest]]))
    r2 = np.array(whole)
    columns = {
        "layer": layer,
        "component": list(components.columns),
        "r2": np.median(r2, axis=0),
        "low": r2.min(axis=0),
        "high": r2.max(axis=0),
        "r2_within_category": np.median(within, axis=0),
        "note": "",
    }
    return pd.DataFrame(columns, columns=list(PREDICTION_COLUMNS))


def pooled_tables(
    correlations: Mapping[tuple, pd.DataFrame],
    predictions: Mapping[tuple, pd.DataFrame],
    profiles: Mapping[str, Sequence[np.ndarray]],
) -> dict[str, pd.DataFrame]:
    """The tables of all networks as two, with the reliability of each condition's profiles.

    Args:
        correlations: By features and seed, from `correlate`.
        predictions: By features and seed, from `predict`.
        profiles: By features, the profile of each network.
    """
    tables = {"correlations": correlations, "prediction": predictions}
    pooled = {
        name: pd.concat(parts, names=NETWORK).reset_index(NETWORK) for name, parts in tables.items()
    }
    ceiling = {features: reliability(each) for features, each in profiles.items()}
    pooled["correlations"]["reliability"] = pooled["correlations"]["features"].map(ceiling)
    return pooled


def absent_tables(why: str) -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    correlations = pd.DataFrame(columns=[*NETWORK, *CORRELATION_COLUMNS])
    predictions = pd.DataFrame(columns=[*NETWORK, *PREDICTION_COLUMNS])
    for table in (correlations, predictions):
        table.loc[0, ["features", "note"]] = "", f"not run: {why}"
    return {"correlations": correlations, "prediction": predictions}


def _explained(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Squared correlation of each column, 0 where it is negative or nothing is predicted."""
    if len(measured) < FEWEST_SOUNDS:
        return np.full(measured.shape[1], np.nan)
    # Where nothing predicts, the largest penalty is chosen, and all predictions are the mean.
    varies = np.ptp(predicted, axis=0) > SAME * np.ptp(measured, axis=0)
    pairs = zip(np.where(varies, predicted, 0).T, measured.T, strict=True)
    r = np.array([profile_correlation(ours, theirs) for ours, theirs in pairs])
    return np.clip(np.nan_to_num(r), 0, None) ** 2


def _correlations(profiles: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Pearson's r of profiles [profiles, sounds] and columns of values [sounds, columns]."""
    return _unit_length(profiles.astype(float)) @ _unit_length(values.T).T


def _unit_length(rows: np.ndarray) -> np.ndarray:
    """Rows without their mean, of length 1; NaN where nothing is left."""
    # Of any unit, so that what is left is compared with the size of the numbers.
    rows = rows / np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.finfo(float).tiny)
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    out = np.full(centred.shape, np.nan)
    return np.divide(centred, length, out=out, where=length > SAME)
