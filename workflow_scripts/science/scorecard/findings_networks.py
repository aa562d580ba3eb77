"""Findings on what the networks represent: detection, embedding, separability, mean response."""

from __future__ import annotations

from science.scorecard.claims import Claim, Selection

DETECTED = "Mean over classes with a positive test clip of the average precision of their logits"
READ_OUT = (
    "Average precision on pure test clips of a linear regression on standardised features, fitted "
    "on pure train clips"
)
SEGREGATION = "1 less the sum of sqrt(p q) over the bins of a common two-dimensional histogram"


def _detection(column: str, group: str) -> Selection:
    return Selection("detection", column, where={"group": group})


def _added(column: str, added: str = "none") -> Selection:
    return Selection("separability", column, where={"added": added})


def _baseline(column: str, baseline: str, table: str = "separability") -> Selection:
    return Selection(table, column, features=baseline)


def _separated(
    id: str, features: str, ours: Selection, compared_with: Selection, direction: str = "above"
) -> Claim:
    return Claim(
        id=f"separability_{id}",
        sentence=f"A linear read-out of {features} distinguishes {{category}} from other sounds "
        "with an AP of {ours}",
        computed=READ_OUT,
        ours=ours,
        compared_with=compared_with,
        direction=direction,
    )


def _embedding_above(baseline: str, words: str) -> Claim:
    return Claim(
        id=f"embedding_network_above_{baseline}",
        sentence="On the way from permuted labels (0) to full separation (1), {category} and other "
        "sounds reach {ours} in a t-SNE of units of networks trained without {category}, further "
        f"than in one of {words}",
        computed="(Segregation index less that of permuted labels) / (1 less that of permuted "
        "labels), on the same clips and bins",
        ours=Selection("embedding", "segregation_above_null"),
        compared_with=_baseline("segregation_above_null", baseline, "embedding"),
    )


FINDINGS = (
    Claim(
        id="detection_other_classes",
        sentence="Networks trained without {category} detect the other classes with a mean AP of "
        "{ours}",
        computed=DETECTED,
        ours=_detection("mean_average_precision", "other"),
        compared_with=_detection("chance", "other"),
    ),
    Claim(
        id="detection_chance",
        sentence="Chance for the other classes would be a mean AP of {ours}, below that of "
        "networks trained without {category}",
        computed="Mean over the same classes of their share of the test clips",
        ours=_detection("chance", "other"),
        compared_with=_detection("mean_average_precision", "other"),
        direction="below",
    ),
    Claim(
        id="detection_category_classes",
        sentence="Networks trained without {category} detect the classes of {category}, left out "
        "of their training, with a mean AP of {ours}",
        computed=DETECTED,
        ours=_detection("mean_average_precision", "category"),
        compared_with=_detection("mean_average_precision", "other"),
        direction="below",
    ),
    Claim(
        id="embedding_network",
        sentence="In a t-SNE of units of networks trained without {category}, {category} and other "
        "sounds are separated by a segregation index of {ours}, more than with permuted labels",
        computed=SEGREGATION,
        ours=Selection("embedding", "segregation_index"),
        compared_with=Selection("embedding", "null_mean"),
        own_p=Selection("embedding", "null_p"),
    ),
    _embedding_above("pca", "principal components"),
    _embedding_above("gbfb", "Gabor filters"),
    _separated(
        "network",
        "units of networks trained without {category}",
        _added("average_precision"),
        _added("chance"),
    ),
    Claim(
        id="separability_chance",
        sentence="Chance, the share of {category} among the pure test clips, is {ours}, below the "
        "AP of a linear read-out of units of networks trained without {category}",
        computed="Pure {category} clips over pure {category} clips and clips without {category}, "
        "test split",
        ours=_added("chance"),
        compared_with=_added("average_precision"),
        direction="below",
    ),
    _separated(
        "pca",
        "principal components",
        _baseline("average_precision", "pca"),
        _added("average_precision"),
        "below",
    ),
    Claim(
        id="pca_explained_variance",
        sentence="Principal components hold {ours} of the variance of the log-Mel",
        computed="Cumulative share of variance of all components, fitted on the train split",
        ours=_baseline("explained_variance", "pca"),
        compared_with=None,
    ),
    _separated(
        "gbfb",
        "the Gabor filter bank",
        _baseline("average_precision", "gbfb"),
        _added("average_precision"),
        "below",
    ),
    _separated(
        "network_and_pca",
        "units and principal components together",
        _added("average_precision", "pca"),
        _baseline("average_precision", "pca"),
    ),
    _separated(
        "network_and_gbfb",
        "units and Gabor filters together",
        _added("average_precision", "gbfb"),
        _baseline("average_precision", "gbfb"),
    ),
    Claim(
        id="mean_response_effect_size",
        sentence="The mean response of all units is higher to {category} in {ours} of the pairs of "
        "one {category} and one other clip",
        computed="U / (n1 n2) of the rank-sum test of pure {category} against other test clips",
        ours=Selection("mean_response", "effect_size"),
        compared_with=0.5,
        own_p=Selection("mean_response", "log10_p"),
    ),
)
