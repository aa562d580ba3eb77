"""Copy what is new in one folder into another some seconds later, as a slow file system does.

Arguments: the folder that is written to, the one that is seen, and how many seconds later.
"""

import os
import shutil
import sys
import time
from pathlib import Path

POLL_S = 0.5


def copy_late(source: Path, target: Path, late_s: float) -> None:
    """Go on until killed. A file is new when it was changed after the start."""
    copied: dict[Path, int] = {
        path: path.stat().st_mtime_ns for path in source.rglob("*") if path.is_file()
    }
    while True:
        for path in source.rglob("*"):
            if not path.is_file() or path.name.startswith("."):
                continue
            changed_ns = path.stat().st_mtime_ns
            if copied.get(path) == changed_ns or time.time() < changed_ns / 1e9 + late_s:
                continue
            seen = target / path.relative_to(source)
            seen.parent.mkdir(parents=True, exist_ok=True)
            partial = seen.with_name(f".late-{seen.name}")
            shutil.copy2(path, partial)
            os.replace(partial, seen)
            copied[path] = changed_ns
        time.sleep(POLL_S)


if __name__ == "__main__":
    copy_late(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
