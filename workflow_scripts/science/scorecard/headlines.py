"""Which rows of the scorecard are told first, in the report and when a run ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from science.scorecard.claims import CANNOT_BE_TESTED


def headlines(rows: Iterable[Mapping]) -> list[Mapping]:
    """The first claim that could be tested of each place in the paper, in the scorecard's order.

    Args:
        rows: Rows of the scorecard, with at least `where` and `verdict`.
    """
    first_of_place: dict[str, Mapping] = {}
    for row in rows:
        if row["verdict"] != CANNOT_BE_TESTED:
            first_of_place.setdefault(row["where"], row)
    return list(first_of_place.values())
