"""Notes in the rows of tables: why a number is missing, or what it lacks."""

from __future__ import annotations


def join_notes(*notes: object) -> str:
    """Notes as one; what is no text, as an empty cell of a table, has none."""
    return "; ".join(note for note in notes if isinstance(note, str) and note)
