"""The rules of the house that keep the project readable."""

from __future__ import annotations

import ast
import re
import sys
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from workflow_copy import WorkflowCopy

from plumbing.config.options import Analysis

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow_scripts"
INCLUDED = re.findall(r'^include: "(.*)"', (ROOT / "Snakefile").read_text(encoding="utf-8"), re.M)
RULE = re.compile(r"^( *)rule ?(\w*):\n((?:\1 +.*\n|\n)+)", re.M)
DIRECTIVES = (
    "name", "message", "input", "output", "wildcard_constraints", "log", "benchmark", "params",
    "localrule", "threads", "resources", "conda", "script",
)  # fmt: skip
OPTIONAL = {"name", "input", "wildcard_constraints", "localrule"}
# Each knows those before it: what is computed, then what is stored of it, and what sets up a job.
ROOMS = (
    "science.statistics", "science.sound", "science.corpus", "science.quilts", "science.network",
    "science.baselines", "science.analyses", "science.scorecard", "science.figures",
    "science.report", "storage", "sources", "plumbing",
)  # fmt: skip

# What a scene has only for figures that say so in SHOWS, and the names under which they read it.
PARTS_OF_SCENE = {
    "reference": ["reference"], "chosen_on": ["chosen_on", "held_out"],
    "weights_used": ["weights_used"],
}  # fmt: skip


class Rule:
    """A rule that runs something, as it is written; one of a loop has its variable in its name."""

    def __init__(self, file: str, indent: str, name: str, text: str) -> None:
        self.file, self.text = file, text
        self.directives = re.findall(rf"^{indent}    (\w+):", text, re.M)
        self.name = name or re.search(r'name:\s+f"(.+)"', text).group(1)
        # A loop's script is named for the variable, or without it.
        scripts = re.sub("[{}]", "", self.name), re.sub(r"_\{\w+\}", "", self.name)
        self.script = next(name for name in scripts if f"/{name}.py" in text)


RULES = {
    rule.name: rule
    for file in INCLUDED
    for rule in (
        Rule(file, *found) for found in RULE.findall((ROOT / file).read_text(encoding="utf-8"))
    )
}


