"""Tables of the analyses in which a category has every published effect at its size, or none.

Networks differ by the published spreads; where none was published, by that of a like number.
Ratios, quilts and natural sounds are measured by the analyses on made-up responses; other tables
are written down as the analyses write them.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from science.analyses.natural_sounds import category_means, ratio_of_sounds
from science.analyses.quilts import quilt_responses
from science.analyses.selection import mean_response, rank_by_index
from science.scorecard.claims import MEMORISED, REFERENCE, UNTRAINED, WITH_CATEGORY, WITHOUT_MORE
from science.statistics.intervals import Interval, correlation_interval, t_interval
from science.statistics.tests import correlation_test

SEEDS = range(5)
OF_MUSIC = {
    REFERENCE: "no_music",
    WITH_CATEGORY: "music",
    UNTRAINED: "untrained",
    MEMORISED: "random_labels",
    WITHOUT_MORE: "no_music_no_speech",
}
OTHERS = ("speech", "vehicle", "animal", "water")
LENGTHS_MS = (50, 100, 200, 400, 800, 1600)
KINDS_OF_SOUNDS = ("Music", "Song", *(f"kind {number}" for number in range(9)))
UNITS, SELECTIVE = 64, 8
CHOICE = {"index": "msi", "fraction": SELECTIVE / UNITS}
# Standard deviation of a unit's response to single clips, in means.
OF_CLIPS = 0.1
TESTED = {"test": "made up", "sidedness": "greater", "smallest_possible_p": 1e-9, "note": ""}

# What is kept of the response at each segment length: mean and deviation over networks.
FALLING = ((0.78, 0.87, 0.95, 1.0, 1.01, 1.02), (0.053, 0.04, 0.02, 0.015, 0.016, 0.015))
FALLING_LESS = ((0.90, 0.94, 0.97, 1.01, 1.02, 1.02), (0.03, 0.02, 0.01, 0.006, 0.008, 0.008))
MEMORISED_KEEPS = ((0.93, 0.97, 1.0, 1.0, 1.0, 1.0), (0.02,) * 6)
LESS_SENSITIVE = ((0.92, 0.95, 0.98, 1.0, 1.0, 1.0), (0.02,) * 6)
FLAT = ((1.0,) * 6, (0.01,) * 6)


class Planter:
    """Draws networks, with the published effects or with none.

    Attributes:
        generator: Draws everything.
        effects: Whether there are any.
        scale: Of the published spreads.
    """

    def __init__(self, generator: np.random.Generator, effects: bool, scale: float) -> None:
        self.generator, self.effects, self.scale = generator, effects, scale

    def draw(self, planted: float, spread: float, none: float) -> float:
        """A network's number around the published one, or around what it is without effects."""
        mean = planted if self.effects else none
        return mean + self.generator.normal() * spread * self.scale

    def rows(self, features: str, seeds=SEEDS, **columns: object) -> list[dict]:
        """A row for each network; of a tuple (planted, spread, none) each draws its own."""
        return [
            {"features": features, "seed": seed}
            | {
                name: self.draw(*value) if isinstance(value, tuple) else value
                for name, value in columns.items()
            }
            for seed in seeds
        ]

    def responses(
        self, clips: int, selective: float = 1.0, others: float = 1.0, of_clips: float = OF_CLIPS
    ) -> np.ndarray:
        """[clips, units] around 1, the first units around another mean."""
        means = np.where(np.arange(UNITS) < SELECTIVE, selective, others)
        return means * (1 + of_clips * self.scale * self.generator.normal(size=(clips, UNITS)))

    def held_out_ratio(self, ratio: float, all_units: bool = False) -> float:
        """Response ratio of units that are chosen on one set of clips and measured on another."""
        masks = np.arange(90) < 30, np.arange(90) >= 30
        sides = [
            np.concatenate(
                [self.responses(30, ratio, ratio if all_units else 1.0), self.responses(60)]
            )
            for _ in range(2)
        ]
        chosen = np.flatnonzero(rank_by_index(sides[0], *masks, CHOICE)["selected"])
        means = mean_response(sides[1], chosen)
        return float(means[masks[0]].mean() / means[masks[1]].mean())

    def quilts(
        self, kept: Mapping[tuple[str, str], tuple], originals: Mapping[tuple[str, str], tuple]
    ) -> pd.DataFrame:
        """The table of one network: what selective and other units keep of either group's clips."""
        clips, blocks = 24, []
        for group in ("category", "other"):
            level = {units: self.draw(*originals[units, group]) for units in ("selective", "other")}
            share = {"original": {"selective": 1.0, "other": 1.0}}
            for place, length in enumerate(LENGTHS_MS):
                share[f"{length}ms"] = {
                    units: self.draw(means[place], spreads[place], 1.0)
                    for units in ("selective", "other")
                    for means, spreads in [kept[units, group]]
                }
            blocks.append(
                {
                    stimulus: self.responses(
                        clips, *(level[units] * of[units] for units in ("selective", "other"))
                    )
                    for stimulus, of in share.items()
                }
            )
        stimuli = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
        masks = {"category": np.arange(2 * clips) < clips, "other": np.arange(2 * clips) >= clips}
        selected = np.arange(UNITS) < SELECTIVE
        return quilt_responses(stimuli, selected, masks, self.generator, resamples=2)

    def natural_sounds(self, ratio: tuple[float, float, float]) -> tuple[dict, pd.DataFrame]:
        """Ratio and category means of one network whose units prefer two kinds of eleven."""
        kinds = np.repeat(KINDS_OF_SOUNDS, 15)
        # Single sounds scatter no more than the published spread of the ratio allows.
        of_clips = min(OF_CLIPS, ratio[1])
        others = self.responses(len(kinds), of_clips=of_clips)
        preferred = self.responses(len(kinds), self.draw(*ratio), of_clips=of_clips)
        wanted = KINDS_OF_SOUNDS[:2]
        responses = np.where(np.isin(kinds, wanted)[:, None], preferred, others)
        given = responses, np.arange(SELECTIVE), kinds.tolist(), wanted, self.generator, 2
        return ratio_of_sounds(*given), category_means(*given)


