"""Types of options: what they take, and what they make of it."""

import os
import re
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
    WrapValidator,
)

VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
# What file systems take at most: of one name, and of a path.
LONGEST_NAME_BYTES, LONGEST_PATH_BYTES = 255, 4095


class Section(BaseModel):
    """A mapping of options that knows its keys; the text below an option is its description."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, validate_default=True
    )


def expanded(path: str) -> str:
    """A path with ~ and environment variables replaced.

    An address with a scheme stays as it is, and so does the path of a file that is there.

    Raises:
        ValueError: The environment has no such variable, or this machine no such home folder; or
            no file can have such a name.
    """
    _refuse_no_name(path)
    if "://" in path:
        return checked_url(path)
    if os.path.exists(path):
        return path
    names = [plain or braced for plain, braced in VARIABLE.findall(path)]
    if undefined := [name for name in dict.fromkeys(names) if name not in os.environ]:
        which = ", ".join(undefined)
        raise ValueError(
            f"{path} names {which}, which the environment does not have; set or replace it"
        )
    whole = os.path.expanduser(VARIABLE.sub(lambda name: os.environ[name[1] or name[2]], path))
    if whole.startswith("~"):
        raise ValueError(f"{path}: this machine knows no such home folder; write the path in full")
    _refuse_no_name(whole)
    return whole


def checked_url(url: str) -> str:
    """An address on the web as it is, empty too.

    Raises:
        ValueError: It is none, or it has a password in it: options are written to a run's
            config.yaml, and addresses into logs.
    """
    return _checked(url, "in ~/.netrc, as `machine HOST login USER password PASSWORD`")


def checked_proxy(url: str) -> str:
    """A proxy's address as it is, as ``checked_url``; it may lack its scheme."""
    return _checked(url, "in HTTPS_PROXY in the environment, with this option left empty")


def _checked(url: str, elsewhere: str) -> str:
    if not url:
        return url
    _refuse_no_name(url)
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        has_host = parts.port or parts.hostname or parts.scheme not in ("http", "https")
        _refuse_no_name(unquote(parts.path) if parts.scheme == "file" else "")
    except ValueError as error:
        raise ValueError(f"this is not an address on the web ({error}); correct it") from None
    if "@" in parts.netloc:
        raise ValueError(
            f"an address with a name or password in it would stand in the run's config.yaml and "
            f"logs; keep them {elsewhere}"
        )
    if not has_host:
        raise ValueError(f"{url} names no host; correct the address")
    return url


def _refuse_no_name(path: str) -> None:
    """Refuse what the operating system would not take for a path, or a terminal for text."""
    shown = ascii(path if len(path) < 60 else f"{path[:57]}...")
    if any(ord(letter) < 32 or letter == "\x7f" for letter in path):
        raise ValueError(f"{shown} has a control character in it; leave that out")
    try:
        names = path.encode("utf-8").split(b"/")
    except UnicodeEncodeError:
        raise ValueError(f"{shown} has a letter in it that is not text; correct it") from None
    if "://" in path:
        return
    if max(map(len, names)) > LONGEST_NAME_BYTES or len(path.encode()) > LONGEST_PATH_BYTES:
        raise ValueError(f"{shown} is longer than the name of a file can be; correct the path")


def _once(items: list) -> list:
    if twice := sorted({str(item) for item in items if items.count(item) > 1}):
        raise ValueError(f"{', '.join(twice)} is given twice; every item may stand there once")
    return items


def _no_truth_value(value: Any) -> Any:
    return str(value) if isinstance(value, bool) else value  # Python takes True for 1


def _or_text(read: Callable[[str], str]) -> WrapValidator:
    return WrapValidator(lambda value, above: (read if isinstance(value, str) else above)(value))


def whole(**limits: int) -> Any:
    """A whole number within limits (`ge`, `le`), which may come as text."""
    return Annotated[int, Field(**limits), BeforeValidator(_no_truth_value)]


def real(**limits: float) -> Any:
    """A finite number within limits (`ge`, `gt`, `le`, `lt`), which may come as text."""
    return Annotated[float, Field(**limits), BeforeValidator(_no_truth_value)]


def text(pattern: str) -> Any:
    """A text that matches a pattern."""
    return Annotated[str, Field(pattern=pattern)]


def several(kind: Any, items: int) -> Any:
    """A list of so many items."""
    return Annotated[list[kind], Field(min_length=items, max_length=items)]


def distinct(kind: Any, at_least: int = 1) -> Any:
    """A list in which every item stands once."""
    return Annotated[list[kind], Field(min_length=at_least or None), AfterValidator(_once)]


Seed = whole(ge=0, le=2**32 - 1)
# They become names of folders, which file systems do not take at any length.
Name = text("^[a-z][a-z0-9_]{0,99}$")
ConditionName = text(r"^[a-z][a-z0-9_]{0,99}(\.[0-9]{1,9})?$")  # dose_0.5
FileName = text("^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$")
Proxy = Annotated[str, AfterValidator(checked_proxy)]
PathText = Annotated[str, AfterValidator(expanded), WithJsonSchema({"format": "path"})]


class Classes(Section, json_schema_extra={"format": "a label, or {label, descendants}"}):
    """A class of the ontology, with all below it or alone."""

    label: str
    descendants: bool = True


class File(Section, json_schema_extra={"format": "a path, a URL, or {primary, fallback, sha256}"}):
    """A file on this machine or on the web, and where else it is."""

    primary: PathText
    fallback: PathText = ""
    sha256: text("^([0-9a-fA-F]{64})?$") = ""


Label = Annotated[Classes, _or_text(str)]
Address = Annotated[File, _or_text(expanded)]
