"""The brain's components: read from both formats, matched with sounds, refused in words."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from configured import configure
from hostile_server import HostileServer, Misbehaviour
from scipy.io import savemat
from test_natural_sounds import tone
from workflow_copy import WorkflowCopy

import import_natural_sounds
from plumbing.config.stimulus_checks import natural_sound_problems
from science.corpus.ontology import TableError
from sources.natural_sounds.components import match_sounds, read_components
from sources.natural_sounds.place import opened
from storage.labels import read_responses_of_brain

SOUNDS = ["stim1_flute", "stim2_rain", "stim3_drill"]
COMPONENTS = ["pitch", "music"]
RESPONSES = np.array([[0.5, 2.0], [0.25, 0.5], [1.0, -0.125]])
TABLE = "stim1_flute,Music\nstim2_rain,Nature\nstim3_drill,Mechanical\n"


def cells(texts):
    return np.array(texts, dtype=object)


def matlab(**parts) -> bytes:
    target = io.BytesIO()
    of_set = {
        "R": RESPONSES,
        "component_names": cells(COMPONENTS)[:, None],
        "stim_names": cells(SOUNDS)[None],
        "W": np.ones((2, 9)),
    }
    savemat(target, {key: value for key, value in (of_set | parts).items() if value is not None})
    return target.getvalue()


def tidy(sounds=SOUNDS, components=COMPONENTS, responses=RESPONSES) -> str:
    lines = [
        f"{sound},{component},{responses[row, column]}"
        for row, sound in enumerate(sounds)
        for column, component in enumerate(components)
    ]
    return "\n".join(["sound,component,response", *lines])


def published_set(top: str = "") -> dict[str, bytes]:
    """The files of a small set laid out as the published one."""
    wavs = {f"{top}sounds/wav/{sound}.wav": tone(440) for sound in SOUNDS}
    return wavs | {
        f"{top}sounds/category_labels.csv": TABLE.encode(),
        f"{top}data/components.mat": matlab(),
        f"{top}README.md": b"sounds",
    }


def lay_out(folder: Path, files: dict[str, bytes], kind: str) -> Path:
    if kind == "folder":
        for name, content in files.items():
            (folder / "set" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "set" / name).write_bytes(content)
        return folder / "set"
    path = folder / f"set.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return path
    with tarfile.open(path, "w:gz" if kind.endswith("gz") else "w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize("content", [matlab(), tidy().encode()])
def test_both_formats_give_the_same_table(content):
    table = read_components(content, "file")
    pd.testing.assert_frame_equal(table, pd.DataFrame(RESPONSES, SOUNDS, COMPONENTS))


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "tar.gz"])
@pytest.mark.parametrize("top", ["", "natsound165-neuron2015-b41b99f/"])
def test_the_published_layout_is_all_that_is_given(tmp_path, kind, top):
    place = lay_out(tmp_path, published_set(top), kind)
    assert natural_sound_problems(configuration(place)) == []
    outputs = tmp_path / "0.parquet", tmp_path / "brain.csv"
    import_natural_sounds.main(place, None, None, "average", *outputs)
    rows = pd.read_parquet(outputs[0])
    assert rows["labels"].str[0].tolist() == ["Instr. Music", "Nature", "Mechanical"]
    brain = read_responses_of_brain(outputs[1])
    assert list(brain.index) == rows["clip_id"].tolist()
    np.testing.assert_allclose(brain[COMPONENTS], RESPONSES)


def configuration(place, **natural_sounds) -> dict:
    return configure(
        preset="demo", corpus={"natural_sounds": {"place": str(place)} | natural_sounds}
    )


def test_only_the_needed_members_are_read(tmp_path, monkeypatch):
    read = []
    original = zipfile.ZipFile.open

    def opened_for_reading(archive, member, mode="r", **how):
        if mode == "r":
            read.append(member.filename)
        return original(archive, member, mode, **how)

    files = published_set() | {"sounds/wav/other.wav": tone(220), "code.m": b"x"}
    place = lay_out(tmp_path, files, "zip")
    monkeypatch.setattr(zipfile.ZipFile, "open", opened_for_reading)
    outputs = tmp_path / "0.parquet", tmp_path / "brain.csv"
    import_natural_sounds.main(place, None, None, "average", *outputs)
    assert sorted(read) == sorted(published_set().keys() - {"README.md"})


def test_a_member_that_is_larger_than_any_sound_is_not_unpacked(tmp_path, monkeypatch):
    place = lay_out(tmp_path, published_set(), "zip")
    monkeypatch.setattr("sources.archives.LARGEST_BYTES", 1000)
    with opened(place) as files, pytest.raises(ValueError, match=r"stim1_flute\.wav has \d+ bytes"):
        files.read("sounds/wav/stim1_flute.wav")


def test_a_damaged_member_is_named(tmp_path):
    place = lay_out(tmp_path, published_set(), "zip")
    content = bytearray(place.read_bytes())
    content[2000:2010] = b"0123456789"
    place.write_bytes(content)
    with (
        opened(place) as files,
        pytest.raises(ValueError, match=r"flute\.wav cannot be read .*CRC"),
    ):
        files.read("sounds/wav/stim1_flute.wav")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            matlab(stim_names=None),
            r"file lacks stim_names; it needs R, component_names, stim_names",
        ),
        (matlab(R=np.ones((3, 5))), r"R is \[3, 5\] of float64, and 3 stim_names and 2 component"),
        (
            matlab(R=RESPONSES * np.nan),
            r"file lacks a number of each component for stim1_flute, st",
        ),
        (matlab(stim_names=cells(["a", "b", "a"])[None]), r"file has the sound a twice"),
        (matlab()[:200], r"file cannot be read \("),
        (b"\x89HDF\r\n\x1a\n" + bytes(600), r"file cannot be read .*`save -v7`"),
        (b"RIFF0000WAVE", r"file is a sound, not a table"),
        (b"stim,pitch,music\n", r"the header must be sound,component,response; or give the publ"),
        (b"sound,component,response\na,music,1\na,music,2\n", r"line 3: a, music is given twice"),
        (b"sound,component,response\na,music,loud\n", r"line 2: expected a sound, a component and"),
        (b"sound,component,response\na,music,1\nb,pitch,2\n", r"lacks a number of each.* for a, b"),
        (b"sound,component,response\n", r"file has no responses"),
    ],
)
def test_what_is_no_file_of_components_is_refused_in_words(content, words):
    with pytest.raises(TableError, match=words):
        read_components(content, "file")


def test_sounds_are_matched_by_stem_in_the_tables_order_and_further_ones_left_out():
    components = read_components(matlab(), "file")
    files = ["x/STIM3_drill.wav", "stim1_flute.flac"]
    matched = match_sounds(components, files, "file")
    np.testing.assert_allclose(matched, RESPONSES[[2, 0]])
    assert list(matched.index) == files
    with pytest.raises(TableError, match=r"no responses to b, c \(2 of 3 sounds\); its sounds are"):
        match_sounds(components, ["stim1_flute", "b", "c"], "file")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"sounds/category_labels.csv": None},
            r"has no sounds/category_labels\.csv; give the whole",
        ),
        ({"other/category_labels.csv": b"x,Song"}, None),
        (
            {"data/components.mat": matlab(stim_names=cells(["a", "b", "c"])[None])},
            "no responses to",
        ),
        ({"data/components.mat": matlab(R=None)}, "lacks R; it needs"),
        ({"data/components.mat": None}, None),
        (
            {"sounds/category_labels.csv": b"stim1_flute,Musik,x\n"},
            "expected a file and a category",
        ),
        (
            {"sounds/category_labels.csv": b"stim1_flute,Laser\n"},
            "there are no sounds of Instr. Mu",
        ),
    ],
)
def test_what_is_wrong_in_the_place_is_told_before_any_job(tmp_path, change, words):
    files = {name: of for name, of in (published_set() | change).items() if of is not None}
    problems = natural_sound_problems(configuration(lay_out(tmp_path, files, "zip")))
    assert len(problems) == (words is not None)
    for problem in problems:
        assert problem.startswith("corpus.natural_sounds")
        assert re.search(words, problem), problem


def test_two_tables_of_the_name_are_not_chosen_from(tmp_path):
    files = published_set()
    table = files.pop("sounds/category_labels.csv")
    files |= {"a/category_labels.csv": table, "b/category_labels.csv": table}
    (problem,) = natural_sound_problems(configuration(lay_out(tmp_path, files, "folder")))
    assert "a/category_labels.csv, b/category_labels.csv; keep one, or name the file" in problem


def test_files_of_ones_own_go_before_those_in_the_place(tmp_path):
    place = lay_out(tmp_path, published_set(), "folder")
    (tmp_path / "own.csv").write_text("stim2_rain,Weather\n", encoding="utf-8")
    (tmp_path / "brain.csv").write_text(tidy(["stim2_rain"], ["wet"]), encoding="utf-8")
    own = {"table": str(tmp_path / "own.csv"), "components": str(tmp_path / "brain.csv")}
    named = {"categories": {"music": ["Weather"]}, "component_of": {"music": "wet"}}
    assert natural_sound_problems(configuration(place, **own, **named)) == []
    named["component_of"] = {"music": "dry"}
    (problem,) = natural_sound_problems(configuration(place, **own, **named))
    assert problem.endswith("component_of.music: 'dry' is not a component; there are wet")


def test_the_archive_is_fetched_from_its_address_and_imported(tmp_path):
    top = "natsound165-neuron2015-b41b99ff620d7997dbf278fc770f58566707726a/"
    archive = lay_out(tmp_path, published_set(top), "zip").read_bytes()
    copy = WorkflowCopy.make(tmp_path / "workflow")
    with HostileServer() as server:
        server.serve("/zip/b41b99ff", archive, "application/zip")
        server.misbehave("/zip/b41b99ff", Misbehaviour("cut"))
        corpus = {
            "natural_sounds": {
                "place": {
                    "primary": server.url("/archive/gone.zip"),
                    "fallback": server.url("/zip/b41b99ff"),
                }
            }
        }
        config = {"corpus": corpus, "fetch": {"first_delay_s": 0.01, "longest_delay_s": 0.01}}
        given = copy.overlay(yaml.safe_dump(config))
        folder = "results/clips/tiny/natural_sounds"
        planned = copy.plan(f"{folder}/0.parquet", *given)
        assert planned == {"fetch_archive": 1, "import_natural_sounds": 1}
        copy.snakemake(f"{folder}/0.parquet", *given)
    brain = read_responses_of_brain(copy.folder / folder / "components.csv")
    np.testing.assert_allclose(brain[COMPONENTS], RESPONSES)
    assert pd.read_parquet(copy.folder / folder / "0.parquet")["status"].eq("ok").all()


def test_a_folder_without_a_table_is_refused_before_any_job(tmp_path):
    copy = WorkflowCopy.make(tmp_path / "workflow")
    (tmp_path / "sounds").mkdir()
    given = copy.overlay(f"corpus: {{natural_sounds: {tmp_path}/sounds}}\n")
    told = copy.snakemake("-n", *given, fails=True)
    assert "has no sounds/category_labels.csv; give the whole published set" in told
