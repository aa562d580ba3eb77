"""Findings on sound quilts: what units lose where sounds are cut and joined in another order."""

from __future__ import annotations

from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    TARGET,
    UNTRAINED,
    WITHOUT_MORE,
    Claim,
    Contrast,
    Selection,
)

LENGTHS_MS = (50, 100, 200, 400, 800, 1600)
SHORTEST = "50ms"
SHORT, LONG = ("50ms", "100ms", "200ms"), ("400ms", "800ms", "1600ms")
ALL = (*SHORT, *LONG)
GROUPS = ("category", "other")
KEPT = "Mean response to quilts over that to the original, both cut alike"
OF_LENGTHS = "; of each network the {} of these segment lengths"
LOST = "what quilts of the shortest segments take from the response to {category}"


def quilted(
    column: str,
    stimulus: str | tuple[str, ...] = SHORTEST,
    units: str = "selective",
    group: str | tuple[str, ...] = "category",
    features: str = REFERENCE,
    category: str = TARGET,
    worst: str = "",
) -> Selection:
    """Numbers of the analysis quilts: `response` or `relative`, what is kept of the original's."""
    where = {"stimulus": stimulus, "units": units, "group": group}
    return Selection("quilts", column, features, where, category, worst=worst)


def quilt_test(
    column: str, comparison: str, units: str = "selective", group: str = "category"
) -> Selection:
    """Tests over networks of the analysis quilts."""
    where = {"comparison": comparison, "units": units, "group": group}
    return Selection("quilts/tests", column, where=where)


def loss_of(features: str = REFERENCE) -> Contrast:
    """What the shortest segments take from the selective units' response to the target."""
    return Contrast(quilted("relative", "original", features=features), kept(features), LOST)


def kept(features: str = REFERENCE) -> Selection:
    """What selective units keep of their response to the target at the shortest segments."""
    return quilted("relative", features=features)


def _correlated(id: str, group: str, sounds: str) -> Claim:
    comparison = "correlation with segment length"
    return Claim(
        id=id,
        sentence=f"The response of {{category}}-selective units to quilts of {sounds} grows with "
        "the segment length, with a correlation of {ours}",
        computed="Pearson's r of the response and the segment length in ms, over all networks and "
        "lengths; the interval is over networks, of each one's own r",
        ours=quilt_test("statistic", comparison, group=group),
        compared_with=0.0,
        beside=quilt_test("log10_p", comparison, group=group),
        two_way=quilt_test("two_way_low", comparison, group=group),
    )


def _falls(id: str, stimuli: tuple[str, ...], group: str, sounds: str, words: str) -> Claim:
    return Claim(
        id=id,
        sentence=f"Of their response to {sounds}, {{category}}-selective units keep at most "
        f"{{ours}} in quilts of {words} segments, less than all",
        computed=KEPT + OF_LENGTHS.format("greatest"),
        ours=quilted("relative", stimuli, group=group, worst="greatest"),
        compared_with=1.0,
        direction="below",
    )


def _flat(
    id: str,
    sentence: str,
    *,
    stimuli: tuple[str, ...] = ALL,
    units: str = "selective",
    group: str | tuple[str, ...] = "category",
    features: str = REFERENCE,
    category: str = TARGET,
    contrast: str = REFERENCE,
) -> Claim:
    """Responses that quilting leaves as they are: the most that it takes is none."""
    return Claim(
        id=id,
        sentence=sentence,
        computed=KEPT + OF_LENGTHS.format("least"),
        ours=quilted("relative", stimuli, units, group, features, category, "least"),
        compared_with=1.0,
        direction="not below",
        contrast=loss_of(contrast),
    )


FINDINGS = (
    Claim(
        id="quilts_loss",
        sentence="Of their response to {category}, {category}-selective units keep {ours} in 50-ms "
        "quilts, less than all",
        computed=KEPT,
        ours=kept(),
        compared_with=1.0,
        direction="below",
    ),
    _falls("quilts_short", SHORT, "category", "{category}", "50- to 200-ms"),
    _flat(
        "quilts_long",
        "Of their response to {category}, {category}-selective units keep {ours} or more in quilts "
        "of segments of 400 ms and longer, which is all",
        stimuli=LONG,
    ),
    _correlated("quilts_correlation", "category", "{category}"),
    _falls("quilts_other_sounds", SHORT, "other", "other sounds", "50- to 200-ms"),
    _correlated("quilts_correlation_other_sounds", "other", "other sounds"),
    _flat(
        "quilts_other_units",
        "Of their response to {category} and to other sounds, units that are not "
        "{category}-selective keep {ours} or more in quilts of any segment length, which is all",
        units="other",
        group=GROUPS,
    ),
    _flat(
        "quilts_gbfb",
        "Of their response to {category}, the most {category}-selective Gabor filters keep {ours} "
        "or more in quilts of any segment length, which is all",
        features="gbfb",
    ),
    _flat(
        "quilts_untrained",
        "Of their response to {category}, {category}-selective units of untrained networks keep "
        "{ours} or more in quilts of any segment length, which is all",
        features=UNTRAINED,
    ),
    Claim(
        id="quilts_subclasses",
        sentence="Of their response to the sub-class of {category} that 50-ms quilts change least, "
        "{category}-selective units keep {ours}, less than all",
        computed=KEPT + "; of each network the greatest over sub-classes",
        ours=Selection(
            "quilts/subclasses",
            "relative",
            where={"stimulus": SHORTEST},
            worst="greatest",
            known_only=True,
        ),
        compared_with=1.0,
        direction="below",
    ),
)


def _memorised(stimulus: str) -> Claim:
    return Claim(
        id=f"memorisation_quilts_{stimulus}",
        sentence="Of their response to {category}, units of networks that memorised random labels "
        f"keep {{ours}} in {stimulus.removesuffix('ms')}-ms quilts, more than those of networks "
        "trained on true labels",
        computed=KEPT,
        ours=quilted("relative", stimulus, features=MEMORISED),
        compared_with=quilted("relative", stimulus),
    )


OF_MEMORISED = (_memorised("50ms"), _memorised("100ms"))
OF_WITHOUT_MORE = Claim(
    id="without_more_quilts",
    sentence="Without {category} and {more} in training, {category}-selective units keep {ours} of "
    "their response to {category} in 50-ms quilts, more than without {category} alone",
    computed=KEPT,
    ours=kept(WITHOUT_MORE),
    compared_with=kept(),
)


def findings_on(other: str, features: str, unheard: bool) -> tuple[Claim, ...]:
    """Findings on quilts of another category than the target, in networks of a role.

    Args:
        other: The category.
        features: The role.
        unheard: Whether these networks heard nothing of it: then no effect is expected, else a
            weaker one.
    """
    words = other.replace("_", " ")
    if unheard:
        sentence = (
            f"Of their response to {words}, units that are chosen for it in networks that never "
            f"heard it keep {{ours}} or more in quilts of any segment length, which is all"
        )
        flat = _flat(
            f"quilts_of_{other}", sentence, features=features, category=other, contrast=features
        )
        return (flat,)
    weaker = Claim(
        id=f"quilts_of_{other}_weaker",
        sentence=f"Of their response to {words}, units that are chosen for it keep {{ours}} in "
        "50-ms quilts, more than {category}-selective units do of theirs to {category}",
        computed=KEPT,
        ours=quilted("relative", features=features, category=other),
        compared_with=kept(features),
    )
    return (weaker,)
