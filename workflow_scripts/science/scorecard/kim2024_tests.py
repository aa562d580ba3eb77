"""Every test that Kim, Kim & Jeong (2024) printed, as data: statistic, p and effect size.

Each is as printed, p with as many digits. Of a test whose effect size (or r) is the size of its
finding, that stands with the finding and is no number here.
"""

from __future__ import annotations

from science.scorecard.claims import BRAIN, MEMORISED, UNTRAINED, WITH_CATEGORY, Selection
from science.scorecard.findings_networks import separated
from science.scorecard.findings_quilts import LENGTHS_MS, LONG, SHORTEST, quilt_test, quilted
from science.scorecard.findings_units import (
    ablated,
    on_natural_sounds,
    ratio,
    read_out,
    to_categories,
    without,
)
from science.scorecard.kim2024 import (
    ABLATION,
    MEAN_RESPONSE,
    MEMORISATION,
    NATURAL_SOUNDS,
    ONE_SIDED,
    QUILTS,
    READOUT,
    SELECTIVITY,
    SEPARABILITY,
)
from science.scorecard.published import CORRELATION, RANK_SUM, SIGNED_RANK, PublishedTest

MIDDLE_GROUPS = {2: "12.5-25%", 3: "25-37.5%", 4: "37.5-50%"}


def _networks(
    finding: str, where: str, what: str, first: Selection, second: float | Selection
) -> PublishedTest:
    """Five networks that are all larger, by the signed-rank test."""
    return PublishedTest(
        finding, where, what, SIGNED_RANK, 5, 5, "15", "0.031", "1", first=first, second=second
    )


def _conditions(
    finding: str,
    where: str,
    what: str,
    first: Selection,
    second: Selection,
    printed: tuple[str, str, str] = ("25", "0.006", "1"),
) -> PublishedTest:
    """Five networks against five, by the rank-sum test."""
    return PublishedTest(finding, where, what, RANK_SUM, 5, 5, *printed, first=first, second=second)


UNITS_OF = {"selective": "music-selective units", "other": "other units"}
SOUNDS_OF = {"category": "music", "other": "other sounds"}
# For units and sounds: W, p and effect size of original above quilt, by segment length.
ORIGINAL_ABOVE_QUILT = {
    ("selective", "category"): (
        "15 15 15 8 0 1",
        "0.031 0.031 0.031 0.500 1.000 0.969",
        "1 1 1 0.533 0 0.067",
    ),
    ("selective", "other"): (
        "15 15 15 0 0 0",
        "0.031 0.031 0.031 1 1 1",
        "1 1 1 0 0 0",
    ),
    ("other", "category"): (
        "2 3 9 7 2 9",
        "0.938 0.906 0.406 0.594 0.938 0.406",
        "0.133 0.2 0.6 0.467 0.133 0.6",
    ),
    ("other", "other"): (
        "3 2 5 1 1 4",
        "0.906 0.938 0.781 0.969 0.969 0.844",
        "0.2 0.133 0.333 0.067 0.067 0.267",
    ),
}
RANDOM_LABELS_KEEP_MORE = (
    "25 25 17 14 10 15",
    "0.006 0.006 0.202 0.417 0.735 0.338",
    "1 1 0.68 0.56 0.4 0.6",
)


def _finding_of_quilts(units: str, group: str, stimulus: str) -> str:
    if units == "other":
        return "quilts_other_units"
    if group == "other":
        return "quilts_other_sounds"
    if stimulus == SHORTEST:
        return "quilts_loss"
    return "quilts_long" if stimulus in LONG else "quilts_short"


def _columns(printed: tuple[str, str, str]) -> list[tuple[int, str, str, str]]:
    """Segment length with statistic, p and effect size."""
    return list(zip(LENGTHS_MS, *(of.split() for of in printed), strict=True))


def _quilt_tests() -> list[PublishedTest]:
    tests = []
    for (units, group), printed in ORIGINAL_ABOVE_QUILT.items():
        for length, *values in _columns(printed):
            stimulus = f"{length}ms"
            tests.append(
                PublishedTest(
                    _finding_of_quilts(units, group, stimulus),
                    f"{QUILTS} (Fig. 4)",
                    f"{UNITS_OF[units]}, {SOUNDS_OF[group]}: original above {length}-ms quilts",
                    SIGNED_RANK,
                    5,
                    5,
                    *values,
                    first=quilted("response", "original", units, group),
                    second=quilted("response", stimulus, units, group),
                )
            )
    for length, *values in _columns(RANDOM_LABELS_KEEP_MORE):
        stimulus = f"{length}ms"
        tests.append(
            _conditions(
                f"memorisation_quilts_{'50ms' if length == 50 else '100ms'}",
                MEMORISATION,
                f"random labels keep more of the response to music in {length}-ms quilts",
                quilted("relative", stimulus, features=MEMORISED),
                quilted("relative", stimulus),
                tuple(values),
            )
        )
    return tests


