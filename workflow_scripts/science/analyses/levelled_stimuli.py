"""The stimuli of the loudness control: all clips at one level, music again at lower ones.

Kim, Kim & Jeong (2024): every clip is normalised in RMS, and music then attenuated 1:2, 1:4 and 1:8
against other sounds.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from science.sound.loudness import attenuation_gain_db, mean_level_db, normalisation_gain_db


def levelled_stimuli(clips: pd.DataFrame, attenuations: Sequence[float]) -> pd.DataFrame:
    """What is heard with every clip at one level, and music then below the others.

    Every clip is brought to the mean level of the train split's. Others are heard once, at
    attenuation 1, and music once at each attenuation.

    Args:
        clips: Columns split, music (bool) and level_db, of the pure clips of both splits.
        attenuations: Ratios in RMS: 8 for 1:8.

    Returns:
        A row per stimulus, the stimuli of a split together, with the columns of `clips`, gain_db
        and attenuation.
    """
    target_db = mean_level_db(clips.loc[clips["split"] == "train", "level_db"])
    clips = clips.assign(gain_db=normalisation_gain_db(clips["level_db"], target_db))
    stimuli = []
    for _, of_split in clips.groupby("split", sort=False):
        stimuli.append(of_split[~of_split["music"]].assign(attenuation=1.0))
        for ratio in attenuations:
            music = of_split[of_split["music"]]
            gain_db = music["gain_db"] + attenuation_gain_db(ratio)
            stimuli.append(music.assign(gain_db=gain_db, attenuation=float(ratio)))
    return pd.concat(stimuli or [clips.assign(attenuation=1.0)], ignore_index=True)
