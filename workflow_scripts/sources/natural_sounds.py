"""The natural-sounds set: 165 two-second sounds in eleven categories, or a set of one's own.

The sounds of Norman-Haignere, Kanwisher & McDermott (Neuron 2015) come as a folder or an archive of
audio files, and a table `file,category` says what each is. The categories are the published eleven;
they are accepted as that data set spells them and as Kim, Kim & Jeong (2024, Methods) do.
"""

from __future__ import annotations

import csv
import tarfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from science.corpus.audioset import BYTE_ORDER_MARK, refuse_problems
from science.corpus.ontology import TableError
from science.corpus.sound_categories import CATEGORIES, category_called
from science.corpus.spreadsheet_damage import damage_of_id
from science.sound import waveforms
from sources.audio.decoders import AudioProblem
from sources.audio.decoding import decode_clip, open_audio
from sources.folder.files import ENDINGS
from storage.clips import AskedClip, ClipRow

SOURCE = "natural_sounds"
SOUND_S = 2.0  # of the published set; a set of one's own may have several lengths
LONGEST_S = 60.0


@dataclass(frozen=True)
class NaturalSound:
    """One sound of the table: its file, as the table writes it, and its category."""

    file: str
    category: str


def parse_natural_sounds(table: str, name: str) -> list[NaturalSound]:
    """Read a table `file,category`, with that header or, as it was published, with none.

    Args:
        table: the file's text.
        name: what messages call the file.

    Returns:
        The sounds in the table's order, with the categories as `CATEGORIES` names them.

    Raises:
        TableError: another header, malformed lines, unknown categories or sounds given twice, up
            to folder and ending, with the lines' numbers; or no sound at all.
    """
    sounds: dict[str, NaturalSound] = {}
    line_of_id: dict[str, int] = {}
    problems: list[tuple[int, str]] = []
    causes: Counter[str] = Counter()
    for number, row in _rows(table):
        first = not sounds and not problems
        if len(row) != 2 or not all(row):
            problems.append((number, f"expected a file and a category, found {row}"))
        elif damage := damage_of_id(row[0]):
            problems.append((number, f"the file is {row[0]!r}"))
            causes[damage] += 1
        elif first and row[1].casefold() == "category":
            continue
        elif (category := category_called(row[1])) is None:
            if first:
                problems.append((number, "the header must be 'file,category'; or have none"))
            allowed = ", ".join(CATEGORIES)
            problems.append((number, f"{row[1]!r} is no category; allowed are {allowed}"))
        elif (earlier := line_of_id.setdefault(_stem(row[0]), number)) != number:
            problems.append(
                (
                    number,
                    f"the sound {_stem(row[0])} is in line {earlier} already; leave one line, or "
                    f"rename one where these are two sounds",
                )
            )
        else:
            sounds[row[0]] = NaturalSound(row[0], category)
    refuse_problems(problems, name, causes)
    if not sounds:
        raise TableError(f"{name}: the table has no sounds.")
    return list(sounds.values())


def asked_sounds(sounds: list[NaturalSound]) -> list[AskedClip]:
    """Return the clips to ask for: from the start, the category as the only label.

    They end where the published sounds do, until their own lengths are known.
    """
    stems = [_stem(sound.file) for sound in sounds]
    return [
        AskedClip(f"{stem}_0.000", stem, 0.0, SOUND_S, (sound.category,))
        for stem, sound in zip(stems, sounds, strict=True)
    ]


