"""How every figure looks: type, sizes, a colour and marker for each condition; what it must know.

Colours are those of Okabe & Ito (2008) and of Tol (2021), which people with colour-blindness can
distinguish; markers differ as well, so that figures can be read when printed in grey.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from itertools import cycle

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Look = tuple[str, str]
Draw = Callable[..., Figure]

FULL_WIDTH_IN = 7.2
SMALL_PT = 7
INK = "#222222"
QUIET = "#767676"

# The font that comes with Matplotlib, so that a figure has the same bytes on every machine.
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.0,
    "pdf.fonttype": 42,
    # A class may be called $\\frac{$: names are no formulas, except those that say so.
    "text.parse_math": False,
}

# Colour and marker of what every run may have; conditions named for the target: see `looks_of`.
LOOK_OF_CATEGORY = ("#D55E00", "s")
LOOK_WITHOUT_CATEGORY = ("#0072B2", "o")
LOOK_WITHOUT_MORE = ("#56B4E9", "D")
LOOKS = {
    "random_labels": ("#CC79A7", "^"),
    "untrained": ("#7F7F7F", "v"),
    "pca": ("#117733", "p"),
    "gbfb": ("#DDAA33", "h"),
    "acoustics": ("#6F4E7C", "d"),
    "brain": ("#000000", "X"),
}
COLOURS_OF_OTHERS = ("#009E73", "#E69F00", "#332288", "#882255", "#999933", "#44AA99", "#AA4499")
ACRONYMS = {"pca": "PCA", "gbfb": "GBFB"}
MARKERS_OF_OTHERS = ("p", "<", ">", "h", "d", "8", "H", "*")


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's own defaults and the style above, whatever the user's settings are.

    Needed around drawing and around saving: Matplotlib makes some ticks only when it saves.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


@dataclass(frozen=True)
class Scene:
    """What a figure has to know beside its tables.

    Attributes:
        category: The category whose selectivity the run is about.
        notice: Drawn below the figure; empty for none.
        reference: The condition that a figure shows whose module says so in `SHOWS`.
        chosen_on: The split, 'train' or 'test', whose clips chose the units; likewise.
        weights_used: 'best' or 'last' for every condition, in the order of the run; likewise.
    """

    category: str
    notice: str = ""
    reference: str = ""
    chosen_on: str = ""
    weights_used: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The category's name as it is shown."""
        return display_name(self.category)

    @property
    def selective(self) -> str:
        """What its units are called, at the beginning of a title."""
        return f"{self.name[0].upper()}{self.name[1:]}-selective units"

    @property
    def held_out(self) -> str:
        """The split that had no part in choosing the units."""
        return {"test": "train", "train": "test"}.get(self.chosen_on, "")

    def of_category(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of a table that are about the run's category."""
        return table[table["category"] == self.category]

    def looks(self, names: Iterable[str]) -> dict[str, Look]:
        """Colour and marker of conditions and baselines, see `looks_of`."""
        return looks_of(names, self.category)


def drawn(nothing: str) -> Callable[[Draw], Draw]:
    """Make a function draw in the style of the house, and only what there is.

    Rows without `features` hold no result: their note says why an analysis was not run. Where the
    first table has no other rows, the figure holds that note, or else the sentence `nothing`.
    """

    def decorate(draw: Draw) -> Draw:
        @wraps(draw)
        def draw_what_there_is(tables: Mapping[str, pd.DataFrame], scene: Scene) -> Figure:
            known = {name: table[table["features"].notna()] for name, table in tables.items()}
            with house_style():
                first = next(iter(known))
                if len(known[first]):
                    return draw(known, scene)
                notes = [
                    note
                    for table in tables.values()
                    if "note" in table
                    for note in table.loc[table["features"].isna(), "note"].dropna()
                ]
                figure = new_figure(1.0, "", scene.notice)
                empty_panel(figure.subplots(), [*notes, nothing][0])
                return figure

        return draw_what_there_is

    return decorate


def looks_of(names: Iterable[str], category: str) -> dict[str, Look]:
    """Colour and marker of each condition or baseline of a run about a category.

    Training with the category, without it, and without it and more (the first of these) look the
    same in every run, as do random labels, no training and the baselines. Others take further looks
    in order; pairs of colour and marker stay distinct for 56 of them.
    """
    names = list(dict.fromkeys(names))
    without_more = [name for name in names if name.startswith(f"no_{category}_")]
    known = LOOKS | {category: LOOK_OF_CATEGORY, f"no_{category}": LOOK_WITHOUT_CATEGORY}
    known |= dict.fromkeys(without_more[:1], LOOK_WITHOUT_MORE)
    others = further_looks([name for name in names if name not in known])
    return {name: known.get(name) or others[name] for name in names}


def further_looks(names: Sequence[str]) -> dict[str, Look]:
    """Colour and marker of names that have none of their own, by their order."""
    colours, markers = cycle(COLOURS_OF_OTHERS), cycle(MARKERS_OF_OTHERS)
    return dict(zip(names, zip(colours, markers, strict=False), strict=False))


def display_name(name: str, width: int | None = None) -> str:
    """A condition's name with spaces for underscores, in lines of at most `width` characters."""
    spaced = ACRONYMS.get(name, name.replace("_", " "))
    return spaced if width is None else textwrap.fill(spaced, width)


def shortened(text: str, length: int) -> str:
    """The text, cut to `length` characters with an ellipsis where it is longer."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip(' ,')}…"


def new_figure(height_in: float, foot: str, notice: str, width_in: float = FULL_WIDTH_IN) -> Figure:
    """An empty figure whose lowest lines hold a foot text and a notice.

    Args:
        height_in: Height above the foot, in inches.
        foot: What the marks are and how many; wrapped to the width.
        notice: A warning that must never leave the figure; empty for none.
        width_in: In inches; the full width of a page unless there is too much for it.
    """
    lines = textwrap.wrap(foot, int(132 * width_in / FULL_WIDTH_IN))
    line_in = SMALL_PT * 1.35 / 72
    foot_in = line_in * (len(lines) + bool(notice)) + 0.08
    figure = Figure(figsize=(width_in, height_in + foot_in), layout="constrained")
    bottom = foot_in / (height_in + foot_in)
    figure.get_layout_engine().set(rect=(0, bottom, 1, 1 - bottom), w_pad=0.06, h_pad=0.05)
    for place, line in enumerate([*lines, *([notice] if notice else [])]):
        is_notice = place == len(lines)
        figure.text(
            0.008,
            bottom - (line_in * (place + 0.85)) / (height_in + foot_in),
            line,
            fontsize=SMALL_PT,
            color="#B00020" if is_notice else QUIET,
            style="italic" if is_notice else "normal",
            gid="notice" if is_notice else "foot",
        )
    return figure


def empty_panel(axes: Axes, sentence: str) -> None:
    """Leave a panel empty and say why."""
    axes.set_axis_off()
    wrapped = textwrap.fill(sentence, 90)
    axes.text(0.5, 0.5, wrapped, transform=axes.transAxes, ha="center", va="center", color=QUIET)
