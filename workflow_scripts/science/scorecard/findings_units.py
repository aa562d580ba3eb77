"""Findings on the selective units: their ratio, its controls, what they are good for."""

from __future__ import annotations

from dataclasses import replace

from science.scorecard.claims import (
    BRAIN,
    CHOSEN_ON,
    HELD_OUT,
    MEMORISED,
    REFERENCE,
    TARGET,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Claim,
    Contrast,
    Selection,
)

COMPARED = "; compared with that of units chosen by permuted labels, or with 1 where that is less"
RATIO = (
    "Mean response to pure {category} over that to clips without it, of the top units by the index "
    "of the {chosen_on} split, {held_out} clips"
)
ON_NATURAL_SOUNDS = (
    "Mean response of the units chosen on the {chosen_on} split to the natural sounds that are "
    "{category}, over that to the others"
)
SIGNED_RANKS = "W / (N (N + 1) / 2) of the signed-rank test of AP by class and network"
# RMS ratios; in power they are 1:1 and 1:64.
LEVEL, ATTENUATED = 1, 8


def ratio(
    column: str = "ratio", features: str = REFERENCE, category: str = TARGET, split: str = HELD_OUT
) -> Selection:
    """Numbers of the analysis selectivity, by default of clips with no part in the choice."""
    where = {"chosen_on": CHOSEN_ON, "split": split}
    return Selection("selectivity", column, features, where, category)


def null_ratio(features: str = REFERENCE, category: str = TARGET) -> Selection:
    """Mean ratio of units chosen by permuted labels; no less than 1, which is no preference."""
    return replace(ratio("null_mean", features, category), floor=1.0)


def levelled(attenuation: float, split: str = HELD_OUT) -> Selection:
    """Ratios of the analysis loudness."""
    where = {"split": split, "attenuation": attenuation}
    return Selection("loudness", "ratio", where=where)


def read_out(place: int | tuple[int, ...], worst: str = "") -> Selection:
    """Average precisions of the analysis readout: place 1 has the most selective units."""
    return Selection("readout", "average_precision", where={"place": place}, worst=worst)


def ablated(column: str, comparison: str, level: str = "pairs") -> Selection:
    """Tests of the analysis ablation."""
    where = {"comparison": comparison, "level": level}
    return Selection("ablation", column, where=where, category=None)


def without(group: str | tuple[str, ...], worst: str = "") -> Selection:
    """Mean AP of each network without a group of units."""
    where = {"group": group}
    return Selection(
        "ablation/groups", "mean_average_precision", REFERENCE, where, None, worst=worst
    )


def on_natural_sounds(features: str = REFERENCE) -> Selection:
    """Ratios of the analysis natural_sounds."""
    return Selection("natural_sounds", "ratio", features)


def to_categories(inside: bool, worst: str) -> Selection:
    """Responses to natural sounds by the own category of these, inside the target or not."""
    where = {"in_category": inside}
    return Selection("natural_sounds/categories", "response", where=where, worst=worst)


def _memorised(column: str, split: str, features: str = MEMORISED) -> Selection:
    return Selection("memorisation", column, features, {"split": split}, category=None)


def _compared(id: str, features: str, subject: str, against: str) -> Claim:
    """A ratio that is below that of networks trained without the category."""
    return Claim(
        id=id,
        sentence=f"{subject} respond {{ours}} times as strongly to {{category}} as to other "
        f"sounds, less than {{category}}-selective units of networks trained without {against}",
        computed=RATIO,
        ours=ratio(features=features),
        compared_with=ratio(),
        direction="below",
    )


def _levelled(id: str, words: str, attenuation: float) -> Claim:
    return Claim(
        id=id,
        sentence=f"With every clip at one RMS level{words}, {{category}}-selective units respond "
        "{ours} times as strongly to {category} as to other sounds",
        computed=f"{RATIO} with their log-Mel shifted",
        ours=levelled(attenuation),
        compared_with=1.0,
    )


