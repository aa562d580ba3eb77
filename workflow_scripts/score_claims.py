"""Hold our numbers against the published ones."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from plumbing.job import logged, paths
from science.claims import score
from science.published_claims import CLAIMS
from storage.tables import write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    analyses: Iterable[Path], reference: str, settings: Mapping, notice: str, output: Path
) -> None:
    """Write the scorecard, a row for each claim; the notice stands in every row."""
    tables = {path.stem: pd.read_csv(path) for path in analyses}
    scorecard = score(CLAIMS, tables, reference, settings["tolerance"], settings["tolerances"])
    write_table(output, scorecard.assign(notice=notice))


if __name__ == "__main__":
    with logged(snakemake):
        main(
            analyses=paths(snakemake.input),
            reference=snakemake.params.reference,
            settings=snakemake.params.scorecard,
            notice=snakemake.params.notice,
            output=Path(snakemake.output[0]),
        )
