"""Numbers that Kim, Kim & Jeong (2024) printed beside the sizes of findings and tests, as data."""

from __future__ import annotations

from science.scorecard.claims import CHOSEN_ON, WITH_CATEGORY, Selection
from science.scorecard.findings_networks import detected, separated
from science.scorecard.findings_quilts import quilted
from science.scorecard.findings_units import ablated, levelled, ratio
from science.scorecard.kim2024 import (
    ABLATION,
    DETECTION,
    LOUDNESS,
    MEAN_RESPONSE,
    NATURAL_SOUNDS,
    QUILTS,
    READOUT,
    SELECTIVITY,
    SEPARABILITY,
)
from science.scorecard.published import COUNT, EFFECT, FACT, Number

METHODS = "Methods"
NOTEBOOK = "Released notebook"
THIRTY_EPOCHS = "it is of a demonstration of 30 epochs"
WRONG_WAY_ROUND = (
    "printed the wrong way round: 17,585 is the 90% of 19,539 training clips that are not for "
    "validation, and 17,902 the number of test clips"
)
COUNTS_EXCHANGED = "Methods print the counts of the two splits the other way round"


def _clips(split: str, column: str) -> Selection:
    where = {"split": split, "chosen_on": "train"}
    return Selection("selectivity", column, where=where)


def _of_split(split: str, column: str) -> Selection:
    return Selection("availability", column, None, {"split": split}, None)


NUMBERS = (
    Number(
        "detection_all_classes",
        DETECTION,
        "mean AP of PANNs' network of 12 layers on the same data",
        EFFECT,
        "0.221",
        absent="it is another study's network",
    ),
    Number(
        "detection_other_classes",
        NOTEBOOK,
        "mean AP of the other classes",
        EFFECT,
        "0.109",
        ours=detected("mean_average_precision", "other"),
        unlike=THIRTY_EPOCHS,
    ),
    Number(
        "detection_other_classes",
        NOTEBOOK,
        "chance of the other classes, the share of positive clips",
        FACT,
        "0.0045",
        ours=detected("positive_rate", "other"),
    ),
    Number(
        "detection_category_classes",
        NOTEBOOK,
        "mean AP of the classes of music",
        EFFECT,
        "0.0073",
        ours=detected("mean_average_precision", "category"),
        unlike=THIRTY_EPOCHS,
    ),
    Number(
        "detection_category_classes",
        NOTEBOOK,
        "chance of the classes of music, the same",
        FACT,
        "0.0056",
        ours=detected("positive_rate", "category"),
    ),
    Number(
        "embedding_network",
        NOTEBOOK,
        "segregation index",
        EFFECT,
        "0.672",
        ours=Selection("embedding", "segregation_index"),
        unlike=THIRTY_EPOCHS,
    ),
    Number(
        "separability_network_and_pca",
        SEPARABILITY,
        "AP of units and principal components together",
        EFFECT,
        "0.887",
        "0.004",
        separated("average_precision", "pca"),
    ),
    Number(
        "separability_network_and_gbfb",
        SEPARABILITY,
        "AP of units and Gabor filters together",
        EFFECT,
        "0.894",
        "0.004",
        separated("average_precision", "gbfb"),
    ),
    Number(
        "loudness_equal",
        LOUDNESS,
        "ratio at equal level, clips that chose the units",
        EFFECT,
        "1.95",
        ours=levelled(1, CHOSEN_ON),
    ),
    Number(
        "loudness_attenuated",
        LOUDNESS,
        "ratio at 1:64 in power, clips that chose the units",
        EFFECT,
        "1.68",
        ours=levelled(8, CHOSEN_ON),
    ),
    Number(
        "natural_sounds_categories",
        NATURAL_SOUNDS,
        "pairs of a category of music and another",
        COUNT,
        "18",
        absent="they are the rows of analyses/natural_sounds/tests.csv",
    ),
    Number(
        "quilts_loss",
        QUILTS,
        "response of music-selective units to music as it is",
        EFFECT,
        "0.768",
        "0.030",
        quilted("response", "original"),
    ),
    Number(
        "quilts_loss",
        QUILTS,
        "response of music-selective units to its 50-ms quilts",
        EFFECT,
        "0.599",
        "0.047",
        quilted("response"),
    ),
    Number(
        "quilts_long",
        QUILTS,
        "response of music-selective units to its 800-ms quilts",
        EFFECT,
        "0.775",
        "0.033",
        quilted("response", "800ms"),
    ),
)

FACTS = (
    Number(
        "", METHODS, "clips asked for, training", FACT, "22,160", ours=_of_split("train", "asked")
    ),
    Number("", METHODS, "clips asked for, test", FACT, "20,371", ours=_of_split("test", "asked")),
    Number(
        "",
        METHODS,
        "training clips that were there",
        FACT,
        "17,902",
        ours=_of_split("train", "got"),
        slip=WRONG_WAY_ROUND,
    ),
    Number(
        "",
        METHODS,
        "test clips that were there",
        FACT,
        "17,585",
        ours=_of_split("test", "got"),
        slip=WRONG_WAY_ROUND,
    ),
    Number(
        "",
        METHODS,
        "share of training clips for validation, %",
        FACT,
        "10",
        absent="an option: labels.validation_fraction",
    ),
    Number("", METHODS, "classes", FACT, "527", "", detected("classes", "all", WITH_CATEGORY)),
    Number(
        "",
        METHODS,
        "pure music clips, training, in analyses",
        FACT,
        "4,539",
        ours=_clips("train", "category_clips"),
        slip=COUNTS_EXCHANGED,
    ),
    Number(
        "",
        MEAN_RESPONSE,
        "pure music clips, test",
        FACT,
        "3,999",
        ours=_clips("test", "category_clips"),
        slip=COUNTS_EXCHANGED,
    ),
    Number(
        "",
        METHODS,
        "non-music clips, training, in analyses",
        FACT,
        "10,483",
        ours=_clips("train", "other_clips"),
    ),
    Number(
        "",
        MEAN_RESPONSE,
        "non-music clips, test",
        FACT,
        "11,010",
        ours=_clips("test", "other_clips"),
    ),
    Number(
        "",
        SEPARABILITY,
        "chance, the share of music among the pure test clips",
        FACT,
        "0.266",
        ours=separated("positive_rate"),
    ),
    Number(
        "",
        READOUT,
        "chance, again",
        FACT,
        "0.266",
        ours=Selection("readout", "positive_rate", where={"place": 1}),
    ),
    Number(
        "",
        METHODS,
        "share of the log-Mel's variance in 256 principal components",
        FACT,
        "0.965",
        ours=separated("explained_variance", features="pca"),
    ),
    Number(
        "",
        METHODS,
        "Gabor filters",
        COUNT,
        "263",
        absent="it follows from the options of the filter bank, and a test holds it",
    ),
    Number(
        "", SELECTIVITY, "music-selective units of 256 (12.5%)", COUNT, "32", "", ratio("units")
    ),
    Number(
        "",
        READOUT,
        "genres",
        COUNT,
        "25",
        "",
        Selection("readout", "subclasses", where={"place": 1}),
    ),
    Number(
        "",
        NATURAL_SOUNDS,
        "natural sounds",
        COUNT,
        "165",
        absent="category_sounds and other_sounds of analyses/natural_sounds.csv add up to ours",
    ),
    Number("", METHODS, "networks of each condition", COUNT, "5", absent="see column networks"),
    Number(
        "",
        ABLATION,
        "pairs of class and network",
        COUNT,
        "1,845",
        ours=ablated("n1", "baseline_above_top"),
    ),
)
