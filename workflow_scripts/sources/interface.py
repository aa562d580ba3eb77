"""What a source of clips is: one name, one method, three ways to answer.

A source is asked for one clip at a time and hands back its row, with the segment as 16-bit mono
22,050 Hz FLAC. It says no with `ClipUnavailable`, which tells the passing faults (ask again)
from the final ones (this source will never have the clip), or with `SourceStopped`, when asking
for any further clip would be pointless or harmful and a person has to do something first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from sources.fetching.clip_cache import ClipCache
from storage.clips import AskedClip, ClipRow


class ClipUnavailable(Exception):
    """A source does not give one clip.

    Attributes:
        status: one of the fixed reasons of `storage.clips.STATUSES`.
        detail: a sentence for the row.
        passing: True where the same question may be answered later (time-out, 429, 5xx, or what
            nobody knows).
        retry_after_s: how long the server asked us to wait, or None.
        wall: True where the answer concerns every clip after this one too (bot check, 429).
        settles: True for a passing fault that counts as final once it has met a few tries in a row,
            such as a garbled file.
        unreachable: True where no connection was made, so that every clip after this one fails too.
    """

    def __init__(
        self,
        status: str,
        detail: str,
        *,
        passing: bool,
        retry_after_s: float | None = None,
        wall: bool = False,
        settles: bool = False,
        unreachable: bool = False,
    ) -> None:
        """Keep the reason."""
        super().__init__(f"{status}: {detail}")
        self.status = status
        self.detail = detail
        self.passing = passing
        self.retry_after_s = retry_after_s
        self.wall = wall
        self.settles = settles
        self.unreachable = unreachable


class SourceStopped(Exception):
    """No further clip can be asked of a source until a person acts; the message says how."""


@runtime_checkable
class ClipSource(Protocol):
    """Where clips come from: a folder, the mirror, YouTube, or a user's own class."""

    name: str

    def fetch(self, asked: AskedClip) -> ClipRow:
        """Return the row of the asked clip, with status "ok" and the segment's sound.

        Called from several threads at once.

        Raises:
            ClipUnavailable: this clip is not to be had, now or ever.
            SourceStopped: no clip is to be had until a person acts.
        """
        ...


@runtime_checkable
class ReadsAhead(Protocol):
    """A source that gets clips many at a time and keeps those that were not asked for yet."""

    def hand_over(self, row: ClipRow, cache: ClipCache) -> bool:
        """Move a fetched row's file to the cache of answers; False where it has no file yet."""
        ...

    def forget(self, asked: Sequence[AskedClip]) -> None:
        """Drop what is kept of these clips: their shard is there."""
        ...
