"""Sound whose headers, lengths or places are wrong: segments against the whole file's decoding.

The reference is FFmpeg's program, which decodes a file from its beginning to its end.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
import tracemalloc
from functools import cache
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile

from science.sound import waveforms
from sources.audio.decoders import SoundFileAudio
from sources.audio.decoding import open_audio
from sources.audio.flac_frames import samples_are_counted
from sources.folder.files import index_folder, read_clips
from storage.clips import AskedClip, ClipRow

CASES = Path(__file__).resolve().parents[2] / "shared" / "public_cases" / "audio"


def tones(first: int, seconds: float, rate_hz: int = 44_100, channels: int = 1) -> np.ndarray:
    """Seconds `first` on of a recording of 400 Hz + 100 Hz for each second of a minute."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    samples = 0.4 * np.sin(2 * np.pi * (400 + 100 * ((first + np.floor(time_s)) % 60)) * time_s)
    return np.repeat(samples[:, None], channels, axis=1).astype(np.float32)


def ffmpeg(*arguments: object) -> bytes:
    program = imageio_ffmpeg.get_ffmpeg_exe()
    command = [program, "-v", "error", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@cache
def encoded(ending: str, options: str = "", first: int = 0, seconds: float = 20.0, **how) -> bytes:
    """A file of tones as FFmpeg's program writes it."""
    return _encoded(ending, options, first, seconds, **how)


def _encoded(ending, options, first, seconds, rate_hz=44_100, channels=1, piped=False) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "source.wav", Path(folder) / f"target.{ending}"
        soundfile.write(source, tones(first, seconds, rate_hz, channels), rate_hz)
        if piped:
            return ffmpeg("-i", source, *options.split(), "-")
        ffmpeg("-i", source, *options.split(), target)
        return target.read_bytes()


def heard(samples: np.ndarray) -> list[int]:
    """Which second of the recording each full second is, from its strongest frequency."""
    found = []
    for first in range(0, len(samples) - 22_049, 22_050):
        piece = samples[first + 2_205 : first + 19_845].astype(float)
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 22_050))
        found.append(round((int(np.argmax(spectrum)) - 400) / 100))
    return found


def whole(path: Path) -> np.ndarray:
    """The file as FFmpeg's program decodes it: int16, mono, 22,050 Hz."""
    packed = ffmpeg("-i", path, "-ac", "1", "-ar", "22050", "-f", "s16le", "-")
    return np.frombuffer(packed, np.int16)


def cut(path: Path, start_s: float, end_s: float) -> ClipRow:
    clip = AskedClip(f"x_{start_s:.3f}", "x", start_s, end_s, ())
    (row,) = read_clips([clip], index_folder(path.parent))
    return row


def assert_cuts_are_those_of_the_whole(path: Path) -> None:
    """At the beginning, middle and end: the samples, except where a codec settles."""
    reference = whole(path)
    seconds = len(reference) // 22_050
    for start_s, end_s in [(0, 6), (3, 9), (7, 12), (seconds - 4, seconds)]:
        row = cut(path, start_s, end_s)
        assert row.status == "ok", (start_s, row.detail)
        clip = waveforms.decode_flac(row.flac)
        part = reference[start_s * 22_050 : end_s * 22_050]
        assert len(clip) == (end_s - start_s) * 22_050
        assert heard(clip) == heard(part), start_s
        # Two resamplers differ a little, most of all where one tone gives way to the next.
        difference = np.abs(clip.astype(float) - part)
        assert np.median(difference) < 40, start_s
    row = cut(path, seconds - 2, seconds + 8)
    assert row.status == "ok"
    left_s = len(reference) / 22_050 - (seconds - 2)
    assert len(waveforms.decode_flac(row.flac)) / 22_050 == pytest.approx(left_s, abs=0.1)
    assert "of 10.000 s" in row.detail
    assert cut(path, seconds + 3, seconds + 8).status == "too_short"


def put(folder: Path, ending: str, content: bytes) -> Path:
    path = folder / f"x.{ending}"
    path.write_bytes(content)
    return path


