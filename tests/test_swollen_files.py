"""Files of strangers that are small and hold gigabytes: refused by size before memory goes.

Each is read in a process of its own that may have 1.5 GB beside what its libraries take; what it
took at most is bounded too.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import re
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import tone_media
import torch

CHILD = Path(__file__).with_name("swollen_child.py")
GIGABYTES = 3_000_000_000
MOST_MB = 700
ZEROS = bytes(1 << 20)


def gzipped(path: Path, head: bytes = b"", fill: bytes = ZEROS) -> None:
    """Packed by hand, many times the same piece: quicker than to pack gigabytes."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    parts = [packer.compress(head), packer.flush(zlib.Z_FULL_FLUSH)]
    piece = packer.compress(fill) + packer.flush(zlib.Z_FULL_FLUSH)
    times = GIGABYTES // len(fill)
    header = b"\x1f\x8b\x08\0\0\0\0\0\0\x03"
    path.write_bytes(b"".join([header, *parts, piece * times, packer.flush(), bytes(8)]))


def deflated(size: int = GIGABYTES) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    piece = packer.compress(ZEROS) + packer.flush(zlib.Z_FULL_FLUSH)
    return piece * (size // len(ZEROS)) + packer.flush()


def zipped(path: Path, name: str, said: int, method: int = 8, packed: bytes | None = None) -> None:
    """An archive with one file that holds gigabytes, and is said to hold so many bytes."""
    packed = deflated() if packed is None else packed
    named = name.encode()
    fields = (20, 0, method, 0, 0, 0, len(packed), said, len(named), 0)
    local = struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + named + packed
    central = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, *fields[:9], 0, 0, 0, 0, 0, 0
    ) + named  # fmt: skip
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)


def tarred(path: Path, kind: bytes) -> None:
    """A tar whose first header promises gigabytes: of a file, or of a name."""
    info = tarfile.TarInfo("sounds/category_labels.csv")
    info.type, info.size = kind, GIGABYTES
    if kind != tarfile.REGTYPE:
        gzipped(path, info.tobuf(tarfile.GNU_FORMAT))
        return
    with path.open("wb") as file:
        file.write(info.tobuf(tarfile.GNU_FORMAT))
        file.truncate(GIGABYTES + 10_240)  # takes no room on the disk


def wav_head(rate_hz: int, channels: int, width: int, size: int) -> bytes:
    """The header of a WAV with so many bytes of sound, `width` bytes for a number."""
    block = channels * width
    form = struct.pack("<2H2I2H", 1, channels, rate_hz, rate_hz * block, block, 8 * width)
    chunks = b"WAVE" + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", size)
    return b"RIFF" + struct.pack("<I", 28 + size) + chunks


def sparse_wav(path: Path, rate_hz: int, channels: int, samples: int) -> None:
    """A WAV of so many samples of silence that takes no room on the disk."""
    head = wav_head(rate_hz, channels, 1, samples * channels)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + samples * channels)


def packed_wav(path: Path) -> None:
    gzipped(path, wav_head(44_100, 1, 2, 2**31 - 100))


def picture_of(pixels: int) -> bytes:
    """A PNG of so many black pixels in a few kilobytes."""
    side = int(pixels**0.5)

    def chunk(name: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        )

    head = struct.pack(">2I5B", side, side, 8, 6, 0, 0, 0)
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 4 * side)) for _ in range(64)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def with_cover(path: Path) -> None:
    """An MP3 with a cover of 10^9 pixels."""
    picture = b"\0image/png\0\3\0" + picture_of(10**9)
    frame = b"APIC" + struct.pack(">IH", len(picture), 0) + picture
    size = bytes((len(frame) >> shift) & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(b"ID3\3\0\0" + size + frame + tone_media.media("mp3", 0, 1.0))


def workbook(path: Path, said: int | None) -> None:
    """A workbook whose texts unpack to gigabytes; with `said` it lies about that."""
    book = openpyxl.Workbook()
    book.active.append(["x", 0, 10, "/m/a"])
    target = io.BytesIO()
    book.save(target)
    with zipfile.ZipFile(target) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    begin = b'<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name != "xl/sharedStrings.xml":
                archive.writestr(name, content)
        with archive.open("xl/sharedStrings.xml", "w") as texts:
            texts.write(begin)
            for _ in range(300):
                texts.write(b"<si><t>a</t></si>" * 60_000)
    if said is not None:
        content = bytearray(path.read_bytes())
        at = content.rfind(b"xl/sharedStrings.xml") - 46
        content[at + 24 : at + 28] = struct.pack("<L", said)
        path.write_bytes(content)


def weights(path: Path) -> None:
    """Weights whose tensor is packed, as torch never does."""
    torch.save({"a": torch.zeros(1000)}, path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, ZEROS * 300 if name.endswith("data/0") else content)


def one_number_for_all(path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(10**6, 10**6)}, path)


