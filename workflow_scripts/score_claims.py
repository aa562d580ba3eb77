"""Hold our numbers against the published ones."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.scorecard.published_claims import CLAIMS
from science.scorecard.verdicts import score
from storage.tables import write_table


def main(
    analyses: Mapping[str, Path], reference: str, settings: Mapping, notice: str, output: Path
) -> None:
    """Write the scorecard, a row for each claim; the notice stands in every row."""
    tables = {name: pd.read_csv(path) for name, path in analyses.items()}
    scorecard = score(CLAIMS, tables, reference, settings["tolerance"], settings["tolerances"])
    write_table(output, scorecard.assign(notice=notice))


if __name__ == "__main__":
    with logged(snakemake):
        folder = Path(snakemake.output[0]).parent / "analyses"
        main(
            analyses={
                path.relative_to(folder).with_suffix("").as_posix(): path
                for path in paths(snakemake.input)
            },
            reference=snakemake.params.reference,
            settings=snakemake.params.scorecard,
            notice=snakemake.params.notice,
            output=Path(snakemake.output[0]),
        )
