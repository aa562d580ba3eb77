"""What lies in folders beside files of sound: other spellings, links, pointers, closed doors."""

from __future__ import annotations

import logging
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sources.audio.decoders import AudioProblem
from sources.audio.decoding import open_audio
from sources.folder import files as folder_source
from sources.folder.files import index_folder, read_clips
from sources.folder.source import FolderSource
from storage.clips import AskedClip, ClipRow

LFS = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
ANNEX = (
    "/annex/objects/SHA256E-s12345--4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24.wav"
)


def asked(ytid: str, start_s: float = 0.0) -> AskedClip:
    return AskedClip(f"{ytid}_{start_s:.3f}", ytid, start_s, start_s + 10.0, ())


def read_one(folder: Path, clip: AskedClip) -> ClipRow:
    (row,) = read_clips([clip], index_folder(folder))
    return row


def write_wav(path: Path, seconds: float = 10.0) -> None:
    soundfile.write(path, np.full(round(seconds * 8_000), 0.25), 8_000)


@pytest.mark.parametrize("of_file", ["NFC", "NFD"])
@pytest.mark.parametrize("of_id", ["NFC", "NFD"])
@pytest.mark.parametrize("cut", [False, True])
def test_accented_letters_are_the_same_however_they_are_written(tmp_path, of_file, of_id, cut):
    name, ytid = (unicodedata.normalize(form, "Überflug é한") for form in (of_file, of_id))
    write_wav(tmp_path / f"{name}{'_5.000' if cut else ''}.wav", 15.0)
    clip = asked(ytid, 5.0)
    assert read_one(tmp_path, clip).status == "ok"
    FolderSource(tmp_path).expect_one_of([clip])


def test_both_spellings_at_once_are_a_choice_that_is_said(tmp_path):
    for form in ("NFC", "NFD"):
        write_wav(tmp_path / f"{unicodedata.normalize(form, 'é')}.wav")
    rows = [read_one(tmp_path, asked("é")) for _ in range(2)]
    assert rows[0] == rows[1]
    assert "of 2 files that match" in rows[0].detail


def test_the_folder_of_the_file_used_is_said_where_names_are_the_same(tmp_path):
    for folder in ("b", "a"):
        (tmp_path / folder).mkdir()
        write_wav(tmp_path / folder / "x.wav")
    detail = read_one(tmp_path, asked("x")).detail
    assert f"used x.wav of 2 files that match, from {tmp_path / 'a'}" in detail


def test_ids_that_differ_by_case_alone_are_not_mixed(tmp_path):
    write_wav(tmp_path / "-aBc.wav", 3.0)
    write_wav(tmp_path / "-AbC.wav", 5.0)
    assert "3.000 s" in read_one(tmp_path, asked("-aBc")).detail
    assert "5.000 s" in read_one(tmp_path, asked("-AbC")).detail
    row = read_one(tmp_path, asked("-abc"))
    assert row.status == "missing"
    assert ".wav, which is another id: small and large letters count" in row.detail


def test_a_link_to_nothing_is_called_so(tmp_path):
    (tmp_path / "x.wav").symlink_to("/data/gone/x.wav")
    row = read_one(tmp_path, asked("x"))
    assert row.status == "missing"
    assert "x.wav, which is a link to /data/gone/x.wav, where there is nothing" in row.detail
    with pytest.raises(ValueError, match=r"x\.wav is a link to /data/gone/x\.wav"):
        FolderSource(tmp_path).expect_one_of([asked("y"), asked("x")])
    write_wav(tmp_path / "x.aiff")
    assert read_one(tmp_path, asked("x")).status == "ok"


def test_what_git_annex_left_is_called_so(tmp_path):
    (tmp_path / "x.wav").symlink_to(".git/annex/objects/zQ/1k/SHA256E-s12--4d7a.wav/SHA256E.wav")
    (tmp_path / "y.wav").write_text(ANNEX + "\n", encoding="utf-8")
    for ytid in "xy":
        row = read_one(tmp_path, asked(ytid))
        assert row.status == "missing"
        assert "git-annex" in row.detail
        assert "run git annex get" in row.detail
    with pytest.raises(ValueError, match="run git annex get"):
        FolderSource(tmp_path).expect_one_of([asked("x")])


def test_what_git_lfs_left_is_called_so_wherever_a_file_is_opened(tmp_path):
    (tmp_path / "x.wav").write_text(LFS, encoding="utf-8")
    row = read_one(tmp_path, asked("x"))
    assert (row.status, "run git lfs pull" in row.detail) == ("missing", True)
    with pytest.raises(AudioProblem, match="git lfs pull"), open_audio(LFS.encode()):
        pass


def test_a_folder_that_may_not_be_listed_is_skipped_with_a_warning(tmp_path, monkeypatch, caplog):
    (tmp_path / "lost+found").mkdir()
    write_wav(tmp_path / "lost+found" / "y.wav")
    (tmp_path / "zebra").mkdir()
    write_wav(tmp_path / "zebra" / "x.wav")

    def scandir(path, scan=os.scandir):
        if str(path).endswith("lost+found"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(folder_source.os, "scandir", scandir)
    with caplog.at_level(logging.WARNING):
        index = index_folder(tmp_path)
    assert list(index.files) == ["x"]
    (record,) = caplog.records
    assert "lost+found cannot be listed (Permission denied)" in record.getMessage()

    monkeypatch.setattr(folder_source.os, "scandir", lambda path: scandir(f"{path}/lost+found"))
    with pytest.raises(PermissionError):
        index_folder(tmp_path)
