"""Hold networks trained without music and speech against those trained without music alone."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from plumbing.job import logged
from science.analyses.quilt_contrasts import music_of_selective_units, quilt_effects
from science.baselines.feature_sets import ACOUSTICS, NOT_TESTED
from science.statistics.comparisons import compare_networks, with_holm
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

QUILT_COLUMNS = ["features", "seed", "units", "group", "stimulus", "segment_ms", "relative"]
RATIO_COLUMNS = ["features", "seed", "split", "ratio", "null_mean"]
MEASURES = ("ratio_train", "ratio_test", "quilt_loss")


def main(
    selectivity: Path,
    quilts: Path,
    removed: str,
    reference: str,
    summary_path: Path,
    tests_path: Path,
) -> None:
    """Response ratio on both splits, and what quilts of the shortest segments take away.

    Beside the two conditions stand the trivial acoustics, which are not tested.
    """
    ratios = read_table(selectivity, RATIO_COLUMNS).set_index(["features", "seed", "split"])
    table = ratios.unstack("split")
    table.columns = [f"{measure}_{split}" for measure, split in table.columns]
    effects = quilt_effects(music_of_selective_units(read_table(quilts, QUILT_COLUMNS)))
    effects = effects.rename(columns={"loss": "quilt_loss"}).set_index(["features", "seed"])
    table = table.join(effects).reset_index()
    table = table[table["features"].isin([removed, reference, ACOUSTICS])].reset_index(drop=True)
    rows = [
        {"measure": measure, **compare_networks(table, removed, reference, measure, "two-sided")}
        for measure in MEASURES
    ]
    table["note"] = (table["features"] == ACOUSTICS).map({True: NOT_TESTED, False: ""})
    if removed not in set(table["features"]):
        note = f"not run: {removed} is not in run.conditions"
        table = pd.concat([table, pd.DataFrame([{"features": removed, "note": note}])])
    write_table(summary_path, table)
    write_table(tests_path, with_holm(pd.DataFrame(rows)))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            selectivity=Path(snakemake.input.selectivity),
            quilts=Path(snakemake.input.quilts),
            removed=snakemake.params.removed,
            reference=snakemake.params.reference,
            summary_path=Path(snakemake.output.summary),
            tests_path=Path(snakemake.output.tests),
        )
