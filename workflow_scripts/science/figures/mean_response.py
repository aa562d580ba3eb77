"""Mean response of all units to the category and to other sounds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from science.figures.marks import (
    panel_title,
    points_note,
    points_per_condition,
    reference_line,
    rows_of,
)
from science.figures.style import INK, Scene, display_name, drawn, new_figure, shortened

# n1 and n2 are the clips of the category and the others, which `group` distinguishes, too.
TABLES = {
    "mean_response": ["features", "seed", "category", "effect_size", "n1", "n2", "note"],
    "histogram": ["features", "seed", "group", "low", "high", "clips"],
}
SHOWS = ("reference",)


@drawn("There is no response.")
def draw(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
    """Histograms of the reference condition's first network, and the effect size of each network.

    Raises:
        ValueError: `histogram` has no row of the reference condition.
    """
    summary = scene.of_category(tables["mean_response"])
    of_reference = rows_of(tables["histogram"], scene.reference)
    foot = (
        f"{points_note(summary, 'b')}. Test set: {int(summary['n1'].max())} clips of {scene.name}, "
        f"{int(summary['n2'].max())} without."
    )
    figure = new_figure(3.0, foot, scene.notice)
    left, right = figure.subplots(1, 2, width_ratios=(1, 1.15))
    seed = of_reference["seed"].iloc[0]
    _histograms(left, of_reference[of_reference["seed"] == seed], scene)
    panel_title(left, "a", f"{shortened(display_name(scene.reference), 26)}, seed {seed}")
    points_per_condition(right, summary, "effect_size", scene)
    right.set_ylim(0, 1.02)
    right.set_ylabel("effect size U / (n₁n₂)")
    reference_line(right, 0.5, "no\ndifference")
    panel_title(
        right, "b", shortened(f"{scene.name[0].upper()}{scene.name[1:]} above other sounds", 45)
    )
    return figure


def _histograms(axes: Axes, rows: pd.DataFrame, scene: Scene) -> None:
    """Shares of the clips of each group, so that groups of any size can be compared."""
    colour, _ = scene.looks([scene.reference])[scene.reference]
    styles = {
        ("category", scene.name): {"color": colour, "alpha": 0.55, "fill": True},
        ("other", "other sounds"): {"color": INK, "lw": 1.1},
    }
    merged = merged_bins(rows)
    for (group, name), style in styles.items():
        of_group = rows[rows["group"] == group].sort_values("low")
        clips = of_group["clips"].to_numpy(dtype=float)
        if clips.sum() == 0:
            axes.plot([], [], color="none", label=f"{name}: no clip")
            continue
        edges = np.append(of_group["low"], of_group["high"].iloc[-1])[::merged]
        clips = clips.reshape(-1, merged).sum(axis=1)
        label = f"{name} (n = {int(clips.sum())})"
        axes.stairs(100 * clips / clips.sum(), edges, label=label, gid=group, **style)
    axes.set_ylim(0, axes.get_ylim()[1] * 1.22)
    axes.set_xlabel("mean response of all units")
    axes.set_ylabel("clips (%)")
    axes.legend(loc="upper right")


def merged_bins(rows: pd.DataFrame) -> int:
    """How many neighbouring bins to draw as one, so that the smaller group makes no comb.

    Rice's rule, 2 n^(1/3) bins for n clips, but at least 10; a divisor of the number of bins.
    """
    sizes = rows.groupby("group")["clips"].sum()
    wanted = max(10, 2 * np.cbrt(sizes[sizes > 0].min())) if sizes.any() else 10
    bins = rows["low"].nunique()
    return next(size for size in range(1, bins + 1) if bins % size == 0 and bins / size <= wanted)
