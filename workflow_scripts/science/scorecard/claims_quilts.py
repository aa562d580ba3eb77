"""Published numbers on other stimuli and other categories: natural sounds, quilts, speech."""

from __future__ import annotations

from science.scorecard.claims import NO_MUSIC, Claim, Selection

NO_SPEECH = "no_music_no_speech"
MEMORISED = "random_labels"
ON_NATURAL_SOUNDS = (
    "Mean response of the units chosen on the train split to the natural sounds that are music, "
    "over that to the others"
)
TO_QUILTS = "Mean response over units and pure test clips, original and quilts cut alike"
KEPT = "Mean response to the quilts over that to the original"
TESTED_ON_QUILTS = "Results, sound quilts (U = 15, p = 0.031)"


def _on_natural_sounds(**where: str) -> Selection:
    return Selection("natural165", "ratio", where)


def _to_quilts(column: str, stimulus: str, units: str, group: str) -> Selection:
    return Selection("quilts", column, {"stimulus": stimulus, "units": units, "group": group})


def _tested_on_music(column: str, comparison: str) -> Selection:
    where = {"comparison": comparison, "units": "selective", "group": "music"}
    return Selection("quilts/tests", column, where)


def _of_category(column: str, category: str) -> Selection:
    return Selection("categories", column, {"split": "test", "category": category})


def _without_speech(column: str) -> Selection:
    return Selection("speech_removal", column, {"features": NO_SPEECH})


def _memorised(stimulus: str) -> Claim:
    def of_pairs(column: str) -> Selection:
        where = {"features": MEMORISED, "stimulus": stimulus}
        return Selection("memorisation_quilts", column, where, relative_to=NO_MUSIC)

    length = stimulus.removesuffix("ms")
    return Claim(
        id=f"memorisation_quilts_{stimulus}",
        sentence="Of their response to music, units of networks that memorised random labels keep "
        f"more in quilts of {length} ms in {{ours}} of the pairs of one such network and one other",
        where="Results, memorisation (U = 25 of 25, p = 0.006)",
        computed="U / (n1 n2) of the rank-sum test over networks of the response to the quilts "
        "over that to the original",
        published=1.0,
        ours=of_pairs("share_of_reference_below"),
        compared_with=0.5,
        own_p=of_pairs("log10_p"),
    )


def _weaker_than_music(category: str) -> Claim:
    return Claim(
        id=f"categories_{category}_below_music",
        sentence=f"Units that are chosen for {category} respond {{ours}} times as strongly to it "
        "as to other sounds, less than music-selective units do to music",
        where="Results, other categories",
        computed="As for music, with units chosen for the category",
        ours=_of_category("ratio", category),
        compared_with=Selection("selectivity", "ratio", {"split": "test"}),
        direction="below",
    )


