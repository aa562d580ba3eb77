"""Control of loudness: the ratio of responses with all clips at one level, the category lower."""

from __future__ import annotations

import numpy as np
import pandas as pd

from science.analyses.ratios import NO_UNIT, ratio_interval, response_ratio, why_undefined


def levelled_ratio(
    stimuli: pd.DataFrame,
    attenuation: float,
    generator: np.random.Generator,
    resamples: int = 1000,
) -> dict[str, object]:
    """Ratio of the mean response to the attenuated category over that to other clips.

    Args:
        stimuli: Columns in_category, attenuation and mean_response, as of
            `levelled.levelled_stimuli`.
        attenuation: That of the category; others are those of attenuation 1.
        generator: For the interval.
        resamples: Of the clips, for the interval.

    Returns:
        Numbers of clips, ratio and its interval, and `rms_ratio`: what a detector of nothing but
        level would give.
    """
    in_category = stimuli["in_category"].to_numpy(dtype=bool)
    category = in_category & (stimuli["attenuation"] == attenuation).to_numpy()
    means = stimuli["mean_response"].to_numpy(dtype=float)[:, None]
    unit = np.zeros(1, dtype=int)
    interval = ratio_interval(means, unit, category, ~in_category, generator, resamples)
    ratio = response_ratio(means, unit, category, ~in_category)
    unchosen = NO_UNIT if np.isnan(means).any() and category.any() and not in_category.all() else ""
    return {
        "category_clips": int(category.sum()),
        "other_clips": int((~in_category).sum()),
        "ratio": ratio,
        **interval.columns(),
        "rms_ratio": 1 / attenuation,
        "note": unchosen or why_undefined(ratio, category, ~in_category),
    }
