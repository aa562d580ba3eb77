"""Say what would run and why, what is done, and whether a run is at work: `make status`.

It asks Snakemake itself, by a dry-run in a process of its own with the arguments given, so that it
says what a run with the same ones would do. Nothing is written or locked.
"""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plumbing import at_work  # noqa: E402
from plumbing.terminal.log_events import COLUMNS_OF_TERMINAL  # noqa: E402
from plumbing.terminal.reasons import FOLLOWS  # noqa: E402

# What Snakemake says of itself before it plans, and after it.
OF_SNAKEMAKE_ITSELF = (
    "Using workflow specific profile", "Assuming unrestricted", "Building DAG of jobs",
    "This was a dry-run", "Would remove temporary output",
)  # fmt: skip
# Of a lock; who holds it is told first.
OF_A_LOCK = ("Another run is at work", "The run before was cut off")
# A line of the plan.
STAGE = re.compile(r"  (?P<rule>\w+) +(?P<jobs>\d+) ×  ")
MERELY_FOLLOWS = re.compile(rf"{STAGE.pattern}.*  \[{re.escape(FOLLOWS)}(, \d+ done)?\]$")
NOTHING = "Nothing to be done"
NOTHING_TO_DO = "Nothing to do: all that was asked for is there and up to date."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the status; the exit status of the dry-run."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # names may be of letters the locale lacks
    given = sys.argv[1:] if arguments is None else arguments
    command = [sys.executable, "-m", "snakemake", *given, "--dry-run"]
    asked = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
    here = at_work.in_sentences(Path.cwd())
    lines = [
        NOTHING_TO_DO if NOTHING in line else line
        for line in without_snakemakes_own(asked.stdout + asked.stderr)
        if not (here and line.startswith(OF_A_LOCK))
    ]
    if not here and NOTHING_TO_DO not in lines:
        here = ["No run is at work in this folder."]
    print("\n".join([*here, *in_short(lines)]), file=sys.stderr if asked.returncode else sys.stdout)
    return asked.returncode


def in_short(lines: Sequence[str]) -> list[str]:
    """The plan with one line for all stages that merely follow from those above them."""
    following = [found for line in lines if (found := MERELY_FOLLOWS.match(line))]
    if len(following) < 2:
        return list(lines)
    stages = ", ".join(f"{found['jobs']} {found['rule']}" for found in following)
    words = f"Then, as {FOLLOWS}: {stages}"
    told = textwrap.wrap(words, COLUMNS_OF_TERMINAL, subsequent_indent="  ")
    others = [line for line in lines if not MERELY_FOLLOWS.match(line)]
    last = max((n for n, line in enumerate(others, 1) if STAGE.match(line)), default=len(others))
    return [*others[:last], *told, *others[last:]]


def without_snakemakes_own(text: str) -> list[str]:
    """The lines of a dry-run that are about this run."""
    lines = [line.rstrip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(OF_SNAKEMAKE_ITSELF)]


if __name__ == "__main__":
    sys.exit(main())
