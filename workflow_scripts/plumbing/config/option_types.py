"""Types of options: what they take, and what they make of it."""

import os
import re
from collections.abc import Callable
from typing import Annotated, Any

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


class Section(BaseModel):
    """A mapping of options that knows its keys; the text below an option is its description."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True, validate_default=True
    )


def expanded(path: str) -> str:
    """A path with ~ and environment variables replaced.

    An address with a scheme stays as it is, and so does the path of a file that is there.

    Raises:
        ValueError: The environment has no such variable, or this machine no such home folder.
    """
    if "://" in path or os.path.exists(path):
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
    return whole


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
Name = text("^[a-z][a-z0-9_]*$")
ConditionName = text(r"^[a-z][a-z0-9_]*(\.[0-9]+)?$")  # dose_0.5
FileName = text("^[A-Za-z0-9][A-Za-z0-9_.-]*$")
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
