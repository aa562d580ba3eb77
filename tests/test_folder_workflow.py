"""A folder of the user's own recordings through the workflow: good files, bad files, bad tables."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile
from workflow_copy import WorkflowCopy

from sources.demo import corpus as demo_corpus
from sources.demo import ontology as demo_ontology

CONFIG = """\
preset: recordings
run: {name: own, conditions: [no_music], seeds: [0]}
corpus:
  name: own
  folder: {folder}/audio
  shards: 2
  tables:
    train_segments: {folder}/train.csv
    test_segments: {folder}/test.csv
    class_labels: {folder}/class_labels_indices.csv
    ontology: {folder}/ontology.json
"""


def write_recordings(folder: Path) -> list[demo_corpus.DemoClip]:
    """Forty clips as WAV, FLAC and OGG at several rates, and the four tables."""
    plan = demo_corpus.plan_demo_clips(40, 40, seed=3)
    clips = [clip for clip in plan if clip.split == "train"][:24]
    clips += [clip for clip in plan if clip.split == "test"][:16]
    (folder / "audio").mkdir()
    for number, clip in enumerate(clips):
        samples = demo_corpus.synthesise_demo_clip(clip.ytid, clip.labels, seed=3)[:44_100]
        ending = ("wav", "flac", "ogg")[number % 3]
        name = f"{clip.ytid}_{clip.start_s:.3f}.{ending}"
        soundfile.write(folder / "audio" / name, np.stack([samples, samples], axis=1), 22_050)
    for split in ("train", "test"):
        text = demo_corpus.segments_csv([clip for clip in clips if clip.split == split])
        (folder / f"{split}.csv").write_text(text, encoding="utf-8")
    (folder / "class_labels_indices.csv").write_text(
        demo_ontology.class_labels_csv(), encoding="utf-8"
    )
    (folder / "ontology.json").write_text(demo_ontology.ontology_json(), encoding="utf-8")
    return clips


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A workflow copy, its folder of recordings, and the clips in it."""
    folder = tmp_path_factory.mktemp("own")
    clips = write_recordings(folder)
    copy = WorkflowCopy.make(folder / "workflow")
    text = CONFIG.replace("{folder}", str(folder)).replace("{name:", "{name:")
    (copy.folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return copy, folder, clips


def test_every_clip_becomes_a_row_with_its_reason(own):
    copy, folder, clips = own
    audio = folder / "audio"
    names = {clip.clip_id: next(audio.glob(f"{clip.clip_id}.*")) for clip in clips}
    ids = sorted(names)
    names[ids[0]].unlink()
    names[ids[1]].write_bytes(b"")
    names[ids[2]].write_text("This is no sound at all, but a text.", encoding="utf-8")
    soundfile.write(names[ids[3]].with_suffix(".wav"), np.zeros(22_050), 22_050)
    if names[ids[3]].suffix != ".wav":
        names[ids[3]].unlink()
    whole = next(path for path in audio.glob("*.wav") if path.stem not in ids[:4])
    whole.write_bytes(whole.read_bytes()[:20_000])
    copy.snakemake("results/own/labels/no_music.parquet", "logmel")
    rows = pd.concat(
        pd.read_parquet(path, columns=["clip_id", "status", "detail"])
        for split in ("train", "test")
        for path in copy.files(f"clips/own/{split}/*.parquet")
    ).set_index("clip_id")
    assert sorted(rows.index) == ids
    expected = dict(zip(ids[:4], ["missing", "empty", "not_audio", "silent"], strict=True))
    expected[whole.stem] = "truncated"
    assert rows["status"][rows["status"] != "ok"].to_dict() == expected
    labels = pd.read_parquet(copy.folder / "results/own/labels/no_music.parquet")
    reasons = labels.set_index("clip_id")["left_out"]
    assert reasons[ids[0]] == "unavailable: missing"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("abcdefghijk, 0.000, 10.000", r"train\.csv.*line \d+"),
        ('abcdefghijk, 0.000, 10.000, "/m/nosuchmid"', r"train\.csv.*line \d+.*/m/nosuchmid"),
        ('abcdefghijk, 10.000, 0.000, "/m/04rlf"', r"train\.csv.*line \d+"),
    ],
)
def test_a_wrong_line_is_refused_with_file_and_line(own, line, words):
    copy, folder, _ = own
    table = folder / "train.csv"
    before = table.read_text(encoding="utf-8")
    table.write_text(f"{before}{line}\n", encoding="utf-8")
    try:
        output = copy.snakemake("clips", fails=True)
    finally:
        table.write_text(before, encoding="utf-8")
    number = len(before.splitlines()) + 1
    assert re.search(words, output, re.DOTALL)
    assert f"line {number}" in output
    assert "Traceback" not in output


def test_a_clip_given_twice_is_kept_once_with_a_warning(own):
    copy, folder, _ = own
    table = folder / "train.csv"
    before = table.read_text(encoding="utf-8")
    table.write_text(before + before.splitlines()[-1] + "\n", encoding="utf-8")
    try:
        output = copy.snakemake("results/clips/own/asked/train.parquet")
    finally:
        table.write_text(before, encoding="utf-8")
    asked = pd.read_parquet(copy.folder / "results/clips/own/asked/train.parquet")
    assert asked["clip_id"].is_unique
    log = (copy.folder / "results/own/logs/list_clips.log").read_text(encoding="utf-8")
    assert "was given in line" in log
    assert "was given in line" in output


def test_the_same_label_errors_come_before_any_job(own):
    copy, _, _ = own
    more = copy.overlay("conditions: {no_music: {exclude_labels: [Musik]}}\n")
    output = copy.snakemake("clips", *more, fails=True)
    assert "conditions.no_music.exclude_labels" in output
    assert "jobs to run" not in output
