"""Where a finding's number comes from: its analysis, the line of code, the log of the job."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from science.scorecard.claim_sets import findings_of
from science.scorecard.claims import Selection

# Functions that make the columns of a test.
MAKE_TESTS = ("asdict", "comparison_row")


@dataclass(frozen=True)
class Trace:
    """The way from a number back to what computed it.

    Attributes:
        analysis: Also the name of its figure.
        table: The file of the numbers, below the run's folder.
        code: The file of the code with its line, as one would type it.
        code_link: The same as an address that works beside the report.
        log: The log of the job, or the folder of several, below the run's folder; empty if gone.
    """

    analysis: str
    table: str
    code: str
    code_link: str
    log: str


def selections_of(category: str, categories: Mapping[str, Sequence]) -> dict[str, Selection]:
    """Which numbers answer each finding that a run on a category can have, by the finding's id."""
    return {
        claim.id: claim.ours
        for published in (False, True)
        for unheard in ((), tuple(categories))
        for claim in findings_of(published, category, categories, unheard)
    }


def line_of(source: str, column: str) -> int:
    """The line of a module that makes a column of its table; its first if it is made elsewhere.

    That is where a function gives the column a value; else where one names it; else where one uses
    the list of columns that names it; else where one makes the columns of a test.

    Args:
        source: The module's text.
        column: The column's name.
    """
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    within = [node for function in functions for node in ast.walk(function)]
    given = [key for node in within if isinstance(node, ast.Dict) for key in node.keys]
    given += [node for node in within if isinstance(node, ast.keyword)]
    lists = {
        name.id
        for node in tree.body
        if isinstance(node, ast.Assign) and any(_names(part, column) for part in ast.walk(node))
        for name in node.targets
        if isinstance(name, ast.Name)
    }
    found = (
        [node for node in given if _names(node, column)],
        [node for node in within if _names(node, column)],
        [node for node in within if isinstance(node, ast.Name) and node.id in lists],
        [node for node in within if isinstance(node, ast.Name) and node.id in MAKE_TESTS],
    )
    return next((min(map(_line, nodes)) for nodes in found if nodes), 1)


def _names(node: ast.AST | None, column: str) -> bool:
    """Whether a node is the column's name, as a text or as a keyword."""
    return (isinstance(node, ast.Constant) and node.value == column) or (
        isinstance(node, ast.keyword) and node.arg == column
    )


def _line(node: ast.AST) -> int:
    return node.value.lineno if isinstance(node, ast.keyword) else node.lineno


def traces_of(
    selections: Mapping[str, Selection],
    sources: Mapping[str, str],
    logs: Mapping[str, str],
    scripts: str,
) -> dict[str, Trace]:
    """The trace of each finding whose analysis is known, by the finding's id.

    Args:
        selections: Which numbers answer it.
        sources: Text of the module of each analysis.
        logs: Log of each analysis, below the run's folder; none where it is gone.
        scripts: Folder of the scripts, relative to that of the report.
    """
    found = {}
    for name, selection in selections.items():
        analysis = selection.table.split("/")[0]
        if analysis in sources:
            line = line_of(sources[analysis], selection.column)
            path = f"science/analyses/{analysis}.py"
            found[name] = Trace(
                analysis=analysis,
                table=f"analyses/{selection.table}.csv",
                code=f"workflow_scripts/{path}:{line}",
                code_link=f"{scripts}/{path}#L{line}",
                log=logs.get(analysis, ""),
            )
    return found
