"""Loudness controls: RMS normalisation and attenuation, as shifts of a cached log-Mel in dB.

A gain multiplies every power by one factor, so in dB it is a shift, and no log-Mel has to be
computed again; only the floor, 10 log10(max(power, 1e-10)), stays where it is (Kim, Kim & Jeong
2024: a category attenuated 1:2, 1:4, 1:8 in RMS against other sounds).
"""

from __future__ import annotations

import numpy as np

from science.sound.settings import FLOOR_DB


def rms_level_db(waveforms: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """RMS level of waveforms, in dB of amplitude 1: [clips, samples] -> [clips]; silence is -inf.

    Args:
        waveforms: [clips, samples].
        own: How many samples [clips] of each are the clip's own, the first ones; what fills it up
            has no part in its level. By default all.
    """
    waveforms = np.asarray(waveforms)
    own = np.full(len(waveforms), waveforms.shape[-1]) if own is None else np.asarray(own)
    # As floats one clip at a time, which stays in a processor's cache; 16 bits fit in 32.
    floats = waveforms.dtype
    if not np.issubdtype(floats, np.floating):
        floats = np.float32 if floats.itemsize <= 2 else np.float64
    clips = (
        clip[:samples].astype(floats, copy=False)
        for clip, samples in zip(waveforms, own, strict=True)
    )
    energy = np.array([np.vecdot(samples, samples) for samples in clips], dtype=np.float64)
    mean_square = energy / own
    with np.errstate(divide="ignore"):
        return 10 * np.log10(mean_square)


def normalisation_gain_db(level_db: np.ndarray, target_level_db: float) -> np.ndarray:
    """Gain that brings every clip to one RMS level: levels [clips] in dB -> gains [clips] in dB.

    Silent clips (level -inf) get 0 dB, since no gain makes silence louder.
    """
    level_db = np.asarray(level_db, dtype=np.float64)
    sounding = np.isfinite(level_db)
    return np.where(sounding, target_level_db - np.where(sounding, level_db, 0.0), 0.0)


def at_level(waveform: np.ndarray, target_level_db: float) -> np.ndarray:
    """A sound brought to an RMS level: [samples] -> float32 [samples]; silence stays silence."""
    waveform = np.asarray(waveform, dtype=np.float32)
    gain_db = normalisation_gain_db(rms_level_db(waveform[None]), target_level_db)
    return waveform * np.float32(10 ** (gain_db.item() / 20))


def mean_level_db(level_db: np.ndarray) -> float:
    """Mean of the RMS levels [clips] in dB of the clips that sound; 0 dB where none does.

    It is the level of the geometric mean of their RMS, never above that of the arithmetic mean.
    """
    level_db = np.asarray(level_db, dtype=np.float64)
    sounding = level_db[np.isfinite(level_db)]
    return float(sounding.mean()) if len(sounding) else 0.0


def attenuation_gain_db(ratio: float) -> float:
    """Gain of an attenuation 1:ratio in RMS, in dB: 1:2 is -6.02 dB."""
    return float(-20 * np.log10(ratio))


def apply_gain(log_mel_db: np.ndarray, gain_db: np.ndarray | float) -> np.ndarray:
    """Log-Mel of the clips after a gain each: [clips, bands, frames] and [clips] (or one for all).

    Values at the floor stay there (their power is taken as none, as in digital silence), and no
    value falls below it. The result is float32, or float64 where the log-Mel is.
    """
    kind = np.float64 if log_mel_db.dtype == np.float64 else np.float32
    gain_db = np.asarray(gain_db, dtype=kind)
    decibels = log_mel_db.astype(kind)
    silent = decibels <= FLOOR_DB
    decibels += gain_db.reshape(-1, 1, 1)
    np.maximum(decibels, FLOOR_DB, out=decibels)
    decibels[silent] = FLOOR_DB
    return decibels
