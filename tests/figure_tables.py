"""Made-up tables for every figure, with the columns of the analyses and plausible values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from science.figures.style import Scene

PAPER = ["no_music", "music", "no_music_no_speech", "random_labels", "untrained"]
BASELINES = ["pca", "gbfb", "acoustics"]
RESPONDING = ["gbfb", "acoustics"]
OTHERS = ["speech", "animals", "vehicles", "water"]
LENGTHS = ["50ms", "100ms", "200ms", "400ms", "800ms", "1600ms", "original"]
NOTICE = "Synthetic demo corpus: no evidence about brains"
FIGURES = (
    "training", "detection", "mean_response", "selectivity", "separability", "embedding",
    "loudness", "readout", "contrasts", "memorisation", "ablation", "natural_sounds", "brain",
    "quilts",
    "depth", "emergence", "selective_units", "dose",
)  # fmt: skip
LEVELS = {
    "no_music": 0.9, "music": 1.0, "random_labels": 0.2, "untrained": 0.0, "acoustics": 0.1,
    "brain": 1.0,
}  # fmt: skip

Tables = dict[str, pd.DataFrame]


def grid(names: Sequence[str], seeds: int = 3, **more: Sequence) -> pd.DataFrame:
    """A row for every network and combination of `more`; a baseline has the seed 0 alone."""
    levels = {"features": list(names), "seed": list(range(seeds)), **more}
    table = pd.MultiIndex.from_product(levels.values(), names=levels.keys()).to_frame(index=False)
    return table[~table["features"].isin([*BASELINES, "brain"]) | (table["seed"] == 0)].reset_index(
        drop=True
    )


def values(table: pd.DataFrame, low: float, high: float) -> np.ndarray:
    """Between two values, by what a network of the condition would reach, and some noise."""
    level = table["features"].map(LEVELS).fillna(0.5)
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, len(table))
    return low + (high - low) * np.clip(level + noise, 0, 1)


def figure_tables(
    conditions: Sequence[str] = PAPER,
    seeds: int = 3,
    category: str = "music",
    others: Sequence[str] = OTHERS,
) -> dict[str, Tables]:
    """The tables of each figure of a run about a category, for the caller to edit."""
    made = _figure_tables(tuple(conditions), seeds, category, tuple(others))
    return {
        figure: {name: table.copy() for name, table in tables.items()}
        for figure, tables in made.items()
    }


@cache
def _figure_tables(
    conditions: Sequence[str], seeds: int, category: str, others: Sequence[str]
) -> dict[str, Tables]:
    networks, responding = list(conditions), [*conditions, *RESPONDING]
    everything, categories = [*conditions, *BASELINES], [category, *others]
    splits = ["train", "test"]
    units = grid(responding, seeds, chosen_on=splits, rank=range(1, 33))
    ratio_grid = grid(responding, seeds, category=categories, chosen_on=splits, split=splits)
    ratio = values(ratio_grid, 1, 2.2)
    places = grid(everything, seeds, clip=range(40))
    inside = places["clip"] < 15
    spots = np.random.default_rng(1).normal(np.outer(2.0 * inside, [1, 1]))
    histogram = grid(responding, seeds, group=["category", "other"], low=np.arange(60) / 60)
    bell = np.exp(
        -((histogram["low"] - 0.5 - 0.1 * (histogram["group"] == "category")) ** 2) / 0.02
    )
    per_class = grid(networks, seeds, number=range(30))
    subclasses = grid(responding, seeds, subclass=["Jazz", "Rock music", "Opera", "Folk"])
    return {
        "training": {"history": _history(networks, seeds)},
        "detection": {
            "detection": grid(networks, seeds, group=["other", "category"]).assign(
                mean_average_precision=lambda table: values(table, 0.02, 0.3),
                chance=0.0045, classes=9, clips=150,
            ),
            "classes": per_class.assign(
                display_name="Class " + per_class["number"].astype(str),
                group=np.where(per_class["number"] % 3 == 0, "category", "other"),
                positives=5, average_precision=per_class["number"] / 40, chance=0.03,
            ),
        },
        "mean_response": {
            "mean_response": grid(responding, seeds, category=categories).assign(
                effect_size=lambda table: values(table, 0.5, 0.8), n1=40, n2=110, note=np.nan
            ),
            "histogram": histogram.assign(
                high=histogram["low"] + 1 / 60, clips=np.round(20 * bell).astype(int)
            ),
        },
        "selectivity": {
            "selectivity": ratio_grid.assign(
                category_clips=20, ratio=ratio, low=ratio - 0.2, high=ratio + 0.3, null_mean=1.1,
                note=np.nan,
            ),
            "units": units.assign(index=1 - units["rank"] / 16, selected=units["rank"] <= 4),
        },
        "separability": {
            "separability": grid(
                everything, seeds, category=categories, added=["none", "pca", "gbfb"]
            )
            .query("features not in @BASELINES or added == 'none'")
            .assign(
                average_precision=lambda table: values(table, 0.4, 0.9), chance=0.266,
                n_test_positive=40, n_test_negative=110, note=np.nan,
            )
        },
        "embedding": {
            "embedding": grid(everything, seeds, category=categories).assign(
                category_clips=15, other_clips=25, segregation_index=0.5, null_mean=0.1,
                smallest_possible_p=0.01, note=np.nan,
            ),
            "coordinates": places.assign(in_category=inside, x=spots[:, 0], y=spots[:, 1]),
        },
        "loudness": {
            "loudness": grid(
                [*networks, "acoustics"], seeds, category=categories, split=splits,
                attenuation=[1.0, 2.0, 4.0, 8.0],
            ).assign(
                ratio=lambda table: values(table, 1, 2) / table["attenuation"] ** 0.2, note=np.nan
            )
        },
        "readout": {
            "readout": grid(responding, seeds, category=categories, place=range(1, 5)).assign(
                group=lambda table: table["place"].map(
                    {1: "0-12.5%", 2: "12.5-25%", 3: "25-37.5%", 4: "37.5-50%"}
                ),
                average_precision=lambda table: values(table, 0.4, 0.9) - table["place"] / 20,
                chance=0.266, note=np.nan,
            ),
            "subclasses": subclasses.assign(
                category=category, average_precision=values(subclasses, 0.2, 0.9), chance=0.02,
                n_test_positive=subclasses["subclass"].str.len(),
            ),
        },
        "contrasts": _contrasts(networks, seeds, category),
        "memorisation": {
            "memorisation": grid(networks, seeds, split=["train", "validation", "test"]).assign(
                mean_average_precision=lambda table: values(table, 0.04, 0.5), chance=0.02,
                null_low=0.05, null_high=0.1, segregation_index=0.7, note=np.nan,
            )
        },
        "ablation": _ablation(networks, seeds),
        "natural_sounds": _natural_sounds(responding, seeds, categories),
        "brain": _brain([*responding, "pca"], seeds, category),
        "quilts": {
            "quilts": quilts_table(responding, seeds, categories),
            "subclasses": grid(
                responding, seeds, subclass=["Jazz", "Opera", "Folk"], stimulus=LENGTHS
            ).assign(relative=lambda table: values(table, 0.7, 1)),
        },
        "depth": {"depth": _depth(networks, seeds, category)},
        "emergence": _emergence(networks[:1], seeds, category),
        "selective_units": {
            "selective_units": grid(responding, seeds, category=[category], split=splits).assign(
                share=lambda table: values(table, 0.05, 0.6), share_chosen=0.125,
                ratio=lambda table: values(table, 1, 2), fdr=0.05, permutations=10000, note=np.nan,
            )
        },
        "dose": _dose(networks[0], seeds, category),
    }  # fmt: skip


def scene_of(
    conditions: Sequence[str] = PAPER, category: str = "music", notice: str = NOTICE
) -> Scene:
    """The scene of a run, about the first of its conditions."""
    used = {name: "last" if name == "random_labels" else "best" for name in conditions}
    return Scene(category, notice, conditions[0], "test", used)


def draw(figure: str, tables: Tables, scene: Scene) -> Figure:
    """The figure, from no more columns than it says it reads and no more than it says it shows."""
    module = import_module(f"science.figures.{figure}")
    read = {}
    for name, columns in module.TABLES.items():
        of_file = [] if "features" in columns else ["features", "seed"]
        read[name] = tables[name][[*of_file, *columns]]
    unset = {"reference": "", "chosen_on": "", "weights_used": {}}
    hidden = unset.keys() - set(getattr(module, "SHOWS", ()))
    return module.draw(read, replace(scene, **{key: unset[key] for key in hidden}))


def not_run(table: pd.DataFrame, why: str) -> pd.DataFrame:
    """The one row of an analysis that could not be run."""
    return pd.DataFrame([{"note": why}], columns=table.columns)


def quilts_table(names: Sequence[str], seeds: int, categories: Sequence[str]) -> pd.DataFrame:
    """Responses by segment length; a category's units lose more of its own clips."""
    table = grid(
        names, seeds, category=categories, units=["selective", "other"],
        group=["category", "other"], stimulus=LENGTHS,
    )  # fmt: skip
    lost = 0.4 * values(table, 0, 1) * 0.7 ** table["stimulus"].map(LENGTHS.index)
    own = (table["units"] == "selective") & (table["group"] == "category")
    relative = np.where(table["stimulus"] == "original", 1, 1 - lost * np.where(own, 1, 0.2))
    response = 0.3 * relative * np.where(own, 2, 1)
    return table.assign(clips=40, relative=relative, response=response, note=np.nan)


