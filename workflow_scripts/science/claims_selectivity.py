"""Published numbers on music-selective units: their ratio, its controls, what they are good for."""

from __future__ import annotations

from science.claims import Claim, Selection

RATIO_ON_TEST = Selection("selectivity", "ratio", {"split": "test"})


def _ratio_of(features: str) -> Selection:
    return Selection("selectivity", "ratio", {"split": "test", "features": features})


def _attenuated(split: str, published: float) -> Claim:
    chosen = {"split": split, "attenuation": 8}
    return Claim(
        id=f"loudness_ratio_{split}",
        sentence="With every clip at one RMS level and music then attenuated 1:8, the ratio is "
        f"{{ours}} on the {split} split",
        where="Results, loudness control",
        published=published,
        ours=Selection("loudness", "ratio", chosen),
        compared_with=1.0,
    )


def _ablated(comparison: str, sentence: str, where: str, published: float) -> Claim:
    return Claim(
        id=f"ablation_{comparison}",
        sentence=sentence,
        where=where,
        published=published,
        ours=Selection("ablation", "effect_size", {"comparison": comparison}),
        compared_with=0.5,
        own_p=Selection("ablation", "log10_p", {"comparison": comparison}),
    )


CLAIMS = (
    Claim(
        id="selectivity_ratio_test",
        sentence="Music-selective units respond {ours} times as strongly to music as to other "
        "sounds, in clips that had no part in choosing them",
        where="Results, music-selective units",
        published=2.07,
        ours=RATIO_ON_TEST,
        compared_with=Selection("selectivity", "null_mean", {"split": "test"}),
    ),
    Claim(
        id="selectivity_ratio_train",
        sentence="The same ratio is {ours} in the clips they were chosen by",
        where="Results, music-selective units",
        published=2.07,
        ours=Selection("selectivity", "ratio", {"split": "train"}),
        compared_with=Selection("selectivity", "null_mean", {"split": "train"}),
    ),
    _attenuated("train", 1.70),
    _attenuated("test", 1.68),
    Claim(
        id="genres_mean_ap",
        sentence="A linear read-out of these units alone tells each genre from sounds without "
        "music with a mean AP of {ours}",
        where="Results, genres",
        published=0.832,
        published_spread=0.007,
        ours=Selection("genres", "mean_average_precision"),
        compared_with=Selection("genres", "chance"),
    ),
    Claim(
        id="conditions_like_music",
        sentence="Without music in training the ratio is {ours}, and does not differ from that of "
        "networks trained with music",
        where="Results, comparison of conditions (in words)",
        ours=RATIO_ON_TEST,
        compared_with=_ratio_of("music"),
        direction="equal",
    ),
    Claim(
        id="conditions_above_untrained",
        sentence="Without music in training the ratio, {ours}, is above that of untrained networks",
        where="Results, comparison of conditions (in words)",
        ours=RATIO_ON_TEST,
        compared_with=_ratio_of("untrained"),
    ),
    Claim(
        id="conditions_above_gbfb",
        sentence="Without music in training the ratio, {ours}, is above that of Gabor filters",
        where="Results, comparison of conditions (in words)",
        ours=RATIO_ON_TEST,
        compared_with=_ratio_of("gbfb"),
    ),
    Claim(
        id="conditions_music_above_untrained",
        sentence="With music in training the ratio, {ours}, is above that of untrained networks",
        where="Results, comparison of conditions (in words)",
        ours=_ratio_of("music"),
        compared_with=_ratio_of("untrained"),
    ),
    Claim(
        id="conditions_music_above_gbfb",
        sentence="With music in training the ratio, {ours}, is above that of Gabor filters",
        where="Results, comparison of conditions (in words)",
        ours=_ratio_of("music"),
        compared_with=_ratio_of("gbfb"),
    ),
    Claim(
        id="memorisation_train",
        sentence="Networks trained with random labels reach a mean AP of {ours} on those labels",
        where="Results, memorisation (in words)",
        ours=Selection(
            "memorisation",
            "mean_average_precision",
            {"features": "random_labels", "split": "train"},
        ),
        compared_with=Selection(
            "memorisation",
            "mean_average_precision",
            {"features": "random_labels", "split": "test"},
        ),
    ),
    Claim(
        id="memorisation_test",
        sentence="On new clips with their true labels, the same networks reach a mean AP of {ours},"
        " less than networks trained with true labels",
        where="Results, memorisation (in words)",
        ours=Selection(
            "memorisation",
            "mean_average_precision",
            {"features": "random_labels", "split": "test"},
        ),
        compared_with=Selection("memorisation", "mean_average_precision", {"split": "test"}),
        direction="below",
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
        "It falls further than without the units of largest L1 norm, in pairs that hold {ours} of "
        "the signed ranks",
        "Results, ablation (W = 1,223,566, p = 9.74e-60)",
        0.719,
    ),
)
