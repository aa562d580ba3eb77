"""Compare the response ratio on the test split between conditions and feature sets, pairwise."""

from dataclasses import asdict, fields
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged
from science.intervals import welch_interval
from science.statistics_tests import TestResult, holm_correction, rank_sum_test, signed_rank_test
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

COLUMNS = [
    "features",
    "second",
    "mean",
    "mean_of_second",
    "difference",
    "low",
    "high",
    "interval",
    "networks",
    *[field.name for field in fields(TestResult)],
    "p_holm",
]


def main(selectivity: Path, output: Path) -> None:
    """A row for every pair; Holm's correction is over all pairs that could be tested."""
    table = read_table(selectivity, ["features", "seed", "split", "ratio"])
    tested = table[(table["split"] == "test") & table["ratio"].notna()]
    ratios = {
        features: tested.loc[tested["features"] == features, "ratio"].to_numpy(dtype=float)
        for features in dict.fromkeys(table["features"])
    }
    rows = [compare(*pair, ratios) for pair in combinations(ratios, 2)]
    compared = pd.DataFrame(rows, columns=COLUMNS[:-1])
    compared["p_holm"] = holm_correction(compared["p"].to_numpy(dtype=float))
    write_table(output, compared)


def compare(first: str, second: str, ratios: dict[str, np.ndarray]) -> dict[str, object]:
    """Two-sided test of two sets of networks, and Welch's interval of the difference."""
    values, others = ratios[first], ratios[second]
    interval = welch_interval(values, others)
    return {
        "features": first,
        "second": second,
        "mean": values.mean() if len(values) else np.nan,
        "mean_of_second": others.mean() if len(others) else np.nan,
        "difference": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "networks": interval.n,
        **asdict(pair_test(values, others)),
    }


def pair_test(values: np.ndarray, others: np.ndarray) -> TestResult:
    """Rank-sum over networks; signed-rank where one side is a feature set without seeds."""
    if len(others) == 1 and len(values) > 1:
        return signed_rank_test(values - others[0])
    if len(values) == 1 and len(others) > 1:
        return signed_rank_test(values[0] - others)
    return rank_sum_test(values, others)


if __name__ == "__main__":
    with logged(snakemake):
        main(selectivity=Path(snakemake.input[0]), output=Path(snakemake.output[0]))
