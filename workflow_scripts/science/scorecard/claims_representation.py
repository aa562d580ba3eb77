"""Published numbers on what the networks represent: detection, separability, mean response."""

from __future__ import annotations

from science.scorecard.claims import Claim, Selection

DETECTED = "Mean over classes with a positive test clip of the average precision of their logits"
READ_OUT = (
    "Average precision on pure test clips of a linear regression on standardised features, fitted "
    "on pure train clips"
)
SEGREGATION = "1 less the sum of sqrt(p q) over the bins of a common two-dimensional histogram"
# Near 1 a tenth would not tell networks (0.887) from Gabor filters (0.828).
NEAR_ONE = 0.05
OF_VARIANCE = 0.02


def _detection(column: str, group: str) -> Selection:
    return Selection("detection", column, {"group": group})


def _read_out(column: str, **where: str) -> Selection:
    return Selection("separability", column, where)


def _segregation(column: str, **where: str) -> Selection:
    return Selection("embedding", column, where)


def _embedding_above(baseline: str, words: str) -> Claim:
    return Claim(
        id=f"embedding_network_above_{baseline}",
        sentence="Of the way from clips with permuted labels to none that mix, music and other "
        "sounds go {ours} in the t-SNE of units of networks trained without music, further than in "
        f"one of {words}",
        where="Results, embedding (in words)",
        computed="(Segregation index less that of permuted labels) / (1 less that of permuted "
        "labels), on the same clips and bins",
        ours=_segregation("segregation_above_null"),
        compared_with=_segregation("segregation_above_null", features=baseline),
    )


CLAIMS = (
    Claim(
        id="detection_other_classes",
        sentence="Networks trained without music detect the other classes with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        computed=DETECTED,
        published=0.109,
        ours=_detection("mean_average_precision", "other"),
        compared_with=_detection("chance", "other"),
    ),
    Claim(
        id="detection_chance",
        sentence="Chance for the other classes would be a mean AP of {ours}, below that of "
        "networks trained without music",
        where="released notebook, 30 epochs",
        computed="Mean over the same classes of their share of the test clips",
        published=0.0045,
        ours=_detection("chance", "other"),
        compared_with=_detection("mean_average_precision", "other"),
        direction="below",
    ),
    Claim(
        id="detection_music_classes",
        sentence="Networks trained without music detect the classes of music, left out of their "
        "training, with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        computed=DETECTED,
        published=0.0073,
        ours=_detection("mean_average_precision", "apart"),
        compared_with=_detection("mean_average_precision", "other"),
        direction="below",
    ),
    Claim(
        id="embedding_network",
        sentence="In a t-SNE of units of networks trained without music, music and other sounds "
        "keep apart by a segregation index of {ours}, more than with permuted labels",
        where="Results, embedding (in words)",
        computed=SEGREGATION,
        ours=_segregation("segregation_index"),
        compared_with=_segregation("null_mean"),
        own_p=_segregation("null_p"),
    ),
    _embedding_above("pca", "principal components"),
    _embedding_above("gbfb", "Gabor filters"),
    Claim(
        id="separability_network",
        sentence="A linear read-out of units of networks trained without music tells music from "
        "other sounds with an AP of {ours}",
        where="Results, linear separability",
        computed=READ_OUT,
        published=0.887,
        published_spread=0.005,
        tolerance=NEAR_ONE,
        ours=_read_out("average_precision", added="none"),
        compared_with=_read_out("chance", added="none"),
    ),
    Claim(
        id="separability_chance",
        sentence="Chance, the share of music among the pure test clips, is {ours}, below the AP of "
        "a linear read-out of units of networks trained without music",
        where="Results, linear separability",
        computed="Pure music clips over pure music clips and clips without music, test split",
        published=0.266,
        ours=_read_out("chance", added="none"),
        compared_with=_read_out("average_precision", added="none"),
        direction="below",
    ),
    Claim(
        id="separability_pca",
        sentence="A linear read-out of principal components tells music from other sounds with an "
        "AP of {ours}",
        where="Results, linear separability",
        computed=READ_OUT,
        published=0.437,
        ours=_read_out("average_precision", features="pca"),
        compared_with=_read_out("average_precision", added="none"),
        direction="below",
    ),
    Claim(
        id="pca_explained_variance",
        sentence="Principal components hold {ours} of the variance of the log-Mel",
        where="Methods, principal components",
        computed="Cumulative share of variance of all components, fitted on the train split",
        published=0.965,
        tolerance=OF_VARIANCE,
        ours=_read_out("explained_variance", features="pca"),
        compared_with=None,
    ),
    Claim(
        id="separability_gbfb",
        sentence="A linear read-out of the Gabor filter bank tells music from other sounds with an "
        "AP of {ours}",
        where="Results, linear separability",
        computed=READ_OUT,
        published=0.828,
        tolerance=NEAR_ONE,
        ours=_read_out("average_precision", features="gbfb"),
        compared_with=_read_out("average_precision", added="none"),
        direction="below",
    ),
    Claim(
        id="separability_network_and_pca",
        sentence="A linear read-out of units and principal components together tells music from "
        "other sounds with an AP of {ours}",
        where="Results, linear separability",
        computed=READ_OUT,
        published=0.887,
        published_spread=0.004,
        tolerance=NEAR_ONE,
        ours=_read_out("average_precision", added="pca"),
        compared_with=_read_out("average_precision", features="pca"),
    ),
    Claim(
        id="separability_network_and_gbfb",
        sentence="A linear read-out of units and Gabor filters together tells music from other "
        "sounds with an AP of {ours}",
        where="Results, linear separability",
        computed=READ_OUT,
        published=0.894,
        published_spread=0.004,
        tolerance=NEAR_ONE,
        ours=_read_out("average_precision", added="gbfb"),
        compared_with=_read_out("average_precision", features="gbfb"),
    ),
    Claim(
        id="mean_response_effect_size",
        sentence="The mean response of all units is higher to music in {ours} of the pairs of one "
        "music and one other clip",
        where="Results, mean response (U = 30,340,954, p = 4.89e-276)",
        computed="U / (n1 n2) of the rank-sum test of pure music against other test clips",
        published=0.689,
        ours=Selection("mean_response", "effect_size"),
        compared_with=0.5,
        own_p=Selection("mean_response", "log10_p"),
    ),
)
