"""Names, tables and files of strangers reach no shell and no path, run no code, tell no secret."""

from __future__ import annotations

import io
import os
import pickle
import tarfile
import unicodedata
import zipfile
from pathlib import Path

import numpy
import pytest
import soundfile
import torch
from configured import configure
from figure_tables import draw, figure_tables, scene_of
from hostile_server import HostileServer
from matplotlib.text import Text
from test_fetch_workflow import Site, configured
from workflow_copy import WorkflowCopy

import list_clips
from plumbing.config.checks import check_config
from plumbing.config.settings import ConfigError, read_options
from science.corpus.audioset import parse_excluded_clips
from science.corpus.ontology import TableError
from science.corpus.segments_table import parse_segments
from science.figures import style
from science.sound import waveforms
from sources.fetching.clip_cache import ClipCache
from sources.folder.files import index_folder, read_clips
from sources.natural_sounds.place import opened
from storage.clips import AskedClip, ClipRow, iterate_clips, read_clip_table, write_clip_shard
from storage.networks import read_network_file, read_weights

NFC, NFD = (unicodedata.normalize(form, "Café-é한") for form in ("NFC", "NFD"))
# Ids that a table may give, since a recording may be called so.
TAKEN = (
    "; rm -rf ~", "$(touch pwned)", "`touch pwned`", "it's", "..", "...", "-rf", "--help", "~", "*",
    "%s{0}{x}", "a" * 300, NFC, "\u202egnp.exe", "nul", "a b", "=1+1", "| tee x", "&& true", "<x>",
)  # fmt: skip
FORMULAS = ("$\\frac{$ x $", "$$", "a_{b} \\bf{", "<b>&amp;")
REFUSED = (
    "../x", "/etc/passwd", "a\\b", 'a"b', "a\nb", "a\rb", "a\0b", "a\x1b[2Jb", "a\x85b", "a\u2028b",
)  # fmt: skip
FLAC = waveforms.encode_flac((numpy.arange(2_205) % 99).astype(numpy.int16))


def row_of(ytid: str) -> str:
    return f'{ytid},0.000,10.000,"/m/a"\n'


def parse(text: str) -> list[dict]:
    return parse_segments(text, "t.csv", ["/m/a"])[0].to_pylist()


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize("ytid", TAKEN, ids=ascii)
def test_an_id_of_a_recording_comes_through_as_it_is_and_touches_nothing_else(tmp_path, ytid):
    inside = tmp_path / "inside/cache"
    (parsed,) = parse(row_of("plain") + row_of(ytid))[1:]
    assert parsed["ytid"] == ytid
    clip = AskedClip(parsed["clip_id"], ytid, 0.0, 10.0, ("/m/a",))
    cache = ClipCache(inside, ["a"])
    cache.put(ClipRow.found(clip, "a", FLAC))
    assert cache.get(clip).flac == FLAC
    shard = tmp_path / "inside/0.parquet"
    write_clip_shard(shard, [cache.get(clip)])
    cache.keep_shard(shard)
    assert read_clip_table([shard])["clip_id"].to_pylist() == [clip.clip_id]
    assert [clip_id for clip_id, _ in iterate_clips(shard)] == [clip.clip_id]
    assert {path.name for path in tmp_path.iterdir()} == {"inside"}
    assert {path.name for path in (tmp_path / "inside").iterdir()} == {"cache", "0.parquet"}


@pytest.mark.parametrize("ytid", REFUSED, ids=ascii)
def test_an_id_that_no_recording_has_is_refused_with_its_line(ytid):
    with pytest.raises(TableError, match=r"t\.csv, line [23]: ") as refused:
        parse(row_of("plain") + row_of(ytid))
    assert not {"\x1b", "\0", "\x85", "\u2028"} & set(str(refused.value))


def test_a_name_in_two_forms_of_unicode_is_one_clip():
    assert NFC != NFD
    both, warnings = parse_segments(row_of(NFC) + row_of(NFD), "t.csv", ["/m/a"])
    assert both["ytid"].to_pylist() == [NFC]
    assert "was given in line 1 already" in warnings[0]
    assert parse_excluded_clips([f"{NFD}_0.000.wav"]) == {f"{NFC}_0.000"}


