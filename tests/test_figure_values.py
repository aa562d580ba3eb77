"""Figures show what their tables hold, gaps included."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from figure_tables import PAPER, draw, figure_tables, grid, scene_of
from matplotlib import colors

from science.figures.marks import distinct_names, seed_points
from science.figures.style import display_name, house_style, looks_of, new_figure, shortened


def shown(figure: str, tables, conditions=PAPER):
    return draw(figure, tables, scene_of(conditions))


def tables_of(figure: str, **shape):
    return figure_tables(**shape)[figure]


def by_gid(axes, gid):
    return [artist for artist in axes.get_children() if artist.get_gid() == gid]


def points(axes, gid="seeds"):
    return np.concatenate([line.get_ydata() for line in by_gid(axes, gid)])


def texts(axes):
    return [text.get_text() for text in axes.texts]


def foot(figure):
    return " ".join(text.get_text() for text in figure.texts)


def titled(figure, words):
    (axes,) = (axes for axes in figure.axes if words in axes.get_title("left") + axes.get_title())
    return axes


def heights(collections):
    return [part[:, 1] for lines in collections for part in lines.get_segments()]


def test_seed_points_show_every_finite_value_and_their_mean_and_deviation():
    with house_style():
        axes = new_figure(2, "foot", "").subplots()
        places = seed_points(axes, 2.0, [1.0, np.nan, 3.0, np.inf, 8.0], "red")
    (line,) = by_gid(axes, "seeds")
    np.testing.assert_array_equal(line.get_ydata(), [1, 3, 8])
    np.testing.assert_allclose(line.get_xdata(), places[[0, 2, 4]])
    assert len(set(places)) == 5
    assert abs(places - 2).max() < 0.28
    whisker, mean = heights(axes.collections)
    np.testing.assert_allclose(whisker, 4 + np.std([1, 3, 8], ddof=1) * np.array([-1, 1]))
    np.testing.assert_allclose(mean, 4)


def test_a_condition_looks_the_same_everywhere_and_unlike_the_others():
    names = [*PAPER, "pca", "gbfb", "acoustics", *(f"own_{number}" for number in range(20))]
    looks = looks_of(names, "music")
    assert len(set(looks.values())) == len(looks)
    assert all(looks[name] == looks_of([name], "music")[name] for name in names[:8])
    of_speech = looks_of(["speech", "no_speech", "no_speech_no_music"], "speech")
    assert list(of_speech.values()) == [looks[n] for n in ("music", PAPER[0], PAPER[2])]


def test_names_are_shown_with_spaces_and_cut_only_as_far_as_they_differ():
    assert display_name("no_music_no_speech", 9) == "no music\nno speech"
    assert shortened("Vehicle horn, car horn", 14) == "Vehicle horn…"
    names = ["no_music", "a_very_long_condition_name_of_one", "a_very_long_condition_name_of_two"]
    assert distinct_names(names[:2], 12) == ["no music", "a very long…"]
    cut = distinct_names(names, 12)
    assert len(set(cut)) == 3
    assert max(map(len, cut)) < len(names[1]) + 1


def test_training_has_a_line_per_seed_and_a_dot_at_the_epoch_used():
    figure = shown("training", tables_of("training"))
    assert "Not trained: untrained." in foot(figure)
    assert not any(axes.get_title() == "untrained" for axes in figure.axes)
    assert len(titled(figure, "random labels").lines) == 6
    precisions = [axes for axes in figure.axes if by_gid(axes, "used")]
    epochs = [{dot.get_xdata()[0] for dot in by_gid(axes, "used")} for axes in precisions]
    assert epochs == [{2}, {2}, {2}, {4}]
    assert len({axes.get_ylim() for axes in precisions}) == 1


def test_a_training_of_one_epoch_has_points_clear_of_the_axis():
    history = tables_of("training")["history"].query("epoch == 1 or features == 'music'")
    figure = shown("training", {"history": history})
    with house_style():
        figure.draw_without_rendering()
    for axes in (axes for axes in figure.axes if axes.get_title()):
        marked = {line.get_marker() not in ("None", None, "") for line in axes.lines}
        assert marked == {axes.get_title() != "music"}
        first = axes.transData.transform([(1, line.get_ydata()[0]) for line in axes.lines])[:, 1]
        assert (first - axes.bbox.y0).min() * 72 / figure.dpi > 1.7


def test_training_takes_more_rows_of_panels_for_many_conditions():
    many = [f"condition_{number}" for number in range(7)]
    figure = shown("training", tables_of("training", conditions=many), many)
    assert sum(bool(axes.get_title()) for axes in figure.axes) == 7
    assert sum(axes.axison for axes in figure.axes) == 14


def test_detection_ranks_the_best_classes_and_marks_those_of_the_category():
    tables = tables_of("detection")
    figure = shown("detection", tables)
    for group, words in (("other", "Other classes (n = 9)"), ("category", "Classes of music")):
        axes = titled(figure, words)
        np.testing.assert_allclose(by_gid(axes, "chance")[0].get_ydata(), 0.0045)
        summary = tables["detection"].set_index("group")["mean_average_precision"]
        np.testing.assert_allclose(points(axes), summary[group])
    best = titled(figure, "Best of 30 classes")
    names = [label.get_text() for label in best.get_yticklabels()]
    assert names == [f"Class {number}" for number in range(29, 9, -1)]
    (hollow,) = by_gid(best, "best category")
    np.testing.assert_allclose(hollow.get_xdata() * 40, [27, 24, 21, 18, 15, 12])
    np.testing.assert_allclose(by_gid(best, "chance of class")[0].get_xdata(), 0.03)


def test_detection_leaves_out_classes_without_a_test_clip():
    tables = tables_of("detection")
    last = tables["classes"]["display_name"] == "Class 29"
    tables["classes"].loc[last, ["positives", "average_precision"]] = 0, np.nan
    assert titled(shown("detection", tables), "Best of 29 classes")
    tables["classes"]["positives"] = 0
    tables["detection"] = tables["detection"].query("group == 'other'")
    said = " ".join(text for axes in shown("detection", tables).axes for text in texts(axes))
    assert "Classes of music: none has a test clip." in said
    assert "no music: no class has an average precision." in said


@pytest.mark.parametrize(("clips", "bins"), [(30, 10), (3900, 30)])
def test_mean_response_shows_shares_in_fewer_bins_where_clips_are_few(clips, bins):
    tables = tables_of("mean_response", conditions=["no_music"])
    counts = clips // 30 * np.random.default_rng(1).multinomial(30, np.full(60, 1 / 60))
    histogram = grid(["no_music"], 1, group=["category", "other"], low=np.arange(60) / 60)
    tables["histogram"] = histogram.assign(
        high=histogram["low"] + 1 / 60, clips=[*counts, *(50 * counts)]
    )
    axes = shown("mean_response", tables, ["no_music"]).axes[0]
    for group in ("category", "other"):
        stairs = by_gid(axes, group)[0].get_data()
        expected = np.add.reduceat(counts, range(0, 60, 60 // bins))
        np.testing.assert_allclose(stairs.values, 100 * expected / clips)
        np.testing.assert_allclose(stairs.edges, np.linspace(0, 1, bins + 1))
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [f"music (n = {clips})", f"other sounds (n = {50 * clips})"]


def test_mean_response_says_which_group_has_no_clip():
    tables = tables_of("mean_response")
    tables["histogram"].loc[tables["histogram"]["group"] == "category", "clips"] = 0
    labels = shown("mean_response", tables).axes[0].get_legend().get_texts()
    assert labels[0].get_text() == "music: no clip"


def test_selectivity_shows_points_intervals_null_and_the_line_at_one():
    tables = tables_of("selectivity", others=[])
    figure = shown("selectivity", tables)
    ratios, ranks = figure.axes
    rows = tables["selectivity"]
    rows = rows[rows["chosen_on"] != rows["split"]]
    np.testing.assert_allclose(sorted(points(ratios)), sorted(rows["ratio"]))
    drawn = sorted(map(tuple, heights(by_gid(ratios, "interval"))))
    np.testing.assert_allclose(drawn, rows[["low", "high"]].sort_values("low"))
    np.testing.assert_allclose(heights(by_gid(ratios, "null")), 1.1)
    np.testing.assert_allclose(by_gid(ratios, "no difference")[0].get_ydata(), 1)
    (shade,) = by_gid(ranks, "selected")
    assert (shade.get_x(), shade.get_x() + shade.get_width()) == (0.5, 4.5)
    assert texts(ranks) == ["selected: 4 of 32"]
    blue = looks_of(["no_music"], "music")["no_music"][0]
    assert colors.same_color(ranks.lines[0].get_color(), blue)
    table = tables["selectivity"]
    table.loc[table["features"] == "untrained", "ratio"] = np.nan
    tables["units"]["index"] = np.nan
    ratios, ranks = shown("selectivity", tables).axes
    assert texts(ratios).count("not available") == 1
    assert texts(ranks) == ["No unit has an index."]


def test_selectivity_has_the_acoustics_of_each_category():
    tables = tables_of("selectivity", others=["speech", "water"])
    axes = shown("selectivity", tables).axes[2]
    rows = tables["selectivity"].query("chosen_on == 'test' and split == 'train'")
    for gid, features in (("seeds", "no_music"), ("acoustics", "acoustics")):
        expected = rows[rows["features"] == features].sort_values("category", kind="stable")
        np.testing.assert_allclose(points(axes, gid), expected["ratio"])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["music", "speech", "water"]


def test_separability_names_conditions_and_chance():
    tables = tables_of("separability", others=[])
    rows = tables["separability"]
    rows.loc[rows["features"] == "untrained", "average_precision"] = np.nan
    (axes,) = shown("separability", tables).axes
    np.testing.assert_allclose(by_gid(axes, "chance")[0].get_ydata(), 0.266)
    np.testing.assert_allclose(sorted(points(axes)), sorted(rows["average_precision"].dropna()))
    (legend,) = axes.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["alone", "with PCA", "with GBFB"]
    assert texts(axes).count("not available") == 1


def test_embedding_draws_the_category_where_its_clips_are():
    tables = tables_of("embedding", conditions=["no_music"])
    tables["embedding"].loc[tables["embedding"]["features"] == "pca", "segregation_index"] = np.nan
    pca = tables["coordinates"]["features"] == "pca"
    tables["coordinates"].loc[pca, "in_category"] = False
    gbfb = tables["coordinates"]["features"] == "gbfb"
    tables["coordinates"].loc[gbfb, ["x", "y"]] = np.nan
    figure = shown("embedding", tables, ["no_music"])
    network, pca, gbfb, _ = figure.axes
    assert [network.get_title(), pca.get_title()] == ["no music\nS = 0.50 (0.10)", "PCA"]
    assert [len(network.collections), len(pca.collections)] == [2, 1]
    assert texts(gbfb) == ["too few clips"]
    others, category = (
        np.concatenate([path.vertices for path in contours.get_paths()]).mean(axis=0)
        for contours in network.collections
    )
    assert (category > others + 1).all()


@pytest.mark.parametrize("p", [0.05, 0.049])
def test_an_index_that_permuted_labels_reach_too_is_grey_and_called_saturated(p):
    tables = tables_of("embedding", conditions=["no_music"])
    network = tables["embedding"]["features"] == "no_music"
    tables["embedding"].loc[network, "smallest_possible_p"] = p
    figure = shown("embedding", tables, ["no_music"])
    first, second = (axes.title for axes in figure.axes[:2])
    saturated = p == 0.05
    assert ("saturated" in first.get_text()) == ("Saturated:" in foot(figure)) == saturated
    assert (first.get_color() != second.get_color()) == saturated


def test_loudness_lines_are_means_and_acoustics_dashed():
    tables = tables_of("loudness")
    rows = tables["loudness"].query("category == 'music'")
    for axes, split in zip(shown("loudness", tables).axes, ("train", "test"), strict=True):
        lines = {part.get_label().replace("\n", " "): part.lines[0] for part in axes.containers}
        for name in ("no_music", "acoustics"):
            means = rows.groupby(["features", "split", "attenuation"])["ratio"].mean()
            drawn = lines[display_name(name)].get_ydata(orig=False)
            np.testing.assert_allclose(drawn, means[name, split])
        assert [name for name, line in lines.items() if line.is_dashed()] == ["acoustics"]
        assert [label.get_text() for label in axes.get_xticklabels()] == [
            "1:1",
            "1:2",
            "1:4",
            "1:8",
        ]


def test_readout_ranks_sub_classes_with_their_clips_and_acoustics():
    tables = tables_of("readout")
    rows = tables["subclasses"]
    rows["average_precision"] = rows["subclass"].str.len() / 20
    rows.loc[rows["features"] == "acoustics", "average_precision"] /= 2
    by_place, axes = shown("readout", tables).axes[:2]
    of_places = tables["readout"].query("category == 'music'")
    expected = of_places.groupby(["features", "place"], sort=False)["average_precision"].mean()
    drawn = {part.get_label(): part.lines[0].get_ydata() for part in by_place.containers}
    np.testing.assert_allclose(drawn["no music"], expected["no_music"])
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["Rock music (10)", "Opera (5)", "Jazz (4)", "Folk (4)"]
    np.testing.assert_allclose(by_gid(axes, "acoustics")[0].get_xdata(), [0.25, 0.125, 0.1, 0.1])
    tables["subclasses"] = rows.iloc[:0]
    assert texts(shown("readout", tables).axes[1]) == ["No sub-class has clips to fit and test."]


def test_contrasts_hold_differences_and_a_p_only_where_a_test_can_say_something():
    tables = tables_of("contrasts")
    pairs = tables["contrasts"]
    pairs.loc[pairs["second"] == "gbfb", "smallest_possible_p"] = 0.25
    figure = shown("contrasts", tables)
    differences, cells = titled(figure, "Ratio: no music"), titled(figure, "Share kept: no music")
    ratios = pairs.query("measure == 'ratio_train'")
    drawn = [line.get_xdata()[0] for line in by_gid(differences, "difference")]
    np.testing.assert_allclose(drawn, ratios["difference"])
    names = [label.get_text().replace("\n", " ") for label in differences.get_yticklabels()]
    assert names == [display_name(name) for name in ratios["second"]]
    assert texts(differences) == [*["0.0123"] * 4, "–", "p"]
    kept = pairs.query("measure == 'relative'")
    ends = np.where(kept["second"] == "gbfb", "–", "0.0123")
    expected = [f"{value:+.2f}\n{p}" for value, p in zip(kept["difference"], ends, strict=True)]
    assert texts(cells) == expected
    lines = {part.get_label(): part.lines[0] for part in titled(figure, "Quilts").containers}
    assert [name for name, line in lines.items() if line.is_dashed()] == ["acoustics"]


def test_contrasts_of_pairs_that_share_no_condition_name_both_and_quilts_are_left_out_if_not_run():
    tables = tables_of("contrasts")
    tables = {name: table.query("measure == 'ratio_train'") for name, table in tables.items()}
    tables["contrasts"] = tables["contrasts"].iloc[:2].assign(features=["untrained", "no_music"])
    figure = shown("contrasts", tables)
    assert len(figure.axes) == 2
    names = [label.get_text().replace("\n", " ") for label in figure.axes[1].get_yticklabels()]
    assert names == ["untrained − music", "no music − no music no speech"]
    tables["contrasts"] = tables["contrasts"].iloc[:0]
    assert texts(shown("contrasts", tables).axes[1]) == ["There is nothing to compare."]


@pytest.mark.parametrize("known", [True, False])
def test_memorisation_shows_the_chance_of_each_network_or_else_that_of_a_random_order(known):
    tables = tables_of("memorisation", conditions=["no_music", "random_labels"])
    table = tables["memorisation"]
    low = np.linspace(0.01, 0.1, len(table)) if known else np.nan
    tables["memorisation"] = table = table.assign(null_low=low, null_high=low + 0.05)
    figure = shown("memorisation", tables)
    left = figure.axes[0]
    np.testing.assert_allclose(sorted(points(left)), sorted(table["mean_average_precision"]))
    bars = by_gid(left, "chance")
    drawn = sorted((bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars)
    expected = table[["null_low", "null_high"]].sort_values("null_low") if known else []
    np.testing.assert_allclose(np.reshape(drawn, (-1, 2)), np.reshape(expected, (-1, 2)))
    shares = heights(by_gid(left, "random order"))
    np.testing.assert_allclose(shares, 0.02)
    assert len(shares) == (0 if known else len(table))
    assert ("random order" in foot(figure)) != known


def test_ablation_changes_are_relative_to_the_whole_network():
    tables = tables_of("ablation", conditions=["no_music", "music"])
    groups = tables["groups"]
    groups["mean_average_precision"] = np.where(groups["group"] == "top", 0.15, 0.2)
    axes = shown("ablation", tables).axes[0]
    expected = ([-25] * 3 + [0] * 12) * 2
    np.testing.assert_allclose(points(axes), expected, atol=1e-9)


def test_natural_sounds_are_over_each_networks_own_mean():
    tables = tables_of("natural_sounds", conditions=["no_music"])
    means = tables["categories"].query("sound_category in ['Instr. Music', 'Nature']").copy()
    response = np.where(means["in_category"], 3, 1)
    means["response"] = response * np.where(means["features"] == "acoustics", 50, 1)
    *_, left, right = shown("natural_sounds", tables | {"categories": means}).axes
    marks = [line for line in left.lines if line.get_marker() not in ("None", None, "")]
    assert len(marks) == 3
    for line in marks:
        np.testing.assert_allclose(line.get_xdata(), [1.5, 0.5])
    weights = {label.get_text(): label.get_fontweight() for label in left.get_yticklabels()}
    assert weights == {"Instr. Music": "bold", "Nature": "normal"}
    names = [label.get_text() for label in right.get_xticklabels()]
    assert names == ["no music", "GBFB", "acoustics"]
    of_brain = tables["natural_sounds"].query("features == 'brain' and category == 'music'")
    of_brain = of_brain["ratio"].item()
    assert f"(the brain's: {of_brain:.2f})" in right.get_title("left")


def test_natural_sounds_are_sorted_and_coloured_by_category():
    tables = tables_of("natural_sounds", conditions=["no_music", "untrained"])
    sounds = tables["sounds"]
    figure = shown("natural_sounds", tables)
    panels = [axes for axes in figure.axes if by_gid(axes, "profile")]
    titles = [axes.get_title() for axes in panels]
    assert titles == ["brain's music component", "no music", "untrained", "GBFB"]
    for axes, features in zip(panels, ["brain", "no_music", "untrained", "gbfb"], strict=True):
        of_one = sounds[sounds["features"] == features].groupby("clip_id")
        means = of_one["response"].mean().sort_values(ascending=False)
        (bars,) = by_gid(axes, "profile")
        tops = [path.vertices[:, 1].max() for path in bars.get_paths()]
        np.testing.assert_allclose(tops, means)
        kinds = of_one["sound_category"].first()[means.index]
        drawn = pd.Series([colors.to_hex(colour) for colour in bars.get_facecolors()])
        assert drawn.groupby(kinds.to_numpy()).nunique().eq(1).all()
        assert drawn.nunique() == kinds.nunique()
    tables["sounds"] = sounds[sounds["features"] != "brain"]
    titles = [axes.get_title() for axes in shown("natural_sounds", tables).axes]
    assert "brain's music component" not in titles


def test_brain_shows_every_network_beside_the_ceiling_of_the_reference():
    tables = tables_of("brain", conditions=["no_music", "untrained"])
    top, bottom, by_layer = shown("brain", tables).axes
    correlations, predictions = tables["brain"], tables["prediction"]
    of_features = predictions[predictions["layer"] == ""]
    np.testing.assert_allclose(sorted(points(top)), sorted(correlations["pearson"]))
    np.testing.assert_allclose(sorted(points(bottom)), sorted(of_features["r2"]))
    (line,) = by_gid(by_layer, "layers pitch")
    of_pitch = predictions[predictions["component"] == "pitch"]
    of_pitch = of_pitch[of_pitch["features"] == "no_music"].groupby("layer")["r2"].mean()
    np.testing.assert_allclose(line.get_ydata(), of_pitch[["conv1", "conv2", "conv3", ""]])
    filled = [
        line for line in by_gid(top, "seeds")
        if len(line.get_ydata()) and line.get_markerfacecolor() != "white"
    ]  # fmt: skip
    sure = tables["brain"].query("p_within_categories < 0.05")["pearson"]
    assert 0 < len(sure) < len(tables["brain"])
    drawn = np.concatenate([line.get_ydata() for line in filled])
    np.testing.assert_allclose(sorted(drawn), sorted(sure))
    (ceiling,) = by_gid(top, "ceiling")
    np.testing.assert_allclose(ceiling.get_ydata(), 0.8)
    inside = of_features.groupby(["features", "component"])["r2_within_category"].mean()
    np.testing.assert_allclose(
        sorted(np.concatenate(heights(by_gid(bottom, "inside")))[::2]), sorted(inside)
    )


def test_quilts_show_what_every_condition_and_the_acoustics_of_each_category_keep():
    tables = tables_of("quilts", conditions=["no_music"], others=["speech", "water"])
    own = tables["quilts"].query("units == 'selective' and group == 'category'")
    _, _, kept, others, subclasses = shown("quilts", tables).axes
    of_subclasses = tables["subclasses"].query("features == 'no_music' and subclass == 'Opera'")
    means = of_subclasses.groupby("stimulus", sort=False)["relative"].mean()
    lines = [line.get_ydata() for line in by_gid(subclasses, "subclass")]
    assert len(lines) == 3
    assert any(np.allclose(line, means[: len(line)]) for line in lines)
    for axes, by, of in (
        (kept, "features", "category == 'music'"),
        (others, "category", "features == 'no_music' and category != 'music'"),
    ):
        expected = own.query(of).groupby([by, "stimulus"], sort=False)["relative"]
        expected = expected.mean().unstack(sort=False)
        for name in ("no_music", "acoustics") if by == "features" else ("speech",):
            solid = next(p.lines[0] for p in axes.containers if p.get_label() == display_name(name))
            np.testing.assert_allclose(solid.get_ydata(orig=False), expected.loc[name])
    dashed = [part.lines[0].is_dashed() for part in others.containers]
    assert dashed == [False, False, True, True]
    drawn = np.concatenate([part.lines[0].get_ydata(orig=False) for part in others.containers[2:]])
    acoustics = own.query("features == 'acoustics' and category != 'music'")["relative"]
    np.testing.assert_allclose(drawn, acoustics)


@pytest.mark.parametrize("levels", [(0.15, 0.65), (0.65, 0.15), (0.4, 0.4)])
def test_quilts_on_one_scale_are_clear_of_the_axis(levels):
    tables = tables_of("quilts", conditions=["no_music"], others=[])
    table = tables["quilts"]
    steps = np.linspace(0, 0.01, len(table))
    table["response"] = np.where(table["units"] == "selective", *levels) + steps
    figure = shown("quilts", tables)
    with house_style():
        figure.draw_without_rendering()
    panels = figure.axes[:2]
    assert panels[0].get_ylim() == panels[1].get_ylim()
    for axes in panels:
        lowest = min(np.nanmin(line.get_ydata()) for line in axes.lines)
        height = axes.transData.transform((0, lowest))[1] - axes.bbox.y0
        # Half a mark is 2.1 points.
        assert height * 72 / figure.dpi > 4
