"""Score our numbers: against the published ones, or by the same findings on another category."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from plumbing.job import logged, paths
from science.scorecard import kim2024
from science.scorecard.claim_sets import cast_of, findings_of, is_published
from science.scorecard.verdicts import score
from storage.corpus_tables import read_corpus_tables
from storage.tables import write_table


def main(
    analyses: Mapping[str, Path],
    tables: Iterable[Path],
    category: str,
    reference: str,
    conditions: Mapping[str, Mapping],
    categories: Mapping[str, Sequence],
    settings: Mapping,
    notice: str,
    output: Path,
) -> None:
    """Write the scorecard, a row for each claim; target and notice stand in every row."""
    published = is_published(settings["claims"], category)
    if published:
        cast = kim2024.cast_beside(reference)
    else:
        resolve = read_corpus_tables(tables).resolve
        cast = cast_of(category, reference, conditions, categories[category], resolve)
    claims = [finding.of(cast) for finding in findings_of(published, category, categories)]
    results = {name: pd.read_csv(path) for name, path in analyses.items()}
    scorecard = score(claims, results, settings["tolerance"], settings["tolerances"])
    write_table(output, scorecard.assign(category=category, notice=notice))


if __name__ == "__main__":
    with logged(snakemake):
        folder = Path(snakemake.output[0]).parent / "analyses"
        main(
            analyses={
                path.relative_to(folder).with_suffix("").as_posix(): path
                for path in paths(snakemake.input.analyses)
            },
            tables=paths(snakemake.input.tables),
            category=snakemake.params.category,
            reference=snakemake.params.reference,
            conditions=snakemake.params.conditions,
            categories=snakemake.params.categories,
            settings=snakemake.params.scorecard,
            notice=snakemake.params.notice,
            output=Path(snakemake.output[0]),
        )