def planted(
    category: str = "music",
    of_role: Mapping[str, str] = OF_MUSIC,
    others: tuple[str, ...] = OTHERS,
    effects: bool = True,
    generator: np.random.Generator | None = None,
    scale: float = 0.3,
) -> dict[str, pd.DataFrame]:
    """Tables by name; by default networks differ by less than was published.

    Args:
        category: The target.
        of_role: The condition of each role.
        others: Further categories; the networks of `WITHOUT_MORE` heard nothing of the first.
        effects: Whether there are any.
        generator: Draws the networks.
        scale: Of the published spreads.
    """
    planter = Planter(generator or np.random.default_rng(0), effects, scale)
    of_stimuli = _of_quilts(planter, of_role, others, category)
    tables = {
        **_of_networks(planter, of_role, others[0]),
        "selectivity": _of_selectivity(planter, of_role, others, category),
        **_of_natural_sounds(planter, of_role),
        **of_stimuli,
    }
    named = {
        name: pd.DataFrame([{"category": category} | row for row in table])
        for name, table in tables.items()
    }
    return named | _of_target(planter, of_role)


def _of_networks(planter: Planter, of_role: Mapping[str, str], unheard: str) -> dict[str, list]:
    reference, without_more = of_role[REFERENCE], of_role[WITHOUT_MORE]
    detection = [
        *planter.rows(
            of_role[WITH_CATEGORY],
            group="all",
            classes=527,
            mean_average_precision=(0.152, 0.003, 0.0045),
            chance=0.0045,
            positive_rate=0.0045,
        ),
        *planter.rows(
            reference,
            group="other",
            mean_average_precision=(0.109, 0.003, 0.0045),
            chance=0.0045,
            positive_rate=0.0045,
        ),
        *planter.rows(
            reference,
            group="category",
            mean_average_precision=(0.0073, 0.0005, 0.0056),
            chance=0.0056,
            positive_rate=0.0056,
        ),
    ]
    index = {
        reference: (0.672, 0.02, 0.5),
        of_role[WITH_CATEGORY]: (0.7, 0.02, 0.5),
        of_role[MEMORISED]: (0.56, 0.02, 0.5),
        without_more: (0.65, 0.02, 0.5),
    }
    of_null = {"null_mean": 0.5, "null_p": 0.01, "smallest_possible_p": 0.001, "note": ""}
    embedding = [
        row
        for name, planted_index in index.items()
        for row in planter.rows(
            name,
            segregation_index=planted_index,
            segregation_above_null=(0.34, 0.03, 0.0),
            **of_null,
        )
    ]
    embedding += planter.rows(
        without_more, category=unheard, segregation_above_null=(0.1, 0.03, 0.0), **of_null
    )
    for name, above in (("pca", 0.1), ("gbfb", 0.15)):
        embedding += planter.rows(name, [0], segregation_above_null=(above, 0, 0.0), **of_null)
    averages = {
        (reference, "none"): (0.887, 0.005, 0.266),
        (reference, "pca"): (0.887, 0.004, 0.266),
        (reference, "gbfb"): (0.894, 0.004, 0.266),
        ("pca", "none"): (0.437, 0, 0.266),
        ("gbfb", "none"): (0.828, 0, 0.266),
    }
    separability = [
        row
        for (name, added), average in averages.items()
        for row in planter.rows(
            name,
            SEEDS if name == reference else [0],
            added=added,
            average_precision=average,
            chance=0.266,
            positive_rate=0.266,
            explained_variance=0.965 if name == "pca" else None,
        )
    ]
    effect_sizes = [
        *planter.rows(reference, effect_size=(0.689, 0.01, 0.5), **_test(planter)),
        *planter.rows(without_more, effect_size=(0.66, 0.01, 0.5), **_test(planter)),
        *planter.rows(
            without_more, category=unheard, effect_size=(0.48, 0.01, 0.5), **_test(planter)
        ),
    ]
    places = {1: 0.832, 2: 0.79, 3: 0.75, 4: 0.71}
    readout = [
        row
        for place, average in places.items()
        for row in planter.rows(
            reference,
            place=place,
            average_precision=(average, 0.007, 0.266),
            chance=0.266,
            positive_rate=0.266,
            subclasses=25,
        )
    ]
    loudness = [
        row
        for split, ratios in (("train", (1.97, 1.70)), ("test", (1.95, 1.68)))
        for attenuation, ratio in zip((1, 8), ratios, strict=True)
        for row in planter.rows(
            reference, split=split, attenuation=attenuation, ratio=(ratio, 0.07 * ratio, 1.0)
        )
    ]
    return {
        "detection": detection,
        "embedding": embedding,
        "separability": separability,
        "mean_response": effect_sizes,
        "mean_response/networks": [
            {"features": reference, "two_way_low": 0.66, "two_way_high": 0.7}
        ],
        "readout": readout,
        "readout/subclasses": [
            row
            for number in range(25)
            for row in planter.rows(
                reference, subclass=number, average_precision=(0.4, 0.03, 0.1), chance=0.1
            )
        ],
        "loudness": loudness,
        "emergence/networks": planter.rows(
            reference, measure="separability", rank_correlation=(0.8, 0.1, 0.0)
        ),
    }


