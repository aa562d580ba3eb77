"""Published numbers on music-selective units: their ratio, its controls, what they are good for."""

from __future__ import annotations

from science.scorecard.claims import Bound, Claim, Selection

RATIO_ON_TEST = Selection("selectivity", "ratio", {"split": "test"})
RATIO = (
    "Mean response to pure music over that to clips without it, of the top units by the index of "
    "the train split"
)
MEMORISED = "random_labels"
# An AP of one half: of the clips at least as high as a true one, half are true on average.
KNOWN_BY_HEART = 0.5


def _ratio_of(features: str) -> Selection:
    return Selection("selectivity", "ratio", {"split": "test", "features": features})


def _selective(split: str, sentence: str) -> Claim:
    return Claim(
        id=f"selectivity_ratio_{split}",
        sentence=sentence,
        where="Results, music-selective units",
        computed=f"{RATIO}, {split} clips",
        published=2.07,
        ours=Selection("selectivity", "ratio", {"split": split}),
        compared_with=Selection("selectivity", "null_mean", {"split": split}),
        own_p=Selection("selectivity", "null_p", {"split": split}),
    )


def _attenuated(split: str, published: float) -> Claim:
    chosen = {"split": split, "attenuation": 8}
    return Claim(
        id=f"loudness_ratio_{split}",
        sentence="With every clip at one RMS level and music then attenuated 1:8, music-selective "
        "units respond {ours} times as strongly to music as to other sounds on the "
        f"{split} split",
        where="Results, loudness control",
        computed=f"{RATIO}, {split} clips with their log-Mel shifted",
        published=published,
        ours=Selection("loudness", "ratio", chosen),
        compared_with=1.0,
    )


def _compared(name: str, training: str, outcome: str, ours: Selection, other: str) -> Claim:
    return Claim(
        id=f"conditions_{name}",
        sentence=f"{training} music in training, music-selective units respond {{ours}} times as "
        f"strongly to music as to other sounds, {outcome}",
        where="Results, comparison of conditions (in words)",
        computed=f"{RATIO}, test clips",
        ours=ours,
        compared_with=_ratio_of(other),
        direction="equal" if other == "music" else "above",
    )


def _memorised(column: str, split: str) -> Selection:
    return Selection("memorisation", column, {"features": MEMORISED, "split": split})


def _ablated(comparison: str, sentence: str, where: str, published: float) -> Claim:
    return Claim(
        id=f"ablation_{comparison}",
        sentence=sentence,
        where=where,
        computed="W / (N (N + 1) / 2) of the signed-rank test of AP by class and network",
        published=published,
        ours=Selection("ablation", "effect_size", {"comparison": comparison}),
        compared_with=0.5,
        own_p=Selection("ablation", "log10_p", {"comparison": comparison}),
    )


CLAIMS = (
    _selective(
        "test",
        "Music-selective units respond {ours} times as strongly to music as to other sounds, in "
        "clips that had no part in choosing them",
    ),
    _selective(
        "train",
        "Music-selective units respond {ours} times as strongly to music as to other sounds, in "
        "the clips they were chosen by",
    ),
    _attenuated("train", 1.70),
    _attenuated("test", 1.68),
    Claim(
        id="genres_mean_ap",
        sentence="A linear read-out of music-selective units alone tells genres from sounds "
        "without music with a mean AP of {ours}",
        where="Results, genres",
        computed="Mean over genres of the average precision of a linear regression on these units",
        published=0.832,
        published_spread=0.007,
        tolerance=0.05,
        ours=Selection("genres", "mean_average_precision"),
        compared_with=Selection("genres", "chance"),
    ),
    _compared(
        "like_music",
        "Without",
        "no differently than in networks trained with music",
        RATIO_ON_TEST,
        "music",
    ),
    _compared(
        "above_untrained",
        "Without",
        "more than in untrained networks",
        RATIO_ON_TEST,
        "untrained",
    ),
    _compared(
        "above_gbfb",
        "Without",
        "more than the most music-selective Gabor filters do",
        RATIO_ON_TEST,
        "gbfb",
    ),
    _compared(
        "music_above_untrained",
        "With",
        "more than in untrained networks",
        _ratio_of("music"),
        "untrained",
    ),
    _compared(
        "music_above_gbfb",
        "With",
        "more than the most music-selective Gabor filters do",
        _ratio_of("music"),
        "gbfb",
    ),
    Claim(
        id="memorisation_train",
        sentence="Networks trained with random labels know these by heart: a mean AP of {ours}",
        where="Results, memorisation (in words)",
        computed="Mean AP on train clips by the labels trained on; chance gives each class the "
        "scores of another",
        ours=_memorised("mean_average_precision", "train"),
        compared_with=_memorised("null_high", "train"),
        bound=Bound(KNOWN_BY_HEART, "one half"),
    ),
    Claim(
        id="memorisation_test",
        sentence="On new clips with their true labels, networks trained with random labels are at "
        "chance, with a mean AP of {ours}, less than networks trained with true labels",
        where="Results, memorisation (in words)",
        computed="Mean AP on test clips by their true labels; chance gives each class the scores "
        "of another, its range being 95% of such",
        ours=_memorised("mean_average_precision", "test"),
        compared_with=Selection("memorisation", "mean_average_precision", {"split": "test"}),
        direction="below",
        bound=Bound(_memorised("null_high", "test"), "the upper end of chance's range"),
    ),
    _ablated(
        "baseline_above_top",
        "Without the most music-selective units, AP falls in pairs of class and network that hold "
        "{ours} of the signed ranks",
        "Results, ablation (W = 1,560,865, p = 3.03e-211)",
        0.917,
    ),
    _ablated(
        "l1_norm_above_top",
        "Without the most music-selective units, AP falls further than without those of largest L1 "
        "norm, in pairs of class and network that hold {ours} of the signed ranks",
        "Results, ablation (W = 1,223,566, p = 9.74e-60)",
        0.719,
    ),
)
