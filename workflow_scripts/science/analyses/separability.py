"""How much of the log-Mel's variance principal components hold, beside what is read out of them.

The read-out itself (Kim, Kim & Jeong 2024, Fig. 1f) is `readout.evaluate_readout`.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from science.statistics.tests import join_notes

# Components that are all there can be were found to hold the whole to within 4e-7 of it, in
# float32; float16 decibels are themselves rounded by about a millionth of their variance.
ROUNDING = 1e-5


def variance_held(components: pd.DataFrame) -> tuple[float, str]:
    """The share of the variance that all components hold together, and why there is none.

    Args:
        components: Columns cumulative_share and clips, a row for each component.

    Returns:
        The share, and an empty note; NaN and the reason where there are as many components as the
        clips span, which hold all of the variance whatever the clips are: one less than there are
        clips, or fewer where clips are the same or have few dimensions.
    """
    clips = int(components["clips"].iloc[-1])
    share = float(components["cumulative_share"].iloc[-1])
    if len(components) >= clips - 1 or share >= 1 - ROUNDING:
        note = f"{clips} clips have no more than {len(components)} components, which hold all"
        return math.nan, note
    return share, ""


def with_variance_held(
    table: pd.DataFrame, features: str, components: pd.DataFrame
) -> pd.DataFrame:
    """A table with the column explained_variance, known in the rows of one feature set alone.

    Args:
        table: Columns features and note.
        features: The feature set that is made of the components.
        components: As for `variance_held`.
    """
    share, note = variance_held(components)
    of_components = table["features"] == features
    notes = table["note"].where(
        ~of_components, [join_notes(of_row, note) for of_row in table["note"]]
    )
    return table.assign(explained_variance=np.where(of_components, share, np.nan), note=notes)
