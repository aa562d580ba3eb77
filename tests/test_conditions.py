"""Label filtering, the validation split and random labels."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import optimize, stats

from science.corpus.completeness import (
    refuse_clips_of_both,
    refuse_without_category,
    refuse_without_clips,
)
from science.corpus.conditions import (
    Condition,
    chosen_by_hash,
    count_left_out,
    divide_clips,
    label_condition,
    refuse_too_small,
    shuffle_labels,
)

CLASSES = pd.DataFrame(
    {
        "index": [0, 1, 2, 3, 4],
        "mid": ["s", "d", "m", "j", "w"],
        "display_name": ["Speech", "Dog", "Music", "Jazz", "Water"],
    }
)
ROWS = [
    ("t3", "train", ["j", "m", "d"], "ok"),
    ("t1", "train", ["d"], "ok"),
    ("t5", "train", ["m"], "removed"),
    ("t2", "train", ["s", "w"], "ok"),
    ("t4", "train", ["m"], "ok"),
    ("t6", "train", ["w"], "ok"),
    ("e1", "test", ["m", "j"], "ok"),
    ("e2", "test", ["d"], "private"),
    ("e3", "test", ["s"], "ok"),
]
CLIPS = pd.DataFrame(ROWS, columns=["clip_id", "corpus_split", "labels", "status"])
NO_MUSIC = Condition("no_music", ("m", "j"), frozenset({"t2", "t4", "t5", "e3"}))


def labelled(
    clips: pd.DataFrame, condition: Condition, classes: pd.DataFrame, fraction: float, seed: int
) -> pd.DataFrame:
    """What a condition makes of clips that are divided by the same seed."""
    return label_condition(clips, divide_clips(clips, fraction, seed), condition, classes, seed)


def made_up_corpus(n_clips: int, n_labels: int, seed: int) -> list[list[str]]:
    """Clips with 1 to 4 labels, a few labels frequent and most of them rare, as in AudioSet."""
    generator = np.random.default_rng(seed)
    weights = 1 / np.arange(1, n_labels + 1)
    names = np.array([f"/m/{number:03d}" for number in range(n_labels)])
    return [
        generator.choice(
            names, size=generator.integers(1, 5), replace=False, p=weights / weights.sum()
        ).tolist()
        for _ in range(n_clips)
    ]


def corpus_table(n_train: int, n_test: int, seed: int) -> pd.DataFrame:
    labels = made_up_corpus(n_train + n_test, 20, seed)
    return pd.DataFrame(
        {
            "clip_id": [f"clip{number}_0.000" for number in range(n_train + n_test)],
            "corpus_split": ["train"] * n_train + ["test"] * n_test,
            "labels": labels,
            "status": "ok",
        }
    )


CORPUS_CLASSES = pd.DataFrame(
    {
        "mid": [f"/m/{number:03d}" for number in range(20)],
        "display_name": [f"Class {number}" for number in range(20)],
    }
)


class TestLabelCondition:
    def test_each_clip_is_left_out_for_its_first_reason(self):
        table = labelled(CLIPS, NO_MUSIC, CLASSES, 0.5, seed=0)
        assert table["clip_id"].tolist() == sorted(CLIPS["clip_id"])
        reasons = table.set_index("clip_id")["left_out"].dropna().to_dict()
        assert reasons == {
            "e2": "unavailable: private",
            "t2": "excluded by hand",
            "t3": "carries a left-out label: Music",
            "t4": "excluded by hand",
            "t5": "unavailable: removed",
        }

    def test_left_out_means_no_split_and_no_targets(self):
        table = labelled(CLIPS, NO_MUSIC, CLASSES, 0.5, seed=0)
        out = table["left_out"].notna()
        assert (table["split"].isna() == out).all()
        assert ((table["targets"].str.len() == 0) == out).all()

    def test_test_clips_keep_their_true_labels_in_every_condition(self):
        for mode, excluded in product(("given", "random"), ((), ("m", "j"), ("m", "j", "s"))):
            condition = Condition("any", excluded, frozenset({"e1"}), mode)
            table = labelled(CLIPS, condition, CLASSES, 0.5, seed=1)
            test = table[table["split"] == "test"].set_index("clip_id")["targets"]
            assert test.to_dict() == {"e1": ["m", "j"], "e3": ["s"]}

    def test_true_labels_are_handed_through(self):
        table = labelled(CLIPS, Condition("music"), CLASSES, 0.2, seed=0)
        true = CLIPS.set_index("clip_id")["labels"]
        kept = table[table["left_out"].isna()]
        assert len(kept) == 7
        assert all(true[row.clip_id] == row.targets for row in kept.itertuples())

    @pytest.mark.parametrize("mode", ["given", "random"])
    def test_the_order_of_rows_does_not_matter(self, mode):
        clips = corpus_table(300, 50, seed=2)
        condition = Condition("any", ("/m/003",), label_mode=mode)
        first = labelled(clips, condition, CORPUS_CLASSES, 0.1, seed=5)
        shuffled = clips.sample(frac=1, random_state=0)
        second = labelled(shuffled, condition, CORPUS_CLASSES, 0.1, seed=5)
        pd.testing.assert_frame_equal(first, second)

    def test_random_labels_go_over_train_and_validation_together(self):
        clips = corpus_table(400, 50, seed=3)
        excluded = ("/m/000",)
        true = labelled(clips, Condition("a", excluded), CORPUS_CLASSES, 0.1, seed=7)
        random = labelled(
            clips, Condition("b", excluded, label_mode="random"), CORPUS_CLASSES, 0.1, seed=7
        )
        assert (true["split"].fillna("") == random["split"].fillna("")).all()
        training = true["split"].isin(["train", "validation"])
        before, after = true["targets"][training], random["targets"][training]
        assert (before.str.len() == after.str.len()).all()
        assert Counter(before.explode()) == Counter(after.explode())
        assert (before.map(sorted) != after).mean() > 0.5
        # Over the train clips alone the frequencies do change: the two splits exchange labels.
        train = true["split"] == "train"
        assert Counter(true["targets"][train].explode()) != Counter(
            random["targets"][train].explode()
        )

    def test_the_columns_types_do_not_depend_on_what_is_left_out(self):
        everything = labelled(CLIPS, Condition("music"), CLASSES, 0.2, seed=0)
        nothing_missing = labelled(
            CLIPS[CLIPS["status"] == "ok"], Condition("music"), CLASSES, 0.2, seed=0
        )
        assert (everything.dtypes == nothing_missing.dtypes).all()


class TestSplit:
    def test_clips_that_are_there_are_divided_once_for_all_conditions(self):
        clips = corpus_table(400, 100, seed=4)
        clips.loc[::7, "status"] = "removed"
        divided = divide_clips(clips, 0.1, seed=5)
        there = clips[clips["status"] == "ok"].sort_values("clip_id", ignore_index=True)
        pd.testing.assert_frame_equal(divided[["clip_id", "labels"]], there[["clip_id", "labels"]])
        assert ((divided["split"] == "test") == (there["corpus_split"] == "test")).all()
        training = (there["corpus_split"] == "train").sum()
        assert (divided["split"] == "validation").sum() == round(0.1 * training)
        shuffled = clips.sample(frac=1, random_state=0)
        pd.testing.assert_frame_equal(divided, divide_clips(shuffled, 0.1, seed=5))
        split_of = divided.set_index("clip_id")["split"]
        for condition in (
            Condition("all"),
            Condition("some", ("/m/000", "/m/003"), frozenset(there["clip_id"][:50])),
            Condition("drawn", ("/m/001",), label_mode="random"),
        ):
            table = labelled(clips, condition, CORPUS_CLASSES, 0.1, seed=5)
            kept = table[table["left_out"].isna()]
            assert (kept["split"].to_numpy() == split_of[kept["clip_id"]].to_numpy()).all()

    @pytest.mark.parametrize(("n_clips", "fraction"), [(0, 0.1), (1, 0.1), (7, 0.5), (19539, 0.1)])
    def test_exactly_the_fraction_validates(self, n_clips, fraction):
        ids = [f"clip{number}" for number in range(n_clips)]
        assert chosen_by_hash(ids, fraction, "0").sum() == round(fraction * n_clips)

    def test_the_choice_follows_the_clip_not_the_row(self):
        ids = np.array([f"clip{number}" for number in range(500)])
        order = np.random.default_rng(0).permutation(500)
        expected = chosen_by_hash(ids, 0.1, "3")[order]
        assert (chosen_by_hash(ids[order], 0.1, "3") == expected).all()

    def test_a_clip_is_nearly_always_on_the_same_side_when_others_are_missing(self):
        ids = np.array([f"clip{number}" for number in range(5000)])
        kept = np.random.default_rng(1).random(5000) < 0.6
        whole = chosen_by_hash(ids, 0.1, "0")[kept]
        part = chosen_by_hash(ids[kept], 0.1, "0")
        # Unrelated choices would differ for 2 * 0.1 * 0.9 = 18% of the clips.
        assert (whole != part).mean() < 0.02

    def test_seeds_choose_independently(self):
        ids = [f"clip{number}" for number in range(5000)]
        chosen = np.array([chosen_by_hash(ids, 0.1, str(seed)) for seed in range(20)])
        assert (chosen[0] == chosen_by_hash(ids, 0.1, "0")).all()
        times_chosen = np.bincount(chosen.sum(axis=0), minlength=21)
        expected = 5000 * stats.binom(20, 0.1).pmf(np.arange(21))
        observed = np.append(times_chosen[:6], times_chosen[6:].sum())
        expected = np.append(expected[:6], expected[6:].sum())
        assert stats.chisquare(observed, expected).pvalue > 1e-3


def expected_agreement(labels: list[list[str]]) -> float:
    """Chance that a label of a clip is drawn for it again: the maximum-entropy graph's edges.

    With odds x_i * y_l for clip i to carry label l, and x and y such that both margins hold on
    average, the mean edge probability over the true edges (Park & Newman 2004).
    """
    vocabulary = sorted({label for clip in labels for label in clip})
    truth = np.array([[label in clip for label in vocabulary] for clip in labels])
    clip_kinds, kind_of_clip = np.unique(truth.sum(1), return_inverse=True)
    clips_per_kind = np.bincount(kind_of_clip)
    margins = np.append(clips_per_kind * clip_kinds, truth.sum(0))

    def probabilities(logits: np.ndarray) -> np.ndarray:
        x, y = np.split(logits, [len(clip_kinds)])
        return 1 / (1 + np.exp(-(x[:, None] + y[None, :])))

    def deviation(logits: np.ndarray) -> np.ndarray:
        edges = probabilities(logits) * clips_per_kind[:, None]
        return np.append(edges.sum(1), edges.sum(0)) - margins

    start = np.append(np.zeros(len(clip_kinds)), np.log(truth.mean(0)))
    solution = optimize.least_squares(deviation, start)
    assert np.abs(solution.fun).max() < 1e-3
    return float(probabilities(solution.x)[kind_of_clip][truth].mean())


def agreement(before: list[list[str]], after: list[list[str]]) -> float:
    pairs = zip(before, after, strict=True)
    return sum(len(set(a) & set(b)) for a, b in pairs) / sum(map(len, before))


class TestShuffleLabels:
    @pytest.mark.parametrize("seed", range(5))
    def test_both_margins_hold_and_no_label_repeats(self, seed):
        before = made_up_corpus(301, 12, seed)
        after = shuffle_labels(before, np.random.default_rng(seed))
        assert [len(clip) for clip in before] == [len(clip) for clip in after]
        assert all(len(set(clip)) == len(clip) for clip in after)
        assert Counter(sum(before, [])) == Counter(sum(after, []))
        assert after != [sorted(clip) for clip in before]

    def test_agreement_with_the_true_labels_is_at_chance(self):
        before = made_up_corpus(2000, 40, seed=11)
        chance = expected_agreement(before)
        found = [
            agreement(before, shuffle_labels(before, np.random.default_rng(seed)))
            for seed in range(12)
        ]
        standard_error = np.std(found, ddof=1) / np.sqrt(len(found))
        assert abs(np.mean(found) - chance) < 4 * standard_error + 0.002
        assert chance < 0.5

    def test_two_draws_agree_no_more_than_either_does_with_the_truth(self):
        before = made_up_corpus(1000, 300, seed=4)
        one = shuffle_labels(before, np.random.default_rng(0))
        two = shuffle_labels(before, np.random.default_rng(1))
        assert abs(agreement(one, two) - agreement(before, two)) < 0.03

    @pytest.mark.parametrize(
        "labels",
        [
            [["a", "b"], ["a"], ["b", "c"], ["a", "d"]],
            [["a", "b", "c"], ["a"], ["a", "d"], ["b"], ["c"]],
        ],
    )
    def test_every_assignment_is_equally_likely(self, labels):
        sizes = [len(clip) for clip in labels]
        frequencies = Counter(sum(labels, []))
        choices = [list(combinations(sorted(frequencies), size)) for size in sizes]
        possible = [graph for graph in product(*choices) if Counter(sum(graph, ())) == frequencies]
        generator = np.random.default_rng(0)
        drawn = Counter(
            tuple(map(tuple, shuffle_labels(labels, generator, rounds=15))) for _ in range(3000)
        )
        assert len(possible) > 10
        assert set(drawn) == set(possible)
        assert stats.chisquare([drawn[graph] for graph in possible]).pvalue > 1e-3

    def test_the_seed_decides_and_the_order_within_a_clip_does_not(self):
        labels = made_up_corpus(100, 10, seed=0)
        first = shuffle_labels(labels, np.random.default_rng(9))
        assert first == shuffle_labels(labels, np.random.default_rng(9))
        backwards = [clip[::-1] for clip in labels]
        assert first == shuffle_labels(backwards, np.random.default_rng(9))
        assert first != shuffle_labels(labels, np.random.default_rng(10))

    def test_a_label_that_all_clips_carry_stays_while_others_move(self):
        labels = [["all", f"own{number}"] for number in range(50)]
        after = shuffle_labels(labels, np.random.default_rng(0))
        assert all("all" in clip for clip in after)
        assert sum(a == b for a, b in zip(labels, after, strict=True)) < 10

    @pytest.mark.parametrize(
        "labels", [[], [["b", "a"]], [["a"], ["a"]], [[], []], [["a", "b"]] * 3]
    )
    def test_where_nothing_can_change_nothing_does(self, labels):
        after = shuffle_labels(labels, np.random.default_rng(0))
        assert after == [sorted(clip) for clip in labels]


class TestCounts:
    def test_all_clips_are_counted_once_under_their_reason(self):
        table = labelled(CLIPS, NO_MUSIC, CLASSES, 0.5, seed=0)
        counts = count_left_out(table, CLIPS, "no_music")
        assert set(counts["condition"]) == {"no_music"}
        assert counts["clips"].sum() == len(CLIPS)
        rows = list(counts[["split", "reason", "clips"]].itertuples(index=False, name=None))
        validating = (table["split"] == "validation").sum()
        assert rows == [
            ("train", "kept", 2 - validating),
            ("train", "excluded by hand", 2),
            ("train", "carries a left-out label: Music", 1),
            ("train", "unavailable: removed", 1),
            ("validation", "kept", validating),
            ("test", "kept", 2),
            ("test", "unavailable: private", 1),
        ]

    def test_a_condition_with_nothing_to_train_on_is_refused(self):
        condition = Condition("silence", tuple(CLASSES["mid"]))
        table = labelled(CLIPS, condition, CLASSES, 0.5, seed=0)
        counts = count_left_out(table, CLIPS, "silence")
        with pytest.raises(
            ValueError, match="'silence' keeps no train and no validation"
        ) as caught:
            refuse_too_small(counts)
        assert "2 × carries a left-out label: Dog" in str(caught.value)
        assert "1 × unavailable: removed" in str(caught.value)

    def test_a_condition_without_validation_clips_is_refused(self):
        table = labelled(CLIPS, NO_MUSIC, CLASSES, 0.0, seed=0)
        with pytest.raises(
            ValueError,
            match=r"keeps no validation clip \(train: 2, validation: 0(.|\n)*raise labels",
        ):
            refuse_too_small(count_left_out(table, CLIPS, "no_music"))

    def test_one_clip_on_either_side_is_enough(self):
        divided = divide_clips(CLIPS, 0.0, seed=0)
        divided.loc[divided["clip_id"] == "t1", "split"] = "validation"
        counts = count_left_out(
            label_condition(CLIPS, divided, NO_MUSIC, CLASSES, seed=0), CLIPS, "no_music"
        )
        kept = counts[counts["reason"] == "kept"].set_index("split")["clips"]
        refuse_too_small(counts)
        assert kept[["train", "validation"]].tolist() == [1, 1]


def ids(*clip_ids: str) -> pa.ChunkedArray:
    return pa.chunked_array([clip_ids])


def test_clips_of_two_tables_are_refused_with_both_files():
    with pytest.raises(ValueError, match=r"^test.csv has 2 clips of train.csv, the first b;"):
        refuse_clips_of_both(ids("a", "b", "c"), {"train.csv": ids("c", "b")}, "test.csv")
    refuse_clips_of_both(ids("a"), {"train.csv": ids("b")}, "test.csv")


def test_a_split_without_any_clip_is_refused_with_the_reasons():
    clips = pd.DataFrame(
        {
            "corpus_split": ["train", "test", "test", "test"],
            "status": ["ok", "missing", "silent", "missing"],
        }
    )
    words = r"^The test split has no clip: 3 asked for, of them 2 missing, 1 silent\. Check corpus"
    with pytest.raises(ValueError, match=words):
        refuse_without_clips(clips)
    with pytest.raises(ValueError, match=r"^The train split has no clip: 0 asked for, .* none\."):
        refuse_without_clips(clips.iloc[1:])
    clips.loc[2, "status"] = "ok"
    refuse_without_clips(clips)


def test_a_target_that_a_table_has_no_clip_of_alone_is_refused_with_the_counts():
    labels = pa.chunked_array([[["dog", "animal"], ["rain"]], [["rain", "animal"]]])
    with pytest.raises(ValueError, match=r"categories.dogs .* for 0 .* 1 mixed .* 2 with"):
        refuse_without_category(labels, {"dog"}, "dogs", "t.csv")
    with pytest.raises(ValueError, match=r"3 clips of it alone, 0 mixed .* and 0 without"):
        refuse_without_category(labels, {"dog", "animal", "rain"}, "all", "t.csv")
    refuse_without_category(labels, {"dog", "animal"}, "animals", "t.csv")
