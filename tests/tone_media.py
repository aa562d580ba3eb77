"""Sounds that say which second and which recording they are, in the formats the sites serve.

In second k of a recording a tone of `second_hz(k)` sounds, together with a weaker tone that is the
same throughout and names the recording. A segment cut anywhere can so be checked for being the
right seconds of the right recording, whatever the codec, the rate or the container.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import av
import numpy

CONTENT_TYPES = {
    "m4a": "audio/mp4",
    "dash": "audio/mp4",
    "webm": "audio/webm",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "wav": "audio/x-wav",
}
_CODECS = {
    "m4a": ("mp4", "aac", 44_100),
    "dash": ("mp4", "aac", 44_100),
    "webm": ("webm", "libopus", 48_000),
    "opus": ("ogg", "libopus", 48_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "flac": ("flac", "flac", 48_000),
    "wav": ("wav", "pcm_s16le", 22_050),
}


def second_hz(second: float | numpy.ndarray) -> float | numpy.ndarray:
    """Return the frequency that sounds in a second of every recording."""
    return 400.0 + 60.0 * second


def recording_hz(recording: int) -> float:
    """Return the frequency that sounds throughout a recording."""
    return 5_000.0 + 100.0 * recording


def tones(recording: int, duration_s: float, sample_rate_hz: int) -> numpy.ndarray:
    """Return the recording's samples, float32 in [-1, 1]."""
    time_s = numpy.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
    moving = numpy.sin(2 * numpy.pi * second_hz(numpy.floor(time_s)) * time_s)
    steady = numpy.sin(2 * numpy.pi * recording_hz(recording) * time_s)
    return (0.4 * moving + 0.2 * steady).astype(numpy.float32)


@cache
def media(kind: str, recording: int, duration_s: float) -> bytes:
    """Return a whole file of the recording: kind is a key of CONTENT_TYPES.

    `dash` is an m4a in fragments with an index in front, as YouTube serves it; `m4a` has its index
    at the end.
    """
    container_format, codec, sample_rate_hz = _CODECS[kind]
    samples = tones(recording, duration_s, sample_rate_hz)
    pcm = numpy.round(samples * 32_767).astype(numpy.int16)[numpy.newaxis]
    folder = tempfile.TemporaryDirectory()
    target = Path(folder.name) / "media"
    options = (
        {"movflags": "+dash+global_sidx", "frag_duration": "5000000"} if kind == "dash" else {}
    )
    with av.open(str(target), "w", format=container_format, options=options) as container:
        stream = container.add_stream(codec, rate=sample_rate_hz, layout="mono")
        if kind in ("m4a", "dash", "webm", "opus", "mp3"):
            stream.bit_rate = 64_000
        for start in range(0, pcm.shape[1], sample_rate_hz):
            block = numpy.ascontiguousarray(pcm[:, start : start + sample_rate_hz])
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate = sample_rate_hz
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with folder:
        return target.read_bytes()


def heard_seconds(samples: numpy.ndarray, sample_rate_hz: int) -> list[int]:
    """Return which second of its recording each full second of a segment is.

    The strongest frequency below 4,500 Hz in the middle half of the second decides; -1 where that
    part is silent or no second's frequency lies within 15 Hz.
    """
    heard = []
    for first in range(0, len(samples) - sample_rate_hz + 1, sample_rate_hz):
        quarter = sample_rate_hz // 4
        frequency_hz = _strongest_hz(
            samples[first + quarter : first + 3 * quarter], sample_rate_hz, 300.0, 4_500.0
        )
        second = round((frequency_hz - second_hz(0)) / (second_hz(1) - second_hz(0)))
        heard.append(second if abs(frequency_hz - second_hz(second)) < 15.0 else -1)
    return heard


def heard_recording(samples: numpy.ndarray, sample_rate_hz: int) -> int:
    """Return which recording a segment comes from, or -1."""
    frequency_hz = _strongest_hz(samples[: 2 * sample_rate_hz], sample_rate_hz, 4_800.0, 11_000.0)
    recording = round((frequency_hz - recording_hz(0)) / (recording_hz(1) - recording_hz(0)))
    return recording if abs(frequency_hz - recording_hz(recording)) < 15.0 else -1


def _strongest_hz(samples: numpy.ndarray, rate_hz: int, low_hz: float, high_hz: float) -> float:
    spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)), 2 * len(samples)))
    frequencies_hz = numpy.fft.rfftfreq(2 * len(samples), 1 / rate_hz)
    inside = (frequencies_hz >= low_hz) & (frequencies_hz < high_hz)
    if not numpy.any(spectrum[inside] > 1e-3 * len(samples)):
        return -1e9
    return float(frequencies_hz[inside][numpy.argmax(spectrum[inside])])