HONEST = {
    "mp3 with a table": ("mp3", "-q:a 5"),
    "mp3 of variable rate without a table": ("mp3", "-q:a 5 -write_xing 0"),
    "mp3 of constant rate without a table": ("mp3", "-b:a 64k -write_xing 0"),
    "aac": ("aac", ""),
    "m4a with priming": ("m4a", ""),
    "m4a in fragments": ("m4a", "-movflags +frag_keyframe+empty_moov -frag_duration 2000000"),
    "m4a cut by an edit list": ("m4a", "-c:a aac -ss 1.3"),
    "alac": ("m4a", "-c:a alac"),
    "mov": ("mov", "-c:a pcm_s16le"),
    "webm": ("webm", "-c:a libopus"),
    "mka with vorbis": ("mka", "-c:a libvorbis"),
    "mkv with mp3": ("mkv", "-c:a libmp3lame"),
    "vorbis": ("ogg", "-c:a libvorbis"),
    "opus": ("opus", "-c:a libopus"),
    "flac in ogg": ("oga", "-c:a flac"),
    "flac": ("flac", ""),
    "flac of small frames": ("flac", "-frame_size 200"),
    "wma": ("wma", ""),
    "ac3": ("ac3", ""),
    "mp2": ("mp2", ""),
    "caf": ("caf", ""),
    "caf with alac": ("caf", "-c:a alac"),
    "aiff": ("aiff", ""),
    "au": ("au", ""),
    "w64": ("w64", ""),
    "wav with ms adpcm": ("wav", "-c:a adpcm_ms"),
    "wav with ima adpcm": ("wav", "-c:a adpcm_ima_wav"),
    "wav with mp3": ("wav", "-c:a libmp3lame"),
    "wavpack": ("wv", ""),
    "amr": ("amr", "-c:a libopencore_amrnb -ar 8000 -b:a 12.2k"),
    "3gp": ("3gp", "-c:a libopencore_amrnb -ar 8000 -b:a 12.2k"),
}


@pytest.mark.parametrize("name", HONEST)
def test_segments_of_every_format_are_those_of_its_whole_decoding(tmp_path, name):
    ending, options = HONEST[name]
    assert_cuts_are_those_of_the_whole(put(tmp_path, ending, encoded(ending, options)))


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("wav", "-f wav"),
        ("au", "-f au"),
        ("caf", "-f caf"),
        ("flac", "-f flac"),
        ("mka", "-f matroska -c:a libopus"),
        ("webm", "-f webm -c:a libopus -live 1"),
        ("ogg", "-f ogg -c:a libvorbis"),
    ],
)
def test_streams_that_never_learned_their_length_are_read_to_their_end(tmp_path, ending, options):
    content = encoded(ending, options, piped=True)
    assert_cuts_are_those_of_the_whole(put(tmp_path, ending, content))


def test_streamed_aiff_and_w64_hold_all_their_seconds(tmp_path):
    """FFmpeg's program reads nothing of these, and libsndfile all."""
    for ending in ("aiff", "w64"):
        path = put(tmp_path, ending, encoded(ending, f"-f {ending}", piped=True))
        assert heard(waveforms.decode_flac(cut(path, 9, 19).flac)) == list(range(9, 19)), ending
        path.unlink()


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("mp3", "-q:a 5"),
        ("mp3", "-b:a 64k -write_xing 0"),
        ("aac", ""),
        ("flac", ""),
        ("oga", "-c:a flac"),
        ("ogg", "-c:a libvorbis"),
        ("opus", "-c:a libopus"),
        ("webm", "-c:a libopus"),
        ("ac3", ""),
        ("amr", "-c:a libopencore_amrnb -ar 8000 -b:a 12.2k"),
    ],
)
def test_files_joined_byte_by_byte_are_one_recording(tmp_path, ending, options):
    second = encoded(ending, options, 10, 9.0)
    if ending == "amr":
        second = second.removeprefix(b"#!AMR\n")
    path = put(tmp_path, ending, encoded(ending, options, 0, 10.0) + second)
    assert_cuts_are_those_of_the_whole(path)
    assert heard(waveforms.decode_flac(cut(path, 12, 18).flac))[1:-1] == [13, 14, 15, 16]


@pytest.mark.parametrize("ending", ["mp3", "aac", "oga", "ogg"])
@pytest.mark.parametrize("other", [{"rate_hz": 48_000}, {"channels": 2}])
def test_joined_files_of_another_kind_give_the_seconds_asked_for_or_say_why(
    tmp_path, ending, other
):
    options = {"oga": "-c:a flac", "ogg": "-c:a libvorbis"}.get(ending, "")
    content = encoded(ending, options, 0, 10.0) + encoded(ending, options, 10, 10.0, **other)
    path = put(tmp_path, ending, content)
    assert heard(waveforms.decode_flac(cut(path, 2, 9).flac)) == list(range(2, 9))
    reference = whole(path)
    for start_s in (6, 12):
        row = cut(path, start_s, start_s + 6)
        if row.status == "ok":
            part = reference[start_s * 22_050 : (start_s + 6) * 22_050]
            assert heard(waveforms.decode_flac(row.flac)) == heard(part)
        else:
            assert re.search("change midway|changes its kind midway", row.detail)


