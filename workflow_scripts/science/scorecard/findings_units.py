"""Findings on the selective units: their ratio, its controls, what they are good for, quilts."""

from __future__ import annotations

from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    TARGET,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Bound,
    Claim,
    Selection,
)

RATIO = (
    "Mean response to pure {category} over that to clips without it, of the top units by the index "
    "of the train split"
)
ON_NATURAL_SOUNDS = (
    "Mean response of the units chosen on the train split to the natural sounds that are "
    "{category}, over that to the others"
)
TO_QUILTS = "Mean response over units and pure test clips, original and quilts cut alike"
KEPT = "Mean response to the quilts over that to the original"
# An AP of one half: of the clips at least as high as a true one, half are true on average.
KNOWN_BY_HEART = 0.5


def _ratio(
    column: str = "ratio", split: str = "test", features: str = REFERENCE, category: str = TARGET
) -> Selection:
    return Selection("selectivity", column, features, {"split": split}, category)


def _selective(split: str, clips: str) -> Claim:
    return Claim(
        id=f"selectivity_ratio_{split}",
        sentence="{Category}-selective units respond {ours} times as strongly to {category} as to "
        f"other sounds, in {clips}",
        computed=f"{RATIO}, {split} clips",
        ours=_ratio(split=split),
        compared_with=_ratio("null_mean", split),
        own_p=_ratio("null_p", split),
    )


def _attenuated(split: str) -> Claim:
    return Claim(
        id=f"loudness_ratio_{split}",
        sentence="With every clip at one RMS level and {category} then attenuated 1:8, "
        "{category}-selective units respond {ours} times as strongly to {category} as to other "
        f"sounds on the {split} split",
        computed=f"{RATIO}, {split} clips with their log-Mel shifted",
        ours=Selection("loudness", "ratio", where={"split": split, "attenuation": 8}),
        compared_with=1.0,
    )


TRAINING = {REFERENCE: "Without", WITH_CATEGORY: "With"}
OUTCOMES = {
    WITH_CATEGORY: "no differently than in networks trained with {category}",
    UNTRAINED: "more than in untrained networks",
    "gbfb": "more than the most {category}-selective Gabor filters do",
}


def _compared(id: str, features: str, other: str) -> Claim:
    return Claim(
        id=f"contrasts_{id}",
        sentence=f"{TRAINING[features]} {{category}} in training, {{category}}-selective units "
        "respond {ours} times as strongly to {category} as to other sounds, " + OUTCOMES[other],
        computed=f"{RATIO}, test clips",
        ours=_ratio(features=features),
        compared_with=_ratio(features=other),
        direction="equal" if other == WITH_CATEGORY else "above",
    )


def _memorised(column: str, split: str, features: str = MEMORISED) -> Selection:
    return Selection("memorisation", column, features, {"split": split}, category=None)


def _ablated(comparison: str, sentence: str) -> Claim:
    def of_pairs(column: str) -> Selection:
        return Selection("ablation", column, where={"comparison": comparison}, category=None)

    return Claim(
        id=f"ablation_{comparison}",
        sentence=sentence,
        computed="W / (N (N + 1) / 2) of the signed-rank test of AP by class and network",
        ours=of_pairs("effect_size"),
        compared_with=0.5,
        own_p=of_pairs("log10_p"),
    )


def _on_natural_sounds(name: str, features: str, sentence: str, tested: bool) -> Claim:
    """Units of some features, tested for a preference or compared with the reference's."""
    return Claim(
        id=f"natural_sounds_{name}",
        sentence=sentence,
        computed=ON_NATURAL_SOUNDS,
        ours=Selection("natural_sounds", "ratio", features),
        compared_with=1.0 if tested else Selection("natural_sounds", "ratio"),
        direction="above" if tested else "below",
        own_p=Selection("natural_sounds", "log10_p", features) if tested else None,
    )


def _to_quilts(
    column: str,
    stimulus: str = "50ms",
    units: str = "selective",
    group: str = "category",
    category: str = TARGET,
) -> Selection:
    where = {"stimulus": stimulus, "units": units, "group": group}
    return Selection("quilts", column, where=where, category=category)


