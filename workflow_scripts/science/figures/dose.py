"""Dose: selectivity and quilt loss by how much of the category was left in training."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    dashed_line,
    from_zero,
    not_available,
    panel_title,
    points_note,
    seed_points,
)
from science.figures.style import QUIET, SMALL_PT, Scene, drawn, new_figure
from science.statistics.number_text import p_value

# `share` of what the reference leaves out that a condition hears, and as a number of clips.
TABLES = {
    "dose": ["features", "seed", "category", "share", "clips", "measure", "value", "note"],
    "tests": ["measure", "comparison", "features", "p", "log10_p", "effect_size"],
}  # fmt: skip
SHOWS = ("reference", "chosen_on")