def laughing(path: Path) -> None:
    """YAML of a few lines that stands for 10^9 values."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    path.write_text("\n".join(lines), encoding="utf-8")


def matlab(path: Path) -> None:
    content = zlib.compress(ZEROS * 300, 1)
    path.write_bytes(
        b"MATLAB 5.0".ljust(124) + b"\0\1IM" + struct.pack("<2I", 15, len(content)) + content
    )


def lines_without_end(path: Path) -> None:
    gzipped(path, b"x,0,10,", b"a" * (1 << 20))


SMALL = 1000
BOMBS: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a gzip of a line without end": ("lines", lines_without_end, "line 1: it has over"),
    "a gzip in a gzip in a gzip": (
        "lines",
        lambda path: path.write_bytes(nested(9)),
        "is packed again and again",
    ),
    "a small table of gigabytes": (
        "text",
        lambda path: gzipped(path, b"index,mid,display_name\n", b"0,/m/a,b\n" * 99_999),
        "has over 30000000 letters",
    ),
    "an ontology of gigabytes": ("json", lambda path: gzipped(path, b"["), "has over"),
    "a workbook of gigabytes": ("lines", lambda path: workbook(path, None), "has over"),
    "a workbook that lies": ("lines", lambda path: workbook(path, 99), "no workbook"),
    "an archive's file of gigabytes": (
        "place",
        lambda path: zipped(path, "a.wav", GIGABYTES),
        r"a\.wav has 3000000000 bytes, more than",
    ),
    "an archive's file that lies": (
        "place",
        lambda path: zipped(path, "a.wav", SMALL),
        r"a\.wav cannot be read|a\.wav has",
    ),
    "an archive's file that bzip2 packs": (
        "place",
        lambda path: zipped(path, "a.wav", SMALL, 12, bz2.compress(ZEROS * 20) * 100),
        "is packed by method 12",
    ),
    "a ground truth of gigabytes": (
        "ground truth",
        lambda path: zipped(path, "dev.csv", GIGABYTES),
        r"dev\.csv has 3000000000 bytes",
    ),
    "a part's file of gigabytes": (
        "parts",
        lambda path: zipped(path, "a.wav", GIGABYTES),
        r"a\.wav has 3000000000 bytes, more than",
    ),
    "a part's file that lies": (
        "parts",
        lambda path: zipped(path, "a.wav", SMALL),
        "does not match its checksum",
    ),
    "a tar's file of gigabytes": (
        "place",
        lambda path: tarred(path, tarfile.REGTYPE),
        "has 3000000000 bytes, more than",
    ),
    "a tar's name of gigabytes": (
        "place",
        lambda path: tarred(path, tarfile.GNUTYPE_LONGNAME),
        "millions of letters long",
    ),
    "a tar's remark of gigabytes": (
        "place",
        lambda path: tarred(path, tarfile.XHDTYPE),
        "millions of letters long",
    ),
    "a packed sound of gigabytes": ("sound", packed_wav, "over 100 times its own size"),
    "a second of 10^9 samples": (
        "sound",
        lambda path: sparse_wav(path, 10**9, 1, 10**9),
        "the part asked for has 1000000000 samples",
    ),
    "a thousand channels": (
        "sound",
        lambda path: sparse_wav(path, 192_000, 1_000, 10**6),
        "samples in 1000 channels",
    ),
    "a segment of 10^9 samples": (
        "long sound",
        lambda path: sparse_wav(path, 44_100, 1, 10**9),
        "the part asked for has 1000000000 samples",
    ),
    "a recording of 10^9 samples, of which ten seconds are asked for": (
        "sound",
        lambda path: sparse_wav(path, 44_100, 1, 10**9),
        "read|invalid|silent",
    ),
    "a cover of 10^9 pixels": ("sound", with_cover, "read"),
    "packed weights": ("weights", weights, "its tensors are packed"),
    "one number for 10^12": ("weights", one_number_for_all, "holds no state_dict"),
    "YAML of 10^9 values": ("options", laughing, "holds over 100000 values"),
    "a variable of MATLAB": ("MATLAB", matlab, "has over 200000000 bytes"),
}


def nested(depth: int) -> bytes:
    content = b"x,0,10,/m/a\n"
    for _ in range(depth):
        content = gzip.compress(content, mtime=0)
    return content


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, tuple[int, str]]:
    """How much memory each of the bombs took in MB, and what was said of it."""
    folder = tmp_path_factory.mktemp("bombs")
    files = {str(folder / f"{number}.zip"): bomb for number, bomb in enumerate(BOMBS)}
    for path, bomb in files.items():
        BOMBS[bomb][1](Path(path))
    done = subprocess.run(
        [sys.executable, CHILD],
        input=json.dumps([[BOMBS[bomb][0], path] for path, bomb in files.items()]),
        capture_output=True, text=True, timeout=300, encoding="utf-8",
    )  # fmt: skip
    shutil.rmtree(folder)
    assert done.returncode == 0, done.stderr
    rows = map(json.loads, done.stdout.splitlines())
    return {files[path]: (took_mb, told) for path, took_mb, told in rows}


@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_fill_the_memory_is_refused_in_a_sentence(results, bomb):
    took_mb, told = results[bomb]
    assert "MemoryError" not in told
    assert re.search(BOMBS[bomb][2], told), told
    assert took_mb < MOST_MB, f"{took_mb} MB: {told}"
