"""Put the rows of all categories of an analysis into one table."""

from collections.abc import Iterable
from pathlib import Path

from plumbing.job import logged, paths
from storage.whole_files import whole_file


def main(tables: Iterable[Path], output: Path) -> None:
    """Write the rows of CSV tables of the same columns, one table after the other.

    Raises:
        ValueError: A table has other columns.
    """
    head = ""
    with whole_file(output) as unfinished, unfinished.open("w", encoding="utf-8") as pooled:
        for path in tables:
            first, _, rows = path.read_text(encoding="utf-8").partition("\n")
            if not head:
                head = first
                pooled.write(f"{head}\n")
            if first != head:
                raise ValueError(f"{path} has other columns; delete it and run again")
            pooled.write(rows)


if __name__ == "__main__":
    with logged(snakemake):
        main(tables=paths(snakemake.input), output=Path(snakemake.output[0]))