def _tested_on_quilts(column: str, comparison: str) -> Selection:
    where = {"comparison": comparison, "units": "selective", "group": "category"}
    return Selection("quilts/tests", column, where=where)


def _memorised_quilts(stimulus: str) -> Claim:
    def of_pairs(column: str) -> Selection:
        where = {"measure": "relative", "stimulus": stimulus}
        return Selection("contrasts/networks", column, MEMORISED, where, second=REFERENCE)

    return Claim(
        id=f"contrasts_memorised_quilts_{stimulus}",
        sentence="Of their response to {category}, units of networks that memorised random labels "
        f"keep more in {stimulus.removesuffix('ms')}-ms quilts in {{ours}} of the pairs of one "
        "such network and one other",
        computed="U / (n1 n2) of the rank-sum test over networks of the response to the quilts "
        "over that to the original",
        ours=of_pairs("share"),
        compared_with=0.5,
        own_p=of_pairs("log10_p"),
    )


def _quilt_loss(features: str) -> Selection:
    return Selection("contrasts/networks", "value", features, {"measure": "quilt_loss"})


FINDINGS = (
    _selective("test", "clips that had no part in choosing them"),
    _selective("train", "the clips they were chosen by"),
    _attenuated("train"),
    _attenuated("test"),
    Claim(
        id="readout_mean_ap",
        sentence="A linear read-out of {category}-selective units alone distinguishes sub-classes "
        "of {category} from sounds without {category} with a mean AP of {ours}",
        computed="Mean over sub-classes of the average precision of a linear regression on these "
        "units",
        ours=Selection("readout", "mean_average_precision"),
        compared_with=Selection("readout", "chance"),
    ),
    _compared("like_with_category", REFERENCE, WITH_CATEGORY),
    _compared("above_untrained", REFERENCE, UNTRAINED),
    _compared("above_gbfb", REFERENCE, "gbfb"),
    _compared("with_category_above_untrained", WITH_CATEGORY, UNTRAINED),
    _compared("with_category_above_gbfb", WITH_CATEGORY, "gbfb"),
    Claim(
        id="memorisation_train",
        sentence="Networks trained with random labels know these by heart: a mean AP of {ours}",
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
        computed="Mean AP on test clips by their true labels; chance gives each class the scores "
        "of another, its range being 95% of such",
        ours=_memorised("mean_average_precision", "test"),
        compared_with=_memorised("mean_average_precision", "test", REFERENCE),
        direction="below",
        bound=Bound(_memorised("null_high", "test"), "the upper end of chance's range"),
    ),
    _ablated(
        "baseline_above_top",
        "Without the most {category}-selective units, AP falls in pairs of class and network that "
        "hold {ours} of the signed ranks",
    ),
    _ablated(
        "l1_norm_above_top",
        "Without the most {category}-selective units, AP falls further than without those of "
        "largest L1 norm, in pairs of class and network that hold {ours} of the signed ranks",
    ),
    _on_natural_sounds(
        "reference",
        REFERENCE,
        "To natural sounds, {category}-selective units respond {ours} times as strongly where "
        "these are {category}",
        tested=True,
    ),
    _on_natural_sounds(
        "with_category",
        WITH_CATEGORY,
        "With {category} in training, {category}-selective units respond {ours} times as strongly "
        "to natural sounds that are {category} as to others",
        tested=True,
    ),
    _on_natural_sounds(
        "untrained",
        UNTRAINED,
        "Without training, {category}-selective units respond {ours} times as strongly to natural "
        "sounds that are {category} as to others, less than in networks trained without {category}",
        tested=False,
    ),
    _on_natural_sounds(
        "gbfb",
        "gbfb",
        "The most {category}-selective Gabor filters respond {ours} times as strongly to natural "
        "sounds that are {category} as to others, less than units of networks trained without "
        "{category}",
        tested=False,
    ),
    Claim(
        id="quilts_original",
        sentence="{Category}-selective units respond to intact {category} with {ours}, more than "
        "to its 50-ms quilts",
        computed=TO_QUILTS,
        ours=_to_quilts("response", "original"),
        compared_with=_to_quilts("response"),
    ),
    Claim(
        id="quilts_50ms",
        sentence="{Category}-selective units respond to 50-ms quilts of {category} with {ours}, "
        "less than to intact {category}",
        computed=TO_QUILTS,
        ours=_to_quilts("response"),
        compared_with=_to_quilts("response", "original"),
        direction="below",
    ),
    Claim(
        id="quilts_original_above_50ms",
        sentence="{Category}-selective units respond less to 50-ms quilts of {category} than to "
        "intact {category}, in networks that hold {ours} of the signed ranks",
        computed="W / (N (N + 1) / 2) of the signed-rank test over networks",
        ours=_tested_on_quilts("effect_size", "original above 50ms"),
        compared_with=0.5,
        own_p=_tested_on_quilts("log10_p", "original above 50ms"),
    ),
    Claim(
        id="quilts_correlation",
        sentence="The response of {category}-selective units to quilts of {category} grows with "
        "the logarithm of the segment length, with a correlation of {ours}",
        computed="Pearson's r over networks and lengths of the response over that to the original",
        ours=_tested_on_quilts("effect_size", "correlation with log segment length"),
        compared_with=0.0,
        own_p=_tested_on_quilts("log10_p", "correlation with log segment length"),
    ),
    Claim(
        id="quilts_other_sounds",
        sentence="Of their response to other sounds, {category}-selective units keep {ours} in "
        "50-ms quilts, more than of that to {category}",
        computed=KEPT,
        ours=_to_quilts("relative", group="other"),
        compared_with=_to_quilts("relative"),
    ),
    Claim(
        id="quilts_other_units",
        sentence="Of their response to {category}, units that are not {category}-selective keep "
        "{ours} in 50-ms quilts, more than {category}-selective units do",
        computed=KEPT,
        ours=_to_quilts("relative", units="other"),
        compared_with=_to_quilts("relative"),
    ),
    _memorised_quilts("50ms"),
    _memorised_quilts("100ms"),
    Claim(
        id="contrasts_without_more_ratio",
        sentence="Without {category} and {more} in training, {category}-selective units respond "
        "{ours} times as strongly to {category} as to other sounds",
        computed=f"{RATIO}, test clips",
        ours=_ratio(features=WITHOUT_MORE),
        compared_with=_ratio("null_mean", features=WITHOUT_MORE),
    ),
    Claim(
        id="contrasts_without_more_quilts",
        sentence="Without {category} and {more} in training, {category}-selective units lose "
        "{ours} of their response to {category} in quilts of the shortest segments, less than "
        "without {category} alone",
        computed="1 less the mean response to these quilts over that to the original",
        ours=_quilt_loss(WITHOUT_MORE),
        compared_with=_quilt_loss(REFERENCE),
        direction="below",
    ),
)


