"""What the address of a file in the configuration means."""

from pathlib import Path

import pytest

from plumbing.config.addresses import address_of, file_name_of, path_of
from sources.fetching.files import TableAddress

URL = "https://x.org/a%20b/FSD50K.dev_audio.z01?download=1#part"


def test_an_address_is_a_path_or_url_or_one_with_a_fallback():
    given = {"primary": "a.csv", "fallback": URL, "sha256": "0" * 64}
    assert address_of("a.csv") == TableAddress("a.csv", None, None)
    assert address_of(given) == TableAddress("a.csv", URL, "0" * 64)
    assert address_of({"primary": URL, "fallback": "", "sha256": ""}) == TableAddress(URL)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ("a b.csv", Path("a b.csv")),
        ("file:///data/a%20b.csv", Path("/data/a b.csv")),
        ({"primary": "/data/a.csv", "fallback": URL, "sha256": ""}, Path("/data/a.csv")),
        ({"primary": URL, "fallback": "/data/a.csv", "sha256": ""}, None),
        ("", None),
    ],
)
def test_only_an_address_on_this_machine_has_a_path(given, path):
    assert path_of(given) == path


@pytest.mark.parametrize("given", [URL, {"primary": URL, "fallback": "", "sha256": ""}])
def test_a_files_name_is_without_folders_and_queries(given):
    assert file_name_of(given) == "FSD50K.dev_audio.z01"
