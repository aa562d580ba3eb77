"""The natural sounds come from a folder or an archive, with the published categories."""

from __future__ import annotations

import io
import tarfile
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import numpy
import pandas
import pytest
import soundfile
from workflow_copy import WorkflowCopy

import import_natural_sounds
from science.corpus.ontology import TableError
from science.corpus.sound_categories import CATEGORIES
from science.sound import waveforms
from sources.natural_sounds.place import opened
from sources.natural_sounds.source import read_natural_sounds
from sources.natural_sounds.table import NaturalSound, parse_natural_sounds

# As Kim, Kim & Jeong (2024) write them in their Methods.
PAPER = (
    "Music (instrumental)",
    "Music (vocal)",
    "English speech",
    "Foreign speech",
    "Human vocal",
    "Animal vocal",
    "Human non-vocal",
    "Animal non-vocal",
    "Nature",
    "Mechanical",
    "Environmental",
)


def test_the_eleven_categories_are_accepted_in_both_spellings():
    assert len(CATEGORIES) == 11
    for spellings in (PAPER, tuple(CATEGORIES)):
        table = "file,category\n" + "".join(f'{n}.wav,"{c}"\n' for n, c in enumerate(spellings))
        sounds = parse_natural_sounds(table, "table.csv")
        assert [sound.category for sound in sounds] == list(CATEGORIES)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,kind\n", "line 1: the header"),
        ("#NAME?,Music\na.wav,Music\n", "In 1 line ids were replaced"),
        (
            "a,Song\nb,Mechanical\nc,Nature\nd,HumVoc\ne,AniVoc\nf,EnvSound\ng,EngSpech\n",
            "line 7: 'EngSpech' is not a category of the published set; did you mean EngSpeech",
        ),
        ("file,category\na.wav,Nature\na.wav,Nature\n", "line 3: the sound a is in line 2 already"),
        ("a,Nature\nb,Nature\na.wav,Song\n", "line 3: the sound a is in line 1 already; leave one"),
        ("x/a.wav,Nature\ny/a.flac,Nature\n", "line 2: .*; leave one line, or rename one"),
        ("file,category\na.wav\n", "line 2: expected a file and a category"),
        ("file,category\n", "no sounds"),
    ],
)
def test_a_wrong_table_is_refused_with_its_line(text, message):
    with pytest.raises(TableError, match=message):
        parse_natural_sounds(text, "table.csv")


SOUNDS = [
    NaturalSound("music/flute.wav", "Instr. Music"),
    NaturalSound("Rain.wav", "Nature"),
    NaturalSound("broken.wav", "Nature"),
    NaturalSound("absent.wav", "Nature"),
]


def rows_of(place, sounds):
    with opened(place) as files:
        yield from read_natural_sounds(files, sounds)


def tone(frequency_hz, seconds=2.0):
    target = io.BytesIO()
    time_s = numpy.arange(round(seconds * 44_100)) / 44_100
    soundfile.write(
        target, 0.5 * numpy.sin(2 * numpy.pi * frequency_hz * time_s), 44_100, format="WAV"
    )
    return target.getvalue()


@pytest.fixture(params=["folder", "zip", "tar.gz"])
def place(request, tmp_path):
    files = {
        "set/music/flute.wav": tone(440),
        "set/rain.WAV": tone(880),
        "set/broken.wav": b"noise",
    }
    if request.param == "folder":
        for name, content in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(content)
        return tmp_path
    path = tmp_path / f"sounds.{request.param}"
    if request.param == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def test_sounds_are_read_from_wherever_they_are(place):
    rows = list(rows_of(place, SOUNDS))
    assert [row.status for row in rows] == ["ok", "ok", "not_audio", "missing"]
    assert [row.labels for row in rows[:2]] == [("Instr. Music",), ("Nature",)]
    assert [row.clip_id for row in rows[:2]] == ["flute_0.000", "Rain_0.000"]
    for row, expected_hz in zip(rows, (440, 880), strict=False):
        samples = waveforms.decode_flac(row.flac)
        assert len(samples) == 44_100
        assert numpy.argmax(numpy.abs(numpy.fft.rfft(samples))) / 2 == pytest.approx(
            expected_hz, abs=1
        )


def test_sounds_of_several_lengths_are_whole_up_to_a_minute(tmp_path):
    lengths = {"blip": 0.3, "song": 7.25, "hour": 61.0}
    for name, seconds in lengths.items():
        (tmp_path / f"{name}.wav").write_bytes(tone(440, seconds))
    (tmp_path / "cut.wav").write_bytes(tone(440, 3)[:-100_000])
    table = "".join(f"{name},Nature\n" for name in (*lengths, "cut"))
    *rows, cut = rows_of(tmp_path, parse_natural_sounds(table, "sounds.csv"))
    assert cut.status == "truncated"
    for row, seconds in zip(rows, (0.3, 7.25, 60.0), strict=True):
        assert len(waveforms.decode_flac(row.flac)) == round(seconds * 22_050)
        assert (row.end_s, row.detail) == (pytest.approx(seconds, abs=1e-4), "")


def test_what_is_no_set_of_sounds_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder or archive"):
        list(rows_of(tmp_path / "absent", SOUNDS))
    (tmp_path / "x.bin").write_bytes(b"12345")
    with pytest.raises(ValueError, match="neither a folder nor"):
        list(rows_of(tmp_path / "x.bin", SOUNDS))


