"""What Kim, Kim & Jeong (2024) published: a number or a direction for each finding, and where.

Statistics count as their effect size: W = 15 of 15 and U = 25 of 25 are 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Cast,
)

CATEGORY = "music"
OTHER_CATEGORIES = ("speech", "vehicle", "animal", "water")
CONDITIONS = {
    REFERENCE: "no_music",
    WITH_CATEGORY: "music",
    UNTRAINED: "untrained",
    MEMORISED: "random_labels",
    WITHOUT_MORE: "no_music_no_speech",
}

# Near 1 a tenth would not distinguish networks (0.887) from Gabor filters (0.828).
NEAR_ONE = 0.05
OF_VARIANCE = 0.02


def cast_beside(reference: str) -> Cast:
    """The paper's conditions in a run whose reference is this."""
    return Cast(CATEGORY, CONDITIONS, reference, more="speech")


@dataclass(frozen=True)
class Published:
    """Where a finding was published, and its value, spread and tolerance as `Claim` has them."""

    where: str
    published: float = math.nan
    published_spread: float = math.nan
    tolerance: float | None = None


NOTEBOOK = "released notebook, 30 epochs"
EMBEDDING = Published("Results, embedding (in words)")
SEPARABILITY = "Results, linear separability"
CONDITIONS_IN_WORDS = Published("Results, comparison of conditions (in words)")
MEMORISATION = Published("Results, memorisation (in words)")
MEMORISED_QUILTS = Published("Results, memorisation (U = 25 of 25, p = 0.006)", 1.0)
NATURAL_SOUNDS = "Results, natural sounds"
QUILTS = "Results, sound quilts"
TESTED_ON_QUILTS = "Results, sound quilts (U = 15, p = 0.031)"
OTHERS = "Results, other categories"

PUBLISHED = {
    "detection_other_classes": Published(NOTEBOOK, 0.109),
    "detection_chance": Published(NOTEBOOK, 0.0045),
    "detection_category_classes": Published(NOTEBOOK, 0.0073),
    "embedding_network": EMBEDDING,
    "embedding_network_above_pca": EMBEDDING,
    "embedding_network_above_gbfb": EMBEDDING,
    "separability_network": Published(SEPARABILITY, 0.887, 0.005, NEAR_ONE),
    "separability_chance": Published(SEPARABILITY, 0.266),
    "separability_pca": Published(SEPARABILITY, 0.437),
    "pca_explained_variance": Published(
        "Methods, principal components", 0.965, tolerance=OF_VARIANCE
    ),
    "separability_gbfb": Published(SEPARABILITY, 0.828, tolerance=NEAR_ONE),
    "separability_network_and_pca": Published(SEPARABILITY, 0.887, 0.004, NEAR_ONE),
    "separability_network_and_gbfb": Published(SEPARABILITY, 0.894, 0.004, NEAR_ONE),
    "mean_response_effect_size": Published(
        "Results, mean response (U = 30,340,954, p = 4.89e-276)", 0.689
    ),
    "selectivity_ratio_test": Published("Results, music-selective units", 2.07),
    "selectivity_ratio_train": Published("Results, music-selective units", 2.07),
    "loudness_ratio_train": Published("Results, loudness control", 1.70),
    "loudness_ratio_test": Published("Results, loudness control", 1.68),
    "readout_mean_ap": Published("Results, genres", 0.832, 0.007, NEAR_ONE),
    "contrasts_like_with_category": CONDITIONS_IN_WORDS,
    "contrasts_above_untrained": CONDITIONS_IN_WORDS,
    "contrasts_above_gbfb": CONDITIONS_IN_WORDS,
    "contrasts_with_category_above_untrained": CONDITIONS_IN_WORDS,
    "contrasts_with_category_above_gbfb": CONDITIONS_IN_WORDS,
    "memorisation_train": MEMORISATION,
    "memorisation_test": MEMORISATION,
    "ablation_baseline_above_top": Published(
        "Results, ablation (W = 1,560,865, p = 3.03e-211)", 0.917
    ),
    "ablation_l1_norm_above_top": Published(
        "Results, ablation (W = 1,223,566, p = 9.74e-60)", 0.719
    ),
    "natural_sounds_reference": Published(NATURAL_SOUNDS, 1.88, 0.13),
    "natural_sounds_with_category": Published(NATURAL_SOUNDS, 1.61, 0.16),
    "natural_sounds_untrained": Published(NATURAL_SOUNDS, 1.03, 0.0044),
    "natural_sounds_gbfb": Published(NATURAL_SOUNDS, 0.95),
    "quilts_original": Published(TESTED_ON_QUILTS, 0.768, 0.030),
    "quilts_50ms": Published(TESTED_ON_QUILTS, 0.599, 0.047),
    "quilts_original_above_50ms": Published(TESTED_ON_QUILTS, 1.0),
    "quilts_correlation": Published(QUILTS),
    "quilts_other_sounds": Published(QUILTS),
    "quilts_other_units": Published("Results, sound quilts (flat, in words)", 1.0),
    "contrasts_memorised_quilts_50ms": MEMORISED_QUILTS,
    "contrasts_memorised_quilts_100ms": MEMORISED_QUILTS,
    "contrasts_without_more_ratio": Published("Results, speech removal", 1.77),
    "contrasts_without_more_quilts": Published("Results, speech removal"),
    "selectivity_of_speech": Published(OTHERS, 1.31),
    "quilts_of_speech": Published("Results, other categories (no effect, in words)", 1.0),
    **{f"selectivity_of_{name}_weaker": Published(OTHERS) for name in OTHER_CATEGORIES},
}
