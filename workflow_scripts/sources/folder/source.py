"""A folder of recordings as one of several sources that are asked in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sources.folder.files import SOURCE, index_folder, read_clips, refuse_strange_names
from sources.interface import ClipUnavailable
from storage.clips import AskedClip, ClipRow


class FolderSource:
    """Clips from recordings on this machine; what it lacks, it lacks for good.

    Args:
        folder: where the recordings are; listed once.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: clips with less sound are "too_short".
    """

    name = SOURCE

    def __init__(
        self, folder: Path, *, channel: str = "average", min_duration_s: float = 0.0
    ) -> None:
        self._index = index_folder(folder)
        self._how = {"channel": channel, "min_duration_s": min_duration_s}

    def expect_one_of(self, clips: Sequence[AskedClip]) -> None:
        """Make sure that the folder has one clip at least, see `sources.folder.files`.

        Raises:
            ValueError: it has none.
        """
        refuse_strange_names(self._index, clips)

    def fetch(self, asked: AskedClip) -> ClipRow:
        """Return the clip's row; see `sources.interface.ClipSource`."""
        (row,) = read_clips([asked], self._index, **self._how)
        if row.status != "ok":
            raise ClipUnavailable(row.status, row.detail, passing=False)
        return row