def _on_natural_sounds(name: str, features: str, subject: str, end: str = "") -> Claim:
    """Units of some features; with an end, compared with those of the reference, else with 1."""
    return Claim(
        id=f"natural_sounds_{name}",
        sentence=f"{subject} respond {{ours}} times as strongly to natural sounds that are "
        f"{{category}} as to others{end}",
        computed=ON_NATURAL_SOUNDS,
        ours=on_natural_sounds(features),
        compared_with=on_natural_sounds() if end else 1.0,
        direction="below" if end else "above",
        beside=Selection("natural_sounds", "log10_p", features),
    )


def _ablated(id: str, comparison: str, words: str) -> Claim:
    return Claim(
        id=id,
        sentence="Without the most {category}-selective units, networks detect other classes less "
        f"well than {words}, in pairs of class and network that hold {{ours}} of the signed ranks",
        computed=SIGNED_RANKS,
        ours=ablated("effect_size", comparison),
        # The interval of the row is of the difference in mean AP.
        compared_with=0.0,
        beside=ablated("log10_p", comparison),
        two_way=ablated("two_way_low", comparison),
    )


SELECTIVITY = (
    Claim(
        id="selectivity_ratio",
        sentence="{Category}-selective units respond {ours} times as strongly to {category} as to "
        "other sounds, in clips that had no part in choosing them",
        computed=RATIO + COMPARED,
        ours=ratio(),
        compared_with=null_ratio(),
        beside=ratio("null_p"),
    ),
    _compared(
        "selectivity_gbfb", "gbfb", "The most {category}-selective Gabor filters", "{category}"
    ),
    _compared(
        "selectivity_untrained",
        UNTRAINED,
        "The most {category}-selective units of untrained networks",
        "{category}",
    ),
    Claim(
        id="selectivity_with_category",
        sentence="With {category} in training, {category}-selective units respond {ours} times as "
        "strongly to {category} as to other sounds, no differently than without",
        computed=RATIO,
        ours=ratio(features=WITH_CATEGORY),
        compared_with=ratio(),
        direction="equal",
        contrast=Contrast(
            ratio(), ratio(features=UNTRAINED), "what training adds to the untrained ratio"
        ),
    ),
    _levelled("loudness_equal", "", LEVEL),
    _levelled("loudness_attenuated", " and {category} then attenuated 1:8", ATTENUATED),
    Claim(
        id="readout_selective",
        sentence="A linear read-out of {category}-selective units alone distinguishes {category} "
        "from other sounds with an AP of {ours}, above chance",
        computed="Average precision on pure test clips of a linear regression on the top units by "
        "the index of the train split, fitted there",
        ours=read_out(1),
        compared_with=Selection("readout", "chance", where={"place": 1}),
    ),
    Claim(
        id="readout_other_groups",
        sentence="A linear read-out of {category}-selective units has an AP of {ours}, more than "
        "of as many units of each of the three groups that follow in the ranking",
        computed="The same, of the top units and of the groups down to half of the ranking",
        ours=read_out(1),
        compared_with=read_out((2, 3, 4), "greatest"),
    ),
    Claim(
        id="readout_subclasses",
        sentence="A linear read-out of {category}-selective units distinguishes every sub-class of "
        "{category} from sounds without {category}: the least AP over chance is {ours}",
        computed="Of each network the least difference, over sub-classes, of average precision and "
        "chance",
        ours=Selection(
            "readout/subclasses",
            "average_precision",
            less="chance",
            worst="least",
            known_only=True,
        ),
        compared_with=0.0,
    ),
)
MEMORISATION = (
    Claim(
        id="memorisation_train",
        sentence="Networks trained with random labels know these by heart: a mean AP of {ours}, "
        "more than with the scores of another class",
        computed="Mean AP on train clips by the labels trained on; chance gives each class the "
        "scores of another, at the upper end of 95% of such",
        ours=_memorised("mean_average_precision", "train"),
        compared_with=_memorised("null_high", "train"),
    ),
    Claim(
        id="memorisation_test",
        sentence="On new clips with their true labels, networks trained with random labels are at "
        "chance, with a mean AP of {ours}",
        computed="Mean AP on test clips by their true labels; chance gives each class the scores "
        "of another",
        ours=_memorised("mean_average_precision", "test"),
        compared_with=_memorised("null_mean", "test"),
        direction="equal",
        contrast=Contrast(
            _memorised("mean_average_precision", "test", REFERENCE),
            _memorised("null_mean", "test", REFERENCE),
            "what networks trained with true labels have over chance",
        ),
    ),
)
ABLATION = (
    _ablated("ablation_baseline", "baseline_above_top", "with all units"),
    _ablated(
        "ablation_largest_response",
        "largest_response_above_top",
        "without those of largest mean response",
    ),
    Claim(
        id="ablation_other_groups",
        sentence="Without the most {category}-selective units, networks detect other classes with "
        "a mean AP of {ours}, less than without as many from the middle or the bottom of the "
        "ranking",
        computed="Mean over classes of the average precision, with these units silenced",
        ours=without("top"),
        compared_with=without(("middle", "bottom"), "least"),
        direction="below",
    ),
)
NATURAL_SOUNDS = (
    _on_natural_sounds("reference", REFERENCE, "{Category}-selective units"),
    _on_natural_sounds(
        "with_category", WITH_CATEGORY, "With {category} in training, {category}-selective units"
    ),
    _on_natural_sounds(
        "untrained",
        UNTRAINED,
        "Without training, {category}-selective units",
        ", less than in networks trained without {category}",
    ),
    _on_natural_sounds(
        "gbfb",
        "gbfb",
        "The most {category}-selective Gabor filters",
        ", less than units of networks trained without {category}",
    ),
    Claim(
        id="natural_sounds_above_with_category",
        sentence="Without {category} in training, {category}-selective units respond {ours} times "
        "as strongly to natural sounds that are {category} as to others, more than with it",
        computed=ON_NATURAL_SOUNDS,
        ours=on_natural_sounds(),
        compared_with=on_natural_sounds(WITH_CATEGORY),
    ),
    Claim(
        id="natural_sounds_categories",
        sentence="{Category}-selective units respond more to each kind of natural sounds that is "
        "{category} than to each of the others: to the least of the former with {ours}",
        computed="Mean response by the sounds' own category; of each network the least of those "
        "that are {category}, beside the greatest of the others",
        ours=to_categories(True, "least"),
        compared_with=to_categories(False, "greatest"),
    ),
    Claim(
        id="natural_sounds_brain",
        sentence="The response of the human brain's component for {category} to natural sounds "
        "that are {category} is {ours} times that to others, more than in networks trained without "
        "{category}",
        computed="Mean over these sounds of the component's response, over that over the others",
        ours=on_natural_sounds(BRAIN),
        compared_with=on_natural_sounds(),
    ),
)
OF_WITHOUT_MORE = Claim(
    id="without_more_ratio",
    sentence="Without {category} and {more} in training, {category}-selective units respond {ours} "
    "times as strongly to {category} as to other sounds",
    computed=RATIO + COMPARED,
    ours=ratio(features=WITHOUT_MORE),
    compared_with=null_ratio(WITHOUT_MORE),
    beside=ratio("null_p", WITHOUT_MORE),
)


def findings_on(other: str, features: str) -> tuple[Claim, ...]:
    """Findings on units chosen for another category than the target, in networks of a role."""
    words = other.replace("_", " ")
    where = " in networks that never heard it" if features == WITHOUT_MORE else ""
    return (
        Claim(
            id=f"selectivity_of_{other}",
            sentence=f"Units that are chosen for {words}{where} respond {{ours}} times as strongly "
            "to it as to other sounds",
            computed=f"As for {{category}}, with units chosen for {words}{COMPARED}",
            ours=ratio(features=features, category=other),
            compared_with=null_ratio(features, other),
            beside=ratio("null_p", features, other),
        ),
        Claim(
            id=f"selectivity_of_{other}_weaker",
            sentence=f"The ratio of responses to {words} and to other sounds is {{ours}} in units "
            f"that are chosen for {words}, less than that of {{category}}-selective units for "
            "{category}",
            computed=f"As for {{category}}, with units chosen for {words}",
            ours=ratio(features=features, category=other),
            compared_with=ratio(features=features),
            direction="below",
        ),
    )
