"""Figures as PNG and PDF, whole or not at all, the same bytes for the same figure."""

from __future__ import annotations

import logging
from pathlib import Path

from matplotlib.figure import Figure

from science.figures.style import house_style
from storage.whole_files import whole_file

PNG_DOTS_PER_INCH = 200

# It tells every glyph that it embeds in a PDF, hundreds of lines in a job's log.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def write_figure(figure: Figure, png: Path, pdf: Path) -> None:
    """Write a figure twice, without dates or versions.

    Args:
        figure: What to write.
        png: The bitmap, 200 dots per inch.
        pdf: The vector drawing, its text as text.
    """
    with house_style():
        with whole_file(png) as unfinished:
            figure.savefig(
                unfinished, format="png", dpi=PNG_DOTS_PER_INCH, metadata={"Software": None}
            )
        # What was laid out for the PNG holds for the PDF.
        figure.set_layout_engine("none")
        with whole_file(pdf) as unfinished:
            figure.savefig(
                unfinished,
                format="pdf",
                metadata=dict.fromkeys(("Creator", "Producer", "CreationDate")),
            )
