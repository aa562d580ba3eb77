"""Published numbers on what the networks represent: detection, separability, mean response."""

from __future__ import annotations

from science.claims import Claim, Selection

CLAIMS = (
    Claim(
        id="detection_other_classes",
        sentence="Networks trained without music detect the other classes with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        published=0.109,
        ours=Selection("detection", "mean_average_precision", {"group": "other"}),
        compared_with=Selection("detection", "chance", {"group": "other"}),
    ),
    Claim(
        id="detection_music_classes",
        sentence="They detect the classes of music, left out of training, with a mean AP of {ours}",
        where="released notebook, 30 epochs",
        published=0.0073,
        ours=Selection("detection", "mean_average_precision", {"group": "apart"}),
        compared_with=Selection("detection", "mean_average_precision", {"group": "other"}),
        direction="below",
    ),
    Claim(
        id="embedding_network_above_pca",
        sentence="In a t-SNE of their units, music and other sounds keep apart by a segregation "
        "index of {ours}, more than in one of principal components",
        where="Results, embedding (in words)",
        ours=Selection("embedding", "segregation_index"),
        compared_with=Selection("embedding", "segregation_index", {"features": "pca"}),
    ),
    Claim(
        id="embedding_network_above_gbfb",
        sentence="The same index, {ours}, is higher than in a t-SNE of Gabor filters",
        where="Results, embedding (in words)",
        ours=Selection("embedding", "segregation_index"),
        compared_with=Selection("embedding", "segregation_index", {"features": "gbfb"}),
    ),
    Claim(
        id="separability_network",
        sentence="A linear read-out of their units tells music from other sounds with an AP of "
        "{ours}",
        where="Results, linear separability",
        published=0.887,
        published_spread=0.005,
        ours=Selection("separability", "average_precision", {"added": "none"}),
        compared_with=Selection("separability", "chance", {"added": "none"}),
    ),
    Claim(
        id="separability_pca",
        sentence="A linear read-out of 256 principal components does so with an AP of {ours}",
        where="Results, linear separability",
        published=0.437,
        ours=Selection("separability", "average_precision", {"features": "pca"}),
        compared_with=Selection("separability", "average_precision", {"added": "none"}),
        direction="below",
    ),
    Claim(
        id="separability_gbfb",
        sentence="A linear read-out of the Gabor filter bank does so with an AP of {ours}",
        where="Results, linear separability",
        published=0.828,
        ours=Selection("separability", "average_precision", {"features": "gbfb"}),
        compared_with=Selection("separability", "average_precision", {"added": "none"}),
        direction="below",
    ),
    Claim(
        id="separability_network_and_pca",
        sentence="Units and principal components together do so with an AP of {ours}",
        where="Results, linear separability",
        published=0.887,
        published_spread=0.004,
        ours=Selection("separability", "average_precision", {"added": "pca"}),
        compared_with=Selection("separability", "average_precision", {"features": "pca"}),
    ),
    Claim(
        id="separability_network_and_gbfb",
        sentence="Units and Gabor filters together do so with an AP of {ours}",
        where="Results, linear separability",
        published=0.894,
        published_spread=0.004,
        ours=Selection("separability", "average_precision", {"added": "gbfb"}),
        compared_with=Selection("separability", "average_precision", {"features": "gbfb"}),
    ),
    Claim(
        id="mean_response_effect_size",
        sentence="The mean response of all units is higher to music in {ours} of the pairs of one "
        "music and one other clip",
        where="Results, mean response (U = 30,340,954, p = 4.89e-276)",
        published=0.689,
        ours=Selection("mean_response", "effect_size"),
        compared_with=0.5,
        own_p=Selection("mean_response", "log10_p"),
    ),
)
