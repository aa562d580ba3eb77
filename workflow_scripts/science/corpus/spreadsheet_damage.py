"""What spreadsheets make of ids and times, as far as it can be told for certain.

An id that begins with ``-`` or ``=`` becomes a formula and then an error, one of digits a number,
a time a date. The original cannot be told from the rest, so that each finding names the remedy.
"""

from __future__ import annotations

import re

_REMEDY = (
    "take the table as it was downloaded, or import it into the spreadsheet with all columns as "
    "text"
)
# `#NAME?` and its like in any language, and what stands in a column too narrow for its number.
_ERROR = re.compile(r"#[\w¿¡/]+[?!]|#N/?[AV]|#GETTING_DATA|##+", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"-?\d(?:[.,]\d+)?E[+-]\d{2,3}")
_MIDNIGHT = re.compile(r"\d{4}-\d\d-\d\d 00:00:00")
_CLOCK = re.compile(r"(?:\d+:)?\d{1,2}:\d\d(?:[.,]\d+)?(?: ?[AP]M)?", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,4}([./-])\d{1,2}\1(?:\d{1,4})?(?: \d\d:\d\d:\d\d)?"
    r"|\d{1,2}[.-]? ?[^\W\d_]{3,9}\.?(?:[- ]\d+)?|[^\W\d_]{3,9}[- ]\d{1,4}"
)
_DECIMAL_COMMA = re.compile(r"\d+,\d+")


NOT_UTF8 = "not in UTF-8; save the table as UTF-8 (in a spreadsheet: 'CSV UTF-8')"


def is_no_text(field: str) -> bool:
    """Whether bytes of a field are no letters in UTF-8, and stand there as surrogates."""
    return any("\ud800" <= letter <= "\udfff" for letter in field)


def damage_of_id(text: str) -> str:
    """What has happened to an id that is none any more, with the remedy; "" if nothing has."""
    if _ERROR.fullmatch(text):
        return f"ids were replaced by a spreadsheet with an error such as {text}; {_REMEDY}"
    if _SCIENTIFIC.fullmatch(text):
        return f"ids were turned into numbers such as 1.23E+11 by a spreadsheet; {_REMEDY}"
    if _MIDNIGHT.fullmatch(text):
        return f"ids were turned into dates by a spreadsheet; {_REMEDY}"
    return ""


def damage_of_time(text: str) -> str:
    """What has happened to a number of seconds that is none, with the remedy; "" if unknown."""
    if _DECIMAL_COMMA.fullmatch(text):
        return "times have a decimal comma; write them with a point, as 30.000"
    if _CLOCK.fullmatch(text):
        return "times are on a clock, where seconds are expected; write them as seconds, as 30.000"
    if _DATE.fullmatch(text):
        return f"times were turned into dates by a spreadsheet; {_REMEDY}"
    if _ERROR.fullmatch(text):
        return f"times were replaced by a spreadsheet with an error; {_REMEDY}"
    return ""
