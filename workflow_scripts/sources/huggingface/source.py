"""Clips from the AudioSet mirror on the Hugging Face hub: Parquet files of whole segments.

The mirror (`agkphysics/AudioSet`) has a row per video: `video_id`, `audio` (bytes of a 10-s FLAC,
mostly 48 kHz, and a path), `labels`, `human_labels`. It does not say where in the video a segment
starts; that is in the segments tables. The ids of all files are read once and kept; after that only
the row groups with wanted clips are read, and of them only the audio. A row group holds about a
hundred clips and cannot be read in part, so everything wanted in it is converted at once and kept
until its own shard asks.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import huggingface_hub
import pyarrow
import pyarrow.parquet
import requests
from huggingface_hub.utils import build_hf_headers

from science.sound import waveforms
from sources.audio.decoders import AudioProblem
from sources.audio.decoding import decode_clip, open_audio
from sources.audio.remote_audio import RemoteFile
from sources.fetching.clip_cache import ClipCache
from sources.fetching.connection_limit import ConnectionLimit, locked
from sources.fetching.reaching import Route
from sources.huggingface.answers import TOKEN_VARIABLE, PageInstead, hub_faults
from sources.interface import ClipUnavailable, SourceStopped
from storage.clips import AskedClip, ClipRow
from storage.whole_files import read_checked, write_checked

SOURCE = "huggingface"
DATASET = "agkphysics/AudioSet"
REVISION = "0c609e8302cf139307f639c57652032af0a88041"
_REQUEST_BYTES = 4 * 2**20
_INDEX_REQUEST_BYTES = 256 * 2**10
# Pages of sound are larger than this, and so are read without going through the reader's buffer.
_READER_BUFFER_BYTES = 64 * 2**10
_ROWS_AT_ONCE = 1


@dataclass(frozen=True)
class HuggingFaceSettings:
    """Where the mirror is and how it is read.

    Attributes:
        folder_in_dataset: the split's Parquet files, such as `data/bal_train` or `data/eval`.
        endpoint: the hub, or a server that speaks its language; the hub client's own where None.
        dataset: the dataset's name.
        revision: a commit, so that every run reads the same bytes; a branch is pinned to its commit
            when it is first read.
        timeout_s: how long a connection may stay silent.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: clips with less sound are "too_short".
    """

    folder_in_dataset: str
    endpoint: str | None = None
    dataset: str = DATASET
    revision: str = REVISION
    timeout_s: float = 30.0
    channel: str = "average"
    min_duration_s: float = 0.0


@dataclass(frozen=True)
class _Place:
    """Where a video's audio is: a row group of a file of the dataset."""

    file: str
    row_group: int


