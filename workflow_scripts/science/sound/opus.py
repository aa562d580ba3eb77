"""Sound for people to listen to: an excerpt of a clip, as Ogg Opus, which browsers play.

The encoder is FFmpeg's, as bits that depend on the sound alone; libsndfile's would put a random
number into every file, so that no page would be like the one before.
"""

from __future__ import annotations

import io

import av
import numpy as np
from av import open as container_in

from science.sound.waveforms import FULL_SCALE, SAMPLE_RATE_HZ

# Opus knows few rates; this is the lowest that keeps all of ours.
OPUS_RATE_HZ = 24_000
# Enough for 11 kHz in mono, by ear.
BIT_RATE = 32_000
# Of 10, which takes three times as long and sounds no different at this rate.
COMPLEXITY = 3
STEP_S = 0.25


def loudest_excerpt(samples: np.ndarray, seconds: float) -> np.ndarray:
    """The loudest stretch of a sound, found in steps of a quarter of a second.

    Args:
        samples: [samples] at 22,050 Hz, any real type.
        seconds: Length of the stretch; a shorter sound comes back whole.
    """
    step = round(STEP_S * SAMPLE_RATE_HZ)
    steps = round(seconds / STEP_S)
    energies = np.square(samples[: len(samples) // step * step], dtype=np.float64)
    total = np.concatenate([[0.0], np.cumsum(energies.reshape(-1, step).sum(axis=1))])
    if len(total) <= steps:
        return samples
    first = int(np.argmax(total[steps:] - total[:-steps])) * step
    return samples[first : first + steps * step]


def encode_opus(samples: np.ndarray) -> bytes:
    """Encode mono sound as an Ogg Opus file; the same sound gives the same bytes.

    Args:
        samples: [samples] at 22,050 Hz in 16-bit units, any real type.
    """
    whole = np.clip(np.rint(samples), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(whole)[None], "s16", "mono")
    frame.sample_rate = SAMPLE_RATE_HZ
    resampler = av.AudioResampler("s16", "mono", OPUS_RATE_HZ)
    memory = io.BytesIO()
    # Without `bitexact` each file would have a random serial number.
    options = {"fflags": "+bitexact"}
    with container_in(memory, "w", format="ogg", container_options=options) as container:
        stream = container.add_stream(
            "libopus",
            rate=OPUS_RATE_HZ,
            options={"compression_level": str(COMPLEXITY), "flags": "+bitexact"},
        )
        stream.layout = "mono"
        stream.bit_rate = BIT_RATE
        for resampled in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return memory.getvalue()
