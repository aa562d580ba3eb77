"""What Kim, Kim & Jeong (2024) published of each finding: its place, and its size or none.

Further numbers that they printed, tests and facts of the corpus, stand in `kim2024_numbers`.
"""

from __future__ import annotations

from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    UNTRAINED,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Cast,
)
from science.scorecard.published import Published

CATEGORY = "music"
# The name of the corpus with which the paper's sizes can be compared.
CORPUS = "audioset"
# Categories beside music; of speech their networks without speech heard nothing.
OTHER_CATEGORIES = ("speech", "vehicle", "animal", "water")
UNHEARD = ("speech",)
CONDITIONS = {
    REFERENCE: "no_music",
    WITH_CATEGORY: "music",
    UNTRAINED: "untrained",
    MEMORISED: "random_labels",
    WITHOUT_MORE: "no_music_no_speech",
}
SPLIT_SIZES = (
    "The paper prints 17,902 training and 17,585 test clips, but its own counts fit the tables "
    "only the other way round: 17,585 is the 90% of 19,539 training clips that are not for "
    "validation, and 17,902 is the number of test clips. Then 88.8, 88.2 and 86.8% of the pure "
    "music, non-music and mixed training clips were to be had, and 88.3, 88.5 and 84.9% of the "
    "test clips; as printed it would be 79.9, 79.4, 87.8 and 88.3, 88.5, 75.6. Ours are compared "
    "with 19,539 and 17,902."
)
ONE_SIDED = (
    "p = 0.417 is printed as two-tailed, but is the one-sided p of U = 11; two-sided it would be "
    "0.835"
)

# Near 1 a tenth of a ratio or an AP would not distinguish filters from networks.
NEAR_ONE = 0.05


def cast_beside(reference: str, chosen_on: str = "test") -> Cast:
    """The paper's conditions in a run whose reference is this."""
    return Cast(CATEGORY, CONDITIONS, reference, "speech", UNHEARD, chosen_on)


DETECTION = "Results, detection (Fig. 1c)"
EMBEDDING = Published("Results, embedding")
SEPARABILITY = "Results, linear separability"
MEAN_RESPONSE = "Results, mean response (Fig. 2a)"
SELECTIVITY = "Results, music-selective units"
LOUDNESS = "Results, loudness control"
READOUT = "Results, read-out of music-selective units"
NATURAL_SOUNDS = "Results, natural sounds (Fig. 3)"
QUILTS = "Results, sound quilts"
MEMORISATION = "Results, memorisation"
ABLATION = "Results, ablation (Fig. 5c)"
SPEECH_REMOVAL = "Results, speech removal"
OTHERS = "Results, other categories"

PUBLISHED = {
    "detection_all_classes": Published(DETECTION, "0.152"),
    "detection_other_classes": Published(DETECTION),
    "detection_category_classes": Published(DETECTION),
    "embedding_network": EMBEDDING,
    "embedding_with_category": EMBEDDING,
    "embedding_network_above_pca": EMBEDDING,
    "embedding_network_above_gbfb": EMBEDDING,
    "separability_network": Published(SEPARABILITY, "0.887", "0.005"),
    "separability_pca": Published(SEPARABILITY, "0.437"),
    "separability_gbfb": Published(SEPARABILITY, "0.828", tolerance=NEAR_ONE),
    "separability_network_and_pca": Published(SEPARABILITY),
    "separability_network_and_gbfb": Published(SEPARABILITY),
    "mean_response_effect_size": Published(MEAN_RESPONSE, "0.689"),
    "selectivity_ratio": Published(SELECTIVITY, "2.07"),
    "selectivity_gbfb": Published(SELECTIVITY, "1.12", tolerance=NEAR_ONE),
    "selectivity_untrained": Published(SELECTIVITY),
    "selectivity_with_category": Published(SELECTIVITY, slip=ONE_SIDED),
    "loudness_equal": Published(LOUDNESS, "1.97"),
    "loudness_attenuated": Published(LOUDNESS, "1.70"),
    "readout_selective": Published(READOUT, "0.832", "0.007"),
    "readout_other_groups": Published(READOUT),
    "readout_subclasses": Published(f"{READOUT} (Fig. S6)"),
    "natural_sounds_reference": Published(NATURAL_SOUNDS, "1.88", "0.13"),
    "natural_sounds_with_category": Published(NATURAL_SOUNDS, "1.61", "0.16"),
    "natural_sounds_untrained": Published(NATURAL_SOUNDS, "1.03", "0.0044"),
    "natural_sounds_gbfb": Published(NATURAL_SOUNDS, "0.95", tolerance=NEAR_ONE),
    "natural_sounds_above_with_category": Published(NATURAL_SOUNDS),
    "natural_sounds_categories": Published(NATURAL_SOUNDS),
    "natural_sounds_brain": Published(NATURAL_SOUNDS),
    "quilts_loss": Published(
        QUILTS,
        "0.780",
        "0.068",
        derived="0.599 / 0.768, the printed responses to 50-ms quilts and to the original; its "
        "spread follows from theirs as if they were independent",
    ),
    "quilts_short": Published(QUILTS),
    "quilts_long": Published(QUILTS),
    "quilts_correlation": Published(QUILTS, "0.601", kind="correlation", points=30),
    "quilts_other_sounds": Published(QUILTS),
    "quilts_correlation_other_sounds": Published(QUILTS, "0.38", kind="correlation", points=30),
    "quilts_other_units": Published(QUILTS),
    "quilts_gbfb": Published(f"{QUILTS} (Fig. S4c)"),
    "quilts_untrained": Published(f"{QUILTS} (Fig. S5)"),
    "quilts_subclasses": Published(f"{QUILTS} (Fig. S7)"),
    "training_course": Published("Results, course of training (Fig. S8)"),
    "memorisation_train": Published(MEMORISATION, "0.95", kind="at least"),
    "memorisation_test": Published(MEMORISATION),
    "memorisation_embedding": Published(MEMORISATION),
    "memorisation_quilts_50ms": Published(MEMORISATION),
    "memorisation_quilts_100ms": Published(MEMORISATION),
    "ablation_baseline": Published(ABLATION, "0.917"),
    "ablation_largest_response": Published(ABLATION, "0.719"),
    "ablation_other_groups": Published(ABLATION),
    "without_more_ratio": Published(SPEECH_REMOVAL, "1.77"),
    "embedding_without_more": Published(SPEECH_REMOVAL),
    "without_more_quilts": Published(f"{SPEECH_REMOVAL} (Fig. S10c)"),
    "selectivity_of_speech": Published(OTHERS, "1.31"),
    "mean_response_of_speech": Published(OTHERS),
    "embedding_of_speech_weaker": Published(OTHERS),
    "quilts_of_speech": Published(OTHERS),
    **{
        f"{analysis}_of_{name}_weaker": Published(OTHERS)
        for name in OTHER_CATEGORIES
        if name not in UNHEARD
        for analysis in ("selectivity", "quilts")
    },
}
