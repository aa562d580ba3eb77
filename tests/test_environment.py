"""The pins stand in one place, and its copy for conda says the same."""

import ast
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def pins(lines) -> list[str]:
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_pip_and_conda_have_the_same_pins():
    conda = yaml.safe_load((ROOT / "envs/workflow.yaml").read_text(encoding="utf-8"))
    (of_pip,) = [item["pip"] for item in conda["dependencies"] if isinstance(item, dict)]
    assert of_pip == pins((ROOT / "envs/requirements.txt").read_text().splitlines())


def test_every_pin_is_exact():
    for pin in pins((ROOT / "envs/requirements.txt").read_text().splitlines()):
        assert re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", pin), pin


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.split(".")[0])
    return names


def test_every_package_that_is_imported_is_pinned():
    names = {
        "PyYAML": "yaml",
        "Jinja2": "jinja2",
        "MarkupSafe": "markupsafe",
        "scikit-learn": "sklearn",
        "openTSNE": "openTSNE",
        "yt-dlp": "yt_dlp",
    }
    requirements = pins((ROOT / "envs/requirements.txt").read_text().splitlines())
    packages = [pin.split("==")[0] for pin in requirements]
    pinned = {names.get(name, name.replace("-", "_")) for name in packages}
    ours = {"plumbing", "science", "sources", "storage"}
    for path in (ROOT / "workflow_scripts").rglob("*.py"):
        for name in imported(path):
            known = name in sys.stdlib_module_names or name in ours or name in pinned
            assert known, f"{path} imports {name}, which envs/requirements.txt does not pin"
