"""The pins stand in one place, and its copy for conda says the same."""

import ast
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


def pins(lines) -> list[str]:
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def test_pip_and_conda_have_the_same_pins():
    conda = yaml.safe_load((ROOT / "envs/workflow.yaml").read_text(encoding="utf-8"))
    (of_pip,) = [item["pip"] for item in conda["dependencies"] if isinstance(item, dict)]
    assert of_pip == pins((ROOT / "envs/requirements.txt").read_text(encoding="utf-8").splitlines())


def test_every_pin_is_exact():
    for pin in pins((ROOT / "envs/requirements.txt").read_text(encoding="utf-8").splitlines()):
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
    requirements = pins((ROOT / "envs/requirements.txt").read_text(encoding="utf-8").splitlines())
    packages = [pin.split("==")[0] for pin in requirements]
    pinned = {names.get(name, name.replace("-", "_")) for name in packages}
    ours = {"plumbing", "science", "sources", "storage"}
    for path in (ROOT / "workflow_scripts").rglob("*.py"):
        for name in imported(path):
            known = name in sys.stdlib_module_names or name in ours or name in pinned
            assert known, f"{path} imports {name}, which envs/requirements.txt does not pin"


@pytest.fixture
def set_up() -> ModuleType:
    """The script that `make` runs after an installation."""
    spec = importlib.util.spec_from_file_location("set_up", ROOT / "envs/set_up.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("cuda", [None, "13.0"])
def test_torchaudio_s_extension_goes_beside_a_cpu_build_alone(
    set_up, tmp_path, monkeypatch, capsys, cuda
):
    extension = tmp_path / "lib/extension.so"
    extension.parent.mkdir()
    extension.touch()
    found = {"torchaudio": SimpleNamespace(origin=str(tmp_path / "__init__.py"))}
    monkeypatch.setattr(set_up.importlib.util, "find_spec", found.get)
    monkeypatch.setattr(set_up.torch.version, "cuda", cuda)
    set_up.main()
    assert extension.exists() == (cuda is not None)
    assert ("removed" in capsys.readouterr().out) == (cuda is None)


@pytest.mark.parametrize(
    ("of_machine", "shipped", "told"),
    [("libcudnn.so.9", False, True), (None, False, False), ("libcudnn.so.9", True, False)],
)
def test_a_cudnn_that_would_be_mixed_is_told_of(
    set_up, tmp_path, monkeypatch, capsys, of_machine, shipped, told
):
    of_torch = tmp_path / "nvidia/cudnn/lib"
    of_torch.mkdir(parents=True)
    if shipped:
        (of_torch / "libcudnn_engines_tensor_ir.so.9").touch()
    monkeypatch.setattr(set_up.torch, "__file__", str(tmp_path / "torch/__init__.py"))
    monkeypatch.setattr(set_up.ctypes.util, "find_library", lambda name: of_machine)
    monkeypatch.setattr(set_up.torch.version, "cuda", "13.0")
    set_up.main()
    assert ("nvidia-cudnn-cu13>=9.23" in capsys.readouterr().out) == told
