"""Which faults pass, how long to wait, and that limits hold through kills."""

from __future__ import annotations

import email.utils
import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import huggingface_hub
import pytest
import requests
import yt_dlp

from sources.fetching.connection_limit import ConnectionLimit, try_lock
from sources.fetching.retrying import (
    Backoff,
    fault_of,
    is_passing_http_status,
    is_setting,
    parse_retry_after,
)

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"


def test_the_waits_double_up_to_their_bound_and_are_spread_evenly():
    backoff = Backoff(attempts=9, first_delay_s=1.0, longest_delay_s=10.0)
    generator = random.Random(0)
    for attempt, bound_s in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (400, 10)]:
        waits = [backoff.delay_s(attempt, generator) for _ in range(2_000)]
        assert min(waits) >= 0
        assert 0.98 * bound_s < max(waits) <= bound_s
        assert sum(waits) / len(waits) == pytest.approx(bound_s / 2, rel=0.05)


def test_a_server_is_never_asked_before_it_wants_to_be_but_an_absurd_wish_is_cut():
    backoff = Backoff()
    assert backoff.delay_s(1, random.Random(1), retry_after_s=40.0) >= 40.0
    assert backoff.delay_s(1, random.Random(1), retry_after_s=1e9) <= 3_601.0


def test_the_same_seed_gives_the_same_waits():
    waits = [[Backoff().delay_s(n, random.Random(5)) for n in range(1, 6)] for _ in range(2)]
    assert waits[0] == waits[1]


@pytest.mark.parametrize("settings", [{"attempts": 0}, {"first_delay_s": 5, "longest_delay_s": 1}])
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValueError, match="Backoff"):
        Backoff(**settings)


def test_retry_after_is_read_as_seconds_and_as_a_date():
    assert parse_retry_after("120") == 120.0
    date = email.utils.formatdate(1_000_060, usegmt=True)
    assert parse_retry_after(date, now_s=1_000_000) == 60.0
    assert parse_retry_after(date, now_s=2_000_000) == 0.0
    for nonsense in (None, "", "soon", "nan", "inf"):
        assert parse_retry_after(nonsense) is None


def test_the_status_codes_that_pass():
    passing = {status for status in range(400, 600) if is_passing_http_status(status)}
    assert passing == {408, 425, 429, *range(500, 600)}


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError("read"),
        ConnectionResetError(104, "reset"),
        requests.ConnectionError("refused"),
        requests.exceptions.ChunkedEncodingError("cut"),
        socket.gaierror(-3, "Temporary failure in name resolution"),
        OSError(101, "Network is unreachable"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_faults_of_the_network_pass(error):
    assert fault_of(error).passing
    wrapped = RuntimeError("while fetching")
    wrapped.__cause__ = error
    assert fault_of(wrapped).passing


def error_of(call):
    """What a client really raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - of any client's own kind
        call()
    return caught.value


def test_a_host_that_is_not_there_is_found_unreachable_by_every_client():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/x"
    hub = huggingface_hub.HfApi(endpoint=address, token=False)
    for call in (
        lambda: requests.get(address, timeout=2),
        lambda: yt_dlp.YoutubeDL({"quiet": True}, auto_init=False).urlopen(address),
        lambda: urllib.request.urlopen(address, timeout=2),
        lambda: hub.dataset_info("a/b", timeout=2),
        lambda: requests.get("http://videos.test", proxies={"http": address}, timeout=2),
    ):
        fault = fault_of(error_of(call))
        assert (fault.passing, fault.unreachable, fault.setting) == (True, True, False)


@pytest.mark.parametrize(
    "error", [TimeoutError("read timed out"), ConnectionResetError(104, "reset")]
)
def test_a_slow_or_rough_connection_is_no_missing_host(error):
    assert not fault_of(error).unreachable


def test_a_hub_that_is_switched_off_on_this_machine_is_a_setting():
    assert fault_of(huggingface_hub.errors.OfflineModeIsEnabled("HF_HUB_OFFLINE")).setting


@pytest.mark.parametrize(("status", "setting"), [(403, True), (503, False)])
def test_what_a_proxy_marks_as_its_own_is_no_answer_of_the_site(status, setting):
    headers = {"X-Squid-Error": "ERR_ACCESS_DENIED 0"}
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    body = yt_dlp.networking.Response(io.BytesIO(), "https://x", headers, status=status)
    for error in (
        requests.HTTPError(response=response),
        yt_dlp.networking.exceptions.HTTPError(body),
    ):
        fault = fault_of(error)
        assert (fault.setting, fault.passing) == (setting, not setting)
    assert is_setting("<p>Access Denied.</p><p>Your cache administrator is webmaster.</p>")


def test_words_of_a_site_are_not_taken_for_those_of_a_proxy():
    for text in (
        "Video unavailable. This video has been removed by the uploader",
        "The uploader has not made this video available in your country",
        "This video contains content from X, who has blocked it on copyright grounds",
        "Our systems have detected unusual traffic. Ask your network administrator for help",
        "Sign in to confirm your age. This video may be inappropriate for some users.",
        "Welcome! Please accept our cookies.",
    ):
        assert not is_setting(text), text


@pytest.mark.parametrize(
    "error", [KeyError("a"), OSError(28, "No space left on device"), PermissionError(13, "denied")]
)
def test_mistakes_and_full_disks_are_no_network_faults(error):
    assert fault_of(error) is None


def test_an_error_loop_does_not_hang():
    first, second = RuntimeError("a"), RuntimeError("b")
    first.__cause__, second.__cause__ = second, first
    assert fault_of(first) is None


def test_a_killed_process_gives_its_connection_back(tmp_path):
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from sources.fetching.connection_limit import ConnectionLimit\n"
        "with ConnectionLimit(sys.argv[2], 1).connection():\n"
        "    print('held', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(SCRIPTS), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert child.stdout.readline() == "held\n"
    assert try_lock(tmp_path / "connection-000") is None
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    start_s = time.monotonic()
    with ConnectionLimit(tmp_path, 1).connection():
        assert time.monotonic() - start_s < 5


def test_a_limit_of_no_connection_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least 1"):
        ConnectionLimit(tmp_path, 0)