def read_natural_sounds(
    place: Path, sounds: list[NaturalSound], *, channel: str = "average"
) -> Iterator[ClipRow]:
    """Read the sounds from a folder or an archive (zip, tar, tar.gz), one row each, in order.

    Files are found by the path that the table gives, else by their name, else by their name up to
    the ending, anywhere inside; letters count the same in upper and lower case and in every form
    of Unicode.

    Args:
        place: the folder or the archive.
        sounds: from `parse_natural_sounds`.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.

    Yields:
        A row per sound, which ends where the sound does, after a minute at the latest; one that is
        absent, unreadable or not the only one of its name says why.

    Raises:
        FileNotFoundError: there is nothing at `place`.
        ValueError: it is neither a folder nor an archive, or it has none of the sounds.
    """
    asked = asked_sounds(sounds)
    with _opened(Path(place)) as (names, read):
        names = [name for name in names if _may_be_sound(name)]
        files = {sound.file: _matching(sound.file, names) for sound in sounds}
        if not any(files.values()):
            there = f"only others ({len(names)}, such as {names[0]})" if names else "no file"
            raise ValueError(
                f"None of the {len(sounds)} natural sounds is in {place}: looked for "
                f"{sounds[0].file} or {_stem(sounds[0].file)}.* and so on, found {there}. "
                f"Correct corpus.natural_sounds.folder, or the names in the table."
            )
        for clip, sound in zip(asked, sounds, strict=True):
            if len(files[sound.file]) != 1:
                found = ", ".join(files[sound.file]) or "no"
                detail = f"{found} {sound.file} in {place}"
                if files[sound.file]:
                    detail = f"{found} in {place} could all be {sound.file}; keep one"
                yield ClipRow.failed(clip, SOURCE, "missing", detail)
                continue
            try:
                with open_audio(read(files[sound.file][0])) as audio:
                    # A file that has lost its end is found out by asking for more than it has.
                    length_s = LONGEST_S if audio.cut_off else min(audio.duration_s, LONGEST_S)
                    samples, detail = decode_clip(audio, 0.0, length_s, channel=channel)
            except AudioProblem as problem:
                detail = f"{sound.file}: {problem.detail}"
                yield ClipRow.failed(clip, SOURCE, problem.status, detail)
                continue
            whole = replace(clip, end_s=len(samples) / waveforms.SAMPLE_RATE_HZ)
            yield ClipRow.found(whole, SOURCE, waveforms.encode_flac(samples), detail)


def _rows(table: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of the table with their line numbers, whatever separates their columns."""
    lines = table.removeprefix(BYTE_ORDER_MARK).splitlines()
    separator = next((mark for mark in ",\t;" if any(mark in line for line in lines)), ",")
    for number, line in enumerate(lines, start=1):
        row = next(csv.reader([line.strip()], delimiter=separator, skipinitialspace=True), [])
        row = [field.strip() for field in row]
        while len(row) > 2 and not row[-1]:
            row.pop()
        if any(row) and not row[0].startswith("# "):
            yield number, row


def _matching(file: str, names: list[str]) -> list[str]:
    """The names that a file of the table may mean, by the surest of three ways that has any."""
    wanted = _same_letters(file)
    for way in (str, lambda name: PurePosixPath(name).name, _stem):
        if found := [name for name in names if way(_same_letters(name)) == way(wanted)]:
            return found
    return []


def _may_be_sound(name: str) -> bool:
    """Whether a file is no rest that an operating system leaves beside others."""
    return not PurePosixPath(name).name.startswith(".") and not name.startswith("__MACOSX/")


def _stem(file: str) -> str:
    """A file's name without folders and, where it is of audio, its ending."""
    path = PurePosixPath(file.replace("\\", "/"))
    return path.stem if path.suffix.lower().removeprefix(".") in ENDINGS else path.name


def _same_letters(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()


@contextmanager
def _opened(place: Path) -> Iterator[tuple[list[str], Callable[[str], bytes]]]:
    """Open a folder or an archive: the names of its files, and how to read one."""
    if place.is_dir():
        paths = sorted(path for path in place.rglob("*") if path.is_file())
        by_name = {path.relative_to(place).as_posix(): path for path in paths}
        yield list(by_name), lambda name: by_name[name].read_bytes()
    elif not place.exists():
        raise FileNotFoundError(f"There is no folder or archive of natural sounds at {place}.")
    elif zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            yield [info.filename for info in archive.infolist() if not info.is_dir()], archive.read
    elif tarfile.is_tarfile(place):
        with tarfile.open(place) as archive:
            members = {member.name: member for member in archive.getmembers() if member.isfile()}
            # Members are read in place and never unpacked, so their names can do no harm.
            yield list(members), lambda name: archive.extractfile(members[name]).read()
    else:
        raise ValueError(f"{place} is neither a folder nor a zip or tar archive.")
