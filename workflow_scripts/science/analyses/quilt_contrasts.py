"""How conditions differ in what quilting takes from the responses of music-selective units.

Networks of different training differ in the scale of their responses, so that what they keep of
the response to the original is compared: `relative` in the tables of `quilt_responses`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from science.analyses.quilts import ORIGINAL
from science.statistics.comparisons import (
    COMPARISON_COLUMNS,
    HOLM_COLUMNS,
    compare_networks,
    with_holm,
)
from science.statistics.tests import Sidedness

# The paper's one-sided p says which way it asked; for the responses as such there is no such side.
SIDEDNESS_OF: dict[str, Sidedness] = {"relative": "greater", "response": "two-sided"}
TEST_COLUMNS = ("test", "sidedness", "log10_p", "smallest_possible_p")


def music_of_selective_units(responses: pd.DataFrame) -> pd.DataFrame:
    """The rows of selective units and clips of music of a table of `quilt_responses`."""
    return responses[(responses["units"] == "selective") & (responses["group"] == "music")]


def compare_lengths(responses: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Rank-sum tests over networks of two conditions, for each segment length.

    Args:
        responses: Columns features, seed, stimulus, relative, response; one row per network and
            stimulus.
        first: The condition that is held against
        second: this one.

    Returns:
        Rows of `compare_networks` with features, stimulus and measure; Holm's correction is among
        the lengths of a measure. No rows where one condition is absent.
    """
    rows = []
    for measure, sidedness in SIDEDNESS_OF.items():
        for stimulus, part in responses.groupby("stimulus", sort=False):
            if stimulus == ORIGINAL and measure == "relative":
                continue
            row = compare_networks(part, first, second, measure, sidedness)
            rows.append({"features": first, "stimulus": stimulus, "measure": measure, **row})
    return with_holm(pd.DataFrame(rows), "measure") if rows else pd.DataFrame()


def shares_below(values: Sequence[float], reference: Sequence[float]) -> np.ndarray:
    """For each value the share of the reference values below it, ties half.

    Their mean is the effect size U / (n1 n2) of the rank-sum test; NaN where a value is unknown or
    there is no reference.
    """
    values, reference = np.asarray(values, dtype=float), np.asarray(reference, dtype=float)
    reference = reference[np.isfinite(reference)]
    if len(reference) == 0:
        return np.full(len(values), np.nan)
    below = (reference < values[:, None]).mean(axis=1)
    shares = below + 0.5 * (reference == values[:, None]).mean(axis=1)
    return np.where(np.isfinite(values), shares, np.nan)


def memorised_against(
    responses: pd.DataFrame, memorised: Sequence[str], reference: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hold networks that memorised against the reference, for each segment length.

    Args:
        responses: As for `compare_lengths`, of these conditions.
        memorised: Conditions whose labels are random.
        reference: The condition they are held against.

    Returns:
        The responses with, for the networks that memorised, the share of the reference's networks
        that keep less (`share_of_reference_below`) and the test of this; and all tests.
    """
    table = responses.assign(share_of_reference_below=np.nan)
    tests = [compare_lengths(responses, condition, reference) for condition in memorised]
    tests = pd.concat([part for part in tests if len(part)] or [empty_tests()], ignore_index=True)
    of_reference = table[table["features"] == reference]
    for (condition, stimulus), part in table.groupby(["features", "stimulus"]):
        if condition in memorised and stimulus != ORIGINAL:
            held_against = of_reference.loc[of_reference["stimulus"] == stimulus, "relative"]
            table.loc[part.index, "share_of_reference_below"] = shares_below(
                part["relative"], held_against
            )
    of_relative = tests.loc[tests["measure"] == "relative", ["features", "stimulus", *TEST_COLUMNS]]
    return table.merge(of_relative, how="left", on=["features", "stimulus"]), tests


def empty_tests() -> pd.DataFrame:
    """A table of tests without rows, with the columns of `compare_lengths`."""
    columns = ("features", "stimulus", "measure", *COMPARISON_COLUMNS, *HOLM_COLUMNS)
    return pd.DataFrame(columns=columns)


def quilt_effects(responses: pd.DataFrame) -> pd.DataFrame:
    """What each network loses of its response from the original to the shortest segments.

    Args:
        responses: As for `compare_lengths`.

    Returns:
        Columns features, seed, shortest and loss: 1 less the relative response.
    """
    lengths = responses.dropna(subset=["segment_ms"])
    shortest = lengths.loc[lengths["segment_ms"] == lengths["segment_ms"].min()]
    return pd.DataFrame(
        {
            "features": shortest["features"],
            "seed": shortest["seed"],
            "shortest": shortest["stimulus"],
            "loss": 1 - shortest["relative"],
        }
    ).reset_index(drop=True)
