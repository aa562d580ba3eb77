"""What is added to a run changes no other row: measured again, each is the same to the byte."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_run import CLASSES, SETTINGS, SPLITS, UNITS, MadeUpRun, Network, corpus_tables

import embed_features
import measure_embedding
import measure_loudness
import measure_mean_response
import measure_memorisation
import measure_natural_sounds
import measure_quilts
import measure_readout
import measure_selectivity
import measure_separability
import pool_categories
from science.corpus.ontology import describe_subclasses
from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.labels import read_labels, write_components
from storage.tables import write_table

BEFORE = [("no_music", 0), ("no_music", 1)]
# What is added comes first, where a place in a list would move all others.
ADDED = {
    "a seed": [("no_music", 7), *BEFORE],
    "a condition": [("another", 0), ("another", 1), *BEFORE],
}
BASELINES = [("gbfb", 0), ("acoustics", 0)]
CATEGORIES = ("music", "dogs")
STIMULI = ("quilt-50ms", "quilt-800ms", "quilt-original")
SEED, RESAMPLES = 7, 50


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> MadeUpRun:
    """Responses to everything, of all networks that any of the tests measures."""
    run = MadeUpRun(tmp_path_factory.mktemp("run"), members=40, others=60)
    dogs = run.clips["labels"].map(lambda labels: "/m/dog" in labels)
    run.write_category("dogs", np.where(dogs, "pure", "none"))
    networks = {*BASELINES, ("pca", 0), *(network for added in ADDED.values() for network in added)}
    for network in networks:
        for split in SPLITS:
            run.write_scores(network, split, run.responses(network, split, len(CLASSES)))
            run.write(network, split)
        natural = run.responses(network, "test", 7 if network[0] == "acoustics" else UNITS)
        for stimulus, kept in zip(STIMULI, (0.7, 0.9, 1.0), strict=True):
            run.write(network, "test", natural * kept, stimulus)
    return run


def files_of(run: MadeUpRun, networks: list[Network], *splits: str) -> list:
    paths = [tuple(run.path(network, split) for split in splits) for network in networks]
    return [path[0] for path in paths] if len(splits) == 1 else paths


def select_units(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    run.select(*networks, *BASELINES, category=category)
    output.write_bytes(run.units_file(category).read_bytes())


def selectivity(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    networks = [*networks, *BASELINES]
    run.select(*networks, category=category)
    measure_selectivity.main(
        files_of(run, networks, *SPLITS), [run.units_file(category)], run.groups_file(category),
        category, SETTINGS, RESAMPLES, SEED, dict.fromkeys(SPLITS, (0.0, 0.0)), "pad", output,
    )  # fmt: skip


def mean_response(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    files = files_of(run, [*networks, *BASELINES], "test")
    tables = measure_mean_response.main(files, run.groups_file(category), category, RESAMPLES, SEED)
    write_table(output, tables["summary"])
    write_table(beside(output), tables["histogram"])


def quilts(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    networks, corpus = [*networks, *BASELINES], corpus_tables()
    files = [run.path(network, "test", stimulus) for network in networks for stimulus in STIMULI]
    units = run.select(*networks, category=category)
    described = describe_subclasses(corpus.ontology, corpus.class_labels, "Music genre")
    tables = measure_quilts.main(
        files, units, run.groups(category), read_labels(run.labels), described, category,
        RESAMPLES, SEED,
    )  # fmt: skip
    write_table(output, tables["summary"])
    write_table(beside(output), tables["per_subclass"])


def loudness(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    files = []
    for features, seed in [*networks, ("acoustics", 0)]:
        members, others = run.groups(category).groups(run.clips["clip_id"].to_numpy())
        values = np.concatenate([run.responses((features, seed), split, 4) for split in SPLITS])
        table = run.clips.assign(in_category=members, attenuation=1.0, mean_response=values[:, 0])
        table = table.sort_values(["split", "clip_id"])[members | others]
        lower = table[table["in_category"]].assign(attenuation=8.0)
        files.append(run.folder / f"loudness/{category}/{features}/seed{seed}.parquet")
        write_table(files[-1], pd.concat([table, lower]).drop(columns="labels"))
    measure_loudness.main(files, category, [1, 8], RESAMPLES, SEED, output)


def embedding(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    files = []
    for features, seed in [*networks, *BASELINES]:
        files.append(run.folder / f"embedding/{category}/{features}/seed{seed}.parquet")
        if not files[-1].exists():
            embed_features.main(
                run.path((features, seed), "test"), run.groups_file(category), SEED, 5,
                files[-1], files[-1].with_suffix(".csv"),
            )  # fmt: skip
    measure_embedding.main(files, category, 8, SEED, output)


def memorisation(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    scores = [
        tuple(run.path(network, split).parent / f"scores/{split}.parquet" for split in SPLITS)
        for network in networks
    ]
    train = run.of("train")
    split = np.where(np.arange(len(train)) < 70, "train", "validation")
    targets = {"clip_id": train["clip_id"], "split": split, "targets": train["labels"]}
    labels = run.folder / "targets.parquet"
    write_table(labels, pd.DataFrame(targets))
    apart = [mid for mid in CLASSES if mid != "/m/music"]
    of_condition = {features: labels for features, _ in networks}
    measure_memorisation.main(scores, of_condition, run.labels, apart, {}, SEED, output)


def natural_sounds(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    networks, flac = [*networks, *BASELINES], encode_flac(np.ones(9, np.int16))
    kinds = zip(run.of("test")["clip_id"], itertools.cycle(["Music", "Nature", "Speech"]))
    sounds = run.folder / "sounds.parquet"
    asked = [AskedClip(clip_id, clip_id, 0.0, 2.0, (kind,)) for clip_id, kind in kinds]
    write_clip_shard(sounds, [ClipRow.found(sound, "all", flac) for sound in asked])
    brain = run.folder / "components.csv"
    write_components(brain, None)
    tables = measure_natural_sounds.main(
        sounds, files_of(run, networks, "test"), run.select(*networks), (brain, "music"), category,
        ["Music"], "no_music", RESAMPLES, SEED,
    )  # fmt: skip
    write_table(output, tables["summary"])
    write_table(beside(output), tables["means"])


def readout(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    networks, corpus = [*networks, *BASELINES], corpus_tables()
    tables = measure_readout.main(
        files_of(run, networks, *SPLITS), run.select(*networks, category=category),
        run.groups(category), run.labels, category,
        describe_subclasses(corpus.ontology, corpus.class_labels, "Music genre"),
        SETTINGS["fraction"],
    )  # fmt: skip
    write_table(output, tables["summary"])
    write_table(beside(output), tables["per_subclass"])


def separability(run: MadeUpRun, networks: list[Network], category: str, output: Path) -> None:
    networks, explained = [*networks, ("pca", 0), *BASELINES], run.folder / "explained.csv"
    write_table(explained, pd.DataFrame({"cumulative_share": [0.5, 0.75], "clips": 40}))
    splits = dict(zip(networks, files_of(run, networks, *SPLITS), strict=True))
    measure_separability.main(splits, explained, run.groups(category), category, output)


def beside(output: Path) -> Path:
    return output.with_name(f"beside_{output.name}")


BY_CATEGORY = [
    select_units, selectivity, mean_response, quilts, loudness, embedding, readout, separability,
]  # fmt: skip


def measured(
    run: MadeUpRun, measure: Callable, networks: list[Network], category: str
) -> list[str]:
    """The lines of the tables that are written, a row of one network each."""
    output = run.folder / f"measured/{category}.csv"
    output.parent.mkdir(exist_ok=True)
    for path in (output, beside(output)):
        path.unlink(missing_ok=True)
    measure(run, networks, category, output)
    texts = [path.read_text(encoding="utf-8") for path in (output, beside(output)) if path.exists()]
    return [line for text in texts for line in text.splitlines()]


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize("measure", [*BY_CATEGORY, memorisation, natural_sounds])
def test_a_network_changes_no_row_of_another(run, measure, added):
    before = measured(run, measure, BEFORE, "music")
    after = measured(run, measure, ADDED[added], "music")
    new = {f"{features},{seed}," for features, seed in set(ADDED[added]) - set(BEFORE)}
    of_new = [line for line in after if line.startswith(tuple(new))]
    assert [line for line in after if line not in of_new] == before
    assert {prefix for prefix in new if any(line.startswith(prefix) for line in of_new)} == new


@pytest.mark.parametrize("measure", BY_CATEGORY[1:])
def test_a_category_changes_no_row_of_another(run, measure):
    before = measured(run, measure, BEFORE, "music")
    files = [run.folder / f"measured/{category}.csv" for category in CATEGORIES]
    alone = files[0].read_bytes()
    measured(run, measure, BEFORE, "dogs")
    assert measured(run, measure, BEFORE, "music") == before
    pooled = run.folder / "pooled.csv"
    pool_categories.main(files, pooled)
    assert pooled.read_bytes().startswith(alone)
    assert set(pd.read_csv(pooled)["category"]) == set(CATEGORIES)


def test_networks_and_categories_differ_by_chance_too(run):
    """Two names of the same responses have other intervals: each draws by itself."""
    for split in SPLITS:
        run.write(("copy", 0), split, run.responses(("no_music", 0), split))
    output = run.folder / "copies.csv"
    selectivity(run, [("no_music", 0), ("copy", 0)], "music", output)
    rows = pd.read_csv(output).query("split == chosen_on == 'test'").set_index("features")
    assert rows.loc["copy", "ratio"] == rows.loc["no_music", "ratio"]
    assert rows.loc["copy", "low"] != rows.loc["no_music", "low"]


class TestPooling:
    def pool(self, folder: Path, *texts: str) -> str:
        files = [folder / f"{number}.csv" for number in range(len(texts))]
        for path, text in zip(files, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        pool_categories.main(files, folder / "pooled.csv")
        return (folder / "pooled.csv").read_text(encoding="utf-8")

    def test_rows_come_one_table_after_the_other_as_they_are_written(self, tmp_path):
        head = "features,category,ratio,note\n"
        one = head + 'no_music,music,0.10,\nmusic,music,,"a, b\nc"\n'
        two = head + "no_music,spéech,1e-3,\n"
        assert self.pool(tmp_path, one, two) == one + two.removeprefix(head)
        assert self.pool(tmp_path, two) == two
        assert self.pool(tmp_path, head, two) == two

    def test_tables_of_other_columns_are_refused_and_leave_nothing(self, tmp_path):
        with pytest.raises(ValueError, match=r"1\.csv has other columns; delete it"):
            self.pool(tmp_path, "a,b\n1,2\n", "a,c\n1,2\n")
        assert not (tmp_path / "pooled.csv").exists()
