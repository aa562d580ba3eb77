"""The rules of the house that keep the project readable."""

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow_scripts"
RULES = sorted((ROOT / "rules").glob("*.smk"))
RULE = re.compile(r"^ *rule ?(\w*):\n(.*?)(?=^ *rule\b|^\S|\Z)", re.MULTILINE | re.DOTALL)
NAME = re.compile(r'^ *name:\s+f"(\w+\{\w+\})"$', re.MULTILINE)


def rules() -> list[tuple[str, str, str]]:
    """File, name and text of every rule that runs something.

    Rules that a loop makes stand there once; their name holds the loop's variable in braces.
    """
    return [
        (path.name, name or NAME.search(text).group(1), text)
        for path in RULES
        for name, text in RULE.findall(path.read_text(encoding="utf-8"))
    ]


def script_of(name: str) -> str:
    """A rule's script has its name; what a loop makes has one, named for the loop's variable."""
    return re.sub(r"[{}]", "", name)


def imports(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_rule_script_log_and_benchmark_have_one_name():
    for file, name, text in rules():
        script = f'"../workflow_scripts/{script_of(name)}.py"'
        assert script in text, f"{file}: {name} runs another script"
        for section in ("logs", "benchmarks"):
            assert f'"<run>/{section}/{name}' in text, f"{file}: {name} has no {section} of its own"


def test_every_rule_has_all_it_needs():
    for file, name, text in rules():
        for key in ("message:", "output:", "params:", "threads:", "resources:", "conda:"):
            assert re.search(rf"^ +{key}", text, re.MULTILINE), f"{file}: {name} lacks {key}"
        # What was fetched once is not fetched again for an edit of the code that asked.
        if name not in ("fetch_archive", "fetch_table"):
            code = rf'code=code_of\("{script_of(name)}"[,)]'
            assert re.search(code, text), f"{file}: {name} does not depend on its code"


def test_every_script_has_its_rule():
    names = {script_of(name) for _, name, _ in rules()}
    assert names == {path.stem for path in SCRIPTS.glob("*.py")}


def test_rules_are_verbs_with_nouns():
    verbs = {
        "compute", "count", "describe", "embed", "fetch", "filter", "import", "label",
        "list", "make", "measure", "plot", "pool", "prepare", "record", "score", "select",
        "synthesise", "train", "write",
    }  # fmt: skip
    for file, name, _ in rules():
        verb, _, noun = name.partition("_")
        assert noun, f"{file}: {name}"
        assert verb in verbs, f"{file}: {name} begins with no verb of the house"


def test_no_two_rules_share_a_log():
    logs = [re.search(r'log:\s+f?"([^"]+)"', text).group(1) for _, _, text in rules()]
    assert len(logs) == len(set(logs))


def test_what_a_loop_makes_has_a_log_and_a_digest_for_each():
    for _, name, text in rules():
        if "{" in name:
            assert len(re.findall(rf'f"<run>/(?:logs|benchmarks)/{re.escape(name)}', text)) == 2


def test_each_figure_has_an_analysis_a_caption_and_rules_with_the_tables_it_reads():
    text = (ROOT / "rules/figures.smk").read_text(encoding="utf-8")
    source = re.search(r"^TABLES_OF_FIGURE = (\{.*?^\})", text, re.MULTILINE | re.DOTALL).group(1)
    stand_ins = {"FIRST_EMBEDDED": [], "of_features": str, "TARGET": "x"}
    given = {figure: set(tables) for figure, tables in eval(source, stand_ins).items()}
    modules = {path.stem for path in (SCRIPTS / "science/figures").glob("*.py")}
    assert modules - {"__init__", "style", "marks"} == set(given)
    captions = {path.stem for path in (ROOT / "rules/report").glob("*.rst")}
    assert captions == set(given)
    for figure, tables in given.items():
        assert set(import_module(f"science.figures.{figure}").TABLES) == tables, figure


def test_scripts_import_no_script():
    scripts = {path.stem for path in SCRIPTS.glob("*.py")}
    for path in SCRIPTS.rglob("*.py"):
        assert not imports(path) & scripts, path


def test_rooms_are_looked_into():
    rooms = {path.parent.name for path in SCRIPTS.rglob("science/*/*.py")}
    assert {"corpus", "sound", "statistics", "analyses"} <= rooms


def of_science(path: Path) -> str:
    return path.relative_to(SCRIPTS / "science").with_suffix("").as_posix()


@pytest.mark.parametrize("path", sorted((SCRIPTS / "science").rglob("*.py")), ids=of_science)
def test_science_is_pure(path):
    names = {name.split(".")[0] for name in imports(path)}
    assert not names & {"snakemake", "plumbing", "storage", "sources", "yaml", "pathlib", "os"}
    assert not re.search(r"\bopen\(|\bprint\(", path.read_text(encoding="utf-8"))


def test_storage_and_sources_do_not_know_snakemake():
    for package in ("storage", "sources"):
        for path in (SCRIPTS / package).rglob("*.py"):
            assert not imports(path) & {"snakemake", "plumbing"}, path


def test_the_digest_of_the_code_sees_every_import():
    """It follows neither relative imports nor what an `__init__.py` would import."""
    for path in SCRIPTS.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert not any(isinstance(node, ast.ImportFrom) and node.level for node in nodes), path
    for path in SCRIPTS.rglob("*/__init__.py"):
        assert not imports(path), path


def test_nothing_is_named_utils():
    for path in ROOT.glob("*/**/*.py"):
        if ".venv" not in path.parts:
            assert not re.search("util|helper|misc", path.stem), path


def test_sizes():
    for path in SCRIPTS.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 350, (
            f"{path} has {len(lines)} lines; is there more than one thing in it?"
        )
    for path in SCRIPTS.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        body = text[text.index("\ndef ") :].strip().splitlines()
        assert len(body) <= 60, f"{path}: {len(body)} lines from its first function on"
    for room in {path.parent for path in SCRIPTS.rglob("*/*.py")}:
        files = [path for path in room.glob("*.py") if path.name != "__init__.py"]
        assert len(files) <= 15, (
            f"{room} has {len(files)} files; is there more than one room in it?"
        )
    for path in RULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path


def test_a_module_shadows_no_other():
    import sys

    for path in SCRIPTS.glob("*"):
        assert path.stem not in sys.stdlib_module_names, path


def test_no_test_measures_time():
    for path in (ROOT / "tests").glob("test_*.py"):
        if path == Path(__file__).resolve():
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"assert .*(elapsed|perf_counter)", text), path


def reads_text_without_encoding(call: ast.Call) -> bool:
    """Whether a call opens a file or a process as text and leaves the encoding to the locale."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    if "encoding" in given or None in given:
        return False
    if name in ("run", "Popen", "check_output"):
        return bool({"text", "universal_newlines"} & given.keys())
    if name == "read_text":
        return not call.args
    if name == "write_text":
        return len(call.args) < 2
    is_path = isinstance(call.func, ast.Attribute) and "mode" not in given and not call.args
    if name == "open" and (isinstance(call.func, ast.Name) or is_path):
        modes = [*call.args[1:2], *([given["mode"]] if "mode" in given else [])]
        return not any(isinstance(mode, ast.Constant) and "b" in mode.value for mode in modes)
    return False


@pytest.mark.parametrize("folder", ["workflow_scripts", "envs", "tests"])
def test_every_text_has_its_encoding(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                assert not reads_text_without_encoding(node), f"{path}:{node.lineno}"


def test_rules_read_text_with_its_encoding():
    for path in [*RULES, ROOT / "Snakefile"]:
        assert not re.search(r"read_text\(\)|\bopen\(", path.read_text(encoding="utf-8")), path
