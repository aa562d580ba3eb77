"""Tables of the analyses, written down by hand, in which a category has every published effect."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pandas as pd

from science.scorecard.claims import MEMORISED, REFERENCE, UNTRAINED, WITH_CATEGORY, WITHOUT_MORE

SEEDS = range(5)
OF_MUSIC = {
    REFERENCE: "no_music",
    WITH_CATEGORY: "music",
    UNTRAINED: "untrained",
    MEMORISED: "random_labels",
    WITHOUT_MORE: "no_music_no_speech",
}
TESTED = {"test": "made up", "sidedness": "greater", "smallest_possible_p": 1e-9, "note": ""}
FOUND, NOT_FOUND = {"log10_p": -3.0, **TESTED}, {"log10_p": -0.3, **TESTED}


def rows(features: str, seeds=SEEDS, **columns: object) -> list[dict]:
    """A row for each network; numbers differ between networks by far less than effects are."""
    return [
        {
            "features": features,
            "seed": seed,
            **{
                name: value * (1 + 1e-3 * (seed - 2)) if name in VARYING else value
                for name, value in columns.items()
            },
        }
        for seed in seeds
    ]


VARYING = ("mean_average_precision", "segregation_index", "average_precision", "ratio", "response")
VARYING += ("relative", "value", "effect_size")


def planted(
    category: str = "music",
    of_role: Mapping[str, str] = OF_MUSIC,
    others: tuple[str, ...] = ("speech", "vehicle", "animal", "water"),
    effects: bool = True,
) -> dict[str, pd.DataFrame]:
    """Tables with the columns that analyses have, by name; without effects all is at chance."""
    test, null_p = (FOUND, 0.01) if effects else (NOT_FOUND, 0.6)
    reference, heard = of_role[REFERENCE], of_role[WITH_CATEGORY]
    memorised, without_more = of_role[MEMORISED], of_role[WITHOUT_MORE]
    untrained = of_role[UNTRAINED]

    def effect(planted: float, chance: float = 1.0) -> float:
        return planted if effects else chance

    ratios = {reference: 2.07, heard: 2.07, untrained: 1.1, without_more: 1.77, memorised: 1.5}
    selectivity = [
        row | {"split": split, "category": category}
        for split, (name, ratio) in itertools.product(("train", "test"), ratios.items())
        for row in rows(name, ratio=effect(ratio), null_mean=1.0, null_p=null_p)
    ]
    selectivity += [
        row | {"split": split, "category": category}
        for split in ("train", "test")
        for row in rows("gbfb", [0], ratio=effect(1.12), null_mean=1.0, null_p=null_p)
    ]
    selectivity += [
        row | {"split": split, "category": other}
        for split, other in itertools.product(("train", "test"), others)
        for row in rows(reference, ratio=effect(1.31), null_mean=1.0, null_p=null_p)
    ]
    quilts = []
    for units, group, original, short in (
        ("selective", "category", 0.768, 0.599),
        ("selective", "other", 0.4, 0.36),
        ("other", "category", 0.5, 0.5),
        ("other", "other", 0.3, 0.3),
    ):
        for stimulus, response in (("original", original), ("50ms", short)):
            response = response if effects else original
            columns = {"response": response, "relative": response / original}
            place = {"category": category, "units": units, "group": group, "stimulus": stimulus}
            quilts += [row | place for row in rows(reference, **columns)]
            quilts += [
                row | place | {"category": other}
                for other in others
                for row in rows(reference, response=original, relative=1.0)
            ]
    tests = [
        {"comparison": comparison, "effect_size": effect(size, chance), "networks": 5, **test}
        for comparison, size, chance in (
            ("original above 50ms", 1.0, 0.5),
            ("correlation with log segment length", 0.6, 0.0),
        )
    ]
    kept = {reference: effect(0.8, 0.9), memorised: 0.9}
    contrasts = [
        row | {"measure": "relative", "stimulus": stimulus}
        for stimulus, (name, value) in itertools.product(("50ms", "100ms"), kept.items())
        for row in rows(name, value=value)
    ]
    losses = {reference: effect(0.22, 0.1), without_more: effect(0.1, 0.1)}
    natural = {reference: 1.88, heard: 1.61, untrained: 1.03}
    average = {
        (reference, "none"): 0.887,
        (reference, "pca"): 0.887,
        (reference, "gbfb"): 0.894,
        ("pca", "none"): 0.437,
        ("gbfb", "none"): 0.828,
    }
    embedded = {reference: (0.7, 0.6), "pca": (0.3, 0.1), "gbfb": (0.4, 0.2)}
    by_category = {
        "detection": [
            row
            for group, ap, chance in (("category", 0.0073, 0.008), ("other", 0.109, 0.0045))
            for row in rows(
                reference, group=group, mean_average_precision=effect(ap, chance), chance=chance
            )
        ],
        "embedding": [
            row
            for name, (index, above) in embedded.items()
            for row in rows(
                name,
                SEEDS if name == reference else [0],
                segregation_index=effect(index, 0.2),
                null_mean=0.2,
                null_p=null_p,
                smallest_possible_p=0.001,
                segregation_above_null=effect(above, 0.0),
            )
        ],
        "separability": [
            row
            for (name, added), ap in average.items()
            for row in rows(
                name,
                SEEDS if name == reference else [0],
                added=added,
                average_precision=effect(ap, 0.266),
                chance=0.266,
                explained_variance=0.965 if name == "pca" else None,
            )
        ],
        "mean_response": rows(reference, effect_size=effect(0.689, 0.5), **test),
        "selectivity": selectivity,
        "loudness": [
            row
            for split, ratio in (("train", 1.70), ("test", 1.68))
            for row in rows(reference, split=split, attenuation=8, ratio=effect(ratio))
        ],
        "readout": rows(reference, mean_average_precision=effect(0.832, 0.3), chance=0.3),
        # The scorecard reads the numbers of networks; the tests beside them are its own.
        "contrasts": [{"features": reference, "second": memorised, "measure": "ratio_test"}],
        "contrasts/networks": [
            row | {"measure": "quilt_loss", "stimulus": ""}
            for name, loss in losses.items()
            for row in rows(name, value=loss)
        ]
        + contrasts,
        "natural_sounds": [
            row
            for name, ratio in natural.items()
            for row in rows(name, ratio=effect(ratio), **test)
        ]
        + rows("gbfb", [0], ratio=effect(0.95), **test),
        "quilts": quilts,
        "quilts/tests": [
            row | {"features": reference, "units": "selective", "group": "category"}
            for row in tests
        ],
    }
    tables = {
        name: pd.DataFrame([{"category": category} | row for row in of_table])
        for name, of_table in by_category.items()
    }
    tables["memorisation"] = pd.DataFrame(
        row | {"split": split, "null_high": 0.025}
        for name, split, ap in (
            (memorised, "train", 0.96),
            (memorised, "test", 0.02),
            (reference, "train", 0.4),
            (reference, "test", 0.109),
        )
        for row in rows(name, mean_average_precision=effect(ap, 0.02))
    )
    tables["ablation"] = pd.DataFrame(
        {"features": reference, "comparison": comparison, "effect_size": effect(size, 0.5), **test}
        for comparison, size in (("baseline_above_top", 0.917), ("l1_norm_above_top", 0.719))
    )
    return tables
