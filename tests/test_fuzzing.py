"""Tables, configurations and sounds that nobody would write: refused in a sentence, never worse.

Hypothesis makes 2,000 of each from the same seed; FUZZ_EXAMPLES=50000 in the environment makes so
many, and others every time. What a reader may raise is named in each test; anything else is a fault
of ours. Faults that were found have tests of their own beside those of what they were found in.
"""

from __future__ import annotations

import copy
import functools
import io
import json
import math
import os
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path

import hypothesis.configuration
import numpy
import openpyxl
import pytest
import scipy.io
import soundfile
import tone_media
import yaml
from configured import PRESETS, SCHEMA
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as some

from plumbing.config import option_words
from plumbing.config import settings as config_settings
from plumbing.config.checks import check_config
from plumbing.config.option_words import part_of_free_keys
from plumbing.config.settings import ConfigError, effective_config, read_options
from science.corpus.audioset import parse_class_labels, parse_excluded_clips
from science.corpus.ontology import Ontology, TableError
from science.corpus.segments_table import parse_segments
from sources.audio.decoders import AudioProblem
from sources.audio.decoding import decode_clip, open_audio
from sources.fsd50k.source import class_labels_table, segments_table
from sources.natural_sounds.components import read_components
from sources.natural_sounds.table import parse_natural_sounds
from storage.found_tables import json_text, table_lines, table_text

