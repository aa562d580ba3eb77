"""Selectivity by how much of the category was left in training: is a little leak the cause?

Beyond the paper, whose networks hear no clip that carries the category's labels, and none that the
authors found by hand. Clips of it may be left all the same. If these few made the units selective,
a few more should make them more so, and the curve should be steep near zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields

import numpy as np
import pandas as pd
from scipy import stats

from science.statistics.comparisons import HOLM_COLUMNS, compare_two, with_holm
from science.statistics.tests import TestResult, permutation_p, size_note, undefined_result

MEASURES = ("ratio", "quilt_loss")
NETWORK_COLUMNS = (
    "features",
    "seed",
    "category",
    "share",
    "clips",
    "in_trend",
    "measure",
    "value",
    "note",
)
TEST_COLUMNS = (
    "features",
    "measure",
    "comparison",
    *(field.name for field in fields(TestResult)),
    "mean",
    "mean_of_reference",
    "difference",
    "low",
    "high",
    "interval",
    *HOLM_COLUMNS,
)
TREND = "trend over the share left in"
PERMUTATIONS = 10000
NO_CLIP = "so small a share of these clips is none"


def clips_left_in(labels: Mapping[str, pd.DataFrame], reference: str) -> dict[str, int]:
    """How many training clips each condition hears of those that the reference leaves out.

    Args:
        labels: Columns clip_id, split and left_out of what each condition trains on.
        reference: The condition that leaves them out.
    """
    table = labels[reference]
    gone = set(table.loc[table["left_out"].notna(), "clip_id"])
    return {
        name: int((table["clip_id"].isin(gone) & (table["split"] == "train")).sum())
        for name, table in labels.items()
    }


def values_by_dose(
    values: pd.DataFrame,
    shares: Mapping[str, float],
    clips: Mapping[str, int],
    apart: Collection[str],
    held_out: str,
) -> pd.DataFrame:
    """What each network has to say, beside how much of the category it heard.

    Args:
        values: From `contrasts.values_of_networks`.
        shares: Of the category's training clips that were left in, by condition.
        clips: The same as a number of clips.
        apart: Conditions that have no part in the trend.
        held_out: The split that had no part in choosing the units.

    Returns:
        `NETWORK_COLUMNS`, measures `ratio` and `quilt_loss`, by rising share.
    """
    table = values[values["features"].isin(list(shares))].replace(
        {"measure": {f"ratio_{held_out}": MEASURES[0]}}
    )
    table = table[table["measure"].isin(MEASURES)]
    table = table.assign(
        share=table["features"].map(shares),
        clips=table["features"].map(clips),
        in_trend=~table["features"].isin(list(apart)),
        note="",
    )
    # Trained on what the reference is: the same networks would count twice.
    nothing = (table["share"] > 0) & (table["clips"] == 0)
    table.loc[nothing, "in_trend"], table.loc[nothing, "note"] = False, NO_CLIP
    order = table["measure"].map(MEASURES.index)
    table = table.assign(order=order).sort_values(["order", "share", "clips", "features", "seed"])
    return table[list(NETWORK_COLUMNS)].reset_index(drop=True)


def dose_tests(
    table: pd.DataFrame,
    reference: str,
    draw: Callable[[str], np.random.Generator],
) -> pd.DataFrame:
    """Whether the measures rise with the share left in, and how each dose differs from none.

    Args:
        table: From `values_by_dose`.
        reference: The condition with nothing left in.
        draw: Gives a generator for the name of a measure.

    Returns:
        `TEST_COLUMNS`, for each measure: as the reference's row, Spearman's rank correlation with
        the share over networks, one-sided (a larger share, a larger value), its p by permutation of
        the networks; and every other condition less the reference, two-sided, with Welch's
        interval. Holm's correction is over the conditions of one measure,
        and for the trend over the measures.
    """
    rows = []
    # Networks that are those of the reference again have nothing to be compared for.
    table = table[table["value"].notna() & (table["note"] != NO_CLIP)]
    for measure in MEASURES:
        part = table[table["measure"] == measure]
        in_trend = part[part["in_trend"].astype(bool)]
        shares, values = (in_trend[name].to_numpy(dtype=float) for name in ("share", "value"))
        trend = trend_test(shares, values, draw(measure))
        place = {"features": reference, "measure": measure}
        rows.append(place | {"comparison": TREND, "family": TREND} | asdict(trend))
        of_features = {
            name: of["value"].to_numpy(dtype=float) for name, of in part.groupby("features")
        }
        base = of_features.get(reference, np.empty(0))
        for name in dict.fromkeys(part["features"]):
            if name != reference:
                place = {"features": name, "measure": measure, "family": measure}
                words = {"comparison": f"{name} against {reference}"}
                compared = compare_two(of_features[name], base)
                compared["mean_of_reference"] = compared.pop("mean_of_second")
                rows.append(place | words | compared)
    return with_holm(pd.DataFrame(rows), "family").reindex(columns=list(TEST_COLUMNS))


def trend_test(
    shares: np.ndarray,
    values: np.ndarray,
    generator: np.random.Generator,
    permutations: int = PERMUTATIONS,
) -> TestResult:
    """Spearman's correlation of networks' values with the share they heard, by permutation.

    Args:
        shares: [networks], many of them tied.
        values: [networks].
        generator: Permutes the values.
        permutations: How often.

    Returns:
        One-sided, greater; the effect size is the correlation. p is never under
        1 / (1 + permutations), nor under one over the number of ways to divide the networks.
    """
    name, networks = "Spearman correlation, permutation of networks", len(values)
    groups = np.unique(shares, return_counts=True)[1]
    if len(groups) < 2 or np.ptp(values) == 0:
        note = "a trend needs two shares" if len(groups) < 2 else "all values are equal"
        return undefined_result(name, "rho", networks, networks, "greater", note)
    first, second = (stats.zscore(stats.rankdata(one)) for one in (shares, values))
    rho = float(first @ second / networks)
    drawn = generator.permuted(np.repeat(second[None], permutations, axis=0), axis=1)
    p = permutation_p(rho, drawn @ first / networks)
    ways = math.factorial(networks) / math.prod(map(math.factorial, groups.tolist()))
    smallest = max(1 / ways, 1 / (1 + permutations))
    note = size_note(smallest, f"{networks} networks")
    return TestResult(
        name, "rho", rho, p, math.log10(p), rho, networks, networks, "greater", smallest, note
    )


def absent_tables(why: str) -> dict[str, pd.DataFrame]:
    """Tables of no network that say why, with the columns that they would have."""
    summary = pd.DataFrame(columns=list(NETWORK_COLUMNS))
    summary.loc[0, ["features", "note"]] = "", f"not run: {why}"
    return {"summary": summary, "tests": pd.DataFrame(columns=list(TEST_COLUMNS))}
