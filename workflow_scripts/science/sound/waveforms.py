"""Waveforms in the workflow's one form: mono, 22,050 Hz, 16 bit, packed as FLAC.

The paper's networks hear 22,050 Hz mono audio in 16-bit units. Everything here turns arrays into
arrays, or arrays into FLAC bytes and back; files are the business of `sources`. Resampling is
libsoxr's, whose low-pass filter reaches full attenuation at the new Nyquist frequency.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import soundfile
import soxr

SAMPLE_RATE_HZ = 22_050
FULL_SCALE = 32_768
CHANNEL_MODES = ("average", "first")
RESAMPLING_QUALITIES = ("HQ", "VHQ")


def mix_to_mono(samples: np.ndarray, channel: str = "average") -> np.ndarray:
    """Reduce audio to one channel.

    Args:
        samples: Amplitudes, shape [frames, channels], or [frames] when already mono.
        channel: "average" takes the mean of all channels (our default), "first" keeps the first one
            (what the paper's own code does).

    Returns:
        Shape [frames], same dtype; the mean of whole numbers is rounded.

    Raises:
        ValueError: The mode is unknown, or there is no channel.
    """
    if channel not in CHANNEL_MODES:
        raise ValueError(f"channel is {channel!r}; choose one of {', '.join(CHANNEL_MODES)}.")
    if samples.ndim == 1:
        return samples
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise ValueError(f"samples have shape {samples.shape}; expected [frames, channels].")
    if channel == "first" or samples.shape[1] == 1:
        return np.ascontiguousarray(samples[:, 0])
    if not np.issubdtype(samples.dtype, np.floating):
        return np.rint(samples.mean(axis=1)).astype(samples.dtype)
    return mix_channels(samples.T, channel)


def mix_channels(
    channels: Sequence[np.ndarray], channel: str = "average", out: np.ndarray | None = None
) -> np.ndarray:
    """Reduce channels that lie apart to one.

    Args:
        channels: Amplitudes of each channel, floating-point, shape [frames].
        channel: "average" or "first", see `mix_to_mono`.
        out: Where to put the result, shape [frames]; a new array by default.

    Returns:
        Shape [frames], same dtype.
    """
    first, *others = channels if channel == "average" else channels[:1]
    total = np.empty_like(first) if out is None else out
    if not others:
        total[:] = first
        return total
    # Channel by channel, since numpy's mean is slow over so short an axis, and after a matrix
    # product the threads of the linear algebra library would burn a second core, waiting for more.
    np.add(first, others[0], out=total)
    for channel_samples in others[1:]:
        total += channel_samples
    total *= total.dtype.type(1 / (1 + len(others)))
    return total


def resample(
    samples: np.ndarray,
    from_rate_hz: int,
    to_rate_hz: int = SAMPLE_RATE_HZ,
    quality: str = "VHQ",
) -> np.ndarray:
    """Change the sampling rate of mono audio behind a linear-phase low-pass filter.

    Args:
        samples: float32 amplitudes, shape [frames].
        from_rate_hz: Sampling rate of `samples`.
        to_rate_hz: Sampling rate of the result.
        quality: libsoxr's "HQ" (20-bit) or "VHQ" (28-bit); both pass 0.91 of the new Nyquist
            frequency flat.

    Returns:
        float32, shape [frames * to_rate_hz / from_rate_hz, rounded]; `samples` itself where the
        rates agree.

    Raises:
        ValueError: A rate is not positive or the quality is unknown.
    """
    if from_rate_hz <= 0 or to_rate_hz <= 0:
        raise ValueError(f"cannot resample from {from_rate_hz} Hz to {to_rate_hz} Hz.")
    if quality not in RESAMPLING_QUALITIES:
        raise ValueError(
            f"quality is {quality!r}; choose one of {', '.join(RESAMPLING_QUALITIES)}."
        )
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if from_rate_hz == to_rate_hz or samples.size == 0:
        return samples
    return soxr.resample(samples, from_rate_hz, to_rate_hz, quality=quality)


def amplitudes_at(waveforms: np.ndarray, rate_hz: int) -> np.ndarray:
    """Clips as a network hears them that hears waveforms.

    Args:
        waveforms: [clips, samples] at 22,050 Hz, any real type, in 16-bit units.
        rate_hz: The network's sampling rate.

    Returns:
        float32 [clips, samples at that rate], amplitudes between -1 and 1.
    """
    scaled = np.asarray(waveforms, dtype=np.float32) / np.float32(FULL_SCALE)
    return np.stack([resample(clip, SAMPLE_RATE_HZ, rate_hz) for clip in scaled])


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Quantise amplitudes in [-1, 1) to 16 bits; what lies beyond full scale is clipped.

    The inverse of libsndfile's reading of 16-bit files as floats (division by 32,768), so such
    files come through bit for bit.

    Args:
        samples: float32 amplitudes, shape [frames].

    Returns:
        int16, same shape.

    Raises:
        ValueError: A sample is NaN or infinite.
    """
    scaled = np.asarray(samples, dtype=np.float32) * np.float32(FULL_SCALE)
    if not np.isfinite(scaled).all():
        raise ValueError("samples hold NaN or infinite values, which have no 16-bit form.")
    np.rint(scaled, out=scaled)
    np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1, out=scaled)
    return scaled.astype(np.int16)


