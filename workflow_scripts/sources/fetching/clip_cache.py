"""What has been fetched, clip by clip, so that nothing is asked for twice.

Each clip with an answer, the sound or a final no, has a file of its own, written whole and synced,
until its shard is there. A finished shard stays reachable here too, as a second name (hard link) of
the same file, so that a shard that is removed or cut up differently costs no second download. A
file's name carries a digest of the clip's id, because ids differ by case alone and not every file
system sees that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow
import pyarrow.parquet

from sources.fetching.connection_limit import locked, try_lock
from storage.clips import SCHEMA, AskedClip, ClipRow, write_clip_shard
from storage.whole_files import sync, write_whole

PASSING_STATUSES = frozenset({"network", "rate_limited", "bot_check"})
_ROWS_AT_ONCE = 32
_COLUMNS = ["clip_id", "start_s", "end_s", "status", "detail", "source"]


class ClipCache:
    """The answers so far for one split of a corpus; shared by all its shards, jobs and workflows.

    Args:
        folder: where they lie; nothing else should.
        sources: the names of the sources that are asked now. A no counts as an answer only where it
            comes from all of them, so that a source added later is asked too.
        synced: whether an answer survives a power cut from the moment it is put here. Without that,
            one that is lost is asked for again.
    """

    def __init__(self, folder: Path, sources: Sequence[str], *, synced: bool = True) -> None:
        self._synced = synced
        self._folder = Path(folder)
        self._sources = tuple(sources)

    def put(self, row: ClipRow) -> None:
        """Keep an answer; where the cache is synced it is on the disk when this returns."""
        head = {"status": row.status, "detail": row.detail, "source": row.source}
        head["checksum"] = _checksum(head, row.flac)
        parts = [json.dumps(head).encode() + b"\n", row.flac or b""]
        write_whole(self._path(row), parts, synced=self._synced)

    def hand_over(self, row: ClipRow, other: ClipCache) -> bool:
        """Move the file of an answer to another, synced cache; False where there is none."""
        target = other._path(row)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self._path(row).open("rb") as file:
                os.fsync(file.fileno())
                self._path(row).replace(target)
        except FileNotFoundError:
            return False
        sync(target.parent)
        return True

    def get(self, asked: AskedClip) -> ClipRow | None:
        """Return the answer kept for a clip, or None."""
        try:
            with self._path(asked).open("rb") as file:
                head, flac = file.readline(), file.read()
            row = {"flac": flac or None, **json.loads(head)}
            is_whole = row["checksum"] == _checksum(row, row["flac"])
            return _row_of(asked, row) if is_whole and self._is_answer(row) else None
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            # A file that a failing disk has spoilt is as good as none: the clip is asked for again.
            return None

    def forget(self, asked: Iterable[AskedClip]) -> None:
        """Drop the answers kept for these clips."""
        for clip in asked:
            self._path(clip).unlink(missing_ok=True)

    def forget_missing(self, name: str, asked: Collection[AskedClip]) -> int:
        """Drop every no that is kept for these clips, whatever it says, so that they are asked for.

        Args:
            name: of their shard; where a job is at work on it, nothing is dropped.
            asked: the clips.

        Returns:
            How many were dropped.
        """
        descriptor = try_lock(self._lock_path(name))
        if descriptor is None:
            return 0
        try:
            lacking = {clip.clip_id for clip in asked if self._said_no(clip)}
            self.forget(clip for clip in asked if clip.clip_id in lacking)
            return len(lacking | self._forget_kept({clip.clip_id for clip in asked}))
        finally:
            os.close(descriptor)

    def _said_no(self, clip: AskedClip) -> bool:
        row = self.get(clip)
        return row is not None and row.status != "ok"

    def _forget_kept(self, clip_ids: Collection[str]) -> set[str]:
        forgotten: set[str] = set()
        for path in self._folder.glob("kept/*.parquet"):
            noes = {r["clip_id"] for r in _read(path, ["clip_id", "status"]) if r["status"] != "ok"}
            if here := noes & set(clip_ids):
                rows = _read(path, SCHEMA.names)
                write_clip_shard(path, (ClipRow(**r) for r in rows if r["clip_id"] not in here))
                forgotten |= here
        return forgotten

    def keep_shard(self, shard: Path) -> None:
        """Give a finished shard its second name here."""
        beside = self._kept(shard).with_suffix(f".{os.getpid()}.new")
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.unlink(missing_ok=True)
        try:
            os.link(shard, beside)
        except OSError:
            # A file system without hard links: the second name costs a copy.
            shutil.copyfile(shard, beside)
        beside.replace(self._kept(shard))

    def kept_rows(self, asked: Collection[AskedClip]) -> Iterator[ClipRow]:
        """Yield the rows of kept shards for these clips, each once; not those of passing faults."""
        wanted = {clip.clip_id: clip for clip in asked}
        for path in sorted(self._folder.glob("kept/*.parquet")):
            if not wanted:
                return
            for row in self._rows_in(path, wanted):
                del wanted[row.clip_id]
                yield row

    def kept_ids(self, asked: Collection[AskedClip]) -> set[str]:
        """Return the ids of these clips that `kept_rows` gives: a damaged one is not among them."""
        return {row.clip_id for row in self.kept_rows(asked)}

    def tidy(self) -> None:
        """Remove what writers that were killed left half-written, once it is an hour old."""
        oldest_s = time.time() - 3600
        for path in self._folder.glob("*/.partial-*"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest_s:
                    path.unlink()

    def lock(self, name: str) -> contextlib.AbstractContextManager[None]:
        """Return a lock that one job at a time holds, across processes and workflows."""
        return locked(self._lock_path(name))

    def _lock_path(self, name: str) -> Path:
        return self._folder / "locks" / f"{quote(name, safe='')}.lock"

    def _rows_in(self, path: Path, wanted: Mapping[str, AskedClip]) -> Iterator[ClipRow]:
        if not {row["clip_id"] for row in _read(path, ["clip_id"])} & wanted.keys():
            return
        for row in _read(path, [*_COLUMNS, "flac"]):
            clip = wanted.get(row["clip_id"])
            if clip is not None and self._answers(row, clip):
                yield _row_of(clip, row)

    def _answers(self, row: Mapping[str, Any], clip: AskedClip) -> bool:
        same = row["start_s"] == clip.start_s and row["end_s"] == clip.end_s
        return same and self._is_answer(row)

    def _is_answer(self, row: Mapping[str, Any]) -> bool:
        if row["status"] == "ok":
            return True
        asked_all = all(f"{name}: " in row["detail"] for name in self._sources)
        return asked_all and row["status"] not in PASSING_STATUSES

    def _kept(self, shard: Path) -> Path:
        return self._folder / "kept" / shard.name

    def _path(self, clip: AskedClip | ClipRow) -> Path:
        name = f"{clip.clip_id} {clip.start_s:.3f} {clip.end_s:.3f}"
        digest = hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
        return self._folder / digest[:2] / f"{digest}_{quote(clip.clip_id, safe='')[:80]}.clip"


def _checksum(head: Mapping[str, Any], flac: bytes | None) -> str:
    """Of all that is kept of an answer."""
    said = json.dumps([head[name] for name in ("status", "detail", "source")])
    return hashlib.blake2b(said.encode() + (flac or b""), digest_size=16).hexdigest()


def _row_of(asked: AskedClip, row: Mapping[str, Any]) -> ClipRow:
    answer = (row["status"], row["detail"], row["flac"], row["source"])
    return ClipRow(asked.clip_id, asked.start_s, asked.end_s, asked.labels, *answer)


def _read(path: Path, columns: list[str]) -> Iterator[dict]:
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as shard:
            if set(SCHEMA.names) - set(shard.schema_arrow.names):
                return
            for batch in shard.iter_batches(_ROWS_AT_ONCE, columns=columns):
                yield from batch.to_pylist()
    except (pyarrow.ArrowInvalid, OSError):
        # A kept shard is a spare; one that is damaged or just replaced is left aside.
        return
