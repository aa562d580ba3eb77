"""The user's own recordings: every format, every naming, every way of being broken."""

from __future__ import annotations

import csv
import gzip
import os
import struct
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from science.sound import waveforms
from sources.audio.decoding import open_audio
from sources.folder import files as folder_source
from sources.folder.files import index_folder, read_clips
from sources.folder.source import FolderSource
from storage.clips import STATUSES, AskedClip, ClipRow

SHARED = Path(__file__).resolve().parents[2] / "shared"


def staircase(seconds: int, rate_hz: int, channels: int = 1) -> np.ndarray:
    """A tone whose frequency says which second it is: 400 + 100 * second Hz."""
    time_s = np.arange(seconds * rate_hz) / rate_hz
    samples = 0.4 * np.sin(2 * np.pi * (400 + 100 * np.floor(time_s)) * time_s)
    return np.repeat(samples[:, None], channels, axis=1).astype(np.float32)


def asked(ytid: str, start_s: float = 0.0, end_s: float | None = None) -> AskedClip:
    end_s = start_s + 10.0 if end_s is None else end_s
    return AskedClip(f"{ytid}_{start_s:.3f}", ytid, start_s, end_s, ("/m/04rlf", "/m/09x0r"))


def read_one(folder: Path, clip: AskedClip, **options) -> ClipRow:
    (row,) = read_clips([clip], index_folder(folder), **options)
    return row


def seconds_heard(row: ClipRow) -> list[int]:
    """Which second of the staircase each second of a clip holds, from its strongest frequency."""
    assert row.status == "ok", row
    samples = waveforms.decode_flac(row.flac)
    found = []
    for second in range(len(samples) // 22_050):
        piece = samples[second * 22_050 + 2_205 : (second + 1) * 22_050 - 2_205].astype(float)
        spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 22_050))
        found.append(round((int(np.argmax(spectrum)) - 400) / 100))
    return found


def duration_s(row: ClipRow) -> float:
    return len(waveforms.decode_flac(row.flac)) / 22_050


def write_with_ffmpeg(path: Path, samples: np.ndarray, rate_hz: int, codec: str, **options) -> None:
    layout = {1: "mono", 2: "stereo"}[samples.shape[1]]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = layout
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples.T), format="fltp", layout=layout
        )
        frame.sample_rate, frame.pts = rate_hz, 0
        resampler = av.AudioResampler(
            stream.codec_context.format, layout, rate_hz, stream.codec_context.frame_size or 1_024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))