def test_a_cover_between_joined_mp3s_is_no_damage(tmp_path):
    cover = np.random.default_rng(0).bytes(60_000)
    size = bytes(len(cover) >> shift & 0x7F for shift in (21, 14, 7, 0))
    tag = b"ID3\x04\0\0" + size + cover
    content = encoded("mp3", "-q:a 5", 0, 10.0) + tag + encoded("mp3", "-q:a 5", 10, 10.0)
    assert_cuts_are_those_of_the_whole(put(tmp_path, "mp3", content))


def test_an_mp3_with_a_cover_and_without_a_table_is_read(tmp_path):
    cover = np.random.default_rng(1).bytes(300_000)
    size = bytes(len(cover) >> shift & 0x7F for shift in (21, 14, 7, 0))
    content = (
        b"ID3\x03\0\0" + size + cover + encoded("mp3", "-q:a 5 -write_xing 0 -id3v2_version 0")
    )
    assert_cuts_are_those_of_the_whole(put(tmp_path, "mp3", content))


def xing_frames(mp3: bytes, frames: int) -> bytes:
    at = max(mp3.find(b"Xing"), mp3.find(b"Info"))
    assert at > 0
    assert mp3[at + 7] & 1
    return mp3[: at + 8] + struct.pack(">I", frames) + mp3[at + 12 :]


@pytest.mark.parametrize("frames", [0, 200, 100_000])
def test_the_count_in_an_mp3s_table_is_not_believed(tmp_path, frames):
    content = xing_frames(encoded("mp3", "-q:a 5"), frames)
    path = put(tmp_path, "mp3", content)
    for start_s in (3, 13):
        row = cut(path, start_s, start_s + 6)
        assert heard(waveforms.decode_flac(row.flac)) == list(range(start_s, start_s + 6))


def wav(seconds: float = 20.0) -> bytearray:
    content = bytearray(44)
    content[:] = struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 0, b"WAVE", b"fmt ", 16, 1, 1, 44_100, 88_200, 2, 16,
        b"data", 0,
    )  # fmt: skip
    content += (tones(0, seconds)[:, 0] * 32_767).astype("<i2").tobytes()
    content[4:8] = struct.pack("<I", len(content) - 8)
    content[40:44] = struct.pack("<I", len(content) - 44)
    return content


@pytest.mark.parametrize("size", [0, 88_200 * 3, 88_200 * 8 + 1, 0xFFFF_FFFF, 0x7FFF_FFFF])
@pytest.mark.parametrize("size_of_file", [0, 36, None, 0xFFFF_FFFF])
def test_the_size_in_a_wav_header_is_not_believed(tmp_path, size, size_of_file):
    content = wav()
    content[40:44] = struct.pack("<I", size)
    if size_of_file is not None:
        content[4:8] = struct.pack("<I", size_of_file)
    path = put(tmp_path, "wav", content)
    for start_s in (0, 2, 12):
        row = cut(path, start_s, start_s + 8)
        assert heard(waveforms.decode_flac(row.flac)) == list(range(start_s, start_s + 8))


@pytest.mark.parametrize(
    "more",
    [
        b"LIST" + struct.pack("<I", 4_000) + bytes(4_000),
        b"id3 " + struct.pack("<I", 4_001) + bytes(4_001),
        b"TAG" + bytes(125),
        bytes(30),
    ],
)
def test_what_follows_the_sound_of_a_wav_is_not_heard(tmp_path, more):
    path = put(tmp_path, "wav", wav(10.0) + more)
    row = cut(path, 30, 40)
    assert heard(waveforms.decode_flac(row.flac)) == list(range(10))
    assert "taken as cut already" in row.detail


def test_a_wav_that_another_is_joined_to_is_read_as_far_as_its_own_sound_goes(tmp_path):
    path = put(tmp_path, "wav", wav(9.0) + wav(9.0))
    assert heard(waveforms.decode_flac(cut(path, 2, 8).flac)) == list(range(2, 8))
    row = cut(path, 8, 18)
    assert (row.status, "another WAV file is joined" in row.detail) == ("truncated", True)


def with_samples(flac: bytes, samples: int) -> bytes:
    """Another total in the STREAMINFO: the low 36 bits of the 8 bytes at offset 18."""
    number = int.from_bytes(flac[18:26], "big") >> 36 << 36 | samples
    return flac[:18] + number.to_bytes(8, "big") + flac[26:]


