"""Files with times in the future, as a clock leaves them that was ahead and was set back.

Snakemake takes what is made now from such a file for outdated, removes it and stops. So they are
given the present time. No file becomes newer than what was made from it, so
nothing runs again, and what is made or edited from now on is newer than all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Machines that share a disk differ by less.
AHEAD_S = 60.0


def count_as_made_now(folder: Path) -> str:
    """Set times that are in the future to now; what to say of it, empty if nothing.

    Args:
        folder: Of results; what lies in hidden folders is no job's input or output.
    """
    now_s, changed, of_others = time.time(), 0, []
    for file in _files(folder):
        # Another run on this folder renames its files when they are whole.
        with suppress(FileNotFoundError):
            if file.stat(follow_symlinks=False).st_mtime > now_s + AHEAD_S:
                try:
                    os.utime(file.path, (now_s, now_s), follow_symlinks=False)
                    changed += 1
                except PermissionError:
                    of_others.append(file.path)
    sentences = []
    if changed:
        sentences.append(
            f"{_had(changed, folder)} in the future, as when a clock is set back; "
            f"{'it was' if changed == 1 else 'these were'} set to now. If the clock is wrong, set "
            f"it before you go on."
        )
    if of_others:
        sentences.append(
            f"{_had(len(of_others), folder)} in the future that only the owner of the file can "
            f"change, and Snakemake takes what is made from it for outdated. Have it touched: "
            f"{', '.join(sorted(of_others)[:3])}{' …' if len(of_others) > 3 else ''}."
        )
    return " ".join(sentences)


def _had(files: int, folder: Path) -> str:
    one = files == 1
    return (
        f"{files} file{'' if one else 's'} in {folder.name}/ had "
        f"{'a modification time' if one else 'modification times'}"
    )


def _files(folder: Path) -> Iterator[os.DirEntry]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    yield from _files(Path(entry.path))
            else:
                yield entry
