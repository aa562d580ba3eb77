"""The sources that a configuration names, made ready for one split of a corpus.

What all jobs and workflows on a corpus share lies in `.fetched` in its folder: the answers so far,
the locks that limit connections and pace, what is known of a wall, the mirror's index.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.fetching.clip_cache import ClipCache
from sources.fetching.connection_limit import ConnectionLimit, Pace
from sources.fetching.retrying import Backoff
from sources.interface import ClipSource
from storage.clips import AskedClip

ON_DISK = frozenset({"folder", "fsd50k"})


@dataclass(frozen=True)
class CorpusSplit:
    """One split of a corpus, and how its clips are obtained.

    Attributes:
        split: "train" or "test".
        folder: The corpus' folder, results/clips/{corpus}.
        sources: Names of the sources in the order of asking.
        recordings: Folder of the source `folder`.
        archive: Parts of the split's archive, for the source `fsd50k`.
        channel: How channels become one, see `science.sound.waveforms.mix_to_mono`.
        fetch: The section `fetch` of the configuration.
    """

    split: str
    folder: Path
    sources: Sequence[str]
    recordings: Path | None
    archive: Sequence[Path]
    channel: str
    fetch: Mapping[str, Any]

    @property
    def on_disk(self) -> bool:
        """Whether all sources read this machine's disk, so that asking again costs nothing."""
        return set(self.sources) <= ON_DISK

    def cache(self) -> ClipCache:
        """What has been fetched of this split; sound mixed in another way is kept apart."""
        return ClipCache(self._state / self.split / f"clips-{self.channel}", self.sources)

    def backoff(self) -> Backoff:
        """How often passing faults are retried, and the waits between."""
        fetch = self.fetch
        return Backoff(fetch["attempts"], fetch["first_delay_s"], fetch["longest_delay_s"])

    def make_sources(
        self, everything: Iterable[AskedClip], wanted: Callable[[], Iterable[AskedClip]]
    ) -> list[ClipSource]:
        """Make the sources in the order of asking.

        Args:
            everything: The clips of the split, those that are kept too.
            wanted: Gives those that no shard has yet; the mirror reads ahead.

        Raises:
            FileNotFoundError: The folder of recordings or a part of an archive is not there.
        """
        makers = {
            "folder": self._folder_source,
            "huggingface": lambda: self._huggingface_source(everything, wanted()),
            "youtube": self._youtube_source,
            "fsd50k": self._fsd50k_source,
        }
        return [makers[name]() for name in self.sources]

    @property
    def _state(self) -> Path:
        return Path(self.folder) / ".fetched"

    @property
    def _how(self) -> dict[str, Any]:
        return {"channel": self.channel, "min_duration_s": self.fetch["min_duration_s"]}

    def _connections(self) -> ConnectionLimit:
        return ConnectionLimit(self._state / "connections", self.fetch["connections"])

    # Each source's libraries are loaded only where it is asked.

    def _folder_source(self) -> ClipSource:
        from sources.folder.source import FolderSource

        return FolderSource(Path(self.recordings or ""), **self._how)

    def _fsd50k_source(self) -> ClipSource:
        from sources.fsd50k.source import Fsd50kSource

        return Fsd50kSource([self.archive], **self._how)

    def _huggingface_source(
        self, everything: Iterable[AskedClip], wanted: Iterable[AskedClip]
    ) -> ClipSource:
        from sources.huggingface.source import HuggingFaceSettings, HuggingFaceSource

        options = self.fetch["huggingface"]
        settings = HuggingFaceSettings(
            folder_in_dataset=options[f"{self.split}_folder"],
            endpoint=options["endpoint"] or None,
            dataset=options["dataset"],
            revision=options["revision"],
            timeout_s=options["timeout_s"],
            **self._how,
        )
        folder = self._state / self.split / f"mirror-{self.channel}"
        return HuggingFaceSource(
            settings,
            folder,
            everything=everything,
            wanted=wanted,
            connections=self._connections(),
        )

    def _youtube_source(self) -> ClipSource:
        from sources.fetching.wall import Wall
        from sources.youtube.source import ADVICE, YouTubeSettings, YouTubeSource

        options = self.fetch["youtube"]
        cookies_file = options["cookies_file"]
        settings = YouTubeSettings(
            url=options["url"],
            cookies_file=Path(cookies_file) if cookies_file else None,
            proxy=options["proxy"] or None,
            bytes_per_s=options["bytes_per_s"] or None,
            timeout_s=options["timeout_s"],
            options=options["options"],
            **self._how,
        )
        folder = self._state / "youtube"
        # A wall concerns one way of asking: new cookies, another proxy or client begin afresh.
        way = json.dumps([cookies_file, options["proxy"], options["options"]], sort_keys=True)
        digest = hashlib.blake2b(way.encode(), digest_size=8).hexdigest()
        wall = Wall(
            folder / f"wall-{digest}.json",
            refusals=options["refusals"],
            pause_s=options["pause_s"],
            pauses=options["pauses"],
            advice=ADVICE,
        )
        pace = Pace(folder / "pace", options["seconds_between_clips"])
        return YouTubeSource(
            settings, folder, connections=self._connections(), pace=pace, wall=wall
        )
