"""Tables come whole, from the first address that has them, or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hostile_server import HostileServer, Misbehaviour

from sources.fetching.files import TableAddress, TableUnavailable, fetch_table
from sources.fetching.retrying import Backoff
from storage.found_tables import first_line

TABLE = b"# Segments csv\n" + b'--aE2O5G5WE, 0.000, 10.000, "/m/03fwl,/m/04rlf"\n' * 4_000
PATIENT = Backoff(attempts=4, first_delay_s=0.0, longest_delay_s=0.0)
SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"


@pytest.fixture
def server():
    with HostileServer() as running:
        running.serve("/primary.csv", TABLE)
        running.serve("/fallback.csv", TABLE)
        yield running


def fetch(server, destination, *, sha256=None, fallback=True, **how):
    address = TableAddress(
        server.url("/primary.csv"), server.url("/fallback.csv") if fallback else None, sha256
    )
    return fetch_table(
        address, destination, backoff=PATIENT, timeout_s=1.0, sleep=how.pop("sleep", lambda _: None)
    )


@pytest.mark.parametrize(
    "faults",
    [
        [Misbehaviour("status", status=500)] * 3,
        [Misbehaviour("status", status=429, retry_after="0")],
        [Misbehaviour("cut")],
        [Misbehaviour("closed")],
        [Misbehaviour("hang_up")] * 2,
        [Misbehaviour("length_too_long")],
        [Misbehaviour("stall", seconds=3)],
    ],
    ids=lambda faults: faults[0].kind,
)
def test_a_passing_fault_is_asked_again(server, tmp_path, faults):
    server.misbehave("/primary.csv", *faults)
    place = fetch(server, tmp_path / "table.csv")
    assert place == server.url("/primary.csv")
    assert (tmp_path / "table.csv").read_bytes() == TABLE
    assert len(server.asked("/primary.csv")) == len(faults) + 1
    assert not server.asked("/fallback.csv")


@pytest.mark.parametrize(
    "fault",
    [
        Misbehaviour("status", status=404),
        Misbehaviour("status", status=403),
        Misbehaviour("status", status=410),
        Misbehaviour("html"),
    ],
    ids=["404", "403", "410", "html"],
)
def test_a_final_fault_goes_to_the_fallback_at_once(server, tmp_path, fault):
    server.misbehave("/primary.csv", fault, always=True)
    assert fetch(server, tmp_path / "table.csv") == server.url("/fallback.csv")
    assert (tmp_path / "table.csv").read_bytes() == TABLE
    assert len(server.asked("/primary.csv")) == 1


def test_the_checksum_tells_a_wrong_file(server, tmp_path):
    server.misbehave("/primary.csv", Misbehaviour("truncated"), always=True)
    digest = hashlib.sha256(TABLE).hexdigest()
    assert fetch(server, tmp_path / "table.csv", sha256=digest) == server.url("/fallback.csv")
    assert (tmp_path / "table.csv").read_bytes() == TABLE
    with pytest.raises(TableUnavailable, match="checksum"):
        fetch(server, tmp_path / "table.csv", sha256="0" * 64)
    assert (tmp_path / "table.csv").read_bytes() == TABLE


def test_nothing_is_left_behind_when_no_address_answers(server, tmp_path):
    for path in ("/primary.csv", "/fallback.csv"):
        server.misbehave(path, Misbehaviour("status", status=503), always=True)
    with pytest.raises(TableUnavailable, match=r"HTTP 503.*HTTP 503.*path in place"):
        fetch(server, tmp_path / "folder" / "table.csv")
    assert not list(tmp_path.rglob("*.csv"))


def test_the_server_is_not_asked_before_its_retry_after(server, tmp_path):
    waits = []
    server.misbehave("/primary.csv", Misbehaviour("status", status=429, retry_after="7"))
    fetch(server, tmp_path / "table.csv", sleep=waits.append)
    assert len(waits) == 1
    assert waits[0] >= 7


def test_a_path_works_in_place_of_a_url(tmp_path):
    (tmp_path / "my table.csv").write_bytes(TABLE)
    for place in (str(tmp_path / "my table.csv"), (tmp_path / "my table.csv").as_uri()):
        fetch_table(TableAddress(place), tmp_path / "out.csv")
        assert (tmp_path / "out.csv").read_bytes() == TABLE
        (tmp_path / "out.csv").unlink()
    with pytest.raises(TableUnavailable, match="absent.csv"):
        fetch_table(TableAddress(str(tmp_path / "absent.csv")), tmp_path / "out.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no such file"),
        (b"", "the file is empty"),
        (b" \r\n", "the file is empty"),
        (b"<!DOCTYPE html><p>Sign in", "it is a web page"),
        (b'{"message": "Not Found"}', "it is JSON"),
        (b"PK\x03\x04....", "it is a zip archive; unpack it"),
    ],
)
def test_the_words_for_a_local_file_are_none_of_a_connection(tmp_path, content, words):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TableUnavailable) as caught:
        fetch_table(TableAddress(str(path)), tmp_path / "out.csv", check=first_line)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)
    assert "Correct the file, or its path" in str(caught.value)
    assert not re.search("connection|fetched|FileNotFoundError", str(caught.value))
    assert not (tmp_path / "out.csv").exists()


def test_a_servers_answer_in_another_form_goes_to_the_fallback(server, tmp_path):
    server.serve("/primary.csv", b'{"message": "Not Found"}', "application/json")
    address = TableAddress(server.url("/primary.csv"), server.url("/fallback.csv"))
    place = fetch_table(address, tmp_path / "out.csv", backoff=PATIENT, check=first_line)
    assert place == server.url("/fallback.csv")
    assert (tmp_path / "out.csv").read_bytes() == TABLE


def test_a_large_file_goes_on_where_the_connection_was_cut(server, tmp_path):
    body = random.Random(1).randbytes(6 << 20)
    server.serve("/primary.csv", body, "application/zip", headers={"ETag": '"v1"'})
    server.misbehave("/primary.csv", Misbehaviour("closed"))
    fetch(server, tmp_path / "part.zip", sha256=hashlib.sha256(body).hexdigest())
    assert (tmp_path / "part.zip").read_bytes() == body
    second = server.asked("/primary.csv")[1]
    assert second.range is not None
    assert int(second.range.removeprefix("bytes=").rstrip("-")) > 1 << 20


def test_a_file_that_changed_meanwhile_is_begun_again(server, tmp_path):
    old, new = random.Random(1).randbytes(4 << 20), random.Random(2).randbytes(4 << 20)
    server.serve("/primary.csv", old, headers={"ETag": '"v1"'})
    server.misbehave("/primary.csv", Misbehaviour("closed"))

    def change(_):
        server.serve("/primary.csv", new, headers={"ETag": '"v2"'})

    fetch(server, tmp_path / "file.bin", sleep=change)
    assert (tmp_path / "file.bin").read_bytes() == new


def test_a_kill_leaves_no_half_file_under_the_name(server, tmp_path):
    server.misbehave("/primary.csv", Misbehaviour("stall", seconds=20))
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path; from sources.fetching.files import *\n"
        "fetch_table(TableAddress(sys.argv[2]), Path(sys.argv[3]))\n"
    )
    arguments = [str(SCRIPTS), server.url("/primary.csv"), str(tmp_path / "table.csv")]
    child = subprocess.Popen([sys.executable, "-c", program, *arguments])
    while not server.asked("/primary.csv"):
        time.sleep(0.02)
    time.sleep(0.1)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "table.csv").exists()
    fetch(server, tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == TABLE