def test_a_clip_of_both_splits_is_found_out_in_either_form(tmp_path):
    """Else the networks would be tested on what they were trained on."""
    for split, form in (("train", NFC), ("test", NFD)):
        text = row_of(form) + row_of(split) + row_of(f"{split} b").replace("/m/a", "/m/b")
        (tmp_path / f"{split}_segments.csv").write_text(text, encoding="utf-8")
    (tmp_path / "class_labels_indices.csv").write_text(
        "index,mid,display_name\n0,/m/a,A\n1,/m/b,B\n", encoding="utf-8"
    )
    (tmp_path / "ontology.json").write_text(
        '[{"id": "/m/a", "name": "A", "child_ids": []}, '
        '{"id": "/m/b", "name": "B", "child_ids": []}]',
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match="Café"):
        list_clips.main(
            [tmp_path / "class_labels_indices.csv", tmp_path / "ontology.json"],
            [tmp_path / "train_segments.csv", tmp_path / "test_segments.csv"],
            [tmp_path / "asked/train.parquet", tmp_path / "asked/test.parquet"],
            {"train": "", "test": ""}, False, 10.0, "a", ["A"],
        )  # fmt: skip


def test_a_folder_gives_recordings_of_any_name_and_no_file_outside_it(tmp_path):
    (tmp_path / "in").mkdir()
    names = [name for name in TAKEN if len(name) < 200]
    for name in names:
        (tmp_path / "in" / f"{name}.wav").write_bytes(tone())
    soundfile.write(tmp_path / "outside.wav", numpy.full(9_000, 0.25), 8_000)
    before = everything_in(tmp_path)
    asked = [
        AskedClip(f"{ytid}_0.000", ytid, 0.0, 1.0, ())
        for ytid in [*names, NFD, "../outside", str(tmp_path / "outside"), "in/../../outside"]
    ]
    statuses = [row.status for row in read_clips(asked, index_folder(tmp_path / "in"))]
    assert statuses == ["ok"] * (len(names) + 1) + ["missing"] * 3
    assert everything_in(tmp_path) == before


# --- Archives -------------------------------------------------------------------------------------


def tone() -> bytes:
    target = io.BytesIO()
    soundfile.write(target, numpy.full(9_000, 0.25), 8_000, format="WAV")
    return target.getvalue()


def strange_tar(path: Path) -> None:
    """A tar with names that lead elsewhere, links, and devices."""
    with tarfile.open(path, "w:gz") as archive:
        for name in ("../up.wav", "/tmp/absolute.wav", "a/../../b.wav", "good.wav"):
            info = tarfile.TarInfo(name)
            info.size = len(tone())
            archive.addfile(info, io.BytesIO(tone()))
        kinds = {"soft": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE, "zero": tarfile.CHRTYPE}
        for name, kind in {**kinds, "pipe": tarfile.FIFOTYPE}.items():
            info = tarfile.TarInfo(f"{name}.wav")
            info.type, info.linkname, info.devmajor, info.devminor = kind, "/etc/passwd", 1, 5
            archive.addfile(info)


def strange_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("../up.wav", "/tmp/absolute.wav", "a/../../b.wav", "good.wav"):
            archive.writestr(name, tone())
        link = zipfile.ZipInfo("soft.wav")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")


@pytest.mark.parametrize("make", [strange_tar, strange_zip])
def test_an_archive_is_read_in_place_and_unpacks_nowhere(tmp_path, make):
    (tmp_path / "place").mkdir()
    make(tmp_path / "place/sounds")
    before, outside = everything_in(tmp_path), set(Path("/tmp").glob("absolute*"))
    with opened(tmp_path / "place/sounds") as place:
        assert place.read("good.wav") == tone()
        contents = {name: place.read(name) for name in place.names}
    assert not any(b"root:" in content for content in contents.values())
    assert not {"hard.wav", "zero.wav", "pipe.wav"} & set(contents)
    assert everything_in(tmp_path) == before
    assert set(Path("/tmp").glob("absolute*")) == outside


# --- What is loaded runs nothing ------------------------------------------------------------------


