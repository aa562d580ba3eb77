"""Response ratio of the loudness control, from the mean responses to its stimuli."""

from __future__ import annotations

import numpy as np
import pandas as pd

from science.analyses.selection import ratio_interval, response_ratio, why_undefined


def levelled_ratio(
    stimuli: pd.DataFrame,
    attenuation: float,
    generator: np.random.Generator,
    resamples: int = 1000,
) -> dict[str, object]:
    """Ratio of the mean response to attenuated music over that to other clips, all at one level.

    Args:
        stimuli: Columns music, attenuation and mean_response, as of `levelled_stimuli`.
        attenuation: That of music; others are those of attenuation 1.
        generator: For the interval.
        resamples: Of the clips, for the interval.

    Returns:
        Numbers of clips, ratio and its interval, and `rms_ratio`: what a detector of nothing but
        level would give.
    """
    is_music = stimuli["music"].to_numpy(dtype=bool)
    music = is_music & (stimuli["attenuation"] == attenuation).to_numpy()
    means = stimuli["mean_response"].to_numpy(dtype=float)[:, None]
    unit = np.zeros(1, dtype=int)
    interval = ratio_interval(means, unit, music, ~is_music, generator, resamples)
    ratio = response_ratio(means, unit, music, ~is_music)
    return {
        "music_clips": int(music.sum()),
        "non_music_clips": int((~is_music).sum()),
        "ratio": ratio,
        "low": interval.low,
        "high": interval.high,
        "interval": f"95%, {interval.kind}",
        "rms_ratio": 1 / attenuation,
        "note": why_undefined(ratio, music, ~is_music),
    }
