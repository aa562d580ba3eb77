"""Findings on what the networks represent: detection, embedding, separability, mean response."""

from __future__ import annotations

from science.scorecard.claims import (
    MEMORISED,
    REFERENCE,
    WITH_CATEGORY,
    WITHOUT_MORE,
    Claim,
    Contrast,
    Selection,
)

DETECTED = "Mean over classes with a positive test clip of the average precision of their logits"
READ_OUT = (
    "Average precision on pure test clips of a linear regression on standardised features, fitted "
    "on pure train clips"
)
SEGREGATION = "1 less the sum of sqrt(p q) over the bins of a common two-dimensional histogram"
ABOVE_NULL = (
    "(Segregation index less that of permuted labels) / (1 less that of permuted labels), on the "
    "same clips and bins"
)
EFFECT_SIZE = "U / (n1 n2) of the rank-sum test of clips of {category} against other test clips"


def detected(column: str, group: str, features: str = REFERENCE, less: str = "") -> Selection:
    """Numbers of the analysis detection."""
    return Selection("detection", column, features, {"group": group}, less=less)


def separated(column: str, added: str = "none", features: str = REFERENCE) -> Selection:
    """Numbers of the analysis separability."""
    return Selection("separability", column, features, {"added": added})


def _embedded(id: str, features: str, words: str) -> Claim:
    return Claim(
        id=id,
        sentence=f"In a t-SNE of units of networks {words}, {{category}} and other sounds are "
        "separated by a segregation index of {ours}, more than with permuted labels",
        computed=SEGREGATION,
        ours=Selection("embedding", "segregation_index", features),
        compared_with=Selection("embedding", "null_mean", features),
        beside=Selection("embedding", "null_p", features),
    )


def _embedded_above(baseline: str, words: str) -> Claim:
    return Claim(
        id=f"embedding_network_above_{baseline}",
        sentence="On the way from permuted labels (0) to full separation (1), {category} and other "
        "sounds reach {ours} in a t-SNE of units of networks trained without {category}, further "
        f"than in one of {words}",
        computed=ABOVE_NULL,
        ours=Selection("embedding", "segregation_above_null"),
        compared_with=Selection("embedding", "segregation_above_null", baseline),
    )


def _read_out(baseline: str, words: str) -> Claim:
    return Claim(
        id=f"separability_{baseline}",
        sentence=f"A linear read-out of {words} distinguishes {{category}} from other sounds with "
        "an AP of {ours}, less than one of units of networks trained without {category}",
        computed=READ_OUT,
        ours=separated("average_precision", features=baseline),
        compared_with=separated("average_precision"),
        direction="below",
    )


def _no_gain(baseline: str, words: str) -> Claim:
    return Claim(
        id=f"separability_network_and_{baseline}",
        sentence=f"A linear read-out of units and {words} together has an AP of {{ours}}, no more "
        "than one of units alone",
        computed=READ_OUT,
        ours=separated("average_precision", baseline),
        compared_with=separated("average_precision"),
        direction="not above",
        # What the network has over principal components is far more, and its half would be no bar.
        contrast=Contrast(
            separated("average_precision"),
            separated("average_precision", features="gbfb"),
            "what units have over Gabor filters",
        ),
    )


FINDINGS = (
    Claim(
        id="detection_all_classes",
        sentence="Networks trained with {category} detect all classes with a mean AP of {ours}, "
        "above chance",
        computed=DETECTED,
        ours=detected("mean_average_precision", "all", WITH_CATEGORY),
        compared_with=detected("chance", "all", WITH_CATEGORY),
    ),
    Claim(
        id="detection_other_classes",
        sentence="Networks trained without {category} detect the other classes with a mean AP of "
        "{ours}, above chance",
        computed=DETECTED,
        ours=detected("mean_average_precision", "other"),
        compared_with=detected("chance", "other"),
    ),
    Claim(
        id="detection_category_classes",
        sentence="Networks trained without {category} detect the classes of {category} with a mean "
        "AP of {ours}, which is chance",
        computed=DETECTED,
        ours=detected("mean_average_precision", "category"),
        compared_with=detected("chance", "category"),
        direction="equal",
        contrast=Contrast(
            detected("mean_average_precision", "other"),
            detected("chance", "other"),
            "what other classes have over chance",
        ),
    ),
    _embedded("embedding_network", REFERENCE, "trained without {category}"),
    _embedded("embedding_with_category", WITH_CATEGORY, "trained with {category}"),
    _embedded_above("pca", "principal components"),
    _embedded_above("gbfb", "Gabor filters"),
    Claim(
        id="separability_network",
        sentence="A linear read-out of units of networks trained without {category} distinguishes "
        "{category} from other sounds with an AP of {ours}, above chance",
        computed=READ_OUT,
        ours=separated("average_precision"),
        compared_with=separated("chance"),
    ),
    _read_out("pca", "principal components"),
    _read_out("gbfb", "the Gabor filter bank"),
    _no_gain("pca", "principal components"),
    _no_gain("gbfb", "Gabor filters"),
    Claim(
        id="mean_response_effect_size",
        sentence="The mean response of all units is higher to {category} in {ours} of the pairs of "
        "one {category} and one other clip",
        computed=EFFECT_SIZE,
        ours=Selection("mean_response", "effect_size"),
        compared_with=0.5,
        beside=Selection("mean_response", "log10_p"),
        two_way=Selection("mean_response/networks", "two_way_low"),
    ),
)
COURSE = Claim(
    id="training_course",
    sentence="While networks train without {category}, their units separate {category} the further "
    "the better the networks detect other classes: a rank correlation of {ours}",
    computed="Spearman's correlation over the epochs at which weights were kept, of the average "
    "precision of a linear read-out of {category} with that of other classes on validation clips",
    ours=Selection("emergence/networks", "rank_correlation", where={"measure": "separability"}),
    compared_with=0.0,
    where="Training",
)
OF_MEMORISED = _embedded("memorisation_embedding", MEMORISED, "trained on random labels")
OF_WITHOUT_MORE = _embedded(
    "embedding_without_more", WITHOUT_MORE, "trained without {category} and {more}"
)


def unheard_findings(other: str) -> tuple[Claim, ...]:
    """Findings on a further category of which the networks of `WITHOUT_MORE` heard nothing."""
    words = other.replace("_", " ")
    effect_size = Selection("mean_response", "effect_size", WITHOUT_MORE, category=other)
    of_target = Selection("mean_response", "effect_size", WITHOUT_MORE)
    return (
        Claim(
            id=f"mean_response_of_{other}",
            sentence=f"The mean response of all units of networks that never heard {words} is "
            f"higher to {words} in {{ours}} of the pairs of clips, which is not more than half",
            computed=f"As for {{category}}, with {words} and sounds without it",
            ours=effect_size,
            compared_with=0.5,
            direction="not above",
            contrast=Contrast(
                of_target, 0.5, "what {category} has over one half in the same networks"
            ),
            beside=Selection("mean_response", "log10_p", WITHOUT_MORE, category=other),
            two_way=Selection("mean_response/networks", "two_way_low", WITHOUT_MORE, {}, other),
        ),
        Claim(
            id=f"embedding_of_{other}_weaker",
            sentence=f"On the way from permuted labels (0) to full separation (1), {words} and "
            "other sounds reach {ours} in a t-SNE of units of networks that never heard "
            f"{words}, less far than {{category}} and others in the same networks",
            computed=ABOVE_NULL,
            ours=Selection("embedding", "segregation_above_null", WITHOUT_MORE, category=other),
            compared_with=Selection("embedding", "segregation_above_null", WITHOUT_MORE),
            direction="below",
        ),
    )