def _measured(table: pd.DataFrame, grown: pd.Series) -> pd.DataFrame:
    """Values of each measure, between nothing (0) and all that it reaches (1)."""
    lowest = table["measure"].map({"ratio": 1, "ratio_of_sounds": 1, "separability": 0.4})
    noise = np.random.default_rng(2).normal(0, 0.03, len(table))
    reached = values(table, 0, 1) * grown + noise
    return table.assign(value=lowest.fillna(0) + 0.5 * reached, note=np.nan)


def _depth(names: Sequence[str], seeds: int, category: str) -> pd.DataFrame:
    measures = ["ratio", "separability", "quilt_loss", "ratio_of_sounds", "component_correlation"]
    table = grid(names, seeds, place=range(1, 5), measure=measures)
    table = table.assign(
        category=category, layer="conv" + table["place"].astype(str),
        units=16 * 2 ** table["place"], selected=2 * 2 ** table["place"],
    )  # fmt: skip
    return _measured(table, table["place"] / 4)


def _emergence(names: Sequence[str], seeds: int, category: str) -> Tables:
    early = {"validation_ap": 3, "ratio": 6, "separability": 1, "quilt_loss": 10}
    measures = [*early, "ratio_of_sounds", "component_correlation"]
    table = grid(names, seeds, epoch=[0, 1, 2, 4, 8, 16, 32, 50 + seeds], measure=measures)
    table = table[(table["measure"] != "validation_ap") | (table["epoch"] > 0)]
    table = table.assign(category=category, used=table["epoch"] == 32)
    half = table["measure"].map(early).fillna(8)
    correlations = grid(names, seeds, measure=measures[1:]).assign(category=category)
    return {
        "emergence": _measured(table, table["epoch"] / (table["epoch"] + half)),
        "networks": correlations.assign(rank_correlation=values(correlations, -1, 1)),
    }


