"""Figures of units and embeddings: what is drawn is what the tables say, gaps included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from science.figures.plotting_categories import categories_figure, natural165_figure
from science.figures.plotting_embedding import embedding_figure, memorisation_figure
from science.figures.plotting_quilts import (
    memorisation_quilts_figure,
    quilts_figure,
    speech_removal_figure,
)
from science.figures.plotting_units import (
    ablation_figure,
    conditions_figure,
    genres_figure,
    loudness_figure,
)

CONDITIONS = ["music", "no_music", "gbfb"]


def grid(**levels) -> pd.DataFrame:
    levels = {"features": CONDITIONS, "seed": [0, 1, 2], **levels}
    return pd.MultiIndex.from_product(levels.values(), names=levels.keys()).to_frame(index=False)


def texts(axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


class TestLoudness:
    def table(self) -> pd.DataFrame:
        table = grid(split=["train", "test"], attenuation=[1.0, 8.0])
        table["ratio"] = 2 + table["seed"] - table["attenuation"] / 8
        return table.assign(rms_ratio=1 / table["attenuation"])

    def test_lines_are_means_over_networks(self):
        panels = loudness_figure(self.table()).axes
        for axes in panels:
            line = axes.containers[0].lines[0]
            np.testing.assert_allclose(line.get_ydata(orig=False), [3 - 1 / 8, 2])
        labels = [label.get_text() for label in panels[0].get_xticklabels()]
        assert labels == ["1:1", "1:8"]

    def test_acoustics_have_a_dashed_line_and_are_no_seed(self):
        acoustics = self.table().query("features == 'gbfb' and seed == 2")
        acoustics = acoustics.assign(
            features="acoustics", seed=0, ratio=1 / acoustics["attenuation"]
        )
        networks = self.table().query("features != 'gbfb' and seed > 0")
        figure = loudness_figure(pd.concat([networks, acoustics]))
        for axes in figure.axes:
            lines = {part.get_label(): part.lines[0] for part in axes.containers}
            np.testing.assert_allclose(lines["acoustics"].get_ydata(orig=False), [1, 1 / 8])
            assert lines["acoustics"].is_dashed()
            assert not lines["music"].is_dashed()
        (foot, *_) = (text.get_text() for text in figure.texts)
        assert "(2 seeds)" in foot

    def test_ratios_that_are_unknown_leave_a_gap(self):
        table = self.table().assign(ratio=np.nan)
        assert len(loudness_figure(table[table["seed"] == 0]).axes) == 2


class TestGenres:
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        summary = grid().assign(mean_average_precision=0.5, chance=0.02, genres=2)
        per_genre = grid(genre=["Jazz", "Rock music"])
        precision = np.where(per_genre["genre"] == "Jazz", 0.3, 0.7)
        return summary, per_genre.assign(
            average_precision=precision, chance=0.02, n_test_positive=9
        )

    def test_genres_stand_by_falling_precision_with_their_clips(self):
        figure = genres_figure(*self.tables(), "no_music", "")
        names = [label.get_text() for label in figure.axes[1].get_yticklabels()]
        assert names == ["Rock music (9)", "Jazz (9)"]

    def test_without_genres_the_panel_says_so(self):
        summary, per_genre = self.tables()
        figure = genres_figure(
            summary.assign(mean_average_precision=np.nan), per_genre.iloc[:0], "no_music", ""
        )
        assert "No genre has clips to fit and test." in texts(figure.axes[1])
        assert texts(figure.axes[0]).count("not available") == len(CONDITIONS)


class TestConditions:
    def pairs(self, **changes) -> pd.DataFrame:
        pairs = pd.DataFrame(
            {
                "features": ["music", "music", "no_music"],
                "second": ["no_music", "gbfb", "gbfb"],
                "difference": [1.0, 2.0, 1.5],
                "p": 0.004,
                "p_holm": 0.012,
                "smallest_possible_p": [0.01, 0.01, 0.25],
            }
        )
        return pairs.assign(**changes)

    def test_cells_hold_the_difference_and_a_p_only_where_a_test_can_say_something(self):
        figure = conditions_figure(grid().assign(ratio=1.5), self.pairs())
        assert texts(figure.axes[1]) == ["-1.00\n0.0120", "-2.00\n0.0120", "-1.50\n–"]

    @pytest.mark.parametrize("pairs", ["none", "unknown"])
    def test_nothing_to_compare(self, pairs):
        table = self.pairs(difference=np.nan, p=np.nan, p_holm=np.nan)
        table = table.iloc[:0] if pairs == "none" else table
        ratios = grid().assign(ratio=np.nan)
        assert len(conditions_figure(ratios, table).axes) == 2


class TestAblation:
    def test_changes_are_relative_to_the_whole_network(self):
        groups = grid(group=["baseline", "top", "middle", "bottom", "l1_norm"])
        groups["mean_average_precision"] = np.where(groups["group"] == "top", 0.15, 0.2)
        tests = pd.DataFrame(
            {
                "features": CONDITIONS,
                "comparison": "baseline_above_top",
                "effect_size": [0.9, 0.8, np.nan],
                "networks": 3,
                "n1": 40,
            }
        )
        axes = ablation_figure(groups.assign(classes=9), tests).axes[0]
        points = [line for line in axes.lines if line.get_gid() == "seeds"]
        np.testing.assert_allclose(points[0].get_ydata(), -25)
        np.testing.assert_allclose(points[1].get_ydata(), 0, atol=1e-9)

    def test_no_network_could_be_ablated(self):
        columns = ["features", "seed", "group", "mean_average_precision", "classes"]
        tests = pd.DataFrame(
            {"features": ["own"], "comparison": "x", "effect_size": np.nan, "networks": 0, "n1": 0}
        )
        figure = ablation_figure(pd.DataFrame(columns=columns), tests)
        assert "No network has the paper's layers." in texts(figure.axes[0])


class TestEmbedding:
    def places(self, music: int) -> pd.DataFrame:
        generator = np.random.default_rng(0)
        points = generator.normal(size=(40, 2))
        is_music = np.arange(40) < music
        points[is_music] += 3
        return pd.DataFrame({"music": is_music, "x": points[:, 0], "y": points[:, 1]})

    def summary(self) -> pd.DataFrame:
        return pd.DataFrame(
            {
                "features": ["no_music", "pca"],
                "seed": 0,
                "segregation_index": [0.5, np.nan],
                "null_mean": 0.1,
                "smallest_possible_p": [1 / 201, np.nan],
                "music_clips": 20,
                "non_music_clips": 20,
            }
        )

    def test_a_panel_with_two_kinds_of_contours_for_each_feature_set(self):
        places = {"no_music": self.places(20), "pca": self.places(0)}
        panels = embedding_figure(places, self.summary()).axes
        assert [axes.get_title() for axes in panels] == ["no music\nS = 0.50 (0.10)", "PCA"]
        assert [len(axes.collections) for axes in panels] == [2, 1]

    def test_music_lies_where_its_clips_do(self):
        (axes, *_) = embedding_figure({"no_music": self.places(20)}, self.summary()).axes
        centres = [
            np.concatenate([path.vertices for path in contours.get_paths()]).mean(axis=0)
            for contours in axes.collections
        ]
        assert (centres[1] > centres[0] + 1).all()

    def test_an_index_that_permuted_labels_reach_too_is_grey_and_said_to_be_saturated(self):
        places = {"no_music": self.places(20), "pca": self.places(20)}
        summary = self.summary().assign(segregation_index=0.99, null_mean=0.99)
        panels, words = {}, {}
        for p in (0.05, 0.049):
            figure = embedding_figure(places, summary.assign(smallest_possible_p=[p, 0.01]))
            panels[p] = figure.axes
            words[p] = " ".join(text.get_text() for text in figure.texts)
        headings = [axes.get_title() for axes in panels[0.05]]
        assert headings == ["no music\nS = 0.99 (0.99), saturated", "PCA\nS = 0.99 (0.99)"]
        colours = [axes.title.get_color() for axes in panels[0.05]]
        assert colours[0] != colours[1] == panels[0.049][0].title.get_color()
        assert "Saturated:" in words[0.05]
        assert "saturated" not in panels[0.049][0].get_title() + words[0.049].lower()

    def test_too_few_clips(self):
        places = {"pca": self.places(0).assign(x=np.nan)}
        (axes,) = embedding_figure(places, self.summary()).axes
        assert texts(axes) == ["too few clips"]


class TestNaturalSounds:
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        summary = grid(features=["no_music", "acoustics"], seed=[1, 2])
        summary = summary.assign(ratio=1.5, music_sounds=30, other_sounds=135, note="")
        is_acoustics = summary["features"] == "acoustics"
        summary = summary[~is_acoustics | (summary["seed"] == 1)]
        summary["seed"] = summary["seed"].where(~is_acoustics, 0)
        means = summary.merge(pd.DataFrame({"category": ["Instr. Music", "Nature"]}), how="cross")
        music = means["category"] == "Instr. Music"
        response = np.where(music, 3, 1) * np.where(means["features"] == "acoustics", 50, 1)
        return summary, means.assign(music=music, response=response)

    def test_acoustics_stand_in_both_panels_and_are_no_seed(self):
        figure = natural165_figure(*self.tables(), "no_music")
        left, right = figure.axes
        names = [label.get_text() for label in right.get_xticklabels()]
        assert names == ["no music", "acoustics"]
        marks = [line for line in left.lines if line.get_marker() not in ("None", None, "")]
        assert len(marks) == 2
        # Each over its own mean, so that acoustics of another scale can be compared.
        for line in marks:
            np.testing.assert_allclose(sorted(line.get_xdata()), [0.5, 1.5])
        foot = " ".join(text.get_text() for text in figure.texts)
        assert "(2 seeds)" in foot


def test_categories_have_the_acoustics_of_each_beside_them():
    summary = grid(
        features=["no_music", "acoustics"], seed=[0], category=["speech", "water"], split=["test"]
    )
    summary = summary.assign(null_mean=1.0, category_clips=9)
    summary["ratio"] = [2.0, 3.0, 1.1, 1.2]
    music = grid(features=["no_music", "acoustics"], seed=[0], split=["test"])
    music = music.assign(null_mean=1.0, ratio=[4.0, 1.3])
    stimuli = pd.DataFrame({"stimulus": ["50ms", "original"], "segment_ms": [50.0, np.nan]})
    quilts = summary.merge(stimuli, how="cross").assign(units="selective", group="category")
    quilts["relative"] = np.linspace(0.3, 1, len(quilts))
    left, right = categories_figure(summary, quilts, music, "no_music").axes
    crosses = [line for line in left.lines if line.get_gid() == "acoustics"]
    np.testing.assert_allclose([line.get_ydata()[0] for line in crosses], [1.3, 1.1, 1.2])
    lines = [part.lines[0] for part in right.containers]
    assert [line.is_dashed() for line in lines] == [False, False, True, True]
    drawn = np.concatenate([line.get_ydata() for line in lines])
    np.testing.assert_allclose(drawn, quilts["relative"])
    labels = [text.get_text() for text in right.get_legend().get_texts()]
    assert labels == ["speech", "water", "acoustics"]
    right.figure.canvas.draw()
    lowest = right.get_legend().get_window_extent().y0
    assert right.transData.transform((0, drawn.max()))[1] < lowest


class TestAcousticsBesideQuilts:
    def table(self) -> pd.DataFrame:
        networks = grid(features=["no_music", "random_labels"], seed=[1, 2])
        acoustics = pd.DataFrame({"features": ["acoustics"], "seed": [0]})
        table = pd.concat([networks, acoustics])
        for kind, values in (
            ("units", ["selective", "other"]),
            ("group", ["music", "non-music"]),
            ("stimulus", ["50ms", "original"]),
        ):
            table = table.merge(pd.DataFrame({kind: values}), how="cross")
        table["segment_ms"] = table["stimulus"].map({"50ms": 50.0})
        kept = np.where(table["features"] == "acoustics", 0.9, 0.7)
        table["relative"] = np.where(table["stimulus"] == "50ms", kept, 1.0)
        return table.assign(clips=4, response=3 * table["relative"], note="")

    def check(self, figure, axes) -> None:
        lines = {part.get_label(): part.lines[0] for part in axes.containers}
        assert list(lines)[-1] == "acoustics"
        np.testing.assert_allclose(lines["acoustics"].get_ydata(), [0.9, 1])
        assert [name for name, line in lines.items() if line.is_dashed()] == ["acoustics"]
        assert "(2 seeds)" in " ".join(text.get_text() for text in figure.texts)

    def test_in_what_all_conditions_keep(self):
        figure = quilts_figure(self.table(), "no_music")
        self.check(figure, figure.axes[2])

    def test_in_what_networks_that_memorised_keep(self):
        table = self.table().query("units == 'selective' and group == 'music'")
        tests = pd.DataFrame(
            {"features": ["random_labels"], "stimulus": ["50ms"], "measure": "relative", "p": 0.5}
        )
        figure = memorisation_quilts_figure(table, tests, "no_music")
        self.check(figure, figure.axes[0])
        assert texts(figure.axes[0]) == ["p = 0.5"]

    def test_they_are_no_networks_that_memorised(self):
        table = self.table().query("features != 'random_labels'")
        note = pd.DataFrame({"features": [np.nan], "note": ["not run: there is none"]})
        figure = memorisation_quilts_figure(pd.concat([table, note]), pd.DataFrame(), "no_music")
        assert texts(figure.axes[0]) == ["not run: there is none"]


def test_speech_removal_shows_ratio_and_loss_of_acoustics():
    table = pd.DataFrame(
        {
            "features": ["no_music", "no_music_no_speech", "acoustics"],
            "seed": 0,
            "ratio_test": [2.0, 1.7, 1.2],
            "quilt_loss": [0.3, 0.1, 0.02],
            "shortest": "50ms",
            "note": ["", "", "no network"],
        }
    )
    left, right = speech_removal_figure(table, "no_music_no_speech", "no_music").axes
    names = [[label.get_text() for label in axes.get_xticklabels()] for axes in (left, right)]
    assert names == [["no music", "no music\nno speech", "acoustics"]] * 2
    for axes, values in ((left, [2.0, 1.7, 1.2]), (right, [0.3, 0.1, 0.02])):
        points = [line.get_ydata()[0] for line in axes.lines if line.get_gid() == "seeds"]
        assert points == values


def test_memorisation_draws_every_network_and_marks_what_is_not_trained():
    table = grid(split=["train", "validation", "test"])
    known = table["split"] != "validation"
    table["mean_average_precision"] = np.where(known, 0.4, np.nan)
    table = table.assign(chance=0.05, null_low=0.1, null_high=0.2, segregation_index=0.7)
    left, right = memorisation_figure(table).axes
    points = [line for line in left.lines if line.get_gid() == "seeds"]
    assert sum(len(line.get_xdata()) for line in points) == known.sum()
    assert texts(left).count("not available") == len(CONDITIONS)
    assert right.get_ylim()[1] > 0.7
