"""Score our numbers: against the published ones, or by the same findings on another category."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from plumbing.job import logged, paths
from science.scorecard import kim2024, kim2024_numbers, kim2024_tests
from science.scorecard.claim_sets import cast_of, findings_of, is_published
from science.scorecard.number_table import number_rows
from science.scorecard.verdicts import score
from storage.corpus_tables import read_corpus_tables
from storage.tables import read_table, write_table


def main(
    analyses: Mapping[str, Path],
    tables: Iterable[Path],
    run: Mapping,
    scorecard_path: Path,
    numbers_path: Path,
) -> None:
    """Write the scorecard, a row for each finding, and its numbers, a row for each published one.

    `run` has category, reference, conditions, categories, chosen_on, corpus, scorecard and notice.
    """
    category, settings = run["category"], run["scorecard"]
    published = is_published(settings["claims"], category)
    if published:
        cast = kim2024.cast_beside(run["reference"], run["chosen_on"])
    else:
        resolve = read_corpus_tables(tables).resolve
        of_run = (run[name] for name in ("reference", "conditions", "categories"))
        cast = cast_of(category, *of_run, resolve, run["chosen_on"])
    findings = findings_of(published, category, run["categories"], cast.unheard)
    results = {name: read_table(path) for name, path in analyses.items()}
    known = kim2024.PUBLISHED if published else {}
    judged = published and run["corpus"] == kim2024.CORPUS, settings["tolerance"]
    claims = [finding.of(cast) for finding in findings]
    scorecard = score(claims, results, known, *judged, settings["tolerances"])
    others = (*kim2024_numbers.NUMBERS, *kim2024_numbers.FACTS)
    numbers = number_rows(scorecard, known, others, kim2024_tests.TESTS, results, cast, *judged)
    for path, table in ((scorecard_path, scorecard), (numbers_path, numbers)):
        write_table(path, table.assign(category=category, notice=run["notice"]))


if __name__ == "__main__":
    with logged(snakemake):
        folder = Path(snakemake.output.scorecard).parent / "analyses"
        tables = [*paths(snakemake.input.analyses), Path(snakemake.input.availability)]
        main(
            {path.relative_to(folder).with_suffix("").as_posix(): path for path in tables},
            paths(snakemake.input.tables),
            dict(snakemake.params.items()),
            Path(snakemake.output.scorecard),
            Path(snakemake.output.numbers),
        )
