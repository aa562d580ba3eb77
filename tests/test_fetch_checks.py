"""Options of fetching are compared with what yt-dlp and the options allow, before any job."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
import yt_dlp
from configured import configure

from plumbing.config.fetch_checks import fetch_problems
from sources.fetching.shards import _why_incomplete
from storage.clips import AskedClip, ClipRow

SCRIPTS = Path(__file__).resolve().parents[1] / "workflow_scripts"


def problems_of(**youtube):
    fetch = configure()["fetch"]
    fetch["youtube"] |= youtube
    return fetch_problems(fetch)


GOOD = """
- {}
- {extractor_args: {youtube: {player_client: [web, tv]}}}
- {extractor_args: {youtube: {player_client: [web]}, youtubetab: {skip: [webpage]}}}
- {js_runtimes: {node: {path: /usr/bin/node}}}
- {js_runtimes: {deno: {}}}
- {remote_components: ["ejs:github"]}
- {http_headers: {User-Agent: x}}
- {cookiesfrombrowser: [firefox]}
- {source_address: 0.0.0.0, nocheckcertificate: true, sleep_interval_requests: 1.5}
- {geo_verification_proxy: "http://127.0.0.1:1"}
"""


@pytest.mark.parametrize("options", yaml.safe_load(GOOD), ids=str)
def test_options_that_yt_dlp_takes_are_passed_on(options):
    assert problems_of(options=options) == []


BAD = [
    (
        {"extractor_args": "youtube:player_client=web,tv"},
        r"options\.extractor_args: .*`extractor_args: \{youtube: \{player_client: \[web, tv\]\}\}`",
    ),
    ({"extractor_args": ["youtube:player_client=web"]}, r"extractor_args: must be a mapping"),
    (
        {"extractor_args": {"youtube": "player_client=web"}},
        r"extractor_args\.youtube: must be a mapping .*player_client: \[web\]",
    ),
    (
        {"extractor_args": {"youtube": {"player_client": "web,tv"}}},
        r"youtube\.player_client: must be a list of texts, as in `\{player_client: \[web, tv\]\}`",
    ),
    ({"extractor_args": {"youtube": {"x": [1]}}}, r"youtube\.x: must be a list of texts"),
    ({"extractor_args": {"youtube": {"player-client": ["web"]}}}, r"is written player_client"),
    ({"extractor_args": {"Youtube": {"player_client": ["web"]}}}, r"small here: youtube"),
    ({"extractor-args": {}}, r"options\.extractor-args: .*Python API says extractor_args"),
    ({"--js-runtimes": "node"}, r"--js-runtimes: .*Python API says js_runtimes"),
    ({"js_runtimes": "node:/usr/bin/node"}, r"`js_runtimes: \{.*node: \{path: /usr/bin/node\}"),
    ({"js_runtimes": ["node"]}, r"js_runtimes: must be a mapping"),
    ({"remote_components": "ejs:github"}, r"`remote_components: \['?ejs:github'?\]`"),
    ({"cookiesfrombrowser": "firefox"}, r"`cookiesfrombrowser: \[firefox"),
    ({"extractor_arg": {}}, r"options\.extractor_arg: .*did you mean extractor_args"),
    ({"sleep_intervall": 3}, r"did you mean sleep_interval, (?!sleep_interval,)"),
    ({"player_client": "web"}, r"options\.player_client: .*no option of this name"),
    ({"nocheckcertificate": "yes"}, r"nocheckcertificate: must be of the kind of false"),
    ({"http_headers": "User-Agent: x"}, r"options\.http_headers: "),
    ({"proxy": "http://x"}, r"options\.proxy: .*fetch\.youtube\.proxy"),
    ({"cookiefile": "c.txt"}, r"options\.cookiefile: .*fetch\.youtube\.cookies_file"),
    ({"format": "best"}, r"options\.format: the workflow sets this itself"),
    ({"js_runtimes": {"nonsense": {}}}, r"nonsense"),
]


@pytest.mark.parametrize(("options", "words"), BAD, ids=[str(case[0]) for case in BAD])
def test_options_of_the_wrong_name_or_shape_are_refused_with_the_right_one(options, words):
    (problem,) = problems_of(options=options)
    assert problem.startswith("fetch.youtube.options")
    assert re.search(words, problem), problem


def test_the_form_that_is_named_is_the_one_that_yt_dlp_makes_of_the_command_line():
    text = "youtube:player_client=web,tv;skip=hls"
    (problem,) = problems_of(options={"extractor_args": text})
    named = yaml.safe_load(re.search(r"wants `(.*)`", problem)[1])
    wanted = yt_dlp.parse_options(["--extractor-args", text]).ydl_opts["extractor_args"]
    assert named == {"extractor_args": wanted}
    assert problems_of(options=named) == []


def test_without_options_yt_dlp_is_not_loaded():
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import plumbing.config.checks\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'yt_dlp']\n"
    )
    subprocess.run([sys.executable, "-c", program, str(SCRIPTS)], check=True)


def test_a_cookies_file_that_cannot_work_is_refused_by_its_key(tmp_path):
    path = tmp_path / "cookies.txt"
    path.write_text('[{"value": "secret"}]', encoding="utf-8")
    (problem,) = problems_of(cookies_file=str(path))
    assert re.match(r"fetch\.youtube\.cookies_file: .*is JSON.*Netscape", problem)
    assert "secret" not in problem
    (problem,) = problems_of(cookies_file=str(tmp_path / "none.txt"))
    assert "none.txt is not there" in problem
    (problem,) = problems_of(cookies_file=str(tmp_path))
    assert f"{tmp_path} is a folder" in problem
    line = "127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\tsecret\n"
    path.write_text(line, encoding="utf-8")
    assert problems_of(cookies_file=str(path), url="http://127.0.0.1:8/{ytid}") == []
    assert "only for 127.0.0.1" in problems_of(cookies_file=str(path))[0]


@pytest.mark.parametrize("missing", [1, 2, 3, 6, 7])
def test_the_share_that_the_message_advises_suffices_and_is_allowed(missing):
    clip = AskedClip("a_0.000", "a", 0.0, 10.0, ())
    rows = [ClipRow.failed(clip, "youtube", "network", "reset")] * missing
    share, more = re.search(
        r"accept_missing to (\S+)( or more)? to go on", _why_incomplete(rows, 7)
    ).groups()
    assert configure(fetch={"accept_missing": share})["fetch"]["accept_missing"] == float(share)
    assert missing <= float(share) * 7
    if more:
        configure(fetch={"accept_missing": float(share) + 1e-6})
