"""Turn FSD50K's ground truth into tables in AudioSet's formats."""

import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from plumbing.job import logged
from sources.archives import zip_reader
from sources.fsd50k.source import class_labels_table, segments_table
from storage.corpus_tables import read_ontology
from storage.found_tables import table_text, table_text_of
from storage.whole_files import whole_file


def main(
    ground_truth: Path, ontology: Path, train_segments: Path, test_segments: Path, classes: Path
) -> None:
    """Write the segments of both splits and the classes, named as AudioSet names them."""
    texts = read_texts(ground_truth, ["dev.csv", "eval.csv", "vocabulary.csv"])
    names = read_ontology(ontology).names
    tables = {
        train_segments: segments_table(texts["dev.csv"], "dev.csv"),
        test_segments: segments_table(texts["eval.csv"], "eval.csv"),
        classes: class_labels_table(texts["vocabulary.csv"], "vocabulary.csv", names),
    }
    for path, text in tables.items():
        with whole_file(path) as unfinished:
            unfinished.write_text(text, encoding="utf-8")


def read_texts(archive: Path, names: list[str]) -> dict[str, str]:
    """The tables of an archive or folder with these names, whatever folder of it they lie in."""
    if archive.is_dir():
        found = {path.name: path for path in sorted(archive.rglob("*"), reverse=True)}
        refuse_absent(archive, names, found)
        return {name: table_text(found[name]) for name in names}
    try:
        with zipfile.ZipFile(archive) as opened:
            sizes, read = zip_reader(opened)
            members = {PurePosixPath(name).name: name for name in reversed(sizes)}
            refuse_absent(archive, names, members)
            return {name: table_text_of(read(members[name]), name) for name in names}
    except (zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise ValueError(
            f"{archive} is not a zip archive ({error}); delete it and run again"
        ) from error


def refuse_absent(place: Path, names: list[str], found: Collection[str]) -> None:
    """Refuse an archive or folder that lacks one of the tables."""
    absent = [name for name in names if name not in found]
    if absent:
        raise ValueError(
            f"{place} holds no {', '.join(absent)}; give FSD50K.ground_truth.zip, or the folder "
            f"it was unpacked into, as corpus.fsd50k.ground_truth"
        )


if __name__ == "__main__":
    with logged(snakemake):
        main(
            ground_truth=Path(snakemake.input.ground_truth),
            ontology=Path(snakemake.input.ontology),
            train_segments=Path(snakemake.output.train_segments),
            test_segments=Path(snakemake.output.test_segments),
            classes=Path(snakemake.output.class_labels),
        )