CLAIMS = (
    Claim(
        id="natural165_no_music",
        sentence="To natural sounds, music-selective units respond {ours} times as strongly where "
        "these are music",
        where="Results, natural sounds",
        computed=ON_NATURAL_SOUNDS,
        published=1.88,
        published_spread=0.13,
        ours=_on_natural_sounds(),
        compared_with=1.0,
        own_p=Selection("natural165", "log10_p"),
    ),
    Claim(
        id="natural165_music",
        sentence="With music in training, music-selective units respond {ours} times as strongly "
        "to natural sounds that are music as to others",
        where="Results, natural sounds",
        computed=ON_NATURAL_SOUNDS,
        published=1.61,
        published_spread=0.16,
        ours=_on_natural_sounds(features="music"),
        compared_with=1.0,
        own_p=Selection("natural165", "log10_p", {"features": "music"}),
    ),
    Claim(
        id="natural165_untrained",
        sentence="Without training, music-selective units respond {ours} times as strongly to "
        "natural sounds that are music as to others, less than in networks trained without music",
        where="Results, natural sounds",
        computed=ON_NATURAL_SOUNDS,
        published=1.03,
        published_spread=0.0044,
        ours=_on_natural_sounds(features="untrained"),
        compared_with=_on_natural_sounds(),
        direction="below",
    ),
    Claim(
        id="natural165_gbfb",
        sentence="The most music-selective Gabor filters respond {ours} times as strongly to "
        "natural sounds that are music as to others, less than units of networks trained without "
        "music",
        where="Results, natural sounds",
        computed=ON_NATURAL_SOUNDS,
        published=0.95,
        ours=_on_natural_sounds(features="gbfb"),
        compared_with=_on_natural_sounds(),
        direction="below",
    ),
    Claim(
        id="quilts_original",
        sentence="Music-selective units respond to music as it is with {ours}, more than to its "
        "quilts of 50 ms",
        where=TESTED_ON_QUILTS,
        computed=TO_QUILTS,
        published=0.768,
        published_spread=0.030,
        ours=_to_quilts("response", "original", "selective", "music"),
        compared_with=_to_quilts("response", "50ms", "selective", "music"),
    ),
    Claim(
        id="quilts_50ms",
        sentence="Music-selective units respond to quilts of 50 ms of music with {ours}, less than "
        "to music as it is",
        where=TESTED_ON_QUILTS,
        computed=TO_QUILTS,
        published=0.599,
        published_spread=0.047,
        ours=_to_quilts("response", "50ms", "selective", "music"),
        compared_with=_to_quilts("response", "original", "selective", "music"),
        direction="below",
    ),
    Claim(
        id="quilts_original_above_50ms",
        sentence="Music-selective units respond less to quilts of 50 ms of music than to music as "
        "it is, in networks that hold {ours} of the signed ranks",
        where=TESTED_ON_QUILTS,
        computed="W / (N (N + 1) / 2) of the signed-rank test over networks",
        published=1.0,
        ours=_tested_on_music("effect_size", "original above 50ms"),
        compared_with=0.5,
        own_p=_tested_on_music("log10_p", "original above 50ms"),
    ),
    Claim(
        id="quilts_correlation",
        sentence="The response of music-selective units to quilts of music grows with the "
        "logarithm of the segment length, with a correlation of {ours}",
        where="Results, sound quilts",
        computed="Pearson's r over networks and lengths of the response over that to the original",
        ours=_tested_on_music("effect_size", "correlation with log segment length"),
        compared_with=0.0,
        own_p=_tested_on_music("log10_p", "correlation with log segment length"),
    ),
    Claim(
        id="quilts_non_music",
        sentence="Of their response to other sounds, music-selective units keep {ours} in quilts "
        "of 50 ms, more than of that to music",
        where="Results, sound quilts",
        computed=KEPT,
        ours=_to_quilts("relative", "50ms", "selective", "non-music"),
        compared_with=_to_quilts("relative", "50ms", "selective", "music"),
    ),
    Claim(
        id="quilts_other_units",
        sentence="Units that are not music-selective respond to quilts of 50 ms of music with "
        "{ours} of their response to the original: no less, and more than selective units do",
        where="Results, sound quilts (flat, in words)",
        computed=KEPT,
        published=1.0,
        ours=_to_quilts("relative", "50ms", "other", "music"),
        compared_with=_to_quilts("relative", "50ms", "selective", "music"),
    ),
    _memorised("50ms"),
    _memorised("100ms"),
    Claim(
        id="speech_removal_ratio",
        sentence="With neither music nor speech in training, music-selective units respond {ours} "
        "times as strongly to music as to other sounds",
        where="Results, speech removal",
        computed="As for networks trained with speech, test clips",
        published=1.77,
        ours=_without_speech("ratio_test"),
        compared_with=_without_speech("null_mean_test"),
    ),
    Claim(
        id="speech_removal_quilts",
        sentence="With neither music nor speech in training, music-selective units lose {ours} of "
        "their response to music in quilts of the shortest segments, less than with speech in "
        "training",
        where="Results, speech removal",
        computed="1 less the mean response to these quilts over that to the original",
        ours=_without_speech("quilt_loss"),
        compared_with=Selection("speech_removal", "quilt_loss"),
        direction="below",
    ),
    Claim(
        id="categories_speech",
        sentence="Units that are chosen for speech respond {ours} times as strongly to it",
        where="Results, other categories",
        computed="As for music, with units chosen for speech",
        published=1.31,
        ours=_of_category("ratio", "speech"),
        compared_with=_of_category("null_mean", "speech"),
        own_p=_of_category("null_p", "speech"),
    ),
    Claim(
        id="categories_speech_quilts",
        sentence="Units that are chosen for speech respond to quilts of 50 ms of speech with "
        "{ours} of their response to the original: no less, and more than music-selective units do "
        "to music",
        where="Results, other categories (no effect, in words)",
        computed=KEPT,
        published=1.0,
        ours=Selection(
            "categories/quilts",
            "relative",
            {"category": "speech", "units": "selective", "group": "category", "stimulus": "50ms"},
        ),
        compared_with=_to_quilts("relative", "50ms", "selective", "music"),
    ),
    _weaker_than_music("speech"),
    _weaker_than_music("vehicle"),
    _weaker_than_music("animal"),
    _weaker_than_music("water"),
)
