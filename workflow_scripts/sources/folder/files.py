"""Clips from a folder of the user's own recordings.

Files are found by name, in the folder and all folders below it: `{ytid}_{start:.3f}.ending` is a
clip cut already, `{ytid}.ending` a recording that the segment lies in. Which endings are looked
at, and in which order, is `ENDINGS`. Names that are the same text to a reader are the same: file
systems write an accented letter as one character (NFC) or as two (NFD). Ids of videos differ by
case alone, so case counts.
"""

from __future__ import annotations

import logging
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from science.sound import waveforms
from sources.audio.decoders import AudioProblem, OpenAudio
from sources.audio.decoding import decode_clip, open_audio
from storage.clips import AskedClip, ClipRow

SOURCE = "folder"
# Lossless formats first, then lossy ones from the usual to the rare.
# fmt: off
ENDINGS = (
    "wav", "flac", "aif", "aiff", "aifc", "w64", "rf64", "caf", "au", "wav.gz", "flac.gz", "ogg",
    "oga", "opus", "mp3", "m4a", "m4b", "mp4", "aac", "webm", "mka", "mkv", "mov", "3gp", "wma",
    "ac3", "eac3", "mp2", "mpga", "amr", "awb", "spx", "gsm", "wv", "tta", "ape", "ogg.gz",
    "mp3.gz", "m4a.gz",
)
# fmt: on
# What programs that download leave when they are interrupted.
UNFINISHED = frozenset({"part", "ytdl", "crdownload", "download", "partial", "aria2"})
PREFERENCE = {ending: rank for rank, ending in enumerate(ENDINGS)}
# A file that is longer than the segment by no more than this may be the clip itself.
CUT_SLACK_S = 0.1


@dataclass(frozen=True)
class FolderIndex:
    """The audio files of a folder by their name without ending in NFC, the best format first.

    `others` holds one path for each name that has something, but no file with an ending of audio,
    and `folded` one for each name with the difference between large and small letters removed.
    """

    folder: Path
    files: dict[str, list[Path]]
    others: dict[str, Path] = field(default_factory=dict)
    folded: dict[str, Path] = field(default_factory=dict)

    def named(self, stem: str) -> list[Path]:
        """The files of one name, the best format first."""
        return self.files.get(_nfc(stem), [])


def index_folder(folder: Path | str) -> FolderIndex:
    """List a folder and the folders below it, once, so that finding a clip costs one look-up.

    Args:
        folder: Where the recordings are. Links are followed, but no folder is listed twice.

    Returns:
        The index; of files with the same name the lossless and usual formats come first.

    Raises:
        FileNotFoundError: There is no such folder.
        NotADirectoryError: It is a file.
        PermissionError: It may not be listed; one below it that may not is skipped with a warning.
    """
    folder = Path(folder)
    ranked: dict[str, list[tuple[int, str]]] = {}
    others: dict[str, Path] = {}
    for entry in _entries(folder):
        stem, rank = _split_ending(entry.name)
        if rank is not None and _is(entry.is_file):
            ranked.setdefault(stem, []).append((rank, entry.path))
        else:
            others.setdefault(stem, Path(entry.path))
    files = {stem: [Path(path) for _, path in sorted(found)] for stem, found in ranked.items()}
    folded = {stem.casefold(): paths[0] for stem, paths in files.items()}
    return FolderIndex(folder, files, others, folded)


def refuse_strange_names(index: FolderIndex, expected: Sequence[AskedClip]) -> None:
    """Refuse a folder that has none of the expected clips: its files must be named otherwise.

    Raises:
        ValueError: None is there; it says what the files are called, and how clips are found.
    """
    if any(index.named(clip.clip_id) or index.named(clip.ytid) for clip in expected):
        return
    first = expected[0]
    for clip in expected:
        for stem in (clip.clip_id, clip.ytid):
            if (other := index.others.get(_nfc(stem))) and other.is_symlink():
                raise ValueError(
                    f"none of the {len(expected)} clips asked for is below {index.folder}: "
                    f"{other.name} {_what(other)}"
                )
    names = [paths[0].name for paths in index.files.values()]
    there = (
        f"audio files ({len(names)}, as {names[0]}) are named otherwise"
        if names
        else ("there is no audio file")
    )
    raise ValueError(
        f"none of the {len(expected)} clips asked for is below {index.folder}: {there}. A clip is "
        f"found by the first columns of its table, as YTID_START.* or YTID.*: the first as "
        f"{first.clip_id}.wav or {first.ytid}.wav; name the files so, or correct corpus.folder"
    )


def read_clips(
    asked: Iterable[AskedClip],
    index: FolderIndex,
    *,
    channel: str = "average",
    min_duration_s: float = 0.0,
) -> Iterator[ClipRow]:
    """Read the asked clips, one row each, in the same order; what cannot be read gives its reason.

    A file that bears the clip's own id is the clip, from its beginning. A file that bears only the
    ytid is the recording, and `start_s` to `end_s` is cut out of it; but it is the clip, cut
    already, when it is whole and either as long as the segment (to 0.1 s) or, not being longer,
    ends before the segment would begin. Lengths are those of the decoded sound. The clip's own id
    is preferred, and of several formats the first in `ENDINGS`. Sound longer than the segment is
    cut; where the recording ends within the segment, the clip is short.

    Args:
        asked: The clips.
        index: From `index_folder`.
        channel: "average" or "first", see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: Clips with less sound are "too_short"; with 0, one sample is enough.

    Yields:
        A row for each clip.
    """
    for clip in asked:
        try:
            path, named_exactly, remark = _find(clip, index)
            samples, detail = _read(path, clip, named_exactly, channel, min_duration_s)
        except AudioProblem as problem:
            yield ClipRow.failed(clip, SOURCE, problem.status, problem.detail)
            continue
        detail = "; ".join(part for part in (remark, detail) if part)
        yield ClipRow.found(clip, SOURCE, waveforms.encode_flac(samples), detail)