@pytest.mark.parametrize("seconds", [0, 5, 8, 19])
def test_the_length_in_a_flac_header_is_not_believed(tmp_path, seconds):
    path = put(tmp_path, "flac", with_samples(encoded("flac"), seconds * 44_100))
    for start_s in (0, 4, 12):
        row = cut(path, start_s, start_s + 8)
        assert heard(waveforms.decode_flac(row.flac)) == list(range(start_s, start_s + 8))


@pytest.mark.parametrize("options", ["", "-frame_size 192", "-frame_size 1000", "-ar 12345"])
@pytest.mark.parametrize("seconds", [0.01, 3.0, 20.0])
def test_frames_of_flac_tell_how_many_samples_there_are(tmp_path, options, seconds):
    path = put(tmp_path, "flac", encoded("flac", options, 0, seconds))
    samples = soundfile.info(path).frames
    with path.open("rb") as stream:
        assert samples_are_counted(stream, samples)
        assert stream.tell() == 0
        for other in (samples - 1, samples + 1, 0):
            assert not samples_are_counted(stream, other)
    path.write_bytes(path.read_bytes()[:-100])
    if seconds == 20.0 and options != "-frame_size 192":
        assert "header" in cut(path, 15, 25).detail or cut(path, 15, 25).status == "ok"
    path.write_bytes(encoded("flac", options, 0, seconds) * 2)
    with path.open("rb") as stream:
        assert not samples_are_counted(stream, samples)


def test_the_mirrors_flac_is_sought_in_and_not_decoded_through(tmp_path):
    """The decoder is libsndfile: for a clip out of it FFmpeg is not asked."""
    for ending in ("flac", "wav", "aiff"):
        with open_audio(encoded(ending)) as audio:
            assert isinstance(audio, SoundFileAudio), ending


def test_a_webm_whose_header_names_another_duration_is_heard_as_it_is(tmp_path):
    content = encoded("webm", "-c:a libopus")
    at = content.index(b"\x44\x89\x88") + 3
    for milliseconds in (3_000.0, 0.0):
        changed = content[:at] + struct.pack(">d", milliseconds) + content[at + 8 :]
        assert_cuts_are_those_of_the_whole(put(tmp_path, "webm", changed))
    longer = content[:at] + struct.pack(">d", 60_000.0) + content[at + 8 :]
    path = put(tmp_path, "webm", longer)
    assert heard(waveforms.decode_flac(cut(path, 9, 19).flac)) == list(range(9, 19))
    row = cut(path, 30, 40)
    assert (row.status, "its header says 60.00 s" in row.detail) == ("truncated", True)


def test_a_name_and_the_decoded_length_say_whether_a_clip_is_cut_already(tmp_path):
    path = put(tmp_path, "mp3", encoded("mp3", "-q:a 5 -write_xing 0", 0, 10.0))
    row = cut(path, 30, 40)
    assert heard(waveforms.decode_flac(row.flac)) == list(range(10))
    assert "taken as cut already, since it is as long" in row.detail
    path = put(tmp_path, "mp3", encoded("mp3", "-q:a 5 -write_xing 0", 0, 8.0))
    row = cut(path, 5, 15)
    assert heard(waveforms.decode_flac(row.flac)) == [5, 6, 7]
    assert "of 10.000 s" in row.detail
    row = cut(path, 30, 40)
    assert heard(waveforms.decode_flac(row.flac)) == list(range(8))
    assert "taken as cut already, since it ends before" in row.detail


BARE_OR_BOXED = ["mp3", "aac", "ac3", "wma", "m4a", "opus", "webm", "oga", "flac"]


@pytest.mark.parametrize("ending", BARE_OR_BOXED)
def test_damage_in_the_middle_is_said_and_moves_no_second(tmp_path, ending):
    options = {"webm": "-c:a libopus", "opus": "-c:a libopus", "oga": "-c:a flac"}.get(ending, "")
    content = bytearray(encoded(ending, options))
    middle, damaged = len(content) // 2, len(content) // 20
    content[middle : middle + damaged] = bytes(damaged)
    path = put(tmp_path, ending, content)
    row = cut(path, 7, 14)
    assert row.status == "decode", row
    assert heard(waveforms.decode_flac(cut(path, 1, 7).flac)) == list(range(1, 7))
    row = cut(path, 15, 19)
    if row.status == "ok":
        assert heard(waveforms.decode_flac(row.flac)) == [15, 16, 17, 18]
    else:
        assert row.status in ("decode", "truncated")
        assert row.detail


