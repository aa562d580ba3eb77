"""Write runs side by side as one page: `make compare RUNS="demo my_recordings"`.

Not a rule, since it belongs to no run. Of each run it reads what is small: the scorecard, the
configuration, the account of the clips, and what a network's file says of its making.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from plumbing.config.settings import ConfigError, read_options  # noqa: E402
from science.report.comparison import COLUMNS, ComparedRun, render_comparison  # noqa: E402
from science.statistics.number_text import number  # noqa: E402
from storage.tables import read_benchmarks, read_table  # noqa: E402
from storage.whole_files import TableFileError, whole_file  # noqa: E402

RESULTS = Path("results")
TEMPLATE = ROOT / "rules/report/comparison.html.j2"
# Digits are those of the paper; of how many networks or clips may be two numbers.
AS_WRITTEN = ("printed", "our_n")
NUMBERS = ("ours", "spread", "difference", "low", "high")
# File names may have 255 bytes, also that of the file before it is whole; a letter has up to four.
LONGEST_NAME = 50


class ComparisonError(ValueError):
    """Runs cannot be compared; the message says which, and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; the exit status."""
    parser = argparse.ArgumentParser(description="Write runs side by side as one page.")
    parser.add_argument("runs", nargs="*", help="names below results, or folders of runs elsewhere")
    given = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # names may be of letters the locale lacks
    try:
        folders = folders_of(given.runs)
        runs = [read_run(folder, name) for name, folder in folders.items()]
    except ComparisonError as error:
        print(f"compare stopped: {error}", file=sys.stderr)
        return 1
    names = "_".join(name.replace("/", "-") for name in folders)
    if len(names) > LONGEST_NAME:
        # Else two comparisons could have one name, and the second would replace the first.
        digest = hashlib.blake2b(os.fsencode(names), digest_size=4).hexdigest()
        names = f"{names[:LONGEST_NAME]}_{digest}"
    output = RESULTS / f"compare_{names}.html"
    page = render_comparison(TEMPLATE.read_text(encoding="utf-8"), runs, in_short)
    RESULTS.mkdir(exist_ok=True)
    with whole_file(output) as unfinished:
        unfinished.write_text(page, encoding="utf-8")
    print(f"The runs {' and '.join(folders)} side by side: {output}")
    return 0


def folders_of(given: Sequence[str]) -> dict[str, Path]:
    """The folder of each run, by what its column is called.

    Args:
        given: Names below results, or folders of runs elsewhere.

    Raises:
        ComparisonError: They are fewer than two, the same one twice, or one is not there.
    """
    there = ", ".join(runs_there()) or "none"
    if len(given) < 2:
        raise ComparisonError(
            f'name two runs or more, as in make compare RUNS="a b"; in {RESULTS} there are: {there}'
        )
    folders = [Path(run) if "/" in run else RESULTS / run for run in given]
    for run, folder in zip(given, folders, strict=True):
        if not folder.is_dir() or folder.resolve() == (RESULTS / "clips").resolve():
            raise ComparisonError(f"there is no run {run}; in {RESULTS} there are: {there}")
    for folder, times in Counter(folder.resolve() for folder in folders).items():
        if times > 1:
            raise ComparisonError(f"the run {folder.name} is named {times} times; name each once")
    own = Counter(folder.resolve().name for folder in folders)
    return {
        folder.resolve().name if own[folder.resolve().name] == 1 else str(folder): folder
        for folder in folders
    }


def runs_there() -> list[str]:
    """Names of the runs below results: folders with a configuration or a scorecard."""
    files = [*RESULTS.glob("*/config.yaml"), *RESULTS.glob("*/scorecard.csv")]
    return sorted({file.parent.name for file in files})


def read_run(folder: Path, name: str) -> ComparedRun:
    """Gather what a run left behind.

    Raises:
        ComparisonError: It has no scorecard or configuration yet, or those of an earlier version.
    """
    config = _configuration(folder)
    return ComparedRun(
        name=name,
        folder=str(folder),
        scorecard=_scorecard(folder),
        config=config,
        corpus=_facts(folder, config),
        versions=_versions(folder, config),
    )


def in_short(value: Any) -> str:
    """An option's value in one line of YAML."""
    if value == "":
        return "''"
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")


