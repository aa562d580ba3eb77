"""How every figure looks: type, sizes, and a colour and marker for each condition.

Colours are those of Okabe & Ito (2008) and of Tol (2021), which people with colour-blindness can
tell apart; markers differ as well, so that figures can be read when printed in grey.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib
from matplotlib.figure import Figure

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
}

COLOUR_OF_CONDITION = {
    "music": "#D55E00",
    "no_music": "#0072B2",
    "no_music_no_speech": "#56B4E9",
    "random_labels": "#CC79A7",
    "untrained": "#7F7F7F",
    "pca": "#117733",
    "gbfb": "#DDAA33",
    "acoustics": "#6F4E7C",
}
COLOURS_OF_OTHERS = ("#009E73", "#E69F00", "#332288", "#882255", "#999933", "#44AA99", "#AA4499")
MARKER_OF_CONDITION = {
    "music": "s",
    "no_music": "o",
    "no_music_no_speech": "D",
    "random_labels": "^",
    "untrained": "v",
    "pca": "p",
    "gbfb": "h",
    "acoustics": "d",
}
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


def looks_of(conditions: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour and marker of each condition or feature set.

    The paper's conditions and the baselines always have the same; others take further ones in
    order, and pairs of colour and marker stay distinct for 56 of them.
    """
    others = [name for name in dict.fromkeys(conditions) if name not in COLOUR_OF_CONDITION]
    looks = {
        name: (COLOUR_OF_CONDITION[name], MARKER_OF_CONDITION[name]) for name in COLOUR_OF_CONDITION
    }
    for place, name in enumerate(others):
        colour = COLOURS_OF_OTHERS[place % len(COLOURS_OF_OTHERS)]
        looks[name] = (colour, MARKERS_OF_OTHERS[place % len(MARKERS_OF_OTHERS)])
    return {name: looks[name] for name in dict.fromkeys(conditions)}


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
        notice: A warning that must never be parted from the figure; empty for none.
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