def cut_file(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


SNDFILE_FORMATS = {
    "wav-u8": (".wav", {"subtype": "PCM_U8"}),
    "wav-16": (".wav", {"subtype": "PCM_16"}),
    "wav-24": (".wav", {"subtype": "PCM_24"}),
    "wav-32": (".wav", {"subtype": "PCM_32"}),
    "wav-float": (".wav", {"subtype": "FLOAT"}),
    "flac": (".flac", {}),
    "ogg": (".ogg", {}),
    "mp3": (".mp3", {}),
    "aiff": (".aiff", {}),
}
FFMPEG_FORMATS = {
    "m4a": (".m4a", "aac", {}),
    "m4a-faststart": (".m4a", "aac", {"movflags": "faststart"}),
    "aac": (".aac", "aac", {}),
    "alac": (".m4a", "alac", {}),
    "mka-pcm": (".mka", "pcm_s16le", {}),
}


def write_format(stem: Path, name: str, samples: np.ndarray, rate_hz: int) -> Path:
    if name == "wav.gz":
        soundfile.write(stem.with_name("plain.wav"), samples, rate_hz)
        path = stem.with_name(stem.name + ".wav.gz")
        path.write_bytes(gzip.compress(stem.with_name("plain.wav").read_bytes(), 1))
        stem.with_name("plain.wav").unlink()
    elif name in SNDFILE_FORMATS:
        ending, options = SNDFILE_FORMATS[name]
        path = stem.with_name(stem.name + ending)
        soundfile.write(path, samples, rate_hz, **options)
    elif name == "webm":
        path = stem.with_name(stem.name + ".webm")
        write_with_ffmpeg(path, samples, rate_hz, "libopus")
    else:
        ending, codec, options = FFMPEG_FORMATS[name]
        path = stem.with_name(stem.name + ending)
        write_with_ffmpeg(path, samples, rate_hz, codec, **options)
    return path


FORMATS = [*SNDFILE_FORMATS, *FFMPEG_FORMATS, "wav.gz"]
RATES = [(22_050, 1), (44_100, 2), (48_000, 2)]
CASES = [(name, *rate) for name in FORMATS for rate in RATES]
CASES += [("wav-16", 8_000, 1), ("flac", 96_000, 6), ("wav-float", 11_025, 3), ("mp3", 16_000, 1)]
CASES += [("webm", 48_000, 2), ("m4a", 16_000, 1), ("ogg", 44_100, 4)]


@pytest.mark.parametrize(("name", "rate_hz", "channels"), CASES)
def test_every_format_gives_the_clip_and_the_cut(tmp_path, name, rate_hz, channels):
    """The same file read as a clip from its beginning, and as a recording to be cut at 7 s."""
    samples = staircase(14, rate_hz, channels)
    path = write_format(tmp_path / "-a_b_c", name, samples, rate_hz)
    row = read_one(tmp_path, asked("-a_b_c", 3.0, 10.0))
    assert seconds_heard(row) == [3, 4, 5, 6, 7, 8, 9]
    assert duration_s(row) == pytest.approx(7.0, abs=1e-9)
    assert (row.source, row.labels) == ("folder", ("/m/04rlf", "/m/09x0r"))
    tail = read_one(tmp_path, asked("-a_b_c", 9.0, 19.0))
    assert seconds_heard(tail)[:4] == [9, 10, 11, 12]
    # Raw AAC does not note how much of its first frames is padding.
    assert duration_s(tail) == pytest.approx(5.0, abs=0.1 if name == "aac" else 0.05)
    path.rename(path.with_name(path.name.replace("-a_b_c", "-a_b_c_70.624")))
    row = read_one(tmp_path, asked("-a_b_c", 70.624))
    assert seconds_heard(row) == list(range(10))
    assert "first 10 s of 14" in row.detail


@pytest.mark.parametrize("name", ["wav-16", "flac", "mp3", "ogg", "m4a", "webm"])
def test_cuts_are_exact_to_the_sample(tmp_path, name):
    """Noise cut out of a long file lies where the same noise, resampled as a whole, has it."""
    rate_hz = 48_000
    noise = np.random.default_rng(0).standard_normal((rate_hz * 12, 1))
    noise = np.apply_along_axis(np.convolve, 0, noise, np.hanning(24) / 60, mode="same")
    write_format(tmp_path / "n", name, noise.astype(np.float32), rate_hz)
    clip = waveforms.decode_flac(read_one(tmp_path, asked("n", 4.4, 9.4)).flac).astype(float)
    whole = waveforms.resample(noise[:, 0].astype(np.float32), rate_hz)
    start = round(4.4 * 22_050)
    likeness = [
        np.corrcoef(clip, whole[start + shift : start + shift + len(clip)])[0, 1]
        for shift in range(-40, 41)
    ]
    # WebM notes times in whole milliseconds, 22 samples.
    allowed = 12 if name == "webm" else {"m4a": 1}.get(name, 0)
    assert abs(int(np.argmax(likeness)) - 40) <= allowed
    assert max(likeness) > 0.95
    if name in ("wav-16", "flac"):
        difference = np.abs(clip / 32_768 - whole[start : start + len(clip)])
        assert difference.max() < 2 / 32_768


def test_22050_hz_16_bit_mono_comes_through_bit_for_bit(tmp_path):
    samples = np.random.default_rng(0).integers(-32_768, 32_768, 22_050 * 20).astype(np.int16)
    soundfile.write(tmp_path / "a_0.000.wav", samples[:220_500], 22_050)
    soundfile.write(tmp_path / "b.flac", samples, 22_050)
    row = read_one(tmp_path, asked("a"))
    assert np.array_equal(waveforms.decode_flac(row.flac), samples[:220_500])
    assert row.detail == ""
    row = read_one(tmp_path, asked("b", 3.0, 13.0))
    assert np.array_equal(waveforms.decode_flac(row.flac), samples[66_150 : 66_150 + 220_500])


def test_channels_are_averaged_or_the_first_is_kept(tmp_path):
    left, right = staircase(10, 22_050), np.full((220_500, 1), 0.25, np.float32)
    soundfile.write(tmp_path / "a.wav", np.hstack([left, right]), 22_050, subtype="FLOAT")
    average = waveforms.decode_flac(read_one(tmp_path, asked("a")).flac)
    first = waveforms.decode_flac(read_one(tmp_path, asked("a"), channel="first").flac)
    assert np.abs(average - 16_384 * (left[:, 0] + 0.25)).max() <= 0.5 + 1e-2
    assert np.abs(first - 32_768 * left[:, 0]).max() <= 0.5 + 1e-2


def test_uncut_name_rule(tmp_path):
    soundfile.write(tmp_path / "cut.wav", staircase(10, 8_000), 8_000)
    soundfile.write(tmp_path / "long.wav", staircase(15, 8_000), 8_000)
    row = read_one(tmp_path, asked("cut", 30.0))
    assert seconds_heard(row) == list(range(10))
    assert "cut already" in row.detail
    assert seconds_heard(read_one(tmp_path, asked("long", 0.0))) == list(range(10))
    row = read_one(tmp_path, asked("long", 8.0))
    assert seconds_heard(row) == list(range(8, 15))
    assert "7.000 s of 10.000 s" in row.detail
    assert read_one(tmp_path, asked("long", 8.0), min_duration_s=7.5).status == "too_short"
    row = read_one(tmp_path, asked("long", 30.0))
    assert (row.status, row.flac) == ("too_short", None)
    assert "long.wav: the recording has 15.00 s" in row.detail


def test_own_id_comes_first_then_lossless_then_usual_formats(tmp_path):
    (tmp_path / "deep" / "er").mkdir(parents=True)
    tones = {"x.flac": 20, "x_5.000.mp3": 15, "deep/x_5.000.ogg": 12, "deep/er/x_5.000.FLAC": 11}
    for name, seconds in tones.items():
        soundfile.write(
            tmp_path / name, staircase(seconds, 16_000), 16_000, format=name[-4:].strip(".")
        )
    row = read_one(tmp_path, asked("x", 5.0))
    assert "used x_5.000.FLAC of 4 files" in row.detail
    assert "of 11.00 s" in row.detail
    (tmp_path / "deep" / "er" / "x_5.000.FLAC").unlink()
    assert "used x_5.000.ogg of 3 files" in read_one(tmp_path, asked("x", 5.0)).detail
    assert "used x" not in read_one(tmp_path, asked("x", 6.0)).detail
    assert seconds_heard(read_one(tmp_path, asked("x", 6.0))) == list(range(6, 16))


def test_ids_with_underscores_dashes_and_dots_do_not_mix(tmp_path):
    for seconds, name in enumerate(
        ["a", "a_0.000", "-a", "a_", "a_b", "_a", "a.b", "a_0.000_0.000"], 1
    ):
        soundfile.write(tmp_path / f"{name}.wav", staircase(seconds, 8_000), 8_000)
    found = {
        ytid: duration_s(read_one(tmp_path, asked(ytid)))
        for ytid in ["a", "-a", "a_", "a_b", "_a", "a.b"]
    }
    assert found == {"a": 2.0, "-a": 3.0, "a_": 4.0, "a_b": 5.0, "_a": 6.0, "a.b": 7.0}


def float_wav(path: Path, samples: np.ndarray, rate_hz: int = 22_050) -> None:
    soundfile.write(path, samples.astype(np.float32), rate_hz, subtype="FLOAT")


def break_empty(folder: Path) -> None:
    (folder / "x.wav").touch()


def break_empty_header(folder: Path) -> None:
    soundfile.write(folder / "x.wav", np.zeros((0, 1)), 22_050)


def break_empty_gzip(folder: Path) -> None:
    (folder / "x.wav.gz").write_bytes(gzip.compress(b""))


def break_not_audio(folder: Path) -> None:
    (folder / "x.mp3").write_text("<html><body>404 Not Found</body></html>" * 40, encoding="utf-8")


def break_playlist(folder: Path) -> None:
    """What looks like a playlist must not make FFmpeg open other files."""
    soundfile.write(folder / "other.wav", staircase(12, 8_000), 8_000)
    other = (folder / "other.wav").as_uri()
    (folder / "x.m4a").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:12\n#EXTINF:12,\n{other}\n", encoding="utf-8"
    )