def _dose(reference: str, seeds: int, category: str) -> Tables:
    shares = {reference: 0, f"no_{category}_by_label": 0, "dose_0.5": 0.005, "dose_2": 0.02}
    shares |= {"dose_20": 0.2, category: 1.0}
    table = grid(list(shares), seeds, measure=["ratio", "quilt_loss"])
    share = table["features"].map(shares)
    level = np.where(table["measure"] == "ratio", 1.6, 0.2)
    table = table.assign(
        category=category, share=share, clips=(4000 * share).astype(int), note=np.nan,
        in_trend=~table["features"].str.endswith("label"),
        value=level * (1 + 0.5 * share + 0.04 * table["seed"]),
    )  # fmt: skip
    rho = {"statistic_name": "rho", "statistic": 0.61, "p": 0.003, "log10_p": np.log10(0.003)}
    tests = [rho | {"features": reference, "measure": name} for name in ("ratio", "quilt_loss")]
    return {"dose": table, "tests": pd.DataFrame(tests)}


def _history(names: Sequence[str], seeds: int) -> pd.DataFrame:
    trained = [name for name in names if name != "untrained"]
    table = grid(trained, seeds, epoch=[1.0, 2.0, 3.0, 4.0])
    precision = table["epoch"].map({1: 0.1, 2: 0.4, 3: 0.2, 4: 0.3})
    loss = 1 / table["epoch"]
    return table.assign(
        loss=loss, validation_loss=1.1 * loss, train_ap=precision, validation_ap=precision
    )