def _correlation(finding: str, sounds: str, group: str, r: str, p: str) -> PublishedTest:
    return PublishedTest(
        finding,
        f"{QUILTS} (Fig. 4)",
        f"correlation of response and segment length, {sounds}, 30 points",
        CORRELATION,
        30,
        30,
        r,
        p,
        sidedness="two-sided",
        row=quilt_test("statistic", "correlation with segment length", group=group),
    )


def _pooled(finding: str, what: str, comparison: str, w: str, p: str, size: str) -> PublishedTest:
    return PublishedTest(
        finding,
        ABLATION,
        f"{what}, over pairs of class and network",
        SIGNED_RANK,
        1845,
        1845,
        w,
        p,
        size,
        row=ablated("statistic", comparison),
    )


TESTS = (
    *(
        _networks(
            f"separability_{baseline}",
            SEPARABILITY,
            f"AP of the network above that of {words}",
            separated("average_precision"),
            separated("average_precision", features=baseline),
        )
        for baseline, words in (("pca", "principal components"), ("gbfb", "Gabor filters"))
    ),
    PublishedTest(
        "mean_response_effect_size",
        MEAN_RESPONSE,
        "music above other clips in one network",
        RANK_SUM,
        3999,
        11010,
        "30,340,954",
        "4.891e-276",
        "0.689",
        row=Selection("mean_response", "statistic"),
    ),
    _conditions(
        "selectivity_gbfb",
        SELECTIVITY,
        "ratio of no_music above that of Gabor filters",
        ratio(),
        ratio(features="gbfb"),
    ),
    _conditions(
        "selectivity_untrained",
        SELECTIVITY,
        "ratio of no_music above that of untrained",
        ratio(),
        ratio(features=UNTRAINED),
    ),
    PublishedTest(
        "selectivity_with_category",
        SELECTIVITY,
        "ratio of no_music against that of music",
        RANK_SUM,
        5,
        5,
        "11",
        "0.417",
        "0.440",
        sidedness="less",
        first=ratio(),
        second=ratio(features=WITH_CATEGORY),
        slip=ONE_SIDED,
    ),
    *(
        _conditions(
            "readout_other_groups",
            READOUT,
            f"AP of the most selective units above that of those at {words}",
            read_out(1),
            read_out(place),
        )
        for place, words in MIDDLE_GROUPS.items()
    ),
    _conditions(
        "natural_sounds_above_with_category",
        NATURAL_SOUNDS,
        "ratio on natural sounds, no_music above music",
        on_natural_sounds(),
        on_natural_sounds(WITH_CATEGORY),
        ("22", "0.030", "0.880"),
    ),
    *(
        _conditions(
            f"natural_sounds_{name}",
            NATURAL_SOUNDS,
            f"ratio on natural sounds, no_music above {words}",
            on_natural_sounds(),
            on_natural_sounds(features),
            ("25", "0.006", ""),
        )
        for name, features, words in (
            ("untrained", UNTRAINED, "untrained"),
            ("gbfb", "gbfb", "Gabor filters"),
        )
    ),
    PublishedTest(
        "natural_sounds_categories",
        NATURAL_SOUNDS,
        "either category of music above each of the nine others",
        SIGNED_RANK,
        5,
        5,
        "15",
        "0.031",
        first=to_categories(True, "least"),
        second=to_categories(False, "greatest"),
    ),
    PublishedTest(
        "natural_sounds_brain",
        NATURAL_SOUNDS,
        "ratio of the brain above that of no_music",
        SIGNED_RANK,
        5,
        5,
        "15",
        "0.031",
        first=on_natural_sounds(BRAIN),
        second=on_natural_sounds(),
    ),
    *_quilt_tests(),
    _correlation("quilts_correlation", "music", "category", "0.601", "4.447e-4"),
    _correlation("quilts_correlation_other_sounds", "other sounds", "other", "0.38", "0.036"),
    *(
        _networks(
            finding,
            ABLATION,
            f"AP without the most selective units below that {words}",
            without(group),
            without("top"),
        )
        for finding, group, words in (
            ("ablation_baseline", "baseline", "with all"),
            ("ablation_largest_response", "largest_response", "without the largest responses"),
            ("ablation_other_groups", "middle", "without the middle of the ranking"),
            ("ablation_other_groups", "bottom", "without its bottom"),
        )
    ),
    _pooled(
        "ablation_baseline",
        "baseline above top silenced",
        "baseline_above_top",
        "1,560,865",
        "3.027e-211",
        "0.917",
    ),
    _pooled(
        "ablation_largest_response",
        "largest responses silenced above top silenced",
        "largest_response_above_top",
        "1,223,566",
        "9.740e-60",
        "0.719",
    ),
)
