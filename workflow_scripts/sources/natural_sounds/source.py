"""The sounds of a set of natural sounds, as rows of a clip shard.

The 165 two-second sounds of Norman-Haignere, Kanwisher & McDermott (Neuron 2015), or a set of one's
own, come as a folder or an archive of audio files; a table says what each is (`table.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from science.sound import waveforms
from sources.audio.decoders import AudioProblem
from sources.audio.decoding import decode_clip, open_audio
from sources.natural_sounds.place import Place, same_letters, stem_of
from sources.natural_sounds.table import NaturalSound
from storage.clips import AskedClip, ClipRow

SOURCE = "natural_sounds"
SOUND_S = 2.0  # of the published set; a set of one's own may have several lengths
LONGEST_S = 60.0


def asked_sounds(sounds: Sequence[NaturalSound]) -> list[AskedClip]:
    """Return the clips to ask for: from the start, the category as the only label.

    They end where the published sounds do, until their own lengths are known.
    """
    stems = [stem_of(sound.file) for sound in sounds]
    return [
        AskedClip(f"{stem}_0.000", stem, 0.0, SOUND_S, (sound.category,))
        for stem, sound in zip(stems, sounds, strict=True)
    ]


def read_natural_sounds(
    place: Place, sounds: Sequence[NaturalSound], *, channel: str = "average"
) -> Iterator[ClipRow]:
    """Read the sounds, one row each, in order; no other file of the place is read.

    Files are found by the path that the table gives, else by their name, else by their name up to
    the ending, anywhere inside; letters count the same in upper and lower case and in every form
    of Unicode.

    Args:
        place: the open folder or archive.
        sounds: of its table.
        channel: how channels become one, see `science.sound.waveforms.mix_to_mono`.

    Yields:
        A row per sound, which ends where the sound does, after a minute at the latest; one that is
        absent, unreadable or not the only one of its name says why.

    Raises:
        ValueError: it has none of the sounds, or one that cannot be unpacked.
    """
    files = {sound.file: _matching(sound.file, place.names) for sound in sounds}
    if not any(files.values()):
        names = place.names
        there = f"only others ({len(names)}, such as {names[0]})" if names else "no file"
        raise ValueError(
            f"None of the {len(sounds)} natural sounds is in {place.name}: looked for "
            f"{sounds[0].file} or {stem_of(sounds[0].file)}.* and so on, found {there}. "
            f"Correct corpus.natural_sounds.place, or the names in the table."
        )
    for clip, sound in zip(asked_sounds(sounds), sounds, strict=True):
        if len(files[sound.file]) != 1:
            found = ", ".join(files[sound.file]) or "no"
            detail = f"{found} {sound.file} in {place.name}"
            if files[sound.file]:
                detail = f"{found} in {place.name} could all be {sound.file}; keep one"
            yield ClipRow.failed(clip, SOURCE, "missing", detail)
            continue
        try:
            with open_audio(place.read(files[sound.file][0])) as audio:
                # A file that has lost its end is found out by asking for more than it has.
                length_s = LONGEST_S if audio.cut_off else min(audio.duration_s, LONGEST_S)
                samples, detail = decode_clip(audio, 0.0, length_s, channel=channel)
        except AudioProblem as problem:
            detail = f"{sound.file}: {problem.detail}"
            yield ClipRow.failed(clip, SOURCE, problem.status, detail)
            continue
        whole = replace(clip, end_s=len(samples) / waveforms.SAMPLE_RATE_HZ)
        yield ClipRow.found(whole, SOURCE, waveforms.encode_flac(samples), detail)


def _matching(file: str, names: Sequence[str]) -> list[str]:
    """The names that a file of the table may mean, by the surest of three ways that has any."""
    wanted = same_letters(file)
    for way in (str, lambda name: PurePosixPath(name).name, stem_of):
        if found := [name for name in names if way(same_letters(name)) == way(wanted)]:
            return found
    return []