def _test(planter: Planter) -> dict[str, object]:
    p = 1e-3 if planter.effects else 0.5
    return {"statistic": 12.0, "p": p, "log10_p": np.log10(p), "n1": 30, "n2": 60, **TESTED}


def _of_selectivity(
    planter: Planter, of_role: Mapping[str, str], others: tuple[str, ...], category: str
) -> list[dict]:
    reference, without_more = of_role[REFERENCE], of_role[WITHOUT_MORE]
    ratios = {
        (reference, category): 2.07,
        # U = 11 of 25: an effect size of 0.44.
        (of_role[WITH_CATEGORY], category): 2.04,
        (of_role[UNTRAINED], category): 1.03,
        (without_more, category): 1.77,
        (without_more, others[0]): 1.31,
        **{(reference, other): 1.31 for other in others[1:]},
    }
    of_null = {"null_mean": 1.0, "null_p": 0.005, "units": SELECTIVE}
    of_null |= {"category_clips": 30, "other_clips": 60}
    rows = []
    for (name, of_category), ratio in ratios.items():
        for row in planter.rows(name, ratio=(ratio, 0.07 * (ratio - 1), 1.0)):
            measured = planter.held_out_ratio(row["ratio"])
            for split, value in (("train", measured), ("test", row["ratio"])):
                place = {"category": of_category, "chosen_on": "test", "split": split}
                rows.append(row | place | of_null | {"ratio": value})
    bank = planter.held_out_ratio(planter.draw(1.12, 0, 1.0), all_units=True)
    place = {"chosen_on": "test", "split": "train", "ratio": bank}
    rows += [row | place | of_null for row in planter.rows("gbfb", [0])]
    chosen_on_train = [row | {"chosen_on": "train"} for row in rows]
    return rows + chosen_on_train


def _of_natural_sounds(planter: Planter, of_role: Mapping[str, str]) -> dict[str, list]:
    ratios = {
        of_role[REFERENCE]: (1.88, 0.13, 1.0),
        of_role[WITH_CATEGORY]: (1.61, 0.16, 1.0),
        of_role[UNTRAINED]: (1.03, 0.0044, 1.0),
    }
    summary, means = [], []
    for features, ratio in ratios.items():
        for row in planter.rows(features):
            of_network, of_kinds = planter.natural_sounds(ratio)
            summary.append(row | of_network)
            means += [row | kind for kind in of_kinds.to_dict("records")]
    summary += planter.rows("gbfb", [0], ratio=(0.95, 0, 1.0), **TESTED, log10_p=-3.0)
    summary += planter.rows("brain", [0], ratio=(4.4, 0, 1.0), **TESTED, log10_p=-3.0)
    return {"natural_sounds": summary, "natural_sounds/categories": means}