def _contrasts(names: Sequence[str], seeds: int, category: str) -> Tables:
    ratios = grid([*names, *RESPONDING], seeds, measure=["ratio_train"])
    ratios = ratios.assign(stimulus=np.nan, value=values(ratios, 1, 2.2))
    kept = quilts_table([*names, *RESPONDING], seeds, [category])
    kept = kept.query("units == 'selective' and group == 'category' and stimulus != 'original'")
    kept = kept.assign(measure="relative", value=kept["relative"])
    columns = ["features", "seed", "measure", "stimulus", "value"]
    networks = pd.concat([ratios, kept])[columns].assign(category=category)
    means = networks.groupby(["measure", "stimulus", "features"], dropna=False, sort=False)["value"]
    means = means.mean().reset_index()
    first = means[means["features"] == names[0]]
    seconds = means[~means["features"].isin([names[0], "acoustics"])]
    pairs = first.merge(seconds, on=["measure", "stimulus"], suffixes=("", "_of_second"))
    difference = pairs["value"] - pairs["value_of_second"]
    contrasts = pairs.assign(
        category=category, second=pairs["features_of_second"], difference=difference,
        low=difference - 0.2, high=difference + 0.2, smallest_possible_p=0.008, p_holm=0.0123,
        log10_p_holm=np.log10(0.0123), note=np.nan,
    )  # fmt: skip
    return {"networks": networks, "contrasts": contrasts}


def _ablation(names: Sequence[str], seeds: int) -> Tables:
    groups = grid(
        names, seeds, group=["baseline", *import_module("science.figures.ablation").GROUPS]
    )
    comparisons = import_module("science.figures.ablation").COMPARISONS
    tests = grid(names, 1, comparison=list(comparisons), level=["pairs", "networks"])
    return {
        "groups": groups.assign(mean_average_precision=values(groups, 0.2, 0.3)),
        "ablation": tests.assign(effect_size=values(tests, 0.4, 0.9), n1=40),
    }


def _natural_sounds(names: Sequence[str], seeds: int, categories: Sequence[str]) -> Tables:
    names = [*names, "brain"]
    summary = grid(names, seeds, category=categories)
    kinds = ["Instr. Music", "Vocal Music", "English Speech", "Foreign Speech", "Animal (Non-Voc)"]
    kinds += ["Nature", "Mechanical", "Env. Sounds", "Human (Non-Voc)", "Human Voc.", "Animal Voc."]
    of_target = "Music" if "music" in categories else "Speech"
    if of_target == "Speech":
        kinds = kinds[2:]
    means = grid(names, seeds, sound_category=kinds)
    sounds = grid(names, seeds, clip_id=[f"s{number:03d}" for number in range(15 * len(kinds))])
    number = sounds["clip_id"].str[1:].astype(int)
    sounds["sound_category"] = number.map(lambda number: kinds[number // 15])
    made = {}
    for name, table in (("categories", means), ("sounds", sounds)):
        ours = table["sound_category"].str.contains(of_target)
        response = values(table, 0.6, 1.2) * np.where(ours, 1.6, 1)
        made[name] = table.assign(in_category=ours, response=response)
    made["sounds"]["response"] *= 1 + 0.4 * np.sin(number)
    return {
        "natural_sounds": summary.assign(
            category_sounds=30, other_sounds=135, ratio=values(summary, 1, 1.9), note=np.nan
        ),
        **made,
    }


def _brain(names: Sequence[str], seeds: int, category: str) -> Tables:
    components = ["lowfreq", "highfreq", "envsounds", "pitch", "voices", category]
    correlations = grid([name for name in names if name != "pca"], seeds, component=components)
    prediction = grid(names, seeds, layer=["", "conv1", "conv2", "conv3"], component=components)
    prediction = prediction[(prediction["layer"] == "") | (prediction["features"] == "no_music")]
    best = prediction["component"].map(dict.fromkeys(components, 0.4) | {category: 0.8})
    return {
        "brain": correlations.assign(
            pearson=values(correlations, -0.2, 0.7),
            p_within_categories=values(correlations, 0.1, 0.001),
            reliability=np.where(correlations["features"] == "no_music", 0.8, np.nan),
            note=np.nan,
        ),
        "prediction": prediction.assign(
            r2=best * values(prediction, 0.1, 0.8),
            r2_within_category=best * values(prediction, 0, 0.4),
            note=np.nan,
        ),
    }