def _scorecard(folder: Path) -> pd.DataFrame:
    path = folder / "scorecard.csv"
    if not path.is_file():
        raise ComparisonError(
            f"the run {folder.name} has no scorecard yet ({path}): let it run to its end first; "
            f"make status says what is missing"
        )
    try:
        scorecard = read_table(path, as_text=AS_WRITTEN)
    except (TableFileError, OSError) as error:
        raise ComparisonError(str(error)) from error
    lacking = [column for column in COLUMNS if column not in scorecard]
    if lacking or scorecard.empty:
        what = f"has no column {', '.join(lacking)}" if lacking else "has no row"
        raise ComparisonError(
            f"{path} {what}, as one of an earlier version: run the workflow again for this run, "
            f"which writes its scorecard again"
        )
    return scorecard.assign(**{name: _column(scorecard, name, path) for name in COLUMNS})


def _column(scorecard: pd.DataFrame, name: str, path: Path) -> pd.Series:
    """A column as it has to be: numbers, or text that is empty where there is none."""
    if name not in NUMBERS:
        return scorecard[name].astype(object).fillna("").astype(str)
    try:
        return pd.to_numeric(scorecard[name]).astype(float)
    except (ValueError, TypeError) as error:
        raise ComparisonError(
            f"{path}: {name} holds something else than numbers ({error}); delete the file, and run "
            f"the workflow again"
        ) from error


def _configuration(folder: Path) -> dict[str, Any]:
    path = folder / "config.yaml"
    if not path.is_file():
        raise ComparisonError(
            f"the run {folder.name} has no configuration yet ({path}), which is written with the "
            f"report: let it run to its end first"
        )
    try:
        return read_options(path)
    except ConfigError as error:
        raise ComparisonError(f"{error}; delete the file, and run the workflow again") from error


def _facts(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """What clips there were, and how many networks of each condition, as text."""
    facts = {}
    corpus = _section(config, "corpus")
    facts["corpus"] = str(corpus.get("name", ""))
    facts["sources"] = ", ".join(map(str, corpus.get("sources") or []))
    for table, prefix in (("availability.csv", ""), ("availability/classes.csv", "classes of ")):
        file = folder / "analyses" / table
        if file.is_file():
            try:
                rows = read_table(file)
                facts |= _classes(rows, prefix) if prefix else _clips(rows)
            except (ValueError, KeyError):
                facts[f"{prefix}clips"] = f"{file} cannot be read"
    networks = Counter(path.parts[-3] for path in folder.glob("networks/*/seed*/weights.pt"))
    for condition, seeds in sorted(networks.items()):
        facts[f"networks of {condition}"] = number(seeds)
    try:
        jobs = read_benchmarks(folder / "benchmarks", folder / "logs")
    except (ValueError, OSError):  # one that a job at work has not written to its end
        jobs = pd.DataFrame()
    if len(jobs):
        facts["computing"] = f"{number(round(float(jobs['s'].sum())))} s in {len(jobs)} jobs"
    return {name: text for name, text in facts.items() if text}


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = config.get(name)
    return section if isinstance(section, Mapping) else {}


def _clips(rows: pd.DataFrame) -> dict[str, str]:
    return {
        f"{row['split']} clips": f"{number(int(row['got']))} of {number(int(row['asked']))}"
        for row in rows.to_dict("records")
    }


def _classes(rows: pd.DataFrame, prefix: str) -> dict[str, str]:
    heard = rows[rows["got"] > 0].groupby("split").size()
    return {f"{prefix}{split} clips": number(int(classes)) for split, classes in heard.items()}


def _versions(folder: Path, config: Mapping[str, Any]) -> dict[str, str]:
    """What made the first network of the reference condition, else of any."""
    reference = _section(config, "run").get("reference_condition", "")
    files = sorted(folder.glob("networks/*/seed*/weights.pt"))
    files.sort(key=lambda path: path.parts[-3] != reference)
    if not files:
        return {}
    from storage.networks import read_network_file  # torch takes seconds

    try:
        content = read_network_file(files[0], ())
    except (ValueError, OSError) as error:
        return {"network": f"{files[0]} cannot be read: {error}"}
    made_from = content.get("made_from", {})
    network = files[0].relative_to(folder / "networks").parent
    digests = {
        f"digest of {what}": str(made_from[key])
        for key, what in (("code", "the training's code"), ("data", "the training clips"))
        if key in made_from
    }
    versions = {name: str(one) for name, one in content.get("versions", {}).items()}
    return {"network that tells them": str(network), **versions, **digests}


if __name__ == "__main__":
    sys.exit(main())