def _of_quilts(
    planter: Planter, of_role: Mapping[str, str], others: tuple[str, ...], category: str
) -> dict[str, list]:
    reference, without_more = of_role[REFERENCE], of_role[WITHOUT_MORE]
    falling = {
        ("selective", "category"): FALLING,
        ("selective", "other"): FALLING_LESS,
        ("other", "category"): FLAT,
        ("other", "other"): FLAT,
    }
    flat = dict.fromkeys(falling, FLAT)
    originals = {place: (0.4, 0.02, 0.4) for place in falling}
    originals["selective", "category"] = (0.768, 0.030, 0.768)
    of_conditions = {
        (reference, category): falling,
        (of_role[MEMORISED], category): flat | {("selective", "category"): MEMORISED_KEEPS},
        (without_more, category): flat | {("selective", "category"): LESS_SENSITIVE},
        (of_role[UNTRAINED], category): flat,
        (without_more, others[0]): flat,
        **{(reference, other): flat for other in others[1:]},
    }
    rows = []
    for (features, of_category), kept in of_conditions.items():
        for row in planter.rows(features, category=of_category):
            table = planter.quilts(kept, originals)
            rows += [row | response for response in table.to_dict("records")]
    bank = planter.quilts(flat, originals).to_dict("records")
    rows += [{"features": "gbfb", "seed": 0} | response for response in bank]
    by_subclass = [
        row | {"stimulus": "50ms", "subclass": number}
        for number in range(25)
        for row in planter.rows(reference, relative=(0.8, 0.03, 1.0))
    ]
    table = pd.DataFrame(rows)
    of_reference = table[(table["features"] == reference) & (table["category"] == category)]
    tests = [_correlation(of_reference, group) for group in ("category", "other")]
    tests = [{"features": reference} | test for test in tests]
    return {"quilts": rows, "quilts/tests": tests, "quilts/subclasses": by_subclass}


def _correlation(quilts: pd.DataFrame, group: str) -> dict[str, object]:
    """The row of the pooled correlation of response and length, as the analysis writes it."""
    selective = quilts[(quilts["units"] == "selective") & (quilts["group"] == group)]
    points = selective.dropna(subset=["segment_ms"])
    pooled = correlation_test(points["segment_ms"], points["response"])
    own = [
        correlation_test(of["segment_ms"], of["response"]).statistic
        for _, of in points.groupby("seed")
    ]
    return {
        "comparison": "correlation with segment length",
        "units": "selective",
        "group": group,
        "statistic": pooled.statistic,
        "p": pooled.p,
        "log10_p": pooled.log10_p,
        "effect_size": pooled.statistic,
        "n1": pooled.n1,
        "n2": pooled.n2,
        "test": pooled.test,
        "sidedness": pooled.sidedness,
        **_over_networks(correlation_interval(np.array(own))),
    }


def _over_networks(interval: Interval) -> dict[str, object]:
    return {
        "mean": interval.estimate,
        **interval.columns(),
        "networks": interval.n,
        "two_way_low": interval.low,
        "two_way_high": interval.high,
    }


def _of_target(planter: Planter, of_role: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Tables of the target alone, which do not name it."""
    reference, memorised = of_role[REFERENCE], of_role[MEMORISED]
    known = {
        (memorised, "train"): (0.97, 0.005, 0.009),
        (memorised, "test"): (0.0095, 0.001, 0.009),
        (reference, "train"): (0.4, 0.01, 0.009),
        (reference, "test"): (0.109, 0.003, 0.009),
    }
    memorisation = [
        row
        for (name, split), average in known.items()
        for row in planter.rows(
            name, split=split, mean_average_precision=average, null_mean=0.009, null_high=0.012
        )
    ]
    without = {
        "baseline": 0.109,
        "top": 0.08,
        "middle": 0.105,
        "bottom": 0.108,
        "largest_response": 0.095,
    }
    groups = [
        row
        for group, average in without.items()
        for row in planter.rows(
            reference, group=group, mean_average_precision=(average, 0.003, 0.109)
        )
    ]
    table = pd.DataFrame(groups).pivot(index="seed", columns="group")["mean_average_precision"]
    tests = []
    for first, size in (("baseline", 0.917), ("largest_response", 0.719)):
        tests.append(
            {
                "features": reference,
                "comparison": f"{first}_above_top",
                "level": "pairs",
                "effect_size": planter.draw(size, 0.01, 0.5),
                **_test(planter),
                **_over_networks(t_interval((table[first] - table["top"]).to_numpy())),
            }
        )
        # At this level a pair is a network.
        tests.append(tests[-1] | {"level": "networks", "effect_size": 1.0})
    clips = [
        {"split": split, "asked": asked, "got": got}
        for split, asked, got in (("train", 22160, 19539), ("test", 20371, 17902))
    ]
    return {
        "memorisation": pd.DataFrame(memorisation),
        "ablation": pd.DataFrame(tests),
        "ablation/groups": pd.DataFrame(groups),
        "availability": pd.DataFrame(clips),
    }
