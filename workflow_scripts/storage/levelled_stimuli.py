"""Log-Mels of the pure clips of both splits, all at one level and music again at lower ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from science.analyses.levelled_stimuli import levelled_stimuli
from science.sound.loudness import apply_gain
from storage.categories import CategoryTable
from storage.logmel_shards import LogMelShards


class LevelledStimuli:
    """The stimuli of the loudness control; a gain is a shift of the cached log-Mel in dB.

    Attributes:
        table: A row per stimulus: split, clip_id, music, level_db (as recorded), gain_db,
            attenuation.
        shape: (bands, frames).
    """

    def __init__(
        self,
        shards: Mapping[str, Iterable[Path]],
        categories: Path,
        attenuations: Sequence[float],
    ) -> None:
        """Find the clips; their spectrograms stay on disk until they are asked for.

        Args:
            shards: Files of log-Mels by split, 'train' and 'test'.
            categories: The table of clips by category.
            attenuations: Of music, in RMS: 8 for 1:8.
        """
        self._logmel = {split: LogMelShards(files) for split, files in shards.items()}
        self.shape = next(iter(self._logmel.values())).shape
        table = CategoryTable(categories, "music")
        clips = [_pure_clips(split, logmel, table) for split, logmel in self._logmel.items()]
        self.table = levelled_stimuli(pd.concat(clips), attenuations)

    def batches(self, batch_clips: int) -> Iterator[np.ndarray]:
        """The log-Mels [clips, bands, frames] of all stimuli, in the order of the table."""
        for split, of_split in self.table.groupby("split", sort=False):
            clip_ids, gains_db = of_split["clip_id"].to_numpy(), of_split["gain_db"].to_numpy(float)
            decibels = self._logmel[split].batches(clip_ids, batch_clips)
            for batch, (_, log_mel_db) in enumerate(decibels):
                start = batch * batch_clips
                yield apply_gain(log_mel_db, gains_db[start : start + batch_clips])


def _pure_clips(split: str, logmel: LogMelShards, table: CategoryTable) -> pd.DataFrame:
    music, others = table.groups(logmel.clip_ids, "music")
    used = music | others
    clip_ids = logmel.clip_ids[used]
    levels_db = logmel.levels(clip_ids)
    return pd.DataFrame(
        {"split": split, "clip_id": clip_ids, "music": music[used], "level_db": levels_db}
    )
