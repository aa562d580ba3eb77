"""Trivial acoustics of a clip, from its log-Mel spectrogram: the baseline any read-out must beat.

Corpora leak such things (recording level, how long something sounds, bandwidth), so every read-out
and ratio of learned features is shown beside those of these seven numbers. Beyond the paper.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from science.sound.settings import FLOOR_DB

FEATURE_NAMES = (
    "level_db",
    "level_spread_db",
    "active_share",
    "spectral_centroid_hz",
    "roll_off_hz",
    "spectral_flatness_db",
    "bandwidth_hz",
)
# A frame is active within this range below the clip's loudest frame.
ACTIVE_RANGE_DB = 30.0
ROLL_OFF_SHARE = 0.85


def mel_band_centres_hz(bands: int, high_hz: float) -> np.ndarray:
    """Centre frequencies of triangular bands evenly spaced in HTK Mel from 0 Hz on -> [bands]."""
    high_mel = 2595 * np.log10(1 + high_hz / 700)
    centres_mel = np.linspace(0, high_mel, bands + 2)[1:-1]
    return 700 * (10 ** (centres_mel / 2595) - 1)


def acoustic_features(log_mel_db: np.ndarray, band_centres_hz: np.ndarray) -> np.ndarray:
    """Seven features per clip: log-Mel in dB [clips, bands, frames] -> float32 [clips, 7].

    In the order of ``FEATURE_NAMES``: mean over frames of the level (band-summed power in dB), its
    standard deviation over frames, the share of active frames (within 30 dB of the loudest, and
    with a band above the floor), and the means over active frames (over all, where none is) of
    spectral centroid, 85% roll-off, flatness (geometric over arithmetic mean of the bands, in dB,
    at most 0) and bandwidth (standard deviation of the spectrum around its centroid). Silence gives
    numbers: there every band is at the floor.
    """
    decibels = np.maximum(log_mel_db.astype(np.float32), FLOOR_DB)
    # Powers relative to each frame's maximum fit single precision whatever the level.
    peak_db = decibels.max(axis=1, keepdims=True)
    relative_power = np.power(np.float32(10), (decibels - peak_db) / 10)
    total = relative_power.sum(axis=1, keepdims=True)
    level_db = (10 * np.log10(total) + peak_db)[:, 0]
    sounding = peak_db[:, 0] > FLOOR_DB
    active = sounding & (level_db >= level_db.max(axis=1, keepdims=True) - ACTIVE_RANGE_DB)
    columns = [level_db.mean(axis=1), level_db.std(axis=1), active.mean(axis=1)]
    weights = np.where(active.any(axis=1, keepdims=True), active, True)
    spectral = _spectral_features(relative_power / total, band_centres_hz)
    columns += [(values * weights).sum(axis=1) / weights.sum(axis=1) for values in spectral]
    return np.stack(columns, axis=1).astype(np.float32)


def relative_acoustics(features: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """The seven features as multiples of their means: [clips, 7] -> float64 [clips, 7], all >= 0.

    Level and flatness leave the decibels (as amplitude and as a ratio of means), so that ratios and
    averages over features mean what they do for units: how many times more. No label has a part. A
    feature whose mean is 0 becomes 0.

    Args:
        features: From `acoustic_features`.
        reference: [clips, 7] of the clips whose means are taken: the train split as recorded, its
            validation clips included, so that a feature is measured in one unit whatever is heard,
            and no test clip has a part in the unit.
    """
    amounts, means = _amounts(features), _amounts(reference).mean(axis=0)
    return np.divide(amounts, means, out=np.zeros_like(amounts), where=means > 0)


def describe_relative(
    log_mels: Iterable[np.ndarray], highest_hz: float, reference: np.ndarray
) -> Iterator[np.ndarray]:
    """`relative_acoustics` of log-Mels as they come.

    Args:
        log_mels: [clips, bands, frames] in dB, some clips at a time.
        highest_hz: Upper end of the highest band.
        reference: As for `relative_acoustics`.
    """
    for log_mel_db in log_mels:
        centres_hz = mel_band_centres_hz(log_mel_db.shape[1], high_hz=highest_hz)
        yield relative_acoustics(acoustic_features(log_mel_db, centres_hz), reference)


def _amounts(features: np.ndarray) -> np.ndarray:
    """The features with level and flatness out of the decibels."""
    amounts = np.array(features, dtype=np.float64)
    for name, decibels_per_decade in (("level_db", 20), ("spectral_flatness_db", 10)):
        column = FEATURE_NAMES.index(name)
        amounts[:, column] = 10 ** (amounts[:, column] / decibels_per_decade)
    return amounts


def _spectral_features(share: np.ndarray, band_centres_hz: np.ndarray) -> list[np.ndarray]:
    """Centroid, roll-off, flatness and bandwidth of every frame, from shares of power per band."""
    centres = np.asarray(band_centres_hz, dtype=np.float32)
    centroid = np.einsum("cbf,b->cf", share, centres)
    deviation = centres[:, None] - centroid[:, None, :]
    bandwidth = np.sqrt((share * deviation**2).sum(axis=1))
    roll_off = centres[np.argmax(np.cumsum(share, axis=1) >= ROLL_OFF_SHARE, axis=1)]
    mean_share_db = 10 * np.log10(np.maximum(share, 1e-30)).mean(axis=1)
    flatness = mean_share_db + 10 * np.log10(len(centres))
    return [centroid, roll_off, flatness, bandwidth]