def _entries(folder: Path) -> Iterator[os.DirEntry]:
    """Everything in a folder and in those below it, in a fixed order."""
    waiting = [str(folder)]
    listed: set[tuple[int, int]] = set()
    while waiting:
        current = waiting.pop()
        try:
            status = os.stat(current)
            if (status.st_dev, status.st_ino) in listed:
                continue
            listed.add((status.st_dev, status.st_ino))
            with os.scandir(current) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if current == str(folder):
                raise
            logging.warning(
                "%s cannot be listed (%s); no recording is looked for in it",
                current,
                error.strerror or error,
            )
            continue
        for entry in found:
            if _is(entry.is_dir):
                waiting.append(entry.path)
            yield entry


def _is(asked: Callable[[], bool]) -> bool:
    """Ask an entry what it is; a link into a folder that may not be entered is nothing."""
    try:
        return asked()
    except OSError:
        return False


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _split_ending(name: str) -> tuple[str, int | None]:
    """A file name without its ending, and the ending's rank; None when it is not of audio."""
    stem, _, ending = _nfc(name).rpartition(".")
    if stem and ending.lower() in UNFINISHED:
        return _split_ending(stem)[0], None
    if ending.lower() == "gz":
        stem, _, inner = stem.rpartition(".")
        ending = f"{inner}.{ending}"
    rank = PREFERENCE.get(ending.lower())
    return (stem, rank) if stem else (name, None)


def _find(clip: AskedClip, index: FolderIndex) -> tuple[Path, bool, str]:
    """The file to read, whether it bears the clip's own id, and a remark if there was a choice."""
    exact, whole = index.named(clip.clip_id), index.named(clip.ytid)
    candidates = exact + whole
    if not candidates:
        raise AudioProblem("missing", _why_missing(clip, index))
    remark = ""
    if len(candidates) > 1:
        remark = f"used {candidates[0].name} of {len(candidates)} files that match"
        if len({path.name for path in candidates}) < len(candidates):
            remark += f", from {candidates[0].parent}"
    return candidates[0], bool(exact), remark


def _why_missing(clip: AskedClip, index: FolderIndex) -> str:
    """Say what was looked for, and what of that name there is instead."""
    wanted = f"no {clip.clip_id}.* or {clip.ytid}.* below {index.folder}"
    for stem in map(_nfc, (clip.clip_id, clip.ytid)):
        if other := index.others.get(stem):
            return f"{wanted}, only {other.name}, which {_what(other)}"
    for stem in map(_nfc, (clip.clip_id, clip.ytid)):
        if other := index.folded.get(stem.casefold()):
            return (
                f"{wanted}, only {other.name}, which is another id: small and large letters count"
            )
    return wanted


def _what(other: Path) -> str:
    """What a path is that is not a file of audio, and what to do where that is known."""
    if other.is_symlink() and not other.exists():
        target = os.readlink(other)
        if "annex/objects/" in target.replace("\\", "/"):
            return "is a link of git-annex whose content is not here; run git annex get"
        return f"is a link to {target}, where there is nothing"
    if other.suffix.lower().removeprefix(".") in UNFINISHED:
        return "is an unfinished download"
    return "is a folder" if other.is_dir() else "is not a file with an ending of audio"


def _read(
    path: Path, clip: AskedClip, named_exactly: bool, channel: str, min_duration_s: float
) -> tuple:
    """Decode the clip's part of a file; every reason names the file."""
    try:
        with open_audio(path) as audio:
            start_s, remark = _start_in_file(audio, clip, named_exactly)
            samples, detail = decode_clip(
                audio, start_s, clip.duration_s, channel=channel, min_duration_s=min_duration_s
            )
    except AudioProblem as problem:
        raise AudioProblem(problem.status, f"{path.name}: {problem.detail}") from problem
    return samples, "; ".join(part for part in (remark, detail) if part)


def _start_in_file(audio: OpenAudio, clip: AskedClip, named_exactly: bool) -> tuple[float, str]:
    """Where in a file the segment starts, by the rule that `read_clips` states."""
    if named_exactly:
        if audio.duration_s > clip.duration_s + CUT_SLACK_S:
            return 0.0, f"the first {clip.duration_s:g} s of {audio.duration_s:.2f} s"
        return 0.0, ""
    excess_s = audio.duration_s - clip.duration_s
    if not audio.cut_off and clip.start_s > 0 and excess_s <= CUT_SLACK_S:
        if excess_s >= -CUT_SLACK_S:
            return 0.0, "taken as cut already, since it is as long as the segment"
        if audio.duration_s <= clip.start_s:
            return 0.0, "taken as cut already, since it ends before the segment would begin"
    if audio.duration_s <= clip.start_s and not audio.cut_off:
        raise AudioProblem(
            "too_short",
            f"the recording has {audio.duration_s:.2f} s, the segment starts at {clip.start_s:g} s",
        )
    return clip.start_s, ""
