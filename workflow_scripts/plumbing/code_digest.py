"""Digest of the code that a rule's result depends on, so that only a real edit reruns it.

A digest covers the syntax trees of the rule's script and of the modules it imports from
`science`, `storage` and `sources`, transitively, without comments and docstrings: reformatting,
a comment or a touched file change nothing. `plumbing` is left out, because it decides how a job is
set up and logged, and not what it computes.
"""

from __future__ import annotations

import ast
import hashlib
from functools import cache
from pathlib import Path

FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
PACKAGES = ("science", "storage", "sources")


def code_digest(scripts: Path, name: str) -> str:
    """Digest of the script `name`.py in `scripts` and of all project modules it imports.

    Raises:
        FileNotFoundError: There is no such script.
        SyntaxError: A module cannot be parsed; the error names it.
    """
    found: dict[str, str] = {}
    waiting = [scripts / f"{name}.py"]
    while waiting:
        path = waiting.pop()
        key = path.relative_to(scripts).as_posix()
        if key not in found:
            found[key], imported = _parse(path)
            waiting += [file for module in imported if (file := _file_of(module, scripts))]
    lines = "\n".join(f"{key} {found[key]}" for key in sorted(found))
    return hashlib.blake2b(lines.encode(), digest_size=8).hexdigest()


@cache
def _parse(path: Path) -> tuple[str, tuple[str, ...]]:
    """Digest of a module's syntax tree, and the project's modules that it may import."""
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            imported += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        documented = isinstance(node, ast.Module | ast.ClassDef | FUNCTIONS)
        if documented and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    digest = hashlib.blake2b(ast.dump(tree).encode(), digest_size=16).hexdigest()
    return digest, tuple(name for name in imported if name.split(".")[0] in PACKAGES)


def _file_of(module: str, scripts: Path) -> Path | None:
    path = scripts.joinpath(*module.split(".")).with_suffix(".py")
    return path if path.is_file() else None