@pytest.mark.parametrize("ending", ["aac", "mp3", "ac3", "m4a", "wma"])
def test_a_broken_last_frame_costs_that_frame_alone(tmp_path, ending):
    content = encoded(ending, "", 0, 10.0)
    if ending in ("m4a", "wma"):
        # The last frame lies before the index, or before the padding of the last packet.
        end = content.rindex(b"moov") - 4 if ending == "m4a" else len(content) - 1_600
        broken = bytearray(content)
        broken[end - 300 : end - 20] = np.random.default_rng(0).bytes(280)
        content = bytes(broken)
    else:
        content = content[:-60]
    path = put(tmp_path, ending, content)
    path = path.rename(tmp_path / f"x_5.000.{ending}")
    row = cut(path, 5, 15)
    assert row.status == "ok", row.detail
    clip = waveforms.decode_flac(row.flac)
    assert len(clip) / 22_050 > 9.7
    assert heard(clip)[:9] == list(range(9))
    if len(clip) < 10 * 22_050 and ending != "wma":
        assert "of 10.000 s" in row.detail


def test_a_file_cut_off_is_called_so_in_words_of_sound(tmp_path):
    content = encoded("webm", "-c:a libopus")
    path = put(tmp_path, "webm", content[: len(content) * 6 // 10])
    assert heard(waveforms.decode_flac(cut(path, 2, 10).flac)) == list(range(2, 10))
    for start_s in (8, 15):
        row = cut(path, start_s, start_s + 10)
        assert (row.status, "its header says 20.01 s" in row.detail) == ("truncated", True)
    for length in (40, 300, 500, 700):
        row = cut(put(tmp_path, "webm", content[:length]), 0, 10)
        assert row.status in ("truncated", "not_audio", "empty", "decode")
        assert not re.search("Operation|Errno|Input/output|avcodec", row.detail), row.detail


def test_gsm_is_read_in_wav_and_bare(tmp_path):
    soundfile.write(tmp_path / "x.wav", tones(0, 20, 8_000), 8_000, subtype="GSM610")
    assert_cuts_are_those_of_the_whole(tmp_path / "x.wav")
    (tmp_path / "x.wav").unlink()
    path = tmp_path / "x.gsm"
    soundfile.write(path, tones(0, 20, 8_000), 8_000, format="RAW", subtype="GSM610")
    assert_cuts_are_those_of_the_whole(path)


@pytest.mark.parametrize("ending", ["spx", "ogg"])
def test_speex_is_read(tmp_path, ending):
    """Four seconds of tones, 8 kHz, by speexenc; FFmpeg can read Speex, but not write it here."""
    content = (Path(__file__).parent / "four_tones.spx").read_bytes()
    row = cut(put(tmp_path, ending, content), 1, 3)
    assert row.status == "ok", row.detail
    assert heard(waveforms.decode_flac(row.flac)) == [1, 2]


@pytest.mark.parametrize(
    ("ending", "options"),
    [
        ("mp3", "-b:a 32k -write_xing 0"),
        ("m4a", ""),
        ("webm", "-c:a libopus -b:a 24k"),
        ("ogg", "-c:a libvorbis"),
        ("wma", ""),
    ],
)
def test_long_recordings_are_passed_over_to_the_right_second(tmp_path, ending, options):
    """The first minute is decoded, the next is not; memory is taken for the wanted part alone."""
    path = put(tmp_path, ending, encoded(ending, options, 0, 130.0, rate_hz=22_050))
    reference = whole(path)
    tracemalloc.start()
    rows = {start_s: cut(path, start_s, start_s + 5) for start_s in (58, 61, 123)}
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    for start_s, row in rows.items():
        clip = waveforms.decode_flac(row.flac)
        assert heard(clip) == heard(reference[start_s * 22_050 :][: len(clip)])
        assert heard(clip) == [second % 60 for second in range(start_s, start_s + 5)]
    assert peak < 5e6


@pytest.mark.parametrize(("ending", "options"), [("mp3", "-q:a 5"), ("ogg", "-c:a libvorbis")])
def test_long_recordings_that_were_joined_are_decoded_through(tmp_path, ending, options):
    parts = [encoded(ending, options, first, 80.0, rate_hz=22_050) for first in (0, 80)]
    path = put(tmp_path, ending, b"".join(parts))
    reference = whole(path)
    for start_s in (70, 78, 90, 150):
        clip = waveforms.decode_flac(cut(path, start_s, start_s + 5).flac)
        part = reference[start_s * 22_050 :][: len(clip)]
        assert heard(clip) == heard(part)


@pytest.mark.skipif(not CASES.exists(), reason="../shared/public_cases/audio is absent")
def test_public_cases(tmp_path):
    files = sorted(CASES.iterdir())
    assert files
    for file in files:
        folder = tmp_path / file.name
        folder.mkdir()
        path = Path(shutil.copy(file, folder / f"x{file.suffix}"))
        assert_cuts_are_those_of_the_whole(path)
