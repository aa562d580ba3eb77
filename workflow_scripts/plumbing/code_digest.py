"""Digest of the code that a rule's result depends on, so that only a real edit reruns it.

A digest covers the syntax trees of the rule's script and of the modules it imports from
`science`, `storage` and `sources`, transitively, without comments and docstrings: reformatting,
a comment or a touched file change nothing. `plumbing` is left out, because it decides how a job is
set up and logged, and not what it computes. A user's own network has its own digest, so that an
edit of it trains again.

To parse all modules takes longer than the rest of a start: what was found of a text is remembered
beside Snakemake's own records, by the text itself, the version of Python and this file.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from collections.abc import Container, Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
PACKAGES = ("science", "storage", "sources")
REMEMBERED = Path(".snakemake/code_digests.json")
# What a text's digest depends on besides.
FOUND_BY = sys.version + Path(__file__).read_text(encoding="utf-8")


def code_digest(scripts: Path, name: str, *modules: str) -> str:
    """Digest of the script `name`.py in `scripts` and of all project modules it imports.

    Args:
        scripts: The folder of the scripts, from which modules are imported.
        name: The script's name without its ending.
        modules: Modules that the script imports by a name it is given, as `science.figures.quilts`.

    Raises:
        FileNotFoundError: There is no such script or module.
        SyntaxError: A module cannot be parsed; the error names it.
    """
    files = [scripts.joinpath(*module.split(".")).with_suffix(".py") for module in (name, *modules)]
    return _digest_with_imports(scripts, files, PACKAGES)


def own_network_digest(class_name: str, folders: Iterable[Path]) -> str:
    """Digest of the module of a user's own network and of what it imports from its folder.

    Args:
        class_name: 'module:Class', or 'paper'.
        folders: Where the module may lie; the first that has it counts.

    Returns:
        The digest; empty for the paper's network, and for a module that is installed elsewhere.

    Raises:
        SyntaxError: A module cannot be parsed; the error names it.
    """
    module, colon, _ = class_name.partition(":")
    for folder in folders if colon else ():
        package = folder / module.partition(".")[0]
        files = sorted(package.rglob("*.py")) if package.is_dir() else []
        if file := _file_of(module, folder):
            files.append(file)
        if files:
            return _digest_with_imports(folder, files, None)
    return ""


def _digest_with_imports(root: Path, files: list[Path], packages: Container[str] | None) -> str:
    """Digest of files and of all they import below `root`, from these packages or from any."""
    found: dict[str, str] = {}
    waiting, known = list(files), len(_remembered())
    while waiting:
        path = waiting.pop()
        key = path.relative_to(root).as_posix()
        if key not in found:
            found[key], imported = _parse(path)
            if packages is not None:
                imported = [name for name in imported if name.split(".")[0] in packages]
            waiting += [file for module in imported if (file := _file_of(module, root))]
    if len(_remembered()) > known:
        _remember()
    lines = "\n".join(f"{key} {found[key]}" for key in sorted(found))
    return hashlib.blake2b(lines.encode(), digest_size=8).hexdigest()


@cache
def _remembered() -> dict[str, tuple[str, list[str]]]:
    """What `_parsed` gave, by a digest of the text."""
    try:
        return json.loads(REMEMBERED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _remember() -> None:
    """Write it down, whole; where that cannot be, it is found again the next time."""
    unfinished = REMEMBERED.with_suffix(f".{os.getpid()}")
    with suppress(OSError):
        REMEMBERED.parent.mkdir(exist_ok=True)
        unfinished.write_text(json.dumps(_remembered()), encoding="utf-8")
        unfinished.replace(REMEMBERED)


@cache
def _parse(path: Path) -> tuple[str, list[str]]:
    """Digest of a module's syntax tree, and the names of the modules that it may import."""
    source = path.read_text(encoding="utf-8")
    text = hashlib.blake2b(f"{FOUND_BY}\n{source}".encode(), digest_size=16).hexdigest()
    if text not in _remembered():
        _remembered()[text] = _parsed(source, path)
    digest, imported = _remembered()[text]
    return digest, imported


def _parsed(source: str, path: Path) -> tuple[str, list[str]]:
    tree = ast.parse(source, filename=str(path))
    imported: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        documented = isinstance(node, ast.Module | ast.ClassDef | FUNCTIONS)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    digest = hashlib.blake2b(ast.dump(tree).encode(), digest_size=16).hexdigest()
    return digest, imported


def _file_of(module: str, root: Path) -> Path | None:
    path = root.joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None
