"""Files of the future, as a clock leaves them that was ahead and was set back.

Snakemake takes what is made now from a file of the future for outdated, removes it and stops. So
files of the future are given the present time. No file becomes newer than what was made from it, so
nothing runs again, and what is made or edited from now on is newer than all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

# Machines that share a disk differ by less.
AHEAD_S = 60.0


def count_as_made_now(folder: Path) -> str:
    """Set the times of files that are of the future to now; a sentence, empty if there is none.

    Args:
        folder: Of results; what lies in hidden folders is no job's input or output.
    """
    now_s, changed = time.time(), 0
    for file in _files(folder):
        if file.stat(follow_symlinks=False).st_mtime > now_s + AHEAD_S:
            os.utime(file.path, (now_s, now_s), follow_symlinks=False)
            changed += 1
    if not changed:
        return ""
    return (
        f"{changed} files in {folder.name}/ were of the future, as when a clock is set back: they "
        f"count as made now. If it is the clock that is wrong, set it before you go on."
    )


def _files(folder: Path) -> Iterator[os.DirEntry]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    yield from _files(Path(entry.path))
            else:
                yield entry
