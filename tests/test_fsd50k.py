"""FSD50K's tables and split archives become AudioSet-shaped segments and clips."""

from __future__ import annotations

import io
import random
import shutil
import struct
import subprocess
import zipfile
import zlib

import numpy
import pytest
import soundfile

from science.corpus import audioset
from science.corpus.ontology import TableError
from science.corpus.segments_table import parse_segments
from science.sound import waveforms
from sources.by_name import CorpusSplit
from sources.fsd50k.source import Fsd50kSource, class_labels_table, segments_table
from sources.fsd50k.zip_parts import ZipParts, ZipPartsError, ordered_parts
from sources.interface import ClipUnavailable
from storage.clips import AskedClip

DEV = (
    "fname,labels,mids,split\n"
    '64760,"Electric_guitar,Guitar,Music","/m/02sgy,/m/0342h,/m/04rlf",train\n'
    '16399,"Speech,Human_voice","/m/09x0r,/m/09l8g",val\n'
)
EVAL = 'fname,labels,mids\n37199,"Music","/m/04rlf"\n'
MIDS = ["/m/02sgy", "/m/0342h", "/m/04rlf", "/m/09x0r", "/m/09l8g"]


def test_the_ground_truth_becomes_a_segments_table():
    table, warnings = parse_segments(segments_table(DEV, "dev.csv"), "x", MIDS)
    assert warnings == []
    assert table["clip_id"].to_pylist() == ["64760_0.000", "16399_0.000"]
    assert table["labels"].to_pylist() == [
        ["/m/02sgy", "/m/0342h", "/m/04rlf"],
        ["/m/09x0r", "/m/09l8g"],
    ]
    assert set(table["end_s"].to_pylist()) == {10.0}
    table, _ = parse_segments(segments_table(EVAL, "eval.csv"), "x", MIDS)
    assert table["ytid"].to_pylist() == ["37199"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", "line 1: the header"),
        (DEV + "1,Music,/m/04rlf\n", "line 4: expected 4"),
        (DEV + "64760,Music,/m/04rlf,train\n", "line 4: the clip 64760 is given twice"),
        (DEV + "9,Music,/m/04rlf,test\n", "line 4: the split"),
    ],
)
def test_a_malformed_ground_truth_is_refused_with_its_line(text, message):
    with pytest.raises(TableError, match=f"dev.csv, {message}"):
        segments_table(text, "dev.csv")


def test_the_vocabulary_becomes_a_table_of_classes():
    text = class_labels_table(
        "0,Accelerating_and_revving_and_vroom,/m/07q2z82\n1,Music,/m/04rlf\n",
        "v",
        {"/m/04rlf": "Musik"},
    )
    table = audioset.parse_class_labels(text, "v")
    assert table["mid"].tolist() == ["/m/07q2z82", "/m/04rlf"]
    assert table["display_name"].tolist() == ["Accelerating, revving, vroom", "Musik"]
    with pytest.raises(TableError, match="line 1"):
        class_labels_table("Music,/m/04rlf\n", "v")


def wav(number, duration_s):
    target = io.BytesIO()
    time_s = numpy.arange(round(44_100 * duration_s)) / 44_100
    tone = 0.5 * numpy.sin(2 * numpy.pi * (300 + 50 * number) * time_s)
    soundfile.write(target, tone, 44_100, format="WAV", subtype="PCM_16")
    return target.getvalue()


DURATIONS_S = {100: 0.3, 101: 4.0, 102: 10.0, 103: 17.5, 104: 30.0}


@pytest.fixture(scope="module")
def files():
    return {f"FSD50K.dev_audio/{n}.wav": wav(n - 100, s) for n, s in DURATIONS_S.items()}


