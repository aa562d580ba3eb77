"""Kills, full and read-only disks, garbled files and clocks: `make test-faults`.

Everything is done to copies of the tiny workflow. What was counted goes to a JSON file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import clocks  # noqa: E402
import disks  # noqa: E402
import garbled  # noqa: E402
import kills  # noqa: E402
from faulty_runs import clean_run, outputs  # noqa: E402

PARTS = ("kills", "disks", "garbled", "clocks")


def main() -> int:
    """Do all parts, or those that are named; 1 if something went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--work", type=Path, help="a folder to work in, which stays")
    parser.add_argument("--out", type=Path, default=Path("results/faults"), help="for the counts")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as temporary:
        work = given.work or Path(temporary)
        work.mkdir(parents=True, exist_ok=True)
        reference = clean_run(work / "clean")
        clean = outputs(reference)
        for part in given.parts or PARTS:
            print(f"== {part}", flush=True)
            if part == "kills":
                told = kills.main(work, clean, given.seed, given.kills)
            else:
                module = {"disks": disks, "garbled": garbled, "clocks": clocks}[part]
                told = module.main(work, reference, given.seed)
            text = json.dumps(told, indent=1, ensure_ascii=False)
            (given.out / f"{part}.json").write_text(text + "\n", encoding="utf-8")
            wrong += len(told["wrong"])
            print(f"{part}: {json.dumps(told, ensure_ascii=False)}", flush=True)
    print(f"test-faults: {'all as it should be' if not wrong else f'{wrong} things went wrong'}")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
