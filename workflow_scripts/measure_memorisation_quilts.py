"""Compare how networks that memorised random labels and others respond to quilts."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from plumbing.job import logged
from science.quilt_responses import ORIGINAL, compare_networks, with_holm
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

COLUMNS = ["features", "seed", "units", "group", "stimulus", "segment_ms", "response", "relative"]
# What is lost with the order of segments can be compared between networks of different training,
# whose responses themselves differ in scale, only as a share.
SIDEDNESS_OF = {"relative": "greater", "response": "two-sided"}


def main(quilts: Path, memorised: str, reference: str, summary_path: Path, tests_path: Path) -> None:
    """Music-selective units and clips of music; a test for each segment length."""
    table = read_table(quilts, COLUMNS)
    table = table[(table["units"] == "selective") & (table["group"] == "music")]
    table = table[table["features"].isin([memorised, reference])].drop(columns=["units", "group"])
    tests = compare_stimuli(table, memorised, reference)
    relative = tests[tests["measure"] == "relative"].set_index("stimulus")
    above = [
        share_below(row.relative, table[(table["features"] == reference) & (table["stimulus"] == row.stimulus)])
        if row.features == memorised
        else np.nan
        for row in table.itertuples()
    ]
    table = table.assign(share_of_reference_below=above)
    for column in ("test", "sidedness", "log10_p"):
        table[column] = table["stimulus"].map(relative[column]) if len(relative) else np.nan
    if memorised not in set(table["features"]):
        absence = {"features": memorised, "note": f"not run: {memorised} is not in run.conditions"}
        table = pd.concat([table.assign(note=""), pd.DataFrame([absence])], ignore_index=True)
    write_table(summary_path, table)
    write_table(tests_path, tests)
