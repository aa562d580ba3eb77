"""Figures can be read, however many conditions they show and however long their names are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from scipy import ndimage
from test_plotting import all_figures, by_gid, grid, training_table

from science.figures.marks import distinct_names
from science.figures.plotting_categories import natural165_figure
from science.figures.plotting_embedding import embedding_figure, memorisation_figure
from science.figures.plotting_networks import training_figure
from science.figures.plotting_quilts import memorisation_quilts_figure, quilts_figure
from science.figures.plotting_units import (
    COMPARISONS,
    ablation_figure,
    conditions_figure,
    genres_figure,
    loudness_figure,
)
from science.figures.style import house_style

PAPER = ["music", "no_music", "no_music_no_speech", "random_labels", "untrained"]
EIGHT = [*PAPER, "no_animals", "no_natural_sounds_at_all", "a_very_long_condition_name_indeed"]
BASELINES = ["gbfb", "acoustics"]
CONDITIONS = {"three": ["no_music", "random_labels", "untrained"], "five": PAPER, "eight": EIGHT}
NAMES = {
    "training", "detection", "mean_response", "selectivity", "separability", "natural165",
    "embedding", "memorisation", "quilts", "memorisation_quilts", "loudness", "genres",
    "conditions", "ablation",
}  # fmt: skip


def varied(table: pd.DataFrame, column: str, low: float = 1.0, high: float = 2.0) -> pd.DataFrame:
    return table.assign(**{column: np.linspace(low, high, len(table))})


def quilts_table(conditions) -> pd.DataFrame:
    table = grid(
        conditions,
        units=["selective", "other"],
        group=["music", "non-music"],
        stimulus=["50ms", "100ms", "200ms", "400ms", "800ms", "1600ms", "original"],
    )
    lengths = table["stimulus"].str.removesuffix("ms").replace("original", np.nan)
    table = table.assign(segment_ms=lengths.astype(float), clips=4, note="")
    return varied(varied(table, "response"), "relative", 0.5)


def memorisation_table(conditions) -> pd.DataFrame:
    table = grid(conditions, split=["train", "validation", "test"])
    table = table.assign(chance=0.02, null_low=0.05, null_high=0.1, segregation_index=0.7)
    return varied(table, "mean_average_precision", 0.04, 0.5)


def pairs_table(names) -> pd.DataFrame:
    pairs = [(one, other) for place, one in enumerate(names) for other in names[place + 1 :]]
    table = pd.DataFrame(pairs, columns=["features", "second"])
    return table.assign(difference=-1.25, p=0.004, p_holm=0.0123, smallest_possible_p=0.01)


def embedded(names) -> tuple[dict, pd.DataFrame]:
    points = np.random.default_rng(0).normal(size=(40, 2))
    places = pd.DataFrame({"music": np.arange(40) < 20, "x": points[:, 0], "y": points[:, 1]})
    summary = pd.DataFrame({"features": names}).assign(
        seed=0,
        segregation_index=0.5,
        null_mean=0.1,
        smallest_possible_p=0.01,
        music_clips=20,
        non_music_clips=20,
    )
    return dict.fromkeys(names, places), summary


def draw(name: str, conditions: list[str]):
    names = [*conditions, *BASELINES]
    if name in ("training", "detection", "ablation", "memorisation", "memorisation_quilts"):
        names = conditions
    ratios = varied(grid(names), "ratio")
    if name == "natural165":
        means = ratios.merge(pd.DataFrame({"category": ["Music", "Nature"]}), how="cross")
        means = varied(means.assign(music=means["category"] == "Music"), "response")
        summary = ratios.assign(music_sounds=30, other_sounds=135, note="")
        return natural165_figure(summary, means, "no_music")
    if name == "embedding":
        return embedding_figure(*embedded(names))
    if name == "memorisation":
        return memorisation_figure(memorisation_table(names))
    if name == "quilts":
        return quilts_figure(quilts_table(names), "no_music")
    if name == "memorisation_quilts":
        table = quilts_table(names).query("units == 'selective' and group == 'music'")
        tests = table.query("features == 'random_labels' and seed == 0")
        tests = tests.assign(measure="relative", p=0.0123)
        return memorisation_quilts_figure(table, tests, "no_music")
    if name == "loudness":
        table = grid(names, split=["train", "test"], attenuation=[1.0, 2.0, 4.0, 8.0])
        return loudness_figure(varied(table, "ratio").assign(rms_ratio=1))
    if name == "genres":
        summary = varied(grid(names), "mean_average_precision", 0.2, 0.8)
        per_genre = varied(grid(names, genre=["Jazz", "Rock music"]), "average_precision", 0, 1)
        per_genre = per_genre.assign(chance=0.02, n_test_positive=9)
        return genres_figure(summary.assign(chance=0.02, genres=2), per_genre, "no_music")
    if name == "conditions":
        return conditions_figure(ratios, pairs_table(names))
    if name == "ablation":
        groups = grid(names, group=["baseline", "top", "middle", "bottom", "l1_norm"])
        groups = varied(groups, "mean_average_precision", 0.1, 0.3).assign(classes=9)
        tests = varied(grid(names, seeds=1, comparison=list(COMPARISONS)), "effect_size", 0.2, 0.9)
        return ablation_figure(groups, tests.assign(networks=3, n1=40))
    return all_figures(conditions=conditions)[name]


class TextRecorder(RendererAgg):
    """Keeps apart the ink of every text that is drawn, on a canvas with a border of BORDER."""

    BORDER = 150

    def __init__(self, figure):
        self.shape = int(figure.bbox.width), int(figure.bbox.height)
        super().__init__(*self.shape, figure.dpi)
        self.lines, self.inks = [], []

    def open_group(self, s, gid=None):
        if s == "text":
            self.lines.append([])
            self.inks.append(False)

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        alone = RendererAgg(*(side + 2 * self.BORDER for side in self.shape), self.dpi)
        alone.draw_text(gc, x + self.BORDER, y + self.BORDER, s, prop, angle, ismath)
        self.lines[-1].append(s)
        self.inks[-1] = self.inks[-1] | (np.asarray(alone.buffer_rgba())[..., 3] > 0)


@pytest.mark.parametrize("conditions", CONDITIONS.values(), ids=CONDITIONS)
@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_text_touches_another_or_is_cut_off_and_panels_keep_their_room(name, conditions):
    figure = draw(name, conditions)
    with house_style():
        recorder = TextRecorder(figure)
        figure.draw(recorder)
    texts = [
        (" ".join(lines), ink)
        for lines, ink in zip(recorder.lines, recorder.inks, strict=True)
        if np.any(ink)
    ]
    assert len(texts) > len(conditions)
    shown = (slice(recorder.BORDER, -recorder.BORDER),) * 2
    owner = np.full(texts[0][1].shape, -1)
    for number, (words, ink) in enumerate(texts):
        assert ink[shown].sum() == ink.sum(), f"{words!r} is cut off"
        # A pixel around each, so that between two there are more than 1.4 points.
        near = ndimage.binary_dilation(ink, np.ones((3, 3)))
        touched = {texts[other][0] for other in set(owner[near].tolist()) - {-1}}
        assert not touched, f"{words!r} touches {touched}"
        owner[near] = number
    for legend in figure.legends:
        box = legend.get_window_extent(recorder)
        assert min(*box.min, *(figure.bbox.max - box.max)) >= 0
    for box in (axes.get_window_extent() for axes in figure.axes):
        assert min(box.width, box.height) > 0.85 * figure.dpi


@pytest.mark.parametrize("last", [name for name in EIGHT if name != "untrained"])
def test_a_long_name_above_the_last_column_is_not_cut_off(last):
    conditions = [*(f"own_{number}" for number in range(4)), last]
    figure = training_figure(
        training_table(conditions=conditions),
        dict.fromkeys(conditions, "best"),
    )
    with house_style():
        figure.draw_without_rendering()
    titles = [axes.title.get_window_extent() for axes in figure.axes if axes.get_title()]
    assert max(box.x1 for box in titles) <= figure.bbox.x1


@pytest.mark.parametrize("name", ["quilts", "ablation", "loudness"])
def test_a_legend_fits_whatever_the_number_of_conditions(name):
    conditions = [*EIGHT, *(f"without_the_category_{number}" for number in range(8))]
    figure = draw(name, conditions)
    (legend,) = figure.legends
    with house_style():
        figure.draw_without_rendering()
    box = legend.get_window_extent()
    assert min(*box.min, *(figure.bbox.max - box.max)) >= 0
    assert {text.get_text() for text in legend.get_texts()} > {"music", "no music", "untrained"}
    assert all(axes.get_window_extent().height > figure.dpi for axes in figure.axes)


@pytest.mark.parametrize("levels", [(0.15, 0.65), (0.65, 0.15), (0.4, 0.4)])
def test_quilts_on_one_scale_lie_clear_of_the_axis(levels):
    table = quilts_table(["no_music"])
    steps = np.linspace(0, 0.01, len(table))
    table["response"] = np.where(table["units"] == "selective", *levels) + steps
    figure = quilts_figure(table, "no_music")
    with house_style():
        figure.draw_without_rendering()
    panels = figure.axes[:2]
    assert panels[0].get_ylim() == panels[1].get_ylim()
    for axes in panels:
        lowest = min(np.nanmin(line.get_ydata()) for line in axes.lines)
        height = axes.transData.transform((0, lowest))[1] - axes.bbox.y0
        # Half a mark is 2.1 points.
        assert height * 72 / figure.dpi > 4


def test_a_training_of_one_epoch_has_points():
    history = training_table().query("epoch == 1 or features == 'my_own'")
    figure = training_figure(history, dict.fromkeys(history["features"], "best"))
    with house_style():
        figure.draw_without_rendering()
    losses = [axes for axes in figure.axes if axes.get_title()]
    assert len(losses) == 5
    for axes in losses:
        marked = {line.get_marker() not in ("None", None, "") for line in axes.lines}
        assert marked == {axes.get_title() != "my own"}
        heights = axes.transData.transform([(1, line.get_ydata()[0]) for line in axes.lines])[:, 1]
        assert (heights - axes.bbox.y0).min() * 72 / figure.dpi > 1.7
    one = training_figure(history.query("features == 'music'"), {"music": "best"})
    axes = one.axes[0]
    axes.set_axis_off()
    one.legends[0].remove()
    axes.title.set_visible(False)
    with house_style():
        renderer = RendererAgg(int(one.bbox.width), int(one.bbox.height), one.dpi)
        one.draw_without_rendering()
        axes.draw(renderer)
    assert np.asarray(renderer.buffer_rgba())[..., 3].any()


def test_memorisation_shows_the_chance_of_each_network():
    table = memorisation_table(["no_music", "random_labels"])
    table["null_low"] = np.linspace(0.01, 0.1, len(table))
    table["null_high"] = table["null_low"] + np.linspace(0.05, 0.1, len(table))
    figure = memorisation_figure(table)
    left = figure.axes[0]
    bars = [bar for bar in left.patches if bar.get_gid() == "chance"]
    drawn = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars)
    np.testing.assert_allclose(drawn, table[["null_low", "null_high"]].sort_values("null_low"))
    points = np.concatenate([points.get_xdata() for points in by_gid(left, "seeds")])
    centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    np.testing.assert_allclose(sorted(centres), sorted(points))
    assert not any(len(line.get_segments()) for line in by_gid(left, "share of positive clips"))
    foot = " ".join(text.get_text() for text in figure.texts)
    assert "each class has the scores of another." in foot


def test_memorisation_falls_back_to_the_share_of_positive_clips_and_says_so():
    table = memorisation_table(["no_music"]).assign(null_low=np.nan, null_high=np.nan)
    figure = memorisation_figure(table)
    left = figure.axes[0]
    assert not [bar for bar in left.patches if bar.get_gid() == "chance"]
    lines = by_gid(left, "share of positive clips")
    heights = [part[:, 1] for line in lines for part in line.get_segments()]
    np.testing.assert_allclose(heights, 0.02)
    assert len(heights) == len(table)
    assert "share of positive clips" in " ".join(text.get_text() for text in figure.texts)


def test_a_line_at_the_share_of_positives_is_not_called_chance():
    for name in ("detection", "genres"):
        figure = draw(name, PAPER)
        said = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert any("share of" in text for text in said)
        assert not any("chance" in text for text in said)
        assert "random ranking lies above it" in " ".join(text.get_text() for text in figure.texts)


def test_names_are_cut_only_as_far_as_they_differ():
    names = ["no_music", "a_very_long_condition_name_of_one", "a_very_long_condition_name_of_two"]
    assert distinct_names(names[:2], 12) == ["no music", "a very long…"]
    shown = distinct_names(names, 12)
    assert len(set(shown)) == 3
    assert max(map(len, shown)) < len(names[1]) + 1
