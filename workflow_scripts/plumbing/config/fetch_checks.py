"""Checks of how clips are fetched: waits, cookies, and the options that yt-dlp is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from sources.fetching.reaching import host_of
from sources.youtube.cookies import read_cookies

_WHERE = "fetch.youtube.options"
# What this workflow sets itself; given here, it would have no effect.
_SET_BY_US = {
    "cookiefile": "give it as fetch.youtube.cookies_file",
    "proxy": "give it as fetch.youtube.proxy",
    "socket_timeout": "give it as fetch.youtube.timeout_s",
    "ratelimit": "give it as fetch.youtube.bytes_per_s",
    "retries": "give it as fetch.attempts",
    "extractor_retries": "give it as fetch.attempts",
    "fragment_retries": "give it as fetch.attempts",
    "file_access_retries": "give it as fetch.attempts",
    "sleep_interval": "give it as fetch.youtube.seconds_between_clips",
    **dict.fromkeys(
        ("format", "cachedir", "noplaylist", "noprogress", "quiet", "no_warnings", "logger")
        + ("outtmpl", "download_ranges", "force_keyframes_at_cuts"),
        "leave it out",
    ),
}
# Options stand in the run's config.yaml, in logs and in the report.
_SECRET = {"username", "password", "videopassword", "twofactor", "ap_username", "ap_password"}
_SECRET |= {"client_certificate_password"}
_SECRET_HEADERS = {"cookie", "authorization", "proxy-authorization"}


def fetch_problems(fetch: Mapping) -> list[str]:
    """What is wrong with the section `fetch` beyond single values, a sentence each."""
    problems = []
    if fetch["first_delay_s"] > fetch["longest_delay_s"]:
        problems.append(
            f"fetch.first_delay_s: must not be above fetch.longest_delay_s "
            f"({fetch['longest_delay_s']:g})"
        )
    youtube = fetch["youtube"]
    return [
        *problems,
        *_cookies_problems(youtube["cookies_file"], youtube["url"]),
        *_option_problems(youtube["options"]),
    ]


def _cookies_problems(cookies_file: str, url: str) -> list[str]:
    if not cookies_file:
        return []
    where = "fetch.youtube.cookies_file"
    if not Path(cookies_file).is_file():
        here = "is a folder" if Path(cookies_file).is_dir() else "is not there"
        return [
            f"{where}: the file {cookies_file} {here}; correct the path, or leave it empty to ask "
            f"without cookies"
        ]
    try:
        read_cookies(Path(cookies_file), host_of(url)[0])
    except ValueError as error:
        return [f"{where}: {error}"]
    return []


def _option_problems(options: Mapping[str, Any]) -> list[str]:
    if not options:
        return []
    # Loaded only where there is something to look up: every start of the workflow would wait.
    import yt_dlp

    defaults = yt_dlp.parse_options([]).ydl_opts
    documented = _documented(yt_dlp.YoutubeDL.__doc__ or "")
    problems = []
    for name, value in options.items():
        if name in _SECRET or (name == "http_headers" and _tells_secrets(value)):
            problems.append(
                f"{_WHERE}.{name}: what is secret would stand in the run's config.yaml; keep it in "
                f"a cookies file (fetch.youtube.cookies_file), or in ~/.netrc with usenetrc: true"
            )
        elif name in _SET_BY_US:
            problems.append(f"{_WHERE}.{name}: the workflow sets this itself; {_SET_BY_US[name]}")
        elif name not in documented and name not in defaults:
            problems.append(f"{_WHERE}.{name}: {_unknown(str(name), {*documented, *defaults})}")
        elif name == "extractor_args" and isinstance(value, Mapping):
            problems += _extractor_args_problems(value)
        elif form := _right_form(name, value, defaults.get(name)):
            problems.append(f"{_WHERE}.{name}: {form}")
    if problems:
        return problems
    said = _Ignored()
    try:
        yt_dlp.YoutubeDL({**options, "logger": said}, auto_init=False).close()
    except Exception as error:
        said.words.append(f"{error}")
    return [f"{_WHERE}: yt-dlp does not take them: {words}; correct them" for words in said.words]


def _tells_secrets(headers: Any) -> bool:
    named = headers if isinstance(headers, Mapping) else ()
    return any(str(name).strip().lower() in _SECRET_HEADERS for name in named)


class _Ignored:
    """A logger of yt-dlp that keeps what it says of options which it would not use."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def debug(self, message: str) -> None:
        """Say nothing."""

    info = error = debug

    def warning(self, message: str) -> None:
        """Keep what will be ignored."""
        if "ignoring" in message.lower():
            self.words.append(message.strip().rstrip("."))