def break_picture(folder: Path) -> None:
    with av.open(str(folder / "x.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 32
        for piece in [av.VideoFrame(32, 32, "yuv420p"), None]:
            container.mux(stream.encode(piece))


def break_wav(folder: Path) -> None:
    soundfile.write(folder / "x.wav", staircase(10, 22_050), 22_050)
    cut_file(folder / "x.wav", 0.6)


def break_aiff(folder: Path) -> None:
    soundfile.write(folder / "x.aiff", staircase(10, 22_050), 22_050)
    cut_file(folder / "x.aiff", 0.6)


def break_flac(folder: Path) -> None:
    soundfile.write(folder / "x.flac", staircase(10, 22_050), 22_050)
    cut_file(folder / "x.flac", 0.6)


def break_ogg(folder: Path) -> None:
    soundfile.write(folder / "x.ogg", staircase(10, 22_050), 22_050)
    cut_file(folder / "x.ogg", 0.61)


def break_mp3(folder: Path) -> None:
    soundfile.write(folder / "x.mp3", staircase(10, 22_050), 22_050)
    cut_file(folder / "x.mp3", 0.6)


def break_m4a(folder: Path) -> None:
    write_with_ffmpeg(folder / "x.m4a", staircase(10, 22_050), 22_050, "aac")
    cut_file(folder / "x.m4a", 0.6)


def break_m4a_faststart(folder: Path) -> None:
    write_with_ffmpeg(folder / "x.m4a", staircase(10, 22_050), 22_050, "aac", movflags="faststart")
    cut_file(folder / "x.m4a", 0.6)


def break_webm(folder: Path) -> None:
    write_with_ffmpeg(folder / "x.webm", staircase(10, 48_000), 48_000, "libopus")
    cut_file(folder / "x.webm", 0.6)


def break_gzip(folder: Path) -> None:
    cut_file(write_format(folder / "x", "wav.gz", staircase(10, 22_050), 22_050), 0.6)


def break_gzip_inside(folder: Path) -> None:
    path = write_format(folder / "x", "wav.gz", staircase(10, 22_050), 22_050)
    broken = bytearray(path.read_bytes())
    broken[len(broken) // 2] ^= 0xFF
    path.write_bytes(broken)


def break_flac_inside(folder: Path) -> None:
    noise = np.random.default_rng(0).standard_normal((220_500, 1)) / 10
    soundfile.write(folder / "x.flac", noise, 22_050)
    broken = bytearray((folder / "x.flac").read_bytes())
    middle = len(broken) // 2
    broken[middle : middle + 20_000] = bytes(20_000)
    (folder / "x.flac").write_bytes(broken)


def break_nan(folder: Path) -> None:
    samples = staircase(10, 48_000)
    samples[100_000] = np.nan
    float_wav(folder / "x.wav", samples, 48_000)


def break_infinity(folder: Path) -> None:
    samples = staircase(10, 48_000)
    samples[-1] = -np.inf
    float_wav(folder / "x.wav", samples, 48_000)


def break_units(folder: Path) -> None:
    float_wav(folder / "x.wav", staircase(10, 22_050) * 32_768)


def break_silent(folder: Path) -> None:
    soundfile.write(folder / "x.flac", np.zeros((441_000, 2)), 44_100)


def break_opposed(folder: Path) -> None:
    """Two channels that cancel."""
    samples = staircase(10, 22_050)
    float_wav(folder / "x.wav", np.hstack([samples, -samples]))


def break_half_sample(folder: Path) -> None:
    """One sample at 48 kHz is less than half a sample at 22,050 Hz."""
    float_wav(folder / "x.wav", np.ones((1, 1)), 48_000)


def break_directory(folder: Path) -> None:
    (folder / "x_0.000.wav").mkdir()


def break_ending(folder: Path) -> None:
    (folder / "x.json").write_text("{}", encoding="utf-8")


BREAKS = {
    break_empty: "empty",
    break_empty_header: "empty",
    break_empty_gzip: "empty",
    break_not_audio: "not_audio",
    break_playlist: "not_audio",
    break_picture: "not_audio",
    break_wav: "truncated",
    break_aiff: "truncated",
    break_flac: "truncated",
    break_ogg: "truncated",
    break_mp3: "truncated",
    break_m4a: "truncated",
    break_m4a_faststart: "truncated",
    break_webm: "truncated",
    break_gzip: "truncated",
    break_gzip_inside: "decode",
    break_flac_inside: "decode",
    break_nan: "invalid_samples",
    break_infinity: "invalid_samples",
    break_units: "invalid_samples",
    break_silent: "silent",
    break_opposed: "silent",
    break_half_sample: "too_short",
    break_directory: "missing",
    break_ending: "missing",
}


@pytest.mark.parametrize(
    ("damage", "status"), BREAKS.items(), ids=lambda x: getattr(x, "__name__", "")
)
def test_a_broken_file_becomes_a_row_with_its_reason(tmp_path, damage, status):
    damage(tmp_path)
    row = read_one(tmp_path, asked("x"))
    assert (row.status, row.flac) == (status, None), row.detail
    assert "x" in row.detail
    assert row.status in STATUSES


def test_the_reason_says_what_stands_in_the_way(tmp_path):
    break_directory(tmp_path)
    assert "x_0.000.wav, which is a folder" in read_one(tmp_path, asked("x")).detail
    (tmp_path / "y.json").touch()
    assert "y.json, which is not a file with an ending" in read_one(tmp_path, asked("y")).detail
    (tmp_path / "z.webm.part").touch()
    assert "z.webm.part, which is an unfinished download" in read_one(tmp_path, asked("z")).detail
    (tmp_path / "p.mp3").write_text("\n<!DOCTYPE html><title>404</title>", encoding="utf-8")
    assert "p.mp3: the file is a web page" in read_one(tmp_path, asked("p")).detail


@pytest.mark.parametrize("ending", ["wav", "mp3", "ogg"])
def test_channels_that_cancel_each_other_are_no_clip_and_no_silence(tmp_path, ending):
    """What a lossy codec leaves of their average is its own noise, and would be taken for sound."""
    samples = staircase(10, 22_050)
    soundfile.write(tmp_path / f"x.{ending}", np.hstack([samples, -samples]), 22_050)
    row = read_one(tmp_path, asked("x"))
    assert row.status == "silent"
    assert "its channels cancel each other" in row.detail
    (first,) = read_clips([asked("x")], index_folder(tmp_path), channel="first")
    assert first.status == "ok"
    soundfile.write(tmp_path / f"x.{ending}", samples * 0.001, 22_050)
    assert read_one(tmp_path, asked("x")).status == "ok"


def test_a_file_may_be_forbidden_or_gone(tmp_path):
    soundfile.write(tmp_path / "x.wav", staircase(10, 8_000), 8_000)
    soundfile.write(tmp_path / "y.wav", staircase(10, 8_000), 8_000)
    index = index_folder(tmp_path)
    (tmp_path / "x.wav").chmod(0)
    (tmp_path / "y.wav").unlink()
    user = os.geteuid()
    # Nothing is forbidden to root.
    if user == 0:
        os.seteuid(65_534)
    try:
        first = next(read_clips([asked("x")], index))
    finally:
        os.seteuid(user)
    assert (first.status, "Permission denied" in first.detail) == ("unreadable", True)
    assert next(read_clips([asked("y")], index)).status == "missing"


def test_segments_before_the_damage_are_still_read(tmp_path):
    for name in ("wav-16", "flac", "mp3", "m4a-faststart"):
        path = write_format(tmp_path / name, name, staircase(30, 22_050), 22_050)
        cut_file(path, 0.6)
        assert seconds_heard(read_one(tmp_path, asked(name, 4.0))) == list(range(4, 14)), name
        for start_s in (14.0, 19.0):
            row = read_one(tmp_path, asked(name, start_s))
            assert row.status == "truncated", (name, start_s, row)


def test_headers_that_leave_the_length_out_are_no_fault(tmp_path):
    """What encoders write that stream to a pipe: WAV sizes of 2**32 - 1, FLAC without a total."""
    soundfile.write(tmp_path / "x.wav", staircase(15, 8_000), 8_000)
    wav = bytearray((tmp_path / "x.wav").read_bytes())
    data = wav.index(b"data")
    wav[data + 4 : data + 8] = struct.pack("<I", 0xFFFF_FFFF)
    (tmp_path / "x.wav").write_bytes(wav)
    soundfile.write(tmp_path / "y.flac", staircase(15, 8_000), 8_000)
    flac = bytearray((tmp_path / "y.flac").read_bytes())
    # STREAMINFO: the total is the low 36 bits of the 8 bytes at offset 10 of the block.
    flac[8 + 13] &= 0xF0
    flac[8 + 14 : 8 + 18] = bytes(4)
    (tmp_path / "y.flac").write_bytes(flac)
    for ytid in "xy":
        assert seconds_heard(read_one(tmp_path, asked(ytid, 5.0))) == list(range(5, 15))


@pytest.mark.parametrize(
    ("frames", "rate_hz", "length"),
    [(1, 22_050, 1), (6_615, 22_050, 6_615), (14_400, 48_000, 6_615), (440_118, 44_100, 220_059)],
)
def test_short_clips_keep_their_real_length(tmp_path, frames, rate_hz, length):
    samples = np.full((frames, 1), 0.25)
    soundfile.write(tmp_path / "x_5.000.wav", samples, rate_hz)
    row = read_one(tmp_path, asked("x", 5.0))
    assert (row.status, len(waveforms.decode_flac(row.flac))) == ("ok", length)
    assert "of 10.000 s" in row.detail


def test_offset_and_overload_are_kept_as_they_are(tmp_path):
    float_wav(tmp_path / "offset.wav", np.full((220_500, 1), 0.5))
    clip = waveforms.decode_flac(read_one(tmp_path, asked("offset")).flac)
    assert set(clip.tolist()) == {16_384}
    float_wav(tmp_path / "loud.wav", 4 * staircase(10, 22_050))
    row = read_one(tmp_path, asked("loud"))
    clip = waveforms.decode_flac(row.flac)
    assert (clip.min(), clip.max()) == (-32_768, 32_767)
    assert "samples beyond full scale were clipped" in row.detail


def test_a_row_for_each_clip_in_the_same_order(tmp_path):
    generator = np.random.default_rng(0)
    for number, damage in enumerate(generator.permutation(list(BREAKS))):
        (tmp_path / "part").mkdir()
        damage(tmp_path / "part")
        for path in sorted((tmp_path / "part").iterdir()):
            path.rename(tmp_path / path.name.replace("x", f"x{number}", 1))
        (tmp_path / "part").rmdir()
    soundfile.write(tmp_path / "fine.wav", staircase(11, 22_050), 22_050)
    clips = [asked(f"x{number}") for number in range(len(BREAKS) + 3)] + [asked("fine")] * 2
    rows = list(read_clips(iter(clips), index_folder(tmp_path)))
    assert [row.clip_id for row in rows] == [clip.clip_id for clip in clips]
    assert [row.status for row in rows][-2:] == ["ok", "ok"]
    assert {row.status for row in rows} == {*BREAKS.values(), "ok"}


def test_a_two_hour_recording_costs_the_memory_of_a_clip(tmp_path):
    """A sparse WAV of 2 hours, 1.3 GB of zeros with a tone at 1:59:00."""
    header = soundfile.SoundFile(tmp_path / "x.wav", "w", 44_100, 2, "PCM_16")
    header.close()
    wav = bytearray((tmp_path / "x.wav").read_bytes())
    size = 7_200 * 44_100 * 4
    wav[wav.index(b"data") + 4 :] = struct.pack("<I", size)
    tone = (staircase(10, 44_100, 2) * 32_767).astype(np.int16).tobytes()
    with (tmp_path / "x.wav").open("wb") as file:
        file.write(wav)
        file.seek(len(wav) + 7_140 * 44_100 * 4)
        file.write(tone)
        file.truncate(len(wav) + size)
    tracemalloc.start()
    row = read_one(tmp_path, asked("x", 7_140.0))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seconds_heard(row) == list(range(10))
    assert peak < 40e6


def test_the_index_takes_one_pass_and_links_that_loop(tmp_path, monkeypatch):
    for number in range(300):
        (tmp_path / f"s{number % 3}").mkdir(exist_ok=True)
        (tmp_path / f"s{number % 3}" / f"-_{number}_30.000.flac").touch()
    (tmp_path / "s0" / "loop").symlink_to(tmp_path)
    listed = []
    monkeypatch.setattr(
        folder_source.os, "scandir", lambda path, scan=os.scandir: listed.append(path) or scan(path)
    )
    index = index_folder(tmp_path)
    assert len(index.files) == 300
    assert len(listed) == 4
    rows = list(read_clips([asked(f"-_{number}", 30.0) for number in range(300)], index))
    assert {row.status for row in rows} == {"empty"}
    assert len(listed) == 4


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        index_folder(tmp_path / "nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        index_folder(tmp_path / "file")


def test_bytes_are_read_as_files_are(tmp_path):
    path = write_format(tmp_path / "x", "m4a", staircase(12, 44_100), 44_100)
    with open_audio(path.read_bytes()) as audio:
        assert audio.duration_s == pytest.approx(12.0, abs=0.03)


@pytest.mark.skipif(not (SHARED / "real_sounds").exists(), reason="../shared/real_sounds is absent")
def test_real_recordings_all_read_and_keep_their_samples():
    clips = []
    for table in ("balanced_train_segments.csv", "eval_segments.csv"):
        with (SHARED / "real_sounds" / table).open(encoding="utf-8") as lines:
            table_rows = csv.reader(list(lines)[3:], skipinitialspace=True)
            for ytid, start, end, labels in table_rows:
                clip_id = f"{ytid}_{float(start):.3f}"
                mids = tuple(labels.split(","))
                clips.append(AskedClip(clip_id, ytid, float(start), float(end), mids))
    rows = list(read_clips(clips, index_folder(SHARED / "real_sounds")))
    assert [row.status for row in rows] == ["ok"] * 300
    for row in rows[::25]:
        path = SHARED / "real_sounds" / "audio" / f"{row.clip_id}.flac"
        original, _ = soundfile.read(path, dtype="int16")
        assert np.array_equal(waveforms.decode_flac(row.flac), original[:220_500])


def test_a_folder_without_any_of_the_clips_is_refused_with_how_they_are_found(tmp_path):
    write_format(tmp_path / "My song", "wav-16", staircase(1, 22_050), 22_050)
    source, clips = FolderSource(tmp_path), [asked("abc", 30.0), asked("def")]
    words = r"none of the 2 clips .*, as My song\.wav. are named .* abc_30\.000\.wav or abc\.wav"
    with pytest.raises(ValueError, match=words):
        source.expect_one_of(clips)
    write_format(tmp_path / "def", "wav-16", staircase(1, 22_050), 22_050)
    FolderSource(tmp_path).expect_one_of(clips)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="below .*empty: there is no audio file"):
        FolderSource(tmp_path / "empty").expect_one_of(clips)
