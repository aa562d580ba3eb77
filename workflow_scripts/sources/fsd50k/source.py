"""FSD50K (Fonseca et al. 2022): an open corpus with AudioSet's own labels, on fixed files.

Its ground truth (`fname,labels,mids,split`) becomes segments tables in AudioSet's form, its
vocabulary the table of classes, and its zip parts a source of clips. Clips last 0.3 to 30 s: each
is asked for from 0 to 10 s, so that longer ones are cut and shorter ones stay short, to be filled
up when their log-Mel is made.
"""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from science.corpus.audioset import rows_of
from science.corpus.ontology import TableError
from science.corpus.spreadsheet_damage import NOT_UTF8, is_no_text
from science.sound import waveforms
from sources.audio.decoders import AudioProblem
from sources.audio.decoding import decode_clip, open_audio
from sources.fsd50k.zip_parts import ZipParts, ZipPartsError, ordered_parts
from sources.interface import ClipUnavailable
from storage.clips import AskedClip, ClipRow

SOURCE = "fsd50k"
SEGMENT_S = 10.0
_HEADER = ["fname", "labels", "mids", "split"]
_SPLITS = ("train", "val")


def segments_table(ground_truth: str, name: str) -> str:
    """Turn a ground-truth table into a segments table in AudioSet's form.

    Args:
        ground_truth: the text of `dev.csv` (columns fname, labels, mids, split) or `eval.csv`
            (without split). Both parts of the development set become training clips: the workflow
            draws its own validation clips.
        name: what messages call the file.

    Returns:
        The text of the table, a line per clip, from 0 to 10 s.

    Raises:
        TableError: another header, a malformed line or a file named twice, with the line's number.
    """
    reader = csv.reader(io.StringIO(ground_truth.removeprefix("\ufeff")))
    header = next(rows_of(reader, name), [])
    if header not in (_HEADER, _HEADER[:3]):
        raise TableError(f"{name}, line 1: the header must be '{','.join(_HEADER)}', split or not.")
    lines, labels, seen = [], set(), set()
    for row in rows_of(reader, name):
        place = f"{name}, line {reader.line_num}"
        if not row:
            continue
        if len(row) != len(header) or not all(row):
            raise TableError(f"{place}: expected {len(header)} filled columns, found {row}.")
        if any(map(is_no_text, row)):
            raise TableError(f"{place}: {NOT_UTF8}.")
        if len(row) == 4 and row[3] not in _SPLITS:
            raise TableError(f"{place}: the split must be train or val, not {row[3]!r}.")
        if row[0] in seen:
            raise TableError(f"{place}: the clip {row[0]} is given twice.")
        seen.add(row[0])
        mids = [mid.strip() for mid in row[2].split(",")]
        labels.update(mids)
        lines.append(f'{row[0]}, 0.000, {SEGMENT_S:.3f}, "{",".join(mids)}"')
    counts = f"num_ytids={len(lines)}, num_segs={len(lines)}, num_unique_labels={len(labels)}"
    comments = [f"# Made from {name} of FSD50K", f"# {counts}", "# YTID, start, end, labels"]
    return "\n".join([*comments, *lines]) + "\n"


def class_labels_table(
    vocabulary: str, name: str, display_names: Mapping[str, str] | None = None
) -> str:
    """Turn FSD50K's `vocabulary.csv` (index, name, mid; no header) into a table of classes.

    Args:
        vocabulary: the file's text.
        name: what messages call the file.
        display_names: AudioSet's own names by mid; where one is absent, FSD50K's name stands, with
            its underscores as spaces.

    Returns:
        The text of a table in the form of AudioSet's `class_labels_indices.csv`.

    Raises:
        TableError: a malformed line, with its number.
    """
    display_names = display_names or {}
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["index", "mid", "display_name"])
    reader = csv.reader(io.StringIO(vocabulary.removeprefix("\ufeff")))
    for row in filter(None, rows_of(reader, name)):
        if len(row) != 3 or not all(row) or not row[0].isdigit():
            raise TableError(
                f"{name}, line {reader.line_num}: expected index, name and mid, found {row}."
            )
        if any(map(is_no_text, row)):
            raise TableError(f"{name}, line {reader.line_num}: {NOT_UTF8}.")
        shown = display_names.get(row[2], row[1].replace("_and_", ", ").replace("_", " "))
        writer.writerow([int(row[0]), row[2], shown])
    return table.getvalue()


class Fsd50kSource:
    """Clips read in place from the corpus's archives, or from folders they were unpacked into.

    Args:
        archives: of each archive the parts, in any order, or its folder alone.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.
        min_duration_s: clips with less sound are "too_short".

    Raises:
        ZipPartsError: the parts are not a whole archive, or a folder is given beside others.
        FileNotFoundError: a part is not there.
    """

    name = SOURCE

    def __init__(
        self,
        archives: Sequence[Sequence[Path]],
        *,
        channel: str = "average",
        min_duration_s: float = 0.0,
    ) -> None:
        self._how = {"channel": channel, "min_duration_s": min_duration_s}
        self._places = [str(path) for parts in archives for path in parts]
        self._read: dict[str, Callable[[], bytes | Path]] = {}
        for parts in archives:
            for name, read in _files_of([Path(part) for part in parts]):
                path = PurePosixPath(name)
                if path.suffix.lower() == ".wav" and not path.name.startswith("."):
                    self._read.setdefault(path.stem, read)

    def expect_one_of(self, clips: Sequence[AskedClip]) -> None:
        """Make sure that one clip at least is here.

        Raises:
            ValueError: none is, so that the archives must be others; it names them.
        """
        if not any(clip.ytid in self._read for clip in clips):
            there = f"{len(self._read)} others" if self._read else "no sound"
            raise ValueError(
                f"None of the {len(clips)} clips asked for, the first {clips[0].ytid}.wav, is in "
                f"{', '.join(self._places)}: there is {there}. Correct corpus.fsd50k: the "
                f"development set is the train_archive, the evaluation set the test_archive."
            )

    def fetch(self, asked: AskedClip) -> ClipRow:
        """Return the clip's row; see `sources.interface.ClipSource`."""
        if asked.ytid not in self._read:
            detail = f"no {asked.ytid}.wav in {', '.join(self._places)}"
            raise ClipUnavailable("missing", detail, passing=False)
        try:
            with open_audio(self._read[asked.ytid]()) as audio:
                samples, detail = decode_clip(audio, asked.start_s, asked.duration_s, **self._how)
        except AudioProblem as problem:
            raise ClipUnavailable(problem.status, problem.detail, passing=False) from problem
        except ZipPartsError as error:
            raise ClipUnavailable("decode", str(error), passing=False) from error
        except OSError as error:
            raise ClipUnavailable("unreadable", str(error), passing=False) from error
        return ClipRow.found(asked, SOURCE, waveforms.encode_flac(samples), detail)


def _files_of(parts: list[Path]) -> Iterator[tuple[str, Callable[[], bytes | Path]]]:
    """The files of an archive or a folder, and what gives the content or the path of each."""
    if not any(part.is_dir() for part in parts):
        archive = ZipParts(ordered_parts(parts))
        for name in archive.members:
            yield name, functools.partial(archive.read, name)
        return
    if len(parts) > 1:
        raise ZipPartsError(
            f"A folder stands alone: give {parts[0]} and so on either unpacked or as parts."
        )
    for path in sorted(parts[0].rglob("*")):
        yield path.relative_to(parts[0]).as_posix(), functools.partial(Path, path)
