"""Run every benchmark in this folder, one after the other: `make bench`."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    """Run them; the number of those that failed is the exit status."""
    failed = 0
    for path in sorted(FOLDER.glob("bench_*.py")):
        print(f"\n== {path.stem}: {docstring(path)}", flush=True)
        failed += subprocess.run([sys.executable, str(path), *sys.argv[1:]]).returncode != 0
    return failed


def docstring(path: Path) -> str:
    """First line of a benchmark's docstring."""
    return path.read_text(encoding="utf-8").split('"""')[1].strip().splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