# Hypothesis keeps what it knows of characters in a folder, by default in the project's.
hypothesis.configuration.set_hypothesis_home_dir(
    Path(tempfile.gettempdir()) / "hypothesis-of-these-tests"
)
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", 0))
# What a fault is, is told by its own test; there is no need to look for the shortest.
fuzzed = settings(
    max_examples=EXAMPLES or 2_000,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
MOST_MEMORY_BYTES = 1_500_000_000


def memory_bytes() -> int:
    """The most that this process has had at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def check_told(error: Exception) -> None:
    """A message was written for a person: it says something, and is no trace of ours."""
    assert len(str(error)) > 10
    assert "Traceback" not in str(error)


# --- Tables ---------------------------------------------------------------------------------------

ODD = (
    "", "\0", "\r", "\n", "\x1b[2J", "\ufeff", "\u2028", "\x85", "\ud800", "é", "e\u0301", "-",
    "../x", "/etc/passwd", "; rm -rf ~", "$(id)", "`id`", "'", '"', '""', "a" * 300, "#NAME?",
    "1e999", "nan", "inf", "-1", "1,5", "30.000", "0x1p3", "1_000", "٣", "/m/a", "/m/b", "{label}",
    "# ", "--", "%s", "\\", "\t", ";", "=1+1", "2017-03-05 00:00:00", "1.23E+11", "<script>",
    "$\\frac{$", "a" * 140_000,
)  # fmt: skip
SEGMENTS = 'ytid,start,end,labels\nabcdefghijk, 0.000, 10.000, "/m/a,/m/b"\nÜ_-x,1,2,/m/a\n'
CLASSES = "index,mid,display_name\n0,/m/a,Music\n1,/m/b,Speech\n"
SOUNDS = "file,category\na.wav,Music\nb.wav,Speech\n"
BRAIN = "sound,component,response\na,music,1.5\nb,music,2\n"
TRUTH = 'fname,labels,mids,split\n1,"A,B","/m/a,/m/b",train\n2,A,/m/a,val\n'
NODES = [
    {"id": "/m/a", "name": "Music", "child_ids": ["/m/b"]},
    {"id": "/m/b", "name": "Speech", "child_ids": []},
]


def read_segments(path: Path) -> object:
    return parse_segments(table_lines(path), "t", ["/m/a", "/m/b"])


def of_text(parse: Callable[[str, str], object]) -> Callable[[Path], object]:
    return lambda path: parse(table_text(path), "t")


READERS = {
    "segments": (SEGMENTS, read_segments),
    "classes": (CLASSES, of_text(parse_class_labels)),
    "excluded": ("x_30.000.wav\n", lambda path: parse_excluded_clips(table_lines(path), "t")),
    "ontology": (json.dumps(NODES), lambda path: Ontology.from_json(json_text(path), "t")),
    "natural sounds": (SOUNDS, of_text(parse_natural_sounds)),
    "components": (BRAIN, lambda path: read_components(path.read_bytes(), "t")),
    "ground truth": (TRUTH, of_text(segments_table)),
    "MATLAB": (BRAIN, lambda path: read_components(path.read_bytes(), "t")),
    "vocabulary": ("0,Music,/m/a\n1,Speech,/m/b\n", of_text(class_labels_table)),
}


@functools.cache
def workbook(text: str) -> bytes:
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.active.append(line.split(","))
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


@functools.cache
def matlab() -> bytes:
    target = io.BytesIO()
    names = numpy.array(["music", "speech"], dtype=object)
    content = {"R": numpy.eye(2), "component_names": names, "stim_names": names}
    scipy.io.savemat(target, content, do_compression=False)
    return target.getvalue()


ENCODINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": lambda text: text.encode("utf-8", "surrogatepass"),
    "UTF-16": lambda text: text.encode("utf-16", "surrogatepass"),
    "cp1252": lambda text: text.encode("cp1252", "replace"),
}


@some.composite
def tables(draw) -> tuple[str, bytes]:
    """A table with text put in, taken out or twice; or a workbook or another file, garbled."""
    kind = draw(some.sampled_from(sorted(READERS)))
    text, _ = READERS[kind]
    form = draw(some.sampled_from([*ENCODINGS, "workbook", "packed"]))
    if kind == "MATLAB":
        return kind, changed(draw, matlab(), draw(some.sampled_from([300, 10_000])))
    for _ in range(draw(some.integers(0, 4))):
        at = draw(some.integers(0, len(text)))
        to = at + draw(some.sampled_from([0, 0, 1, 5, 1000]))
        odd = draw(some.sampled_from(ODD) | some.text(max_size=4))
        text = text[:at] + odd * draw(some.sampled_from([1, 1, 2, 50])) + text[to:]
    if form in ENCODINGS:
        return kind, ENCODINGS[form](text)
    content = workbook(READERS[kind][0])
    if form == "packed":
        content = packed(ENCODINGS["UTF-8"](text))
    return kind, changed(draw, content, len(content))


def packed(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, mtime=0)


def changed(draw, content: bytes, within: int) -> bytes:
    """Bytes of which some are others, some lack and some are there twice."""
    content = bytearray(content)
    for _ in range(draw(some.integers(0, 6))):
        at = draw(some.integers(0, max(0, min(within, len(content)) - 1)))
        how = draw(some.sampled_from(["set", "set", "cut", "drop", "twice", "ones", "zeros"]))
        if how == "set":
            content[at : at + 1] = draw(some.binary(min_size=1, max_size=4))
        elif how == "cut":
            del content[at:]
        elif how == "drop":
            del content[at : at + draw(some.integers(1, 64))]
        elif how == "twice":
            content[at:at] = content[at : at + 200]
        else:
            content[at : at + 4] = (b"\xff" if how == "ones" else b"\0") * 4
    return bytes(content)


@fuzzed
@given(tables())
def test_a_table_is_read_or_refused_in_a_sentence(table):
    kind, content = table
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(content)
        try:
            READERS[kind][1](Path(file.name))
        except TableError as refusal:
            check_told(refusal)


# --- Configurations -------------------------------------------------------------------------------

YAML = (
    "&a ", "*a ", "!!python/object/apply:os.system ['true']", "!!binary x", "? ", "- ", ": ",
    "[" * 60, "{" * 50, "|\n", "---\n", "%YAML 1.3\n", "!!set ", "2001-01-01", "&a [*a]", "0o7",
    "1_0", "<<: ",
)  # fmt: skip
TEXTS = some.sampled_from(
    ["music", "no_music", "untrained", "Music", "paper", "conv4", "json:dumps", "Vocal Music"]
    + ["~nobody/x", "$NOWHERE", "${HOME}/x", "http://", "http://[", "http://x:y/z", "file:///"]
    + [
        "http://u:p@127.0.0.1:1/%2e%2e",
        "https://x/%00",
        "https://x/a.zip",
        "://",
        "http://x:99999/",
    ]
    + ["https://x/{ytid}", "{ytid}", "/{x}", ".", "..", "/", "/dev/null", __file__, *ODD]
)
VALUES = (
    TEXTS
    | some.sampled_from(
        [None, True, False, 0, -1, 1, 2**63, 1e300, math.nan, math.inf, 0.5, [], {}, [[]], {"": 1}]
        + [[None], {1: 2}, {None: None}, ["music"], ["music", "music"]]
    )
    | some.recursive(
        some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
        lambda inner: (
            some.lists(inner, max_size=3)
            | some.dictionaries(some.text(max_size=3) | some.integers(), inner, max_size=3)
        ),
        max_leaves=4,
    )
)


def parts_of(part: dict, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], dict]:
    """Every key of the options, sections too, with its part of the schema."""
    found = {path: part} if path else {}
    # A file may be given as its address alone, and mostly is.
    below_it = {} if "format" in part else part.get("properties", {})
    for key, below in below_it.items():
        found |= parts_of(below, (*path, key))
    return found


CONDITION = next(iter(SCHEMA["properties"]["conditions"]["patternProperties"].values()))
PARTS = parts_of(SCHEMA) | parts_of(CONDITION, ("conditions", "no_music"))
LEAVES = sorted(
    path for path, part in PARTS.items() if "properties" not in part or "format" in part
)


def allowed(part: dict) -> some.SearchStrategy:
    """Values that an option takes by itself, though perhaps not beside the others."""
    if "enum" in part:
        return some.sampled_from(part["enum"])
    if part.get("type") in ("integer", "number"):
        low = part.get("minimum", part.get("exclusiveMinimum", 0) + 1e-3)
        high = part.get("maximum", part.get("exclusiveMaximum", 1e6) - 1e-3)
        kind = int if part["type"] == "integer" else float
        return some.sampled_from([kind(low), kind(high), kind((low + high) / 2), 1])
    if part.get("type") == "array":
        return some.lists(
            allowed(part.get("items", {})),
            min_size=part.get("minItems", 0),
            max_size=part.get("maxItems", 4),
            unique_by=str,
        )
    if part.get("type") == "boolean":
        return some.booleans()
    if "primary" in part.get("properties", {}):
        return TEXTS | some.fixed_dictionaries({"primary": TEXTS, "fallback": TEXTS})
    if part.get("type") == "object":
        name = some.sampled_from(["music", "no_music", "birds", "a" * 300, "-x"])
        return some.dictionaries(name, allowed(part_of_free_keys(part) or {}), max_size=2)
    return TEXTS


@some.composite
def configurations(draw) -> dict:
    """Overrides of a preset of which some are odd."""
    config: dict = {"preset": draw(some.sampled_from(["demo", "paper", "fsd50k", "recordings"]))}
    odd = draw(some.booleans())
    for _ in range(draw(some.integers(1, 4))):
        path = draw(some.sampled_from(LEAVES))
        value = draw(VALUES if odd and draw(some.booleans()) else allowed(PARTS[path]))
        if odd and draw(some.integers(0, 9)) == 0:
            path = path[: draw(some.integers(0, len(path)))]
            path = (*path, draw(some.sampled_from(ODD) | some.text(max_size=4)))
        below = config
        for key in path[:-1]:
            if not isinstance(below.setdefault(key, {}), dict):
                break
            below = below[key]
        else:
            below[path[-1]] = copy.deepcopy(value)
    return config


@some.composite
def files_of_options(draw) -> str:
    """A configuration's text with something put in or taken out."""
    text = yaml.safe_dump(draw(configurations()), allow_unicode=True)
    for _ in range(draw(some.integers(0, 3))):
        at = draw(some.integers(0, len(text)))
        to = at + draw(some.sampled_from([0, 0, 1, 5]))
        odd = draw(some.sampled_from([*ODD, *YAML]))
        text = text[:at] + odd + text[to:]
    return text


@fuzzed
@given(configurations() | configurations() | files_of_options())
def test_a_configuration_is_taken_or_refused_in_a_sentence(overrides):
    try:
        if isinstance(overrides, str):
            with tempfile.NamedTemporaryFile() as file:
                Path(file.name).write_bytes(overrides.encode("utf-8", "surrogatepass"))
                overrides = read_options(Path(file.name))
        check_config(effective_config(overrides, PRESETS))
    except ConfigError as refusal:
        check_told(refusal)


@pytest.fixture(autouse=True)
def _schema_made_once(monkeypatch):
    """What refusals are worded by takes longer to make than all the rest."""
    monkeypatch.setattr(option_words, "option_schema", lambda: SCHEMA)
    monkeypatch.setattr(
        config_settings, "read_preset", functools.cache(config_settings.read_preset)
    )


# --- Sounds ---------------------------------------------------------------------------------------

SUBTYPES = {
    "wav": ("PCM_16", "PCM_U8", "PCM_24", "FLOAT", "IMA_ADPCM", "GSM610"),
    "aiff": ("PCM_16", "FLOAT"),
    "w64": ("PCM_16",),
    "rf64": ("PCM_16",),
    "caf": ("PCM_16", "ALAC_16"),
    "au": ("PCM_16", "ULAW"),
    "flac": ("PCM_16",),
    "ogg": ("VORBIS", "OPUS"),
    "mp3": ("MPEG_LAYER_III",),
}
SHORT_S = 0.25


def of_libsndfile(kind: str, subtype: str) -> bytes:
    target = io.BytesIO()
    rate_hz = 48_000 if subtype == "OPUS" else 8_000
    sound = tone_media.tones(0, SHORT_S, rate_hz)
    soundfile.write(target, sound, rate_hz, format=kind.upper(), subtype=subtype)
    return target.getvalue()


@functools.cache
def sounds() -> list[bytes]:
    """Short files of every kind that is read."""
    files = [of_libsndfile(kind, subtype) for kind in SUBTYPES for subtype in SUBTYPES[kind]]
    files += [tone_media.media(kind, 0, SHORT_S) for kind in ("m4a", "dash", "webm", "opus")]
    files += [packed(files[0]), (Path(__file__).parent / "four_tones.spx").read_bytes()[:2_000]]
    return files


@some.composite
def damaged_sounds(draw) -> bytes:
    """A short file of sound of which some bytes of the header, or anywhere, are others."""
    content = draw(some.sampled_from(sounds()))
    return changed(draw, content, draw(some.sampled_from([48, 200, 10_000])))


@fuzzed
@given(damaged_sounds(), some.sampled_from([(0.0, 10.0), (0.1, 0.1), (30.0, 10.0), (0.0, 1e9)]))
def test_a_sound_is_decoded_or_its_fault_is_named(content, segment):
    try:
        with open_audio(content) as audio:
            samples, detail = decode_clip(audio, *segment)
            assert len(samples)
            assert audio.duration_s < 1e12
    except AudioProblem as problem:
        check_told(problem)
    assert memory_bytes() < MOST_MEMORY_BYTES
