"""Figures hold what their tables hold, bear gaps in them, and have the same bytes every time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib import colors

import plot_training
from science.figures.marks import SHARE_OF_POSITIVES, seed_points
from science.figures.plotting_networks import detection_figure, separability_figure, training_figure
from science.figures.plotting_selectivity import mean_response_figure, selectivity_figure
from science.figures.style import display_name, house_style, looks_of, new_figure, shortened
from storage.figures import write_figure

CONDITIONS = ("music", "no_music", "no_music_no_speech", "random_labels", "untrained", "my_own")
NOTICE = "Synthetic demo corpus: no evidence about brains"


def grid(conditions=CONDITIONS, seeds=3, **more):
    """A row for every condition, seed and combination of `more`."""
    levels = {"features": list(conditions), "seed": list(range(seeds)), **more}
    return pd.MultiIndex.from_product(levels.values(), names=levels.keys()).to_frame(index=False)


def separability_table(**shape):
    table = grid(added=["none", "pca"], **shape)
    values = np.linspace(0.5, 0.9, len(table))
    return table.assign(
        average_precision=values, chance=0.266, n_test_positive=40, n_test_negative=110
    )


def training_table(**shape):
    table = grid(epoch=[1, 2, 3, 4], **shape)
    table = table[table["features"] != "untrained"]
    precision = table["epoch"].map({1: 0.1, 2: 0.4, 3: 0.2, 4: 0.3})
    return table.assign(
        loss=1 / table["epoch"],
        validation_loss=1.1 / table["epoch"],
        train_ap=precision,
        validation_ap=precision,
    )


def detection_tables(**shape):
    summary = grid(group=["other", "apart"], **shape).assign(
        mean_average_precision=0.1, chance=0.0045, classes=9, clips=150
    )
    per_class = grid(display_name=[f"Class {number}" for number in range(30)], **shape)
    number = per_class["display_name"].str.removeprefix("Class ").astype(int)
    return summary, per_class.assign(
        group=np.where(number % 3 == 0, "apart", "other"),
        positives=5,
        average_precision=number / 40,
        chance=0.03,
    )


def mean_response_tables(**shape):
    summary = grid(**shape).assign(effect_size=0.7, n1=40, n2=110)
    histogram = grid(group=["music", "non-music"], low=[0.0, 0.5, 1.0], **shape)
    return summary, histogram.assign(
        high=histogram["low"] + 0.5, clips=np.arange(len(histogram)) % 3 + 1
    )


def selectivity_tables(**shape):
    summary = grid(split=["train", "test"], **shape).assign(
        units=4, ratio=2.0, low=1.8, high=2.3, null_mean=1.1
    )
    units = grid(rank=range(1, 33), **shape)
    return summary, units.assign(index=1 - units["rank"] / 16, selected=units["rank"] <= 4)


def all_figures(reference="no_music", **shape):
    conditions = shape.get("conditions", CONDITIONS)
    used = dict.fromkeys(conditions, "best")
    return {
        "training": training_figure(training_table(**shape), used, NOTICE),
        "detection": detection_figure(*detection_tables(**shape), reference, NOTICE),
        "mean_response": mean_response_figure(*mean_response_tables(**shape), reference, NOTICE),
        "selectivity": selectivity_figure(*selectivity_tables(**shape), reference, NOTICE),
        "separability": separability_figure(separability_table(**shape), NOTICE),
    }


def by_gid(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def ticks(axes):
    return [label.get_text() for label in axes.get_xticklabels()]


def texts(figure):
    lines = {}
    for text in figure.texts:
        lines.setdefault(text.get_gid(), []).append(text.get_text())
    return {gid: " ".join(parts) for gid, parts in lines.items()}


def titled(figure, words):
    found = [axes for axes in figure.axes if words in axes.get_title("left") + axes.get_title()]
    assert len(found) == 1
    return found[0]


def test_a_figure_has_the_same_bytes_twice_and_no_date(tmp_path):
    for again in ("first", "second"):
        for name, figure in all_figures().items():
            write_figure(figure, tmp_path / again / f"{name}.png", tmp_path / again / f"{name}.pdf")
    files = sorted((tmp_path / "first").iterdir())
    assert len(files) == 10
    for file in files:
        content = file.read_bytes()
        assert content == (tmp_path / "second" / file.name).read_bytes(), file.name
        assert b"CreationDate" not in content
        assert b"matplotlib" not in content.lower()


def test_users_settings_do_not_matter(tmp_path):
    import matplotlib as mpl

    def png(name):
        path = tmp_path / f"{name}.png"
        write_figure(separability_figure(separability_table()), path, path.with_suffix(".pdf"))
        return path.read_bytes()

    plain = png("plain")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "black", "savefig.dpi": 30}):
        assert png("own") == plain
        assert mpl.rcParams["font.size"] == 20


@pytest.mark.parametrize(
    "shape",
    [{"seeds": 1}, {"conditions": ["no_music"]}, {"conditions": ["no_music"], "seeds": 1}],
    ids=["one seed", "one condition", "one network"],
)
def test_small_tables_are_drawn(shape):
    for figure in all_figures(**shape).values():
        with house_style():
            figure.draw_without_rendering()
        seeds = "1 seed)" if shape.get("seeds") == 1 else "3 seeds)"
        assert seeds in texts(figure)["foot"]


def test_the_notice_stands_below_every_figure_and_only_if_there_is_one():
    for figure in all_figures(conditions=["no_music"]).values():
        assert texts(figure)["notice"] == NOTICE
    assert "notice" not in texts(separability_figure(separability_table()))


def test_the_foot_keeps_clear_of_the_axes():
    figure = separability_figure(separability_table(), NOTICE)
    with house_style():
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.texts]
        assert min(box.y0 for box in boxes) >= 0
        assert max(box.y1 for box in boxes) < figure.axes[0].get_tightbbox().y0
        assert max(box.x1 for box in boxes) < figure.bbox.x1


def test_seed_points_show_every_finite_value_and_their_mean_and_deviation():
    with house_style():
        axes = new_figure(2, "foot", "").subplots()
        values = [1.0, np.nan, 3.0, np.inf, 8.0]
        places = seed_points(axes, 2.0, values, "red")
    (points,) = by_gid(axes, "seeds")
    np.testing.assert_array_equal(points.get_ydata(), [1, 3, 8])
    np.testing.assert_allclose(points.get_xdata(), places[[0, 2, 4]])
    assert len(set(places)) == 5
    assert abs(places - 2).max() < 0.28
    whisker, mean = (lines.get_segments()[0] for lines in axes.collections)
    np.testing.assert_allclose(whisker[:, 1], 4 + np.std([1, 3, 8], ddof=1) * np.array([-1, 1]))
    np.testing.assert_allclose(mean[:, 1], 4)


def test_separability_names_conditions_and_chance():
    table = separability_table()
    table.loc[table["features"] == "untrained", "average_precision"] = np.nan
    (axes,) = separability_figure(table).axes
    names = [label.replace("\n", " ") for label in ticks(axes)]
    assert names == [name.replace("_", " ") for name in CONDITIONS]
    (chance,) = by_gid(axes, "chance")
    np.testing.assert_allclose(chance.get_ydata(), 0.266)
    drawn = np.concatenate([points.get_ydata() for points in by_gid(axes, "seeds")])
    np.testing.assert_array_equal(np.sort(drawn), table["average_precision"].dropna())
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["alone", "with PCA"]
    assert sum(text.get_text() == "not available" for text in axes.texts) == 1


def test_training_has_a_line_per_seed_and_a_dot_at_the_epoch_used():
    used = {name: "last" if name == "random_labels" else "best" for name in CONDITIONS}
    figure = training_figure(training_table(), used)
    assert "Not trained: untrained." in texts(figure)["foot"]
    assert not any(axes.get_title() == "untrained" for axes in figure.axes)
    losses = titled(figure, "random labels")
    assert len(losses.lines) == 6
    precisions = [axes for axes in figure.axes if by_gid(axes, "used")]
    epochs = [{dot.get_xdata()[0] for dot in by_gid(axes, "used")} for axes in precisions]
    assert epochs == [{2}, {2}, {2}, {4}, {2}]
    assert len({axes.get_ylim() for axes in precisions}) == 1


def test_training_bears_gaps_and_many_conditions():
    table = training_table()
    table.loc[table["features"] == "music", ["validation_ap", "validation_loss"]] = np.nan
    figure = training_figure(table, dict.fromkeys(CONDITIONS, "last"))
    assert sum(bool(by_gid(axes, "used")) for axes in figure.axes) == 4
    many = [f"condition_{number}" for number in range(7)]
    figure = training_figure(training_table(conditions=many), dict.fromkeys(many, "best"))
    assert sum(bool(axes.get_title()) for axes in figure.axes) == 7


def test_a_run_without_training_says_so(tmp_path):
    empty = tmp_path / "history.csv"
    pd.DataFrame(columns=plot_training.COLUMNS).to_csv(empty, index=False)
    plot_training.main(
        [empty, empty],
        [("untrained", 0), ("untrained", 1)],
        {"untrained": "best"},
        "",
        tmp_path / "training.png",
        tmp_path / "training.pdf",
    )
    assert (tmp_path / "training.png").read_bytes().startswith(b"\x89PNG")
    figure = training_figure(training_table().iloc[:0], {"untrained": "best"})
    assert figure.axes[0].texts[0].get_text() == "No network was trained."


def test_detection_sorts_the_best_classes_beside_their_chance():
    figure = detection_figure(*detection_tables(), "no_music")
    for words in ("Other classes (n = 9)", "Classes apart (n = 9)"):
        axes = titled(figure, words)
        np.testing.assert_allclose(by_gid(axes, SHARE_OF_POSITIVES)[0].get_ydata(), 0.0045)
        assert sum(len(points.get_xdata()) for points in by_gid(axes, "seeds")) == 18
    best = titled(figure, "Best of 30 classes")
    assert best.get_xlabel().startswith("no music:")
    names = [label.get_text() for label in best.get_yticklabels()]
    assert names == [f"Class {number}" for number in range(29, 9, -1)]
    assert best.get_ylim()[0] > best.get_ylim()[1]
    (other,), (apart,) = by_gid(best, "best other"), by_gid(best, "best apart")
    np.testing.assert_allclose(apart.get_xdata() * 40, [27, 24, 21, 18, 15, 12])
    assert len(other.get_xdata()) == 14
    np.testing.assert_allclose(by_gid(best, "share of class")[0].get_xdata(), 0.03)


def test_detection_leaves_out_classes_without_a_test_clip():
    summary, per_class = detection_tables()
    per_class.loc[per_class["display_name"] == "Class 29", ["positives", "average_precision"]] = (
        0,
        np.nan,
    )
    best = titled(detection_figure(summary, per_class, "no_music"), "Best of 29 classes")
    assert best.get_yticklabels()[0].get_text() == "Class 28"
    per_class["positives"] = 0
    figure = detection_figure(summary[summary["group"] == "other"], per_class, "no_music")
    said = " ".join(text.get_text() for axes in figure.axes for text in axes.texts)
    assert "Classes apart: none has a test clip." in said
    assert "no music: no class has a test clip." in said


def test_mean_response_shows_shares_of_the_first_seed_and_the_effect():
    summary, histogram = mean_response_tables()
    figure = mean_response_figure(summary, histogram, "my_own")
    shares = titled(figure, "my own, seed 0")
    for group in ("music", "non-music"):
        (stairs,) = by_gid(shares, group)
        np.testing.assert_allclose(stairs.get_data().values.sum(), 100)
        np.testing.assert_array_equal(stairs.get_data().edges, [0, 0.5, 1, 1.5])
    labels = [text.get_text() for text in shares.get_legend().get_texts()]
    assert labels == ["music (n = 6)", "non-music (n = 6)"]
    effect = titled(figure, "Music above other sounds")
    np.testing.assert_allclose(by_gid(effect, "no\ndifference")[0].get_ydata(), 0.5)
    assert len(by_gid(effect, "seeds")) == len(CONDITIONS)


def test_few_clips_get_fewer_bins_and_keep_their_shares():
    low = np.arange(60) / 60
    clips = np.random.default_rng(1).multinomial(30, np.full(60, 1 / 60))
    histogram = pd.concat(
        pd.DataFrame(
            {"features": "music", "seed": 0, "group": group, "low": low, "high": low + 1 / 60}
        ).assign(clips=clips * factor)
        for group, factor in (("music", 1), ("non-music", 50))
    )
    summary, _ = mean_response_tables(conditions=["music"])
    axes = mean_response_figure(summary, histogram, "music").axes[0]
    for group in ("music", "non-music"):
        stairs = by_gid(axes, group)[0].get_data()
        expected = np.add.reduceat(clips, range(0, 60, 6))
        np.testing.assert_allclose(stairs.values, 100 * expected / 30)
        np.testing.assert_allclose(stairs.edges, np.arange(11) / 10)
    histogram["clips"] *= 130
    axes = mean_response_figure(summary, histogram, "music").axes[0]
    assert len(by_gid(axes, "music")[0].get_data().values) == 30


def test_mean_response_bears_a_group_without_clips():
    summary, histogram = mean_response_tables()
    histogram.loc[histogram["group"] == "music", "clips"] = 0
    figure = mean_response_figure(summary.assign(effect_size=np.nan), histogram, "no_music")
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["music: no clip", "non-music (n = 6)"]


def test_selectivity_shows_points_intervals_null_and_the_line_at_one():
    summary, units = selectivity_tables()
    figure = selectivity_figure(summary, units, "no_music")
    ratios = titled(figure, "Music-selective units")
    assert sum(len(points.get_xdata()) for points in by_gid(ratios, "seeds")) == len(summary)
    segments = [part for lines in by_gid(ratios, "interval") for part in lines.get_segments()]
    assert len(segments) == len(summary)
    np.testing.assert_allclose([part[:, 1] for part in segments], [[1.8, 2.3]] * len(summary))
    nulls = by_gid(ratios, "null")
    assert len(nulls) == 2 * len(CONDITIONS)
    np.testing.assert_allclose(nulls[0].get_segments()[0][:, 1], 1.1)
    np.testing.assert_allclose(by_gid(ratios, "no difference")[0].get_ydata(), 1)
    ranks = titled(figure, "no music")
    (shade,) = by_gid(ranks, "selected")
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.5, 4.5)
    assert ranks.texts[0].get_text() == "selected: 4 of 32"


def test_selectivity_bears_gaps():
    summary, units = selectivity_tables()
    summary[["low", "high", "null_mean"]] = np.nan
    summary.loc[summary["features"] == "untrained", "ratio"] = np.nan
    units.loc[units["rank"] > 28, "index"] = np.nan
    ratios, ranks = selectivity_figure(summary, units, "no_music").axes
    assert by_gid(ratios, "null") == []
    assert sum(text.get_text() == "not available" for text in ratios.texts) == 1
    assert len(by_gid(ranks, "selected")) == 1
    _, ranks = selectivity_figure(summary, units.assign(index=np.nan), "no_music").axes
    assert ranks.texts[0].get_text() == "No unit has an index."


def test_a_reference_that_was_not_run_is_named():
    for draw, tables in (
        (detection_figure, detection_tables),
        (mean_response_figure, mean_response_tables),
        (selectivity_figure, selectivity_tables),
    ):
        with pytest.raises(ValueError, match=r"no row of 'absent'.*no_music.*reference_condition"):
            draw(*tables(), "absent")


def test_a_condition_looks_the_same_everywhere_and_unlike_the_others():
    added = [f"own_{number}" for number in range(20)]
    looks = looks_of([*CONDITIONS, *added])
    assert len(set(looks.values())) == len(looks)
    assert looks["no_music"] == looks_of(["no_music"])["no_music"]
    summary, units = selectivity_tables()
    ratios, ranks = selectivity_figure(summary, units, "my_own").axes
    own = looks_of(CONDITIONS)["my_own"][0]
    assert colors.same_color(ranks.lines[0].get_color(), own)
    assert colors.same_color(by_gid(ratios, "seeds")[-1].get_markerfacecolor(), own)


def test_names_are_shown_with_spaces_and_cut_with_an_ellipsis():
    assert display_name("no_music_no_speech") == "no music no speech"
    assert display_name("no_music_no_speech", 9) == "no music\nno speech"
    assert shortened("Vehicle horn, car horn", 14) == "Vehicle horn…"
    assert shortened("Vehicle horn", 12) == "Vehicle horn"