def split_zip(folder, files, part_bytes):
    """Write a split archive by hand, offsets counted from each part's start, as APPNOTE says."""
    data, entries = b"PK\x07\x08", []
    for number, (name, content) in enumerate(files.items()):
        method = zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush() if number % 2 else content
        if len(data) % part_bytes > part_bytes - 80:
            data += b"\0" * (part_bytes - len(data) % part_bytes)
        disk, start = divmod(len(data), part_bytes)
        crc, encoded = zlib.crc32(content), name.encode()
        head = struct.pack("<5H3L", 20, 0, method, 0, 0, crc, len(packed), len(content))
        data += (
            b"PK\x03\x04"
            + head
            + struct.pack("<2H", len(encoded), 4)
            + encoded
            + b"ab\0\0"
            + packed
        )
        fields = (
            struct.pack("<H", 20)
            + head
            + struct.pack("<5H2L", len(encoded), 0, 0, disk, 0, 0, start)
        )
        entries.append(b"PK\x01\x02" + fields + encoded)
    directory = b"".join(entries)
    if len(data) % part_bytes + len(directory) + 22 > part_bytes:
        data += b"\0" * (part_bytes - len(data) % part_bytes)
    disk, start = divmod(len(data), part_bytes)
    ends = struct.pack("<4H2LH", disk, disk, len(files), len(files), len(directory), start, 0)
    data += directory + b"PK\x05\x06" + ends
    parts = [data[first : first + part_bytes] for first in range(0, len(data), part_bytes)]
    names = [f"audio.z{n:02d}" for n in range(1, len(parts))] + ["audio.zip"]
    for name, part in zip(names, parts, strict=True):
        (folder / name).write_bytes(part)
    return [folder / name for name in names]


@pytest.mark.parametrize("part_bytes", [70_000, 500_000, 100_000_000])
def test_a_split_archive_gives_every_file(tmp_path, files, part_bytes):
    parts = split_zip(tmp_path, files, part_bytes)
    assert (len(parts) > 1) == (part_bytes < 1_000_000)
    archive = ZipParts(parts)
    assert {name: archive.read(name) for name in archive.members} == files


def test_an_archive_of_pythons_own_reads_the_same(tmp_path, files):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("FSD50K.dev_audio")
        for name, content in files.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(content)
    archive = ZipParts([tmp_path / "a.zip"])
    assert {name: archive.read(name) for name in archive.members} == files