def encode_flac(samples: np.ndarray, sample_rate_hz: int = SAMPLE_RATE_HZ) -> bytes:
    """Pack 16-bit mono audio as FLAC.

    Args:
        samples: int16, shape [frames], at least one frame.
        sample_rate_hz: Written in the FLAC header.

    Returns:
        The bytes of a FLAC file.

    Raises:
        ValueError: The samples are not int16, not mono or none.
    """
    if samples.dtype != np.int16 or samples.ndim != 1 or samples.size == 0:
        raise ValueError(
            f"FLAC clips are int16 of shape [frames], at least one frame; "
            f"got {samples.dtype} of shape {samples.shape}."
        )
    packed = io.BytesIO()
    soundfile.write(packed, samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
    return packed.getvalue()


class _ReadOnce(soundfile.SoundFile):
    """A sound file that is read from its beginning, in one go.

    After reading, soundfile seeks to where it is already, and to do so libsndfile decodes a frame
    of FLAC once more. In a file that cannot be sought in, it does not.
    """

    def seekable(self) -> bool:
        """Say no."""
        return False


def decode_flac(
    packed: bytes, sample_rate_hz: int = SAMPLE_RATE_HZ, longest: int | None = None
) -> np.ndarray:
    """Unpack the FLAC bytes of a clip.

    Args:
        packed: The bytes of a 16-bit mono FLAC file.
        sample_rate_hz: The sampling rate that it must have.
        longest: Only so many samples, the first ones, are wanted; by default all.

    Returns:
        int16, shape [frames].

    Raises:
        ValueError: The bytes are no intact FLAC, or have another rate or more than one channel.
    """
    try:
        with _ReadOnce(io.BytesIO(packed)) as flac:
            found_rate_hz = flac.samplerate
            wanted = flac.frames if longest is None else min(longest, flac.frames)
            samples = flac.read(wanted, dtype="int16")
    except soundfile.LibsndfileError as error:
        raise ValueError(f"the bytes are no intact FLAC ({error.error_string})") from error
    if len(samples) < wanted:
        raise ValueError(f"the bytes are no intact FLAC (it ends after {len(samples)} samples)")
    if found_rate_hz != sample_rate_hz or samples.ndim != 1:
        channels = 1 if samples.ndim == 1 else samples.shape[1]
        raise ValueError(
            f"the FLAC has {found_rate_hz} Hz and {channels} channel(s), "
            f"not {sample_rate_hz} Hz and 1 channel"
        )
    return samples
