"""All clips at one level, then a category at lower ones.

Kim, Kim & Jeong (2024): every clip is normalised in RMS, and clips of the category are then
attenuated 1:2, 1:4 and 1:8 in RMS against other sounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from science.sound.loudness import (
    apply_gain,
    attenuation_gain_db,
    mean_level_db,
    normalisation_gain_db,
)


class LogMels(Protocol):
    """Log-Mels that can be looked up by clip."""

    def gather(self, clip_ids: Sequence[str]) -> np.ndarray:
        """Log-Mels [clips, bands, frames] in dB of some clips, in this order."""


def pure_clips(
    split: str,
    clip_ids: np.ndarray,
    levels_db: np.ndarray,
    category: np.ndarray,
    others: np.ndarray,
) -> pd.DataFrame:
    """The clips of a split that are of the category alone or free of it.

    Args:
        split: Its name.
        clip_ids: [clips].
        levels_db: RMS levels [clips].
        category: Mask [clips] of the clips pure in the category.
        others: Mask [clips] of the clips without it.
    """
    columns = {"clip_id": clip_ids, "in_category": category, "level_db": levels_db}
    table = pd.DataFrame({"split": split} | columns)
    return table[category | others]


def levelled_stimuli(clips: pd.DataFrame, attenuations: Sequence[float]) -> pd.DataFrame:
    """What is heard with every clip at one level, and the category then below the others.

    Every clip is brought to the mean of the levels in dB of the train split's clips here. Others
    are heard once, at attenuation 1, and clips of the category once at each attenuation.

    Args:
        clips: Columns split, in_category (bool) and level_db, of the pure clips of both splits.
        attenuations: Ratios in RMS: 8 for 1:8.

    Returns:
        A row per stimulus, the stimuli of a split together, with the columns of `clips`, gain_db
        and attenuation.
    """
    target_db = mean_level_db(clips.loc[clips["split"] == "train", "level_db"])
    clips = clips.assign(gain_db=normalisation_gain_db(clips["level_db"], target_db))
    stimuli = []
    for _, of_split in clips.groupby("split", sort=False):
        stimuli.append(of_split[~of_split["in_category"]].assign(attenuation=1.0))
        for ratio in attenuations:
            category = of_split[of_split["in_category"]]
            gain_db = category["gain_db"] + attenuation_gain_db(ratio)
            stimuli.append(category.assign(gain_db=gain_db, attenuation=float(ratio)))
    return pd.concat(stimuli or [clips.assign(attenuation=1.0)], ignore_index=True)


def levelled_log_mels(
    stimuli: pd.DataFrame,
    as_recorded: Mapping[str, LogMels],
    clips_at_once: int,
) -> Iterator[np.ndarray]:
    """The log-Mels [clips, bands, frames] of all stimuli, in the order of their table.

    A gain is a shift of the log-Mel in dB, so that nothing is transformed again.

    Args:
        stimuli: From `levelled_stimuli`, with clip_id.
        as_recorded: The log-Mels of each split.
        clips_at_once: How many come together.
    """
    for split, of_split in stimuli.groupby("split", sort=False):
        for start in range(0, len(of_split), clips_at_once):
            part = of_split.iloc[start : start + clips_at_once]
            log_mel_db = as_recorded[split].gather(part["clip_id"].tolist())
            yield apply_gain(log_mel_db, part["gain_db"].to_numpy(float))
