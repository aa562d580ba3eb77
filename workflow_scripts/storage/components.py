"""Responses of the brain's components to the natural sounds: a table clip_id,component,response."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from storage.tables import read_table, write_table

COLUMNS = ["clip_id", "component", "response"]


def write_components(path: Path, responses: pd.DataFrame | None) -> None:
    """Write responses, clip ids as index and a column for each component; None for a bare header.

    Args:
        path: The CSV file.
        responses: In any unit.
    """
    rows = pd.DataFrame(columns=COLUMNS)
    if responses is not None:
        rows = responses.rename_axis("clip_id").reset_index().melt("clip_id", var_name="component")
        rows = rows.rename(columns={"value": "response"})
    write_table(path, rows[COLUMNS])


def read_responses_of_brain(path: Path) -> pd.DataFrame:
    """Read responses: clip ids as index, a column for each component, without any for a header.

    Raises:
        TableFileError: The file is not such a table.
    """
    rows = read_table(path, COLUMNS)
    wide = rows.pivot(index="clip_id", columns="component", values="response")
    return wide[list(dict.fromkeys(rows["component"]))]
