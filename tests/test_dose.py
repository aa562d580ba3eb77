"""How much of a category is left in training: which clips, and what follows for selectivity."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from configured import checked
from scipy import stats

import measure_dose
from filter_labels import LABELS
from plumbing.config.network_checks import doses_of, without_hand
from plumbing.config.settings import ConfigError
from science.analyses.dose import NO_CLIP, TREND, absent_tables, trend_test
from science.corpus.conditions import Condition, divide_clips, label_condition
from storage.tables import write_table

CLASSES = pd.DataFrame(
    {"mid": ["m", "j", "d", "w"], "display_name": ["Music", "Jazz", "Dog", "Water"]}
)
LISTED = frozenset(f"t{number}" for number in range(300, 312))
DOSES = {"no_music": 0.0, "dose_2": 0.02, "dose_20": 0.2, "music": 1.0}


def clips(train: int = 400, test: int = 50) -> pd.DataFrame:
    """Half of the train clips carry Music, some of them Jazz too; one in nine is not there."""
    rows = [
        (f"{split[1:2]}{number}" if split == "test" else f"t{number}", split,
         (["m", "j"] if number % 4 == 0 else ["m"]) if number % 2 == 0 else ["d", "w"][number % 3:],
         "removed" if number % 9 == 0 else "ok")
        for split, count in (("train", train), ("test", test))
        for number in range(count)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["clip_id", "corpus_split", "labels", "status"])


def labelled(keep_fraction: float, name: str = "a", seed: int = 3, **more) -> pd.DataFrame:
    corpus = clips()
    given = {"excluded_labels": ("m", "j"), "excluded_clips": LISTED} | more
    condition = Condition(name, **given, keep_fraction=keep_fraction)
    return label_condition(corpus, divide_clips(corpus, 0.1, seed), condition, CLASSES, seed)


def kept(table: pd.DataFrame) -> set[str]:
    return set(table.loc[table["left_out"].isna(), "clip_id"])


def test_the_ends_are_the_conditions_without_and_with_the_category_byte_for_byte(tmp_path):
    nothing = {"excluded_labels": (), "excluded_clips": frozenset()}
    ends = {"no_music": labelled(0), "music": labelled(0, **nothing)}
    condition = Condition("no_music", ("m", "j"), LISTED)
    without = label_condition(clips(), divide_clips(clips(), 0.1, 3), condition, CLASSES, 3)
    ends |= {"dose_0": without, "dose_100": labelled(1)}
    for name, table in ends.items():
        write_table(tmp_path / f"{name}.parquet", table, LABELS)
    for one, other in (("dose_0", "no_music"), ("dose_100", "music")):
        contents = [(tmp_path / f"{name}.parquet").read_bytes() for name in (one, other)]
        assert contents[0] == contents[1]


def test_doses_are_exact_nested_the_same_in_every_condition_and_keep_labels_and_splits():
    none, all_of_them = kept(labelled(0)), kept(labelled(1))
    gone = len(all_of_them - none)
    doses = [0, 0.005, 0.02, 0.05, 0.2, 1]
    tables = [labelled(dose) for dose in doses]
    for dose, table in zip(doses, tables, strict=True):
        assert len(kept(table) - none) == round(dose * gone)
        whole = labelled(1).set_index("clip_id")
        here = table[table["left_out"].isna()].set_index("clip_id")
        pd.testing.assert_frame_equal(here, whole.loc[here.index])
    assert all(kept(less) <= kept(more) for less, more in pairwise(tables))
    assert kept(labelled(0.2, "another_name")) == kept(labelled(0.2))
    assert kept(labelled(0.2, seed=4)) != kept(labelled(0.2))


def test_what_stays_in_validates_as_often_as_other_clips():
    corpus = clips(4000)
    for seed in range(3):
        divided = divide_clips(corpus, 0.1, seed)
        condition = Condition("a", ("m", "j"), keep_fraction=0.2)
        table = label_condition(corpus, divided, condition, CLASSES, seed)
        music = table["targets"].map(lambda mids: "m" in mids) & (table["split"] != "test")
        assert (table.loc[music, "split"] == "validation").mean() == pytest.approx(0.1, abs=0.05)


def test_a_run_knows_its_doses_by_what_their_conditions_leave_out():
    names = ["no_music", "dose_20", "untrained", "music", "dose_0.5", "no_music_by_label"]
    names += ["random_labels", "no_music_no_speech", "permuted"]
    conditions = checked(preset="demo", run={"conditions": names})["conditions"]
    assert doses_of(conditions, names, "no_music") == {
        "no_music": 0, "dose_0.5": 0.005, "dose_20": 0.2, "music": 1,
    }  # fmt: skip
    assert without_hand(conditions, names, "no_music") == ["no_music_by_label"]
    # A curve compares like with like.
    assert {conditions[name]["epochs"] for name in ("dose_0.5", "dose_20", "music")} == {
        conditions["no_music"]["epochs"]
    }


SPEECH = {
    "preset": "demo",
    "run": {"target": "speech", "conditions": ["no_speech", "dose_2"]},
}


def of_speech(**dose) -> dict:
    no_speech = {"exclude_labels": ["Speech"], "epochs": 36}
    dose = {"exclude_labels": ["Speech"], "keep_fraction": 0.02, **dose}
    return checked(**SPEECH, conditions={"no_speech": no_speech, "dose_2": dose})


def test_a_dose_of_another_category_is_taken_or_refused_with_the_option_that_differs():
    config = of_speech(exclude_listed_clips=False)
    assert doses_of(config["conditions"], ["no_speech", "dose_2"], "no_speech") == {
        "no_speech": 0, "dose_2": 0.02,
    }  # fmt: skip
    with pytest.raises(ConfigError, match="dose_2 differs from no_speech in exclude_listed_clips"):
        of_speech()
    with pytest.raises(ConfigError, match="no_speech in exclude_listed_clips and epochs,"):
        of_speech(epochs=3)


def measured(folder, ratios: dict[str, list[float]], apart=()) -> dict[str, pd.DataFrame]:
    """The tables of a run whose quilts lose a tenth of the ratio."""
    rows = [
        {"category": "music", "features": name, "seed": seed, "ratio": ratio + (split == "test"),
         "split": split, "chosen_on": chosen_on}
        for name, values in ratios.items()
        for seed, ratio in enumerate(values)
        for split in ("train", "test")
        for chosen_on in ("train", "test")
    ]  # fmt: skip
    write_table(folder / "selectivity.csv", pd.DataFrame(rows))
    rows = [
        {"category": "music", "features": name, "seed": seed, "units": "selective",
         "group": "category", "stimulus": f"{length}ms", "segment_ms": length, "clips": 9,
         "relative": 1 - ratio / 10 if length == 50 else 1}
        for name, values in ratios.items()
        for seed, ratio in enumerate(values)
        for length in (50, 800)
    ]  # fmt: skip
    write_table(folder / "quilts.csv", pd.DataFrame(rows))
    labels = {}
    for name in ratios:
        share = (DOSES | dict.fromkeys(apart, 0.5))[name]
        labels[name] = folder / f"{name}.parquet"
        write_table(labels[name], labelled(share)[["clip_id", "split", "left_out"]])
    shares = {name: DOSES.get(name, 0.0) for name in ratios}
    files = folder / "selectivity.csv", folder / "quilts.csv", labels
    return measure_dose.main(*files, "no_music", shares, apart, "test", 1)


def test_a_curve_has_every_network_by_rising_share_and_a_planted_trend_is_found(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.05, (4, 5))
    ratios = {
        name: list(1.5 + share + noise[place]) for place, (name, share) in enumerate(DOSES.items())
    }
    ratios["by_label"] = [9.0, 9.1, 9.2]
    tables = measured(tmp_path, ratios, apart=["by_label"])
    summary, tests = tables["summary"], tables["tests"].set_index(["measure", "features"])
    of_ratio = summary[summary["measure"] == "ratio"]
    assert list(dict.fromkeys(of_ratio["features"])) == [
        "no_music", "by_label", "dose_2", "dose_20", "music",
    ]  # fmt: skip
    assert of_ratio.loc[of_ratio["features"] == "dose_20", "value"].tolist() == ratios["dose_20"]
    clips_of = of_ratio.drop_duplicates("features").set_index("features")["clips"]
    assert clips_of["no_music"] == 0
    assert clips_of["dose_2"] < clips_of["dose_20"] < clips_of["music"]
    losses = summary[(summary["measure"] == "quilt_loss") & (summary["features"] == "music")]
    assert losses["value"].to_numpy() == pytest.approx(np.array(ratios["music"]) / 10)
    for measure in ("ratio", "quilt_loss"):
        trend = tests.loc[measure, "no_music"]
        assert trend["comparison"] == TREND
        in_trend = of_ratio[of_ratio["in_trend"]]
        expected = stats.spearmanr(in_trend["share"], in_trend["value"]).statistic
        assert trend["statistic"] == pytest.approx(expected)
        assert trend["p"] < 0.01
    row = tests.loc["ratio", "music"]
    assert row["low"] < np.mean(ratios["music"]) - np.mean(ratios["no_music"]) < row["high"]
    assert tests.loc[("ratio", "by_label"), "difference"] > 7


def test_a_share_that_is_no_clip_is_compared_with_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(DOSES, "dose_0.001", 1e-5)
    ratios = {"no_music": [1.0, 1.1, 1.2], "dose_0.001": [1.0, 1.1, 1.2], "music": [2.0, 2.1, 2.3]}
    tables = measured(tmp_path, ratios)
    summary = tables["summary"].set_index("features")
    assert (summary.loc["dose_0.001", "note"] == NO_CLIP).all()
    assert not summary.loc["dose_0.001", "in_trend"].any()
    assert set(tables["tests"]["features"]) == {"no_music", "music"}


def test_the_trends_p_is_uniform_without_a_trend_and_agrees_with_all_permutations():
    generator = np.random.default_rng(2)
    shares = np.repeat([0, 0.02, 0.2], 3)
    p = [trend_test(shares, generator.random(9), generator, 200).p for _ in range(150)]
    assert np.mean(np.array(p) <= 0.05) < 0.1
    assert stats.kstest(p, "uniform").pvalue > 0.001
    values = shares + generator.normal(0, 0.1, 9)
    result = trend_test(shares, values, generator)
    exact = stats.permutation_test(
        (values,), lambda one: stats.spearmanr(shares, one).statistic, permutation_type="pairings",
        alternative="greater", n_resamples=1000, rng=generator,
    ).pvalue  # fmt: skip
    assert result.p == pytest.approx(exact, abs=0.05)


@pytest.mark.parametrize(
    ("shares", "values", "words"),
    [([0, 0], [1, 2], "two shares"), ([0, 1], [2, 2], "equal"), ([0, 1], [1, 2], "too few")],
)
def test_a_trend_that_cannot_be_tested_says_why(shares, values, words):
    result = trend_test(np.array(shares), np.array(values), np.random.default_rng(0))
    assert words in result.note


def test_no_dose_leaves_one_row_that_says_so():
    tables = absent_tables("no condition keeps a part")
    assert tables["summary"]["note"].tolist() == ["not run: no condition keeps a part"]
    assert len(tables["tests"]) == 0
