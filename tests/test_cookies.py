"""Cookies files as they are found: read as meant or refused, never with a cookie's value."""

import http.cookiejar
import io
from pathlib import Path

import pytest
from yt_dlp.cookies import YoutubeDLCookieJar

from sources.youtube.cookies import read_cookies

CASES = Path(__file__).resolve().parents[2] / "shared/public_cases/cookies"
HEAD = "# Netscape HTTP Cookie File\n"
COOKIES = (
    ".youtube.com\tTRUE\t/\tTRUE\t1999999999\tSID\tsecret-1\n"
    "#HttpOnly_.youtube.com\tTRUE\t/\tTRUE\t0\tHSID\tsecret-2\n"
    ".google.com\tTRUE\t/\tFALSE\t\tNID\tsecret-3=; 4\n"
)
HOST = "www.youtube.com"
NOW_S = 1.8e9


def file_of(folder, content):
    path = folder / "cookies.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jar_of(text):
    """What yt-dlp reads."""
    jar = YoutubeDLCookieJar(io.StringIO(text))
    jar.load(jar.filename)
    return {(c.domain, c.name, c.value, c.secure, c.expires) for c in jar}


AS_MEANT = {
    "as it should be": HEAD + COOKIES,
    "BOM": b"\xef\xbb\xbf" + (HEAD + COOKIES).encode(),
    "no head line": COOKIES,
    "BOM and no head line": b"\xef\xbb\xbf" + COOKIES.encode(),
    "another head line": "# HTTP Cookie File\n# by an extension\n\n" + COOKIES,
    "UTF-16": (HEAD + COOKIES).encode("utf-16"),
    "line ends of Windows": (HEAD + COOKIES).replace("\n", "\r\n"),
    "blank lines": "\n\n" + HEAD + COOKIES.replace("\n", "\n\n"),
    "no dot": HEAD + COOKIES.replace(".youtube", "youtube"),
}


@pytest.mark.parametrize("case", AS_MEANT)
def test_what_is_certain_is_read_as_meant(tmp_path, case, capfd):
    text = read_cookies(file_of(tmp_path, AS_MEANT[case]), HOST, NOW_S)
    assert jar_of(text) == jar_of(HEAD + COOKIES)
    assert capfd.readouterr() == ("", "")


def test_a_value_that_an_editor_cut_off_is_empty(tmp_path):
    line = ".youtube.com\tTRUE\t/\tTRUE\t0\tPREF"
    (cookie,) = jar_of(read_cookies(file_of(tmp_path, line), HOST, NOW_S))
    assert cookie[1:3] == ("PREF", "")


REFUSED = {
    "is JSON": '[{"domain": ".youtube.com", "name": "SID", "value": "secret-1"}]',
    "is JSON, not": '{"cookies": [{"name": "SID", "value": "secret-1"}]}',
    "is the header of a request": "Cookie: SID=secret-1; HSID=secret-2",
    "is the header of a request or an answer": "Set-Cookie: SID=secret-1; Path=/; Secure",
    "is the header of": "SID=secret-1; HSID=secret-2",
    "has no cookie in it": b"",
    "cookie in it": HEAD,
    "line 2: there are spaces in place of the tabs": (HEAD + COOKIES).replace("\t", "    "),
    "line 2: it has 8 fields between tabs": HEAD + COOKIES.replace("\t/\t", "\t/\t/\t"),
    "line 3: it has 1 fields": HEAD + COOKIES.splitlines()[0] + "\nsecret-1\n",
    "line 2: its fifth field is not a time": HEAD + COOKIES.replace("1999999999", "2033-05-18"),
    "line 2: its second and fourth": HEAD + COOKIES.replace("TRUE", "yes"),
    "only for bandcamp.com, soundcloud.com": COOKIES.replace("youtube", "soundcloud").replace(
        "google", "bandcamp"
    ),
    "have expired": HEAD + COOKIES.splitlines()[0].replace("1999999999", "1600000000"),
    "is not text in UTF-8": (HEAD + COOKIES).encode("utf-16-le"),
    "is a browser's own database": b"SQLite format 3\0secret-1",
    "is a web page": "<!DOCTYPE html><p>secret-1",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_cannot_work_is_refused_with_the_remedy_and_no_value(tmp_path, words):
    path = file_of(tmp_path, REFUSED[words])
    with pytest.raises(ValueError, match="Netscape format") as caught:
        read_cookies(path, HOST, NOW_S)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_cookies_for_one_site_do_for_no_other(tmp_path):
    path = file_of(tmp_path, HEAD + COOKIES)
    with pytest.raises(ValueError, match=r"no cookie for videos\.test, only for google"):
        read_cookies(path, "videos.test", NOW_S)
    with pytest.raises(ValueError, match=r"no cookie for youtube\.com or google\.com"):
        read_cookies(file_of(tmp_path, COOKIES.replace(".com", ".com.test")), HOST, NOW_S)


@pytest.mark.skipif(not CASES.is_dir(), reason="../shared/public_cases is absent")
def test_the_public_cases():
    for name in ("bom", "nohead"):
        jar = jar_of(read_cookies(CASES / f"{name}.txt", "example.test", NOW_S))
        assert {cookie[1] for cookie in jar} == {"SID", "HSID"}
    for name, words in (
        ("json", "JSON"),
        ("header", "header of a request"),
        ("empty", "no cookie"),
    ):
        with pytest.raises(ValueError, match=words):
            read_cookies(CASES / f"{name}.txt", "example.test", NOW_S)


def test_the_reading_is_that_of_the_standard_library(tmp_path):
    path = file_of(tmp_path, read_cookies(file_of(tmp_path, COOKIES), HOST, NOW_S))
    jar = http.cookiejar.MozillaCookieJar(path)
    jar.load(ignore_discard=True, ignore_expires=True)
    assert {(c.domain, c.name, c.value) for c in jar} == {
        (".youtube.com", "SID", "secret-1"),
        (".youtube.com", "HSID", "secret-2"),
        (".google.com", "NID", "secret-3=; 4"),
    }
