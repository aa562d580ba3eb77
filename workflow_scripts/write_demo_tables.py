"""Write the tables of the synthetic demo corpus, in AudioSet's formats."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from plumbing.job import logged, paths
from sources.demo import corpus as demo_corpus
from sources.demo import ontology as demo_ontology
from storage.corpus_tables import FILE_OF_TABLE
from storage.whole_files import whole_file


def main(tables: Iterable[Path], demo: Mapping) -> None:
    """Plan the corpus and write its five tables, each to the path with its name."""
    plan = demo_corpus.plan_demo_clips(demo["train_clips"], demo["test_clips"], demo["seed"])
    train, test = ([clip for clip in plan if clip.split == split] for split in ("train", "test"))
    text_of = {
        "train_segments": demo_corpus.segments_csv(train),
        "test_segments": demo_corpus.segments_csv(test),
        "class_labels": demo_ontology.class_labels_csv(),
        "ontology": demo_ontology.ontology_json(),
        "excluded_clips": "\n".join(demo_corpus.demo_excluded_clips(plan, demo["seed"])) + "\n",
    }
    path_of = {path.name: path for path in tables}
    for table, text in text_of.items():
        with whole_file(path_of[FILE_OF_TABLE[table]]) as unfinished:
            unfinished.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with logged(snakemake):
        main(paths(snakemake.output), snakemake.params.demo)