class HuggingFaceSource:
    """Clips from the mirror.

    Args:
        settings: where the mirror is.
        folder: where the index and the clips read ahead are kept; shared between jobs.
        everything: the clips of the whole split: of a video with several segments the mirror has
            one, and nobody knows which.
        wanted: those that are still to be fetched. What of them lies in a row group is kept when it
            is read.
        connections: the limit on simultaneous transfers, shared with other sources and jobs.
    """

    name = SOURCE

    def __init__(
        self,
        settings: HuggingFaceSettings,
        folder: Path,
        *,
        everything: Iterable[AskedClip],
        wanted: Iterable[AskedClip],
        connections: ConnectionLimit,
    ) -> None:
        self._settings = settings
        self._folder = Path(folder)
        hub = settings.endpoint or huggingface_hub.constants.ENDPOINT
        self._route = Route(hub, self._folder / "route.json", timeout_s=settings.timeout_s)
        segments = Counter(clip.ytid for clip in everything)
        self._several = {ytid for ytid, number in segments.items() if number > 1}
        self._wanted = {clip.ytid: clip for clip in wanted if clip.ytid not in self._several}
        self._ahead = ClipCache(self._folder / "ahead", [SOURCE], synced=False)
        self._connections = connections
        self._index: dict[str, _Place] | None = None
        self._commit = ""
        self._index_lock = threading.Lock()
        self._problems: dict[str, AudioProblem] = {}
        self._of_thread = threading.local()

    def fetch(self, asked: AskedClip) -> ClipRow:
        """Return the clip's row; see `sources.interface.ClipSource`."""
        if asked.ytid in self._several:
            detail = "several segments of this video are asked for, and the mirror has but one"
            raise ClipUnavailable("missing", detail, passing=False)
        self._route.wait()
        try:
            row = self._fetched(asked)
        except ClipUnavailable as unavailable:
            if unavailable.unreachable:
                self._route.lost(unavailable.detail)
            elif unavailable.status != "network":
                self._route.reached()
            raise
        self._route.reached()
        return row

    def _fetched(self, asked: AskedClip) -> ClipRow:
        with hub_faults(self._settings.dataset, self._settings.revision):
            place = self._find(asked)
            name = f"{place.file}.{place.row_group}"
            with self._ahead.lock(f"{self._commit[:12]} {name}"):
                return self._ahead.get(asked) or self._read(place, asked)

    def hand_over(self, row: ClipRow, cache: ClipCache) -> bool:
        """Move what was read ahead of a clip to the answers; False where nothing was."""
        return self._ahead.hand_over(row, cache)

    def forget(self, asked: Sequence[AskedClip]) -> None:
        """Drop what was read ahead of these clips."""
        self._ahead.forget(asked)
        self._ahead.tidy()

    def _read(self, place: _Place, asked: AskedClip) -> ClipRow:
        """Read a row group, keep everything wanted in it, and return the asked clip's row."""
        if asked.clip_id not in self._problems:
            with self._connections.connection():
                found = self._keep_wanted(place, asked)
            if found is not None:
                return found
        problem = self._problems.get(asked.clip_id)
        if problem is None:
            raise ClipUnavailable(
                "network",
                f"{place.file} has no row for it in row group {place.row_group}, though it had",
                passing=True,
            )
        raise ClipUnavailable(problem.status, problem.detail, passing=False)

    def _keep_wanted(self, place: _Place, asked: AskedClip) -> ClipRow | None:
        result = None
        with self._opened(place.file, _REQUEST_BYTES) as parquet:
            batches = parquet.iter_batches(
                _ROWS_AT_ONCE,
                row_groups=[place.row_group],
                columns=["video_id", "audio.bytes"],
                use_threads=False,
            )
            for batch in batches:
                sounds = batch["audio"].field("bytes")
                for video_id, sound in zip(batch["video_id"].to_pylist(), sounds, strict=True):
                    row = self._converted(video_id, sound, asked)
                    if row is not None and row.clip_id == asked.clip_id:
                        result = row
                    elif row is not None:
                        self._ahead.put(row)
        return result

    def _converted(self, video_id: str, sound: pyarrow.Scalar, asked: AskedClip) -> ClipRow | None:
        """Return a video's row, or None where it is not wanted, there already, or spoilt."""
        clip = asked if video_id == asked.ytid else self._wanted.get(video_id)
        if clip is None or clip.clip_id in self._problems:
            return None
        if clip is not asked and self._ahead.get(clip) is not None:
            return None
        try:
            file = pyarrow.BufferReader(sound.as_buffer() or b"")
            with open_audio(file) as audio:
                samples, detail = decode_clip(
                    audio,
                    0.0,
                    clip.duration_s,
                    channel=self._settings.channel,
                    min_duration_s=self._settings.min_duration_s,
                )
        except AudioProblem as problem:
            self._problems[clip.clip_id] = problem
            return None
        return ClipRow.found(clip, SOURCE, waveforms.encode_flac(samples), detail)

    def _find(self, asked: AskedClip) -> _Place:
        with self._index_lock:
            if self._index is None:
                self._index = self._read_index()
        place = self._index.get(asked.ytid)
        if place is None:
            detail = f"not in {self._settings.folder_in_dataset} of {self._settings.dataset}"
            raise ClipUnavailable("missing", detail, passing=False)
        return place

    def _read_index(self) -> dict[str, _Place]:
        self._commit, files = self._pinned_files()
        index: dict[str, _Place] = {}
        for file in files:
            for video_id, row_group in self._ids_of(file):
                index.setdefault(video_id, _Place(file, row_group))
        return index

    def _pinned_files(self) -> tuple[str, list[str]]:
        """Return the commit that is read and its Parquet files; asked of the hub once."""
        settings = self._settings
        name = f"{settings.dataset}@{settings.revision} {settings.folder_in_dataset}"
        path = self._folder / f"{quote(name, safe='')}.json"
        with locked(path.with_suffix(".lock")):
            if not path.exists():
                with self._connections.connection():
                    write_checked(path, self._ask_for_files())
            try:
                commit, files = read_checked(path)
            except ValueError as error:
                # Not asked for again by itself: the branch may have moved on from what is here.
                raise SourceStopped(
                    f"{error} It says which state of {settings.dataset} is read: delete it and "
                    f"run again, and the state of today is read."
                ) from error
        return commit, files

    def _ask_for_files(self) -> tuple[str, list[str]]:
        settings = self._settings
        token = os.environ.get(TOKEN_VARIABLE)
        hub = huggingface_hub.HfApi(endpoint=settings.endpoint, token=token or False)
        commit = hub.dataset_info(
            settings.dataset, revision=settings.revision, timeout=settings.timeout_s
        ).sha
        entries = hub.list_repo_tree(
            settings.dataset, settings.folder_in_dataset, revision=commit, repo_type="dataset"
        )
        files = sorted(entry.path for entry in entries if entry.path.endswith(".parquet"))
        if not files:
            raise SourceStopped(
                f"{settings.dataset} at {commit} has no Parquet files in "
                f"{settings.folder_in_dataset}; check fetch.huggingface in the config."
            )
        return commit, files

    def _ids_of(self, file: str) -> list[tuple[str, int]]:
        """Return the videos of a file, each with its row group; read from the hub once."""
        path = self._folder / "index" / self._commit / f"{quote(file, safe='')}.json"
        with locked(path.with_suffix(".lock")):
            try:
                ids = read_checked(path)
            except (FileNotFoundError, ValueError):
                ids = self._ask_for_ids(file)
                write_checked(path, ids)
        return [(video_id, number) for number, group in enumerate(ids) for video_id in group]

    def _ask_for_ids(self, file: str) -> list[list[str]]:
        with (
            self._connections.connection(),
            self._opened(file, _INDEX_REQUEST_BYTES) as parquet,
        ):
            groups = [
                parquet.read_row_group(group, ["video_id"], use_threads=False)["video_id"]
                for group in range(parquet.num_row_groups)
            ]
        return [group.to_pylist() for group in groups]

    @contextlib.contextmanager
    def _opened(self, file: str, request_bytes: int) -> Iterator[pyarrow.parquet.ParquetFile]:
        url = huggingface_hub.hf_hub_url(
            self._settings.dataset,
            file,
            repo_type="dataset",
            revision=self._commit,
            endpoint=self._settings.endpoint,
        )
        with RemoteFile(
            lambda headers: self._ask(url, headers), block_bytes=request_bytes
        ) as remote:
            # Buffered, a column comes page by page; else a row group's audio would be read at once.
            yield pyarrow.parquet.ParquetFile(
                remote, buffer_size=_READER_BUFFER_BYTES, pre_buffer=False
            )

    def _ask(self, url: str, headers: Mapping[str, str]) -> _Streamed:
        if not hasattr(self._of_thread, "session"):
            self._of_thread.session = requests.Session()
        token = os.environ.get(TOKEN_VARIABLE)
        together = {**build_hf_headers(token=token or False), **headers}
        # The hub client's own transfer takes several times the processor time of this one.
        response = self._of_thread.session.get(
            url,
            headers={**together, "Accept-Encoding": "identity"},
            timeout=self._settings.timeout_s,
            stream=True,
        )
        if not response.ok:
            response.close()
            response.raise_for_status()
        if response.headers.get("Content-Type", "").startswith("text/html"):
            with response:
                raise PageInstead(response.raw.read(1 << 16, decode_content=True))
        return _Streamed(response)


@dataclass(frozen=True)
class _Streamed:
    """A response of requests, as `RemoteFile` reads it."""

    response: requests.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    def read(self, amount: int | None = None) -> bytes:
        return self.response.raw.read(amount)

    def close(self) -> None:
        self.response.close()