def findings_on(other: str) -> tuple[Claim, ...]:
    """Findings on units that are chosen for another category than the target."""
    words = other.replace("_", " ")
    return (
        Claim(
            id=f"selectivity_of_{other}",
            sentence=f"Units that are chosen for {words} respond {{ours}} times as strongly to it "
            "as to other sounds",
            computed=f"As for {{category}}, with units chosen for {words}",
            ours=_ratio(category=other),
            compared_with=_ratio("null_mean", category=other),
            own_p=_ratio("null_p", category=other),
        ),
        Claim(
            id=f"quilts_of_{other}",
            sentence=f"Of their response to {words}, units that are chosen for it keep {{ours}} in "
            f"50-ms quilts, more than {{category}}-selective units do of theirs to {{category}}",
            computed=KEPT,
            ours=_to_quilts("relative", category=other),
            compared_with=_to_quilts("relative"),
        ),
        Claim(
            id=f"selectivity_of_{other}_weaker",
            sentence=f"The ratio of responses to {words} and to other sounds is {{ours}} in units "
            f"that are chosen for {words}, less than that of {{category}}-selective units for "
            "{category}",
            computed=f"As for {{category}}, with units chosen for {words}",
            ours=_ratio(category=other),
            compared_with=_ratio(),
            direction="below",
        ),
    )