class Touches:
    """A pickle of this writes a file when it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def pickled(value: object, path: Path) -> None:
    path.write_bytes(pickle.dumps(value))


@pytest.mark.parametrize("read", [read_weights, read_network_file])
@pytest.mark.parametrize(
    "save", [torch.save, lambda value, path: path.write_bytes(pickle.dumps(value))]
)
def test_weights_run_no_code(tmp_path, read, save):
    save({"a": torch.zeros(1), "b": Touches(tmp_path / "pwned")}, tmp_path / "weights.pt")
    with pytest.raises(ValueError, match=r"weights\.pt (is not a readable|cannot be read)"):
        read(tmp_path / "weights.pt")
    assert not (tmp_path / "pwned").exists()


def test_options_run_no_code(tmp_path):
    path = tmp_path / "config.yaml"
    path.write_text(
        f"a: !!python/object/apply:os.system ['touch {tmp_path}/pwned']", encoding="utf-8"
    )
    with pytest.raises(ConfigError, match="is not YAML"):
        read_options(path)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize(
    "text",
    ["a: &a [*a]", "a: &a {b: *a}", "a: " + "[" * 60 + "]" * 60, "[" * 2_000, "a: 2001-99-99"],
)
def test_options_that_go_on_for_ever_or_are_none_are_refused(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"config\.yaml (holds over|is not YAML)"):
        read_options(tmp_path / "config.yaml")


# --- Options that name files ----------------------------------------------------------------------

NAMES = ("../x", "a/b", "", ".", "..", "-x", "a;b", "a\nb", "a'b", "é", "a" * 300, "{x}", "a\0b")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_of_a_folder_leads_elsewhere(name):
    for options in (
        {"run": {"name": name}} if name else {"corpus": {"name": name}},
        {"corpus": {"name": name}},
        {"conditions": {name: {}}},
        {"categories": {name: ["Dog"]}},
    ):
        with pytest.raises(ConfigError, match="is not allowed"):
            check_config(configure(preset="demo", **options))


@pytest.mark.parametrize("path", ["a" * 300, "/x\0y", "/x\ny", "/x\x1b[2J", "/" + "a/" * 3_000])
def test_a_path_that_no_file_can_have_is_refused(path):
    with pytest.raises(ConfigError, match=r"corpus\.folder: .*(control character|longer than)"):
        configure(preset="recordings", corpus={"folder": path})


@pytest.mark.parametrize(
    "url", ["http://[", "http://x:y/z", "https://", "file:///x%00y", "http://127.0.0.1:99999/"]
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ConfigError, match=r"natural_sounds.*place.*(not an address|no host)"):
        configure(preset="paper", corpus={"natural_sounds": url})


@pytest.mark.parametrize("end", ["%2e%2e", "..%2F..%2F..", "%7Bx%7D.zip", "a%00.zip", "%0A", ""])
def test_an_archive_is_kept_under_no_name_that_leads_elsewhere(end):
    with pytest.raises(ConfigError, match=r"natural_sounds\.place: .*cannot be the name"):
        check_config(configure(preset="paper", corpus={"natural_sounds": f"https://x.test/{end}"}))


# --- Secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"fetch": {"youtube": {"proxy": "http://me:secret-1@proxy.test:3128"}}},
        {"fetch": {"youtube": {"url": "https://me:secret-1@x.test/{ytid}"}}},
        {"fetch": {"huggingface": {"endpoint": "https://secret-1@x.test"}}},
        {"corpus": {"tables": {"ontology": "https://me:secret-1@x.test/ontology.json"}}},
        {"corpus": {"natural_sounds": {"place": {"primary": "https://me:secret-1@x.test/a.zip"}}}},
        {"fetch": {"youtube": {"options": {"password": "secret-1"}}}},
        {"fetch": {"youtube": {"options": {"videopassword": "secret-1"}}}},
        {"fetch": {"youtube": {"options": {"http_headers": {"Cookie": "secret-1"}}}}},
    ],
)
def test_a_password_among_the_options_is_refused_without_being_told(options):
    with pytest.raises(ConfigError, match="keep (them|it) ") as refused:
        check_config(configure(preset="paper", **options))
    assert "secret-1" not in str(refused.value)


COOKIE, TOKEN = "secret-of-a-cookie", "hf_secretOfAToken"


def test_cookies_and_tokens_are_sent_and_written_nowhere(tmp_path):
    with HostileServer() as server:
        site = Site(server)
        copy = configured(WorkflowCopy.make(tmp_path / "copy"), site)
        cookies = f"127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\t{COOKIE}\n"
        (copy.folder / "cookies.txt").write_text(cookies, encoding="utf-8")
        copy.environment["HF_TOKEN"] = TOKEN
        with_cookies = copy.overlay("fetch: {youtube: {cookies_file: cookies.txt}}\n")
        wanted = ("clips", "results/fetched/config.yaml")
        server.served.pop(site.video(3))
        printed = copy.snakemake(*wanted, *with_cookies)
        printed += copy.snakemake("--dry-run", "--verbose", *wanted, *with_cookies)
        sent = " ".join(str(request.headers) for request in server.requests)
    assert COOKIE in sent
    assert TOKEN in sent
    for secret in (COOKIE, TOKEN):
        assert secret not in printed
        for path in copy.folder.rglob("*"):
            if path.is_file() and path.name != "cookies.txt":
                assert secret.encode() not in path.read_bytes(), path


def test_a_class_whose_name_would_be_a_formula_is_drawn_as_it_is():
    tables = figure_tables()["readout"]
    subclasses = tables["subclasses"]
    names = dict(zip(subclasses["subclass"].unique(), FORMULAS, strict=False))
    tables["subclasses"] = subclasses.replace({"subclass": names})
    with style.house_style():
        figure = draw("readout", tables, scene_of())
        figure.savefig(io.BytesIO(), format="png")
        shown = [text.get_text() for text in figure.findobj(Text)]
    assert any(FORMULAS[0] in text for text in shown), shown
