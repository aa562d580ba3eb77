"""Hold networks that memorised random labels against others in how they respond to quilts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from plumbing.job import logged
from science.analyses.quilt_contrasts import memorised_against, music_of_selective_units
from science.baselines.feature_sets import ACOUSTICS, NOT_TESTED
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake

COLUMNS = ["features", "seed", "stimulus", "segment_ms", "clips", "response", "relative"]


def main(
    quilts: Path, memorised: Sequence[str], reference: str, summary_path: Path, tests_path: Path
) -> None:
    """Responses of music-selective units to music; a test for each segment length.

    Beside the networks stand the trivial acoustics, which are not tested.
    """
    responses = music_of_selective_units(read_table(quilts, [*COLUMNS, "units", "group", "note"]))
    of_interest = responses["features"].isin([*memorised, reference, ACOUSTICS])
    responses = responses.loc[of_interest, [*COLUMNS, "note"]].reset_index(drop=True)
    untested = (responses["features"] == ACOUSTICS) & responses["note"].isna()
    responses["note"] = responses["note"].astype(object).mask(untested, NOT_TESTED)
    table, tests = memorised_against(responses, memorised, reference)
    if not memorised:
        note = "not run: no condition of run.conditions has random labels"
        table = pd.concat([table, pd.DataFrame([{"features": "", "note": note}])])
    write_table(summary_path, table)
    write_table(tests_path, tests)


if __name__ == "__main__":
    with logged(snakemake):
        main(
            quilts=Path(snakemake.input[0]),
            memorised=snakemake.params.memorised,
            reference=snakemake.params.reference,
            summary_path=Path(snakemake.output.summary),
            tests_path=Path(snakemake.output.tests),
        )
