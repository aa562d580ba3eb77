"""What holds of every figure: whole, legible, the same bytes, about any category."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from figure_tables import FIGURES, NOTICE, PAPER, draw, figure_tables, not_run, scene_of
from matplotlib.backends.backend_agg import RendererAgg
from scipy import ndimage

from science.figures.style import house_style
from science.report.page import caption_html
from storage.figures import write_figure

CAPTIONS = Path(__file__).resolve().parents[1] / "rules/report"
SPEECH = ["no_speech", "speech", "untrained"]
EIGHT = [*PAPER, "no_animals", "no_natural_sounds_at_all", "a_very_long_condition_name_indeed"]
SHAPES = {
    "five conditions": {},
    "eight conditions": {"conditions": EIGHT},
    "one seed of speech": {"conditions": SPEECH, "seeds": 1, "category": "speech", "others": []},
    "one network": {"conditions": ["no_music"], "seeds": 1, "others": ["speech"]},
}
# Ends of bins and intervals, and what every epoch has.
KNOWN = ["low", "high", "epoch", "loss", "train_ap"]
SHOWING_A_REFERENCE = ("detection", "mean_response", "selectivity", "readout", "quilts")


def drawn(figure: str, conditions=PAPER, category="music", notice=NOTICE, **shape):
    tables = figure_tables(conditions, category=category, **shape)
    return draw(figure, tables[figure], scene_of(conditions, category, notice))


def words_of(figure) -> str:
    """All that a figure says, in one line."""
    texts = figure.findobj(mpl.text.Text)
    return " ".join(text.get_text() for text in texts).replace("\n", " ")


class TextRecorder(RendererAgg):
    """Keeps apart every text that is drawn: its words, and its ink as [pixels, row and column]."""

    def __init__(self, figure):
        super().__init__(int(figure.bbox.width), int(figure.bbox.height), figure.dpi)
        self.lines, self.inks = [], []

    def open_group(self, s, gid=None):
        if s == "text":
            self.lines.append([])
            self.inks.append([np.empty((0, 2), int)])

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        # On a canvas of its own that it fits on, however it is turned.
        reach = 10 + int(sum(self.get_text_width_height_descent(s, prop, ismath)))
        alone = RendererAgg(2 * reach, 2 * reach, self.dpi)
        left, top = int(x) - reach, int(y) - reach
        alone.draw_text(gc, x - left, y - top, s, prop, angle, ismath)
        ink = np.argwhere(np.asarray(alone.buffer_rgba())[..., 3])
        self.lines[-1].append(s)
        self.inks[-1].append(ink + (top, left))


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("name", FIGURES)
def test_no_text_touches_another_or_is_cut_off_and_panels_keep_their_room(name, shape):
    figure = drawn(name, **shape)
    with house_style():
        recorder = TextRecorder(figure)
        figure.draw(recorder)
    inks = [np.concatenate(parts) for parts in recorder.inks]
    texts = [(" ".join(lines), ink) for lines, ink in zip(recorder.lines, inks, strict=True)]
    texts = [(words, ink) for words, ink in texts if len(ink)]
    assert len(texts) > 2
    shape = int(figure.bbox.height), int(figure.bbox.width)
    owner = np.full(shape, -1)
    for number, (words, ink) in enumerate(texts):
        assert ((ink >= 0) & (ink < shape)).all(), f"{words!r} is cut off"
        first, last = np.maximum(ink.min(axis=0) - 1, 0), ink.max(axis=0) + 2
        box = tuple(slice(*ends) for ends in zip(first, last, strict=True))
        alone = np.zeros_like(owner[box], bool)
        alone[tuple((ink - first).T)] = True
        # A pixel around each, so that between two there are more than 1.4 points.
        near = ndimage.binary_dilation(alone, np.ones((3, 3)))
        touched = {texts[other][0] for other in set(owner[box][near].tolist()) - {-1}}
        assert not touched, f"{words!r} touches {touched}"
        owner[box][near] = number
    if len(figure.axes) > 1 or figure.axes[0].axison:
        for box in (axes.get_window_extent() for axes in figure.axes):
            assert min(box.width, box.height) > 0.85 * figure.dpi
    for legend in figure.findobj(mpl.legend.Legend):
        box = legend.get_window_extent(recorder)
        assert min(*box.min, *(figure.bbox.max - box.max)) >= 0


@pytest.mark.parametrize("name", ["quilts", "ablation", "loudness", "contrasts"])
def test_a_legend_fits_whatever_the_number_of_conditions(name):
    many = [*EIGHT, *(f"without_the_category_{number}" for number in range(8))]
    figure = drawn(name, many, others=[])
    with house_style():
        figure.draw_without_rendering()
    for legend in figure.findobj(mpl.legend.Legend):
        box = legend.get_window_extent()
        assert min(*box.min, *(figure.bbox.max - box.max)) >= 0
    assert all(axes.get_window_extent().height > figure.dpi for axes in figure.axes)


@pytest.mark.parametrize("name", ["training", "selectivity"])
def test_a_figure_has_the_same_bytes_twice_whatever_the_users_settings_and_no_date(name, tmp_path):
    for again in ("first", "second"):
        with mpl.rc_context({"font.size": 20, "savefig.dpi": 30} if again == "second" else {}):
            files = [tmp_path / f"{again}.{kind}" for kind in ("png", "pdf")]
            write_figure(drawn(name, ["no_music", "untrained"], others=[]), *files)
    for kind in ("png", "pdf"):
        content = (tmp_path / f"first.{kind}").read_bytes()
        assert content == (tmp_path / f"second.{kind}").read_bytes()
        assert b"CreationDate" not in content
        assert b"matplotlib" not in content.lower()


@pytest.mark.parametrize("name", FIGURES)
def test_a_run_about_another_category_says_nothing_of_music(name):
    tables = figure_tables(SPEECH, category="speech", others=["animals"])[name]
    for table, column in (("classes", "display_name"), ("subclasses", "subclass")):
        if table in tables:
            tables[table][column] = pd.factorize(tables[table][column])[0].astype(str)
    if name == "natural_sounds":
        tables["categories"] = tables["categories"].query("not in_category")
    words = words_of(draw(name, tables, scene_of(SPEECH, "speech")))
    assert "music" not in words.lower()
    assert "speech" in words


@pytest.mark.parametrize("name", FIGURES)
def test_the_notice_is_below_the_figure_and_only_if_there_is_one(name):
    figure = drawn(name, ["no_music"], others=[])
    (notice,) = (text for text in figure.texts if text.get_gid() == "notice")
    assert notice.get_text() == NOTICE
    with house_style():
        figure.draw_without_rendering()
    lowest = min(axes.get_tightbbox().y0 for axes in figure.axes)
    assert 0 <= notice.get_window_extent().y0 < lowest
    silent = drawn(name, ["no_music"], notice="", others=[])
    assert not [text for text in silent.texts if text.get_gid() == "notice"]


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("name", [name for name in FIGURES if name != "embedding"])
def test_the_foot_counts_the_networks(name, seeds):
    assert f"{seeds} seed{'s' if seeds > 1 else ''})" in words_of(drawn(name, seeds=seeds))


@pytest.mark.parametrize("name", SHOWING_A_REFERENCE)
def test_a_reference_that_was_not_run_is_named(name):
    tables = figure_tables(["no_music", "music"], others=[])[name]
    with pytest.raises(ValueError, match=r"no row of 'absent'.*no_music.*reference_condition"):
        draw(name, tables, scene_of(["absent"]))


@pytest.mark.parametrize("name", FIGURES)
def test_an_analysis_that_was_not_run_says_why_and_one_without_rows_says_that(name):
    tables = figure_tables(others=[])[name]
    noting = [table for table in tables if "note" in tables[table]]
    empty = {table: rows.iloc[:0] for table, rows in tables.items()}
    assert re.search(r"\b(no|nothing|No)\b", words_of(draw(name, empty, scene_of(notice=""))))
    for table in noting[:1]:
        why = {**empty, table: not_run(tables[table], "not run: no clip")}
        assert "not run: no clip" in words_of(draw(name, why, scene_of()))


@pytest.mark.parametrize("name", FIGURES)
def test_values_that_are_unknown_leave_gaps(name):
    tables = figure_tables(others=["speech"])[name]
    for table in tables.values():
        unknown = table.select_dtypes("float").columns
        table.loc[table["features"] != "no_music", unknown.difference(KNOWN)] = np.nan
    if name == "mean_response":
        tables["histogram"] = figure_tables()[name]["histogram"]
    with house_style():
        draw(name, tables, scene_of()).draw_without_rendering()


def config_of(category: str, others: list[str]) -> dict:
    """The part of an effective configuration that captions tell of."""
    return {
        "run": {
            "target": category, "reference_condition": f"no_{category}", "seeds": [0, 1],
            "analyses": [*FIGURES[1:]], "other_categories": ["selectivity", "quilts"],
        },
        "categories": dict.fromkeys([category, *others], {}),
        "selectivity": {"fraction": 0.125, "permutations": 200, "chosen_on": "test"},
        "selective_units": {"fdr": 0.05, "permutations": 10000},
        "logmel": {"clip_s": 10},
        "corpus": {"natural_sounds": {"heard": "as_is"}},
        "emergence": {"clips": 200, "epochs": []},
        "network": {"class": "paper"},
        "embedding": {"bins": 64},
        "loudness": {"attenuations": [1, 2]},
        "quilts": {"quilted_s": 8, "ordering": "overath"},
        "brain": {"permutations": 10000, "halves": 10},
    }  # fmt: skip


@pytest.mark.parametrize("name", FIGURES)
def test_a_caption_tells_of_the_runs_category_and_the_papers_numbers_only_of_its_own(name):
    source = (CAPTIONS / f"{name}.rst").read_text(encoding="utf-8")
    of_music = caption_html(source, name, config_of("music", ["speech"]))
    of_speech = caption_html(source, name, config_of("speech", []))
    assert "Kim, Kim" in of_music or "ours, not in the paper" in of_music.lower()
    assert "music" not in of_speech.lower()
    assert "(2024, " not in of_speech
    assert ("each category" in of_music or "other category" in of_music) == (
        name in ("selectivity", "quilts", "natural_sounds")
    )
    if name in ("selectivity", "quilts"):
        assert "each category" not in of_speech
        assert "other category" not in of_speech
