"""The natural-sounds set: 165 two-second sounds in eleven categories.

The sounds of Norman-Haignere, Kanwisher & McDermott (Neuron 2015) come as a folder or an archive of
audio files, and a table `file,category` says what each is. The categories are the published eleven;
they are accepted as that data set spells them and as Kim, Kim & Jeong (2024, Methods) do.
"""

from __future__ import annotations

import csv
import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from science.corpus.audioset import TableError
from science.sound import waveforms
from sources.decoders import AudioProblem
from sources.decoding import decode_clip, open_audio
from storage.clip_shards import AskedClip, ClipRow

SOURCE = "natural_sounds"
SOUND_S = 2.0
# The data set's names, each with the other spellings in use.
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Instr. Music": ("Instrumental Music", "Music (instrumental)"),
    "Vocal Music": ("Music (vocal)",),
    "English Speech": (),
    "Foreign Speech": (),
    "NonSpeech Vocal": ("Human vocal", "Human vocalization"),
    "Animal Vocal": ("Animal vocalization",),
    "Human NonVocal": (),
    "Animal NonVocal": (),
    "Nature": ("Nature sounds",),
    "Mechanical": ("Mechanical sounds",),
    "Environmental Sounds": ("Env. Sounds", "Environmental"),
}
MUSIC_CATEGORIES = ("Instr. Music", "Vocal Music")


@dataclass(frozen=True)
class NaturalSound:
    """One sound of the table: its file, as the table writes it, and its category."""

    file: str
    category: str


def parse_natural_sounds(table: str, name: str) -> list[NaturalSound]:
    """Read a table `file,category`.

    Args:
        table: the file's text, with that header.
        name: what messages call the file.

    Returns:
        The sounds in the table's order, with the categories as `CATEGORIES` names them.

    Raises:
        TableError: another header, a malformed line, an unknown category or a file given twice,
            with the line's number; or no sound at all.
    """
    spellings = {
        _folded(spelling): category
        for category, others in CATEGORIES.items()
        for spelling in (category, *others)
    }
    reader = csv.reader(io.StringIO(table.removeprefix("\ufeff")), skipinitialspace=True)
    if next(reader, None) != ["file", "category"]:
        raise TableError(f"{name}, line 1: the header must be 'file,category'.")
    sounds: dict[str, NaturalSound] = {}
    for row in filter(None, reader):
        place = f"{name}, line {reader.line_num}"
        if len(row) != 2 or not all(row):
            raise TableError(f"{place}: expected a file and a category, found {row}.")
        category = spellings.get(_folded(row[1]))
        if category is None:
            raise TableError(
                f"{place}: {row[1]!r} is no category; allowed are {', '.join(CATEGORIES)}."
            )
        if row[0] in sounds:
            raise TableError(f"{place}: the file {row[0]} is given twice.")
        sounds[row[0]] = NaturalSound(row[0], category)
    if not sounds:
        raise TableError(f"{name}: the table has no sounds.")
    return list(sounds.values())


def asked_sounds(sounds: list[NaturalSound]) -> list[AskedClip]:
    """Return the clips to ask for: two seconds from the start, the category as the only label.

    Raises:
        ValueError: two files have the same name up to folder and ending.
    """
    asked, files = [], {}
    for sound in sounds:
        stem = PurePosixPath(sound.file).stem
        if stem in files:
            raise ValueError(
                f"The natural sounds {files[stem]} and {sound.file} would have the same id, "
                f"{stem}; rename one."
            )
        files[stem] = sound.file
        asked.append(AskedClip(f"{stem}_0.000", stem, 0.0, SOUND_S, (sound.category,)))
    return asked


def read_natural_sounds(
    place: Path, sounds: list[NaturalSound], *, channel: str = "average"
) -> Iterator[ClipRow]:
    """Read the sounds from a folder or an archive (zip, tar, tar.gz), one row each, in order.

    Files are found by the path that the table gives, else by their name alone, anywhere inside.

    Args:
        place: the folder or the archive.
        sounds: from `parse_natural_sounds`.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.

    Yields:
        A row per sound; one that is absent or unreadable says why.

    Raises:
        FileNotFoundError: there is nothing at `place`.
        ValueError: it is neither a folder nor an archive, or two sounds would have the same id.
    """
    asked = asked_sounds(sounds)
    with _opened(Path(place)) as (names, read):
        by_path = {name.casefold(): name for name in names}
        by_name = {PurePosixPath(name).name.casefold(): name for name in reversed(names)}
        for clip, sound in zip(asked, sounds, strict=True):
            wanted = sound.file.replace("\\", "/").casefold()
            found = by_path.get(wanted) or by_name.get(PurePosixPath(wanted).name)
            if found is None:
                detail = f"no {sound.file} in {place}"
                yield ClipRow.failed(clip, SOURCE, "missing", detail)
                continue
            try:
                with open_audio(read(found)) as audio:
                    samples, detail = decode_clip(audio, 0.0, SOUND_S, channel=channel)
            except AudioProblem as problem:
                detail = f"{sound.file}: {problem.detail}"
                yield ClipRow.failed(clip, SOURCE, problem.status, detail)
                continue
            yield ClipRow.found(clip, SOURCE, waveforms.encode_flac(samples), detail)


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


def _folded(category: str) -> str:
    return re.sub(r"[^a-z]", "", category.casefold())