def _documented(text: str) -> list[str]:
    """Names of options in yt-dlp's own description of its Python API."""
    lines = (line.strip().partition(":") for line in text.splitlines())
    return [name for name, colon, _ in lines if colon and name.isidentifier()]


def _unknown(name: str, known: Collection[str]) -> str:
    api_name = _api_name(name)
    if api_name is not None:
        return f"this is the command line's name; yt-dlp's Python API says {api_name}"
    close = get_close_matches(name.strip("-").replace("-", "_"), known, n=3)
    hint = f"did you mean {', '.join(close)}?" if close else "see yt_dlp.YoutubeDL for their names"
    return f"yt-dlp's Python API has no option of this name; {hint}"


def _api_name(name: str) -> str | None:
    """The name in the Python API of an option that is written as on the command line."""
    import yt_dlp

    option = yt_dlp.options.create_parser().get_option(f"--{name.strip('-').replace('_', '-')}")
    if option is None or option.dest is None:
        return None
    made_of = yt_dlp.parse_options([]).ydl_opts
    return option.dest if option.dest in made_of and option.dest != name else None


def _right_form(name: str, value: Any, default: Any) -> str | None:
    """Say how an option has to be written whose value has a shape that yt-dlp does not take."""
    if isinstance(value, str):
        return _form_of_text(name, value, default)
    wanted = next(
        (
            words
            for kind, words in (
                (bool, "true or false"),
                ((int, float), "a number"),
                (Mapping, "a mapping, as in `{NAME: VALUE}`"),
                ((list, tuple, set), "a list, as in `[VALUE]`"),
            )
            if isinstance(default, kind) and not isinstance(value, kind)
        ),
        None,
    )
    if wanted is None or value is None:
        return None
    return f"must be {wanted}, not {_shown(value)}"


def _form_of_text(name: str, value: str, default: Any) -> str | None:
    import yt_dlp

    options = _all_options(yt_dlp.options.create_parser())
    option = next((o for o in options if o.dest == name and o.takes_value()), None)
    if option is not None:
        try:
            read = yt_dlp.parse_options([option.get_opt_string(), value]).ydl_opts.get(name)
        except yt_dlp.options.optparse.OptParseError as error:
            return f"yt-dlp does not take {value!r}: {str(error).strip().splitlines()[-1]}"
        if isinstance(read, (Mapping, list, tuple, set)):
            form = list(read) if isinstance(read, (tuple, set)) else read
            return (
                f"{value!r} is the form of the command line; the Python API wants "
                f"`{name}: {_shown(form)}`"
            )
        return None
    if isinstance(default, (bool, int, float, Mapping, list, tuple)):
        return f"must be of the kind of {_shown(default)}, its default, not the text {value!r}"
    return None


def _all_options(parser: Any) -> Iterator[Any]:
    yield from parser.option_list
    for group in parser.option_groups:
        yield from group.option_list


def _extractor_args_problems(given: Mapping[str, Any]) -> list[str]:
    problems = []
    for site, arguments in given.items():
        where = f"{_WHERE}.extractor_args.{site}"
        if not isinstance(arguments, Mapping):
            problems.append(
                f"{where}: must be a mapping of arguments to lists of texts, as in "
                f"`{{{site}: {{player_client: [web]}}}}`"
            )
            continue
        if site != site.lower():
            problems.append(f"{where}: yt-dlp writes its extractors small here: {site.lower()}")
        for name, values in arguments.items():
            listed = values if isinstance(values, list) else str(values).split(",")
            if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
                form = _shown({name: [str(v).lower() for v in listed]})
                problems.append(f"{where}.{name}: must be a list of texts, as in `{form}`")
            if "-" in str(name):
                problems.append(f"{where}.{name}: is written {str(name).replace('-', '_')}")
    return problems


def _shown(value: Any) -> str:
    """A value as YAML, on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000)
    return text.removesuffix("\n").removesuffix("\n...").strip()