def test_the_script_takes_a_folder_and_says_what_is_missing(tmp_path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.wav").write_bytes(tone(440))
    table = tmp_path / "sounds.csv"
    text = "file,category\none.wav,Nature\ntwo.wav,Instr. Music\nthree.wav,Nature\n"
    table.write_text(text, encoding="utf-8")
    imported(tmp_path, table)
    rows = pandas.read_parquet(tmp_path / "0.parquet")
    assert rows["status"].tolist() == ["ok", "missing", "ok"]
    assert (tmp_path / "brain.csv").read_text(encoding="utf-8") == "clip_id,component,response\n"


def imported(place, table=None, components=None):
    folder = place if place.is_dir() else place.parent
    outputs = folder / "0.parquet", folder / "brain.csv"
    import_natural_sounds.main(place, table, components, "average", *outputs)


CODES = (
    "Music", "Song", "EngSpeech", "ForSpeech", "HumVoc", "AniVoc", "HumNonVoc", "AniNonVoc",
    "Nature", "Mechanical", "EnvSound",
)  # fmt: skip


def test_the_published_table_needs_no_header():
    table = "\r\n".join(f"stim{n}_x,{code}" for n, code in enumerate(CODES))
    for text in (table, table.replace(",", ";"), table.replace(",", "\t"), "\ufeff" + table):
        sounds = parse_natural_sounds(text, "category_labels.csv")
        assert [sound.category for sound in sounds] == list(CATEGORIES)
        assert sounds[0].file == "stim0_x"


def test_sounds_are_found_by_stem_in_any_form_of_unicode(tmp_path):
    names = {"stim1_café": unicodedata.normalize("NFD", "Stim1_café"), "stim2.5_x": "stim2.5_x"}
    for name in names.values():
        (tmp_path / f"{name}.wav").write_bytes(tone(440))
        (tmp_path / f"._{name}.wav").write_bytes(b"rest")
    sounds = [NaturalSound(name, "Nature") for name in names]
    rows = list(rows_of(tmp_path, sounds))
    assert [row.status for row in rows] == ["ok", "ok"]
    assert [row.clip_id for row in rows] == ["stim1_café_0.000", "stim2.5_x_0.000"]


def test_two_files_that_a_stem_may_mean_are_not_chosen_from(tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.wav").write_bytes(tone(440))
    (tmp_path / "y.wav").write_bytes(tone(440))
    sounds = [NaturalSound("x", "Nature"), NaturalSound("y", "Nature")]
    rows = list(rows_of(tmp_path, sounds))
    assert [row.status for row in rows] == ["missing", "ok"]
    assert "a/x.wav, b/x.wav" in rows[0].detail
    sounds = [NaturalSound("a/x.wav", "Nature")]
    assert [row.status for row in rows_of(tmp_path, sounds)] == ["ok"]


def test_none_found_at_all_is_refused_with_what_is_there(tmp_path):
    (tmp_path / "sound_one.wav").write_bytes(tone(440))
    with pytest.raises(ValueError, match="None of the 4 natural sounds") as caught:
        list(rows_of(tmp_path, SOUNDS))
    assert "looked for music/flute.wav or flute.*" in str(caught.value)
    assert "only others (1, such as sound_one.wav)" in str(caught.value)


def test_how_many_are_missing_is_said_on_the_terminal(tmp_path, capfd):
    (tmp_path / "x.wav").write_bytes(tone(440))
    table = tmp_path / "sounds.csv"
    table.write_text("x,Nature\n" + "".join(f"y{n},Song\n" for n in range(9)), encoding="utf-8")
    imported(tmp_path, table)
    assert "9 of the 10 natural sounds" in capfd.readouterr().err


def test_the_demo_takes_the_sounds_that_are_given(tmp_path):
    copy = WorkflowCopy.make(tmp_path / "workflow")
    shard = "results/clips/tiny/natural_sounds/0.parquet"
    assert set(copy.plan(shard)) == {"synthesise_natural_sounds"}
    (tmp_path / "sounds.csv").write_text("x,Nature\ny,Song\n", encoding="utf-8")
    given = f"{{place: {tmp_path}, table: {tmp_path}/sounds.csv}}"
    more = copy.overlay(f"corpus: {{natural_sounds: {given}}}\n")
    assert set(copy.plan(shard, *more)) == {"import_natural_sounds"}


def test_a_set_of_ones_own_keeps_its_categories():
    sounds = parse_natural_sounds("a,Nature\nb,Laser\nc,Music\n", "table.csv")
    assert [sound.category for sound in sounds] == ["Nature", "Laser", "Music"]


def test_the_published_set_is_read_as_it_is(tmp_path):
    place = Path(__file__).resolve().parents[2] / "shared/natural_sounds"
    if not place.exists():
        pytest.skip(f"{place} absent")
    outputs = tmp_path / "0.parquet", tmp_path / "brain.csv"
    import_natural_sounds.main(place, None, None, "average", *outputs)
    rows = pandas.read_parquet(outputs[0]).set_index("clip_id")
    assert len(rows) == 165
    assert set(rows["status"]) == {"ok"}
    categories = rows["labels"].str[0]
    counts = Counter(categories)
    assert (counts["Instr. Music"], counts["Vocal Music"], counts["Nature"]) == (24, 11, 4)
    brain = pandas.read_csv(outputs[1])
    names = ["lowfreq", "highfreq", "envsounds", "pitch", "speech", "music"]
    assert list(dict.fromkeys(brain["component"])) == names
    # Norman-Haignere et al. (2015) by way of Kim, Kim & Jeong (2024, Fig. 3).
    music = brain[brain["component"] == "music"].set_index("clip_id")["response"]
    inside = categories[music.index].isin(["Instr. Music", "Vocal Music"])
    assert music[inside].mean() / music[~inside].mean() == pytest.approx(4.40, abs=0.005)
    speech = brain[brain["component"] == "speech"].set_index("clip_id")["response"]
    best = speech.groupby(categories).mean().nlargest(3)
    assert set(best.index) == {"English Speech", "Foreign Speech", "Vocal Music"}