@pytest.mark.skipif(shutil.which("zip") is None, reason="no zip program here")
@pytest.mark.parametrize("joined", [False, True], ids=["split", "joined"])
def test_an_archive_of_the_zip_program_reads_the_same(tmp_path, joined):
    noise = random.Random(1)
    files = {f"{n}.wav": noise.randbytes(60_000) for n in range(9)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    subprocess.run(["zip", "-q", "-s", "100k", "a.zip", *files], cwd=tmp_path, check=True)
    parts = ordered_parts(tmp_path.glob("a.z*"))
    assert len(parts) > 3
    if joined:
        subprocess.run(["zip", "-q", "-s", "0", "a.zip", "-O", "b.zip"], cwd=tmp_path, check=True)
        parts = [tmp_path / "b.zip"]
    archive = ZipParts(parts)
    assert {name: archive.read(name) for name in archive.members} == files


def test_damage_is_found_and_the_part_is_named(tmp_path, files):
    parts = split_zip(tmp_path, files, 500_000)
    with pytest.raises(ZipPartsError, match=r"has \d+ parts, but"):
        ZipParts([*parts[:1], parts[-1]])
    with pytest.raises(ZipPartsError, match=r"missing: \.z01"):
        ordered_parts(parts[1:])
    content = bytearray(parts[1].read_bytes())
    content[len(content) // 2] ^= 0xFF
    parts[1].write_bytes(content)
    archive = ZipParts(parts)
    with pytest.raises(ZipPartsError, match=r"audio\.z0\d: .*fetch this part again"):
        _ = [archive.read(name) for name in files]
    parts[-1].write_bytes(parts[-1].read_bytes()[:-30])
    with pytest.raises(ZipPartsError, match=r"audio\.zip"):
        ZipParts(parts)


def test_names_from_a_command_line_and_any_order_do_no_harm(tmp_path, files):
    parts = split_zip(tmp_path, files, 500_000)
    renamed = [part.rename(part.with_name(f"{part.name}?download=1")) for part in parts]
    assert ordered_parts(reversed(renamed)) == renamed
    archive = ZipParts(ordered_parts(reversed(renamed)))
    assert {name: archive.read(name) for name in archive.members} == files


def test_two_files_for_one_part_and_parts_laid_end_to_end_are_refused(tmp_path, files):
    parts = split_zip(tmp_path, files, 500_000)
    with pytest.raises(ZipPartsError, match="are the same part"):
        ordered_parts([*parts, tmp_path / "other.zip"])
    with pytest.raises(ZipPartsError, match=r"audio\.tar is not a part of an archive"):
        ordered_parts([tmp_path / "audio.tar"])
    joined = tmp_path / "joined.zip"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with pytest.raises(ZipPartsError, match="join them by zip -s 0"):
        Fsd50kSource([[joined]])


def asked_for(number):
    return AskedClip(f"{number}_0.000", str(number), 0.0, 10.0, ("/m/04rlf",))


def test_an_unpacked_folder_gives_the_same_sound_as_the_archive(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / "unpacked" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.with_name(f"._{path.name}").write_bytes(b"rest")
    packed = Fsd50kSource([split_zip(tmp_path, files, 500_000)])
    for folder in (tmp_path / "unpacked", tmp_path / "unpacked/FSD50K.dev_audio"):
        unpacked = Fsd50kSource([[folder]])
        for number in DURATIONS_S:
            assert unpacked.fetch(asked_for(number)) == packed.fetch(asked_for(number))
    with pytest.raises(ZipPartsError, match="A folder stands alone"):
        Fsd50kSource([[tmp_path / "unpacked", tmp_path / "audio.zip"]])


def test_an_archive_with_none_of_the_clips_is_refused(tmp_path, files):
    source = Fsd50kSource([split_zip(tmp_path, files, 500_000)])
    source.expect_one_of([asked_for(7), asked_for(103)])
    with pytest.raises(ValueError, match=r"None of the 2 clips .*7\.wav.* 5 others.*train_archive"):
        source.expect_one_of([asked_for(7), asked_for(8)])


def test_a_clip_with_less_sound_than_the_configured_minimum_is_too_short(tmp_path, files):
    split = CorpusSplit(
        split="train",
        folder=tmp_path,
        sources=["fsd50k"],
        recordings=None,
        archive=split_zip(tmp_path, files, 500_000),
        channel="average",
        fetch={"min_duration_s": 3.0},
    )
    (source,) = split.make_sources([], list)
    for number, duration_s in DURATIONS_S.items():
        if duration_s >= 3.0:
            assert source.fetch(asked_for(number)).status == "ok"
        else:
            with pytest.raises(ClipUnavailable, match=r"at least 3 s") as caught:
                source.fetch(asked_for(number))
            assert (caught.value.status, caught.value.passing) == ("too_short", False)


def test_clips_are_cut_at_ten_seconds_and_shorter_ones_stay_short(tmp_path, files):
    source = Fsd50kSource([split_zip(tmp_path, files, 500_000)])
    for number, duration_s in DURATIONS_S.items():
        row = source.fetch(AskedClip(f"{number}_0.000", str(number), 0.0, 10.0, ("/m/04rlf",)))
        samples = waveforms.decode_flac(row.flac)
        assert len(samples) == pytest.approx(22_050 * min(10.0, duration_s), abs=2)
        spectrum = numpy.abs(numpy.fft.rfft(samples))
        tone_hz = numpy.argmax(spectrum) * 22_050 / len(samples)
        assert tone_hz == pytest.approx(300 + 50 * (number - 100), abs=3)
    with pytest.raises(ClipUnavailable, match="999") as caught:
        source.fetch(AskedClip("999_0.000", "999", 0.0, 10.0, ()))
    assert not caught.value.passing