def modules(room: str = "") -> list[Path]:
    return sorted(SCRIPTS.joinpath(*room.split(".")).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """What a file imports; of `from x import y` both x and x.y, as y may be a module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            # The digest of the code follows no relative import.
            assert node.level == 0, f"{path}: a relative import"
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_its_directives_in_order_and_its_script_log_and_benchmark_its_name(rule):
    assert rule.directives == [name for name in DIRECTIVES if name in rule.directives]
    assert not set(DIRECTIVES) - OPTIONAL - set(rule.directives)
    assert "_" in rule.name, "verb and noun"
    assert f'"../workflow_scripts/{rule.script}.py"' in rule.text
    for section in ("logs", "benchmarks"):
        assert re.search(rf'"<run>/{section}/{re.escape(rule.name)}[./]', rule.text), section
    # What was fetched once is not fetched again for an edit of the code that asked.
    if rule.name not in ("fetch_archive", "fetch_table"):
        assert re.search(rf'code=code_of\("{rule.script}"[,)]', rule.text)


def test_every_script_has_its_rule():
    assert {rule.script for rule in RULES.values()} == {path.stem for path in SCRIPTS.glob("*.py")}


@pytest.mark.parametrize("preset", ["demo", "paper", "fsd50k"])
def test_a_file_of_rules_reads_what_those_before_it_make(preset, tmp_path):
    copy = WorkflowCopy.make(tmp_path / "workflow")
    graph = copy.snakemake(*copy.overlay(f"preset: {preset}\n"), "--rulegraph", "dot")
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', graph))

    def place_of(number: str) -> int:
        for rule in RULES.values():
            if re.fullmatch(re.sub(r"\{\w+\}", r"\\w+", rule.name), names[number]):
                return INCLUDED.index(rule.file)
        return len(INCLUDED)

    edges = re.findall(r"(\d+) -> (\d+)", graph)
    assert len(edges) > 100
    for made, read in edges:
        assert place_of(made) <= place_of(read), f"{names[made]} -> {names[read]}"


def test_an_analysis_has_one_name_from_its_option_to_its_caption():
    drawn = {"training", *get_args(Analysis)}
    for analysis in get_args(Analysis):
        assert f"measure_{analysis}" in RULES
        assert (SCRIPTS / f"science/analyses/{analysis}.py").exists()
    assert {path.stem for path in (ROOT / "rules/report").glob("*.rst")} == drawn
    figures = {path.stem for path in modules("science.figures")}
    assert figures - {"__init__", "style", "marks"} == drawn


def test_each_figure_is_given_the_tables_and_the_parts_of_the_scene_that_it_says_it_draws():
    text = (ROOT / "rules/figures.smk").read_text(encoding="utf-8")
    stand_ins = {"FIRST_EMBEDDED": [], "of_features": str, "TARGET": "x"}
    tables, shown = (
        eval(re.search(rf"^{name} = (\{{.*?^\}})", text, re.M | re.S).group(1), dict(stand_ins))
        for name in ("TABLES_OF_FIGURE", "SHOWN_BY_FIGURE")
    )
    assert tables.keys() == {"training", *get_args(Analysis)}
    for figure in tables:
        module = import_module(f"science.figures.{figure}")
        assert module.TABLES.keys() == tables[figure].keys(), figure
        shows = set(getattr(module, "SHOWS", ()))
        assert shows == set(shown.get(figure, ())), figure
        source = Path(module.__file__).read_text(encoding="utf-8")
        for part, words in PARTS_OF_SCENE.items():
            reads = any(f"scene.{word}" in source for word in words)
            assert reads <= (part in shows), f"{figure} draws {part}, and SHOWS does not say so"
        assert hasattr(module.draw, "__wrapped__"), f"{figure} is not drawn in the house's style"


def test_a_room_knows_those_before_it_alone():
    scripts = {path.stem for path in SCRIPTS.glob("*.py")}

    def room_of(name: str) -> int | None:
        found = (n for n, room in enumerate(ROOMS) if f"{name}.".startswith(f"{room}."))
        return next(found, None)

    for path in set(modules()) - set(SCRIPTS.glob("*.py")) - {SCRIPTS / "science/__init__.py"}:
        here = room_of(".".join(path.relative_to(SCRIPTS).with_suffix("").parts))
        assert here is not None, f"{path} stands in no room"
        for name in imports(path):
            there = room_of(name)
            assert there is None or there <= here, f"{path} imports {name}"
    for path in modules():
        assert not imports(path) & scripts, f"{path} imports a script"
    for path in SCRIPTS.rglob("*/__init__.py"):
        assert not path.read_text(encoding="utf-8"), f"{path}: the digest of the code skips it"


def test_science_is_pure_and_snakemake_is_known_to_plumbing_alone():
    for path in [*modules("science"), *modules("storage"), *modules("sources")]:
        names = {name.split(".")[0] for name in imports(path)}
        assert "snakemake" not in names, path
        if "science" in path.parts:
            assert not names & {"yaml", "pathlib", "os"}, path
            assert not re.search(r"\bopen\(|\bprint\(", path.read_text(encoding="utf-8")), path


def test_sizes():
    for path in [*modules(), *(ROOT / file for file in INCLUDED)]:
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 350, f"{path} has {lines} lines; is there more than one thing in it?"
    for path in SCRIPTS.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        body = text[text.index("\ndef ") :].strip().splitlines()
        assert len(body) <= 60, f"{path}: {len(body)} lines from its first function on"
    # Of those two rooms a reader knows each module by the analysis that it is named for.
    by_name = dict.fromkeys(("analyses", "figures"), {*get_args(Analysis)})
    for room in {path.parent for path in SCRIPTS.rglob("*/*.py")}:
        named = {"__init__", *by_name.get(room.name, ())}
        files = len({path.stem for path in room.glob("*.py")} - named)
        assert files <= 15, f"{room} has {files} files; is there more than one room in it?"


def test_a_module_shadows_no_other_and_nothing_is_named_utils():
    for path in SCRIPTS.glob("*"):
        assert path.stem not in sys.stdlib_module_names, path
    for path in [*modules(), *(ROOT / "tests").rglob("*.py")]:
        assert not re.search("util|helper|misc", path.stem), path


def test_every_text_has_its_encoding():
    """That of a file, and of what a process prints; ruff sees to `open`."""
    for path in [*modules(), *(ROOT / "envs").glob("*.py"), *(ROOT / "tests").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                given = {keyword.arg for keyword in node.keywords}
                as_text = node.func.attr in ("read_text", "write_text") or (
                    node.func.attr in ("run", "Popen", "check_output") and "text" in given
                )
                assert "encoding" in given or not as_text, f"{path}:{node.lineno}"
    for file in [*INCLUDED, "Snakefile"]:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not re.search(r"read_text\(\)|\bopen\(", text), file
