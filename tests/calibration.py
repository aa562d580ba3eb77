"""The scorecard and its intervals tested by simulation: `make calibrate`.

Data sets with every published effect at its size (five networks for each condition, published
spreads) must come out reproduced, and data sets without any must not. Intervals must cover the
truth of responses whose variances are known. The figures stand in the scorecard's README.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from planted_tables import planted

from science.analyses.quilts import mean_intervals
from science.analyses.ratios import ratio_interval
from science.scorecard import kim2024
from science.scorecard.claim_sets import findings_of
from science.scorecard.claims import REPRODUCED
from science.scorecard.verdicts import score
from science.statistics.equivalence import equivalence_test
from science.statistics.intervals import (
    correlation_prediction_interval,
    prediction_interval,
    rank_sum_effect_interval,
    t_interval,
    welch_interval,
)
from science.statistics.randomness import named_generator
from science.statistics.two_way import two_way_bootstrap_interval, two_way_effect_interval

DATA_SETS = 100
SAMPLES = 1000
# As many as `statistics.bootstrap_samples`; an interval by Student's t needs fewer.
RESAMPLES = 1000
TWO_WAY_RESAMPLES = 200
NETWORKS = 5
CLAIMS = [
    finding.of(kim2024.cast_beside("no_music"))
    for finding in findings_of(True, kim2024.CATEGORY, {})
]


def verdicts_of(number: int, effects: bool) -> pd.Series:
    """Verdicts of one data set, as on AudioSet, by finding."""
    generator = named_generator(number, "calibration", "planted" if effects else "none")
    tables = planted(generator=generator, effects=effects, scale=1.0)
    scorecard = score(CLAIMS, tables, kim2024.PUBLISHED, True, 0.1, {})
    return scorecard.set_index("finding")["verdict"]


def scorecards(effects: bool, data_sets: int, pool: ProcessPoolExecutor | None = None):
    """A row of verdicts for each data set, a column for each finding."""
    run = pool.map if pool else map
    rows = run(verdicts_of, range(data_sets), [effects] * data_sets)
    return pd.DataFrame(list(rows)).reset_index(drop=True)


def covers(interval: object, truth: float) -> bool:
    """Whether an interval has the truth in it."""
    return interval.low <= truth <= interval.high


def over_networks(generator: np.random.Generator) -> bool:
    """Student's t of five networks."""
    return covers(t_interval(generator.normal(2, 0.3, NETWORKS)), 2)


def of_two_conditions(generator: np.random.Generator) -> bool:
    """Welch's t of two conditions, one of which scatters three times as widely."""
    first, second = generator.normal(2, 0.3, NETWORKS), generator.normal(1, 0.1, NETWORKS)
    return covers(welch_interval(first, second), 1)


def ratio_over_clips(generator: np.random.Generator) -> bool:
    """Bootstrap of the response ratio of one network over its clips."""
    category = np.arange(600) < 200
    means = np.where(category, 2.0, 1.0)[:, None]
    responses = means * generator.gamma(4, 0.25, (600, 8))
    return covers(
        ratio_interval(responses, np.arange(8), category, ~category, generator, RESAMPLES), 2
    )


def effect_size_over_clips(generator: np.random.Generator) -> bool:
    """Bootstrap of U / (n1 n2) of one network over its clips."""
    groups = generator.normal(1, 1, 200), generator.normal(0, 1, 400)
    truth = float(norm.cdf(1 / np.sqrt(2)))
    return covers(rank_sum_effect_interval(*groups, generator, RESAMPLES), truth)


def response_over_clips(generator: np.random.Generator) -> bool:
    """Bootstrap of the mean response to quilts over their clips."""
    low, high = mean_intervals(generator.gamma(4, 0.25, (200, 1)), generator, RESAMPLES)
    return bool(low[0] <= 1 <= high[0])


def two_way(of_clips: float, of_networks: float) -> Callable[[np.random.Generator], bool]:
    """Two-way bootstrap of a mean over pairs of a clip (or class) and a network."""

    def covered(generator: np.random.Generator) -> bool:
        values = of_clips * generator.normal(size=(60, 1))
        values = values + of_networks * generator.normal(size=(1, NETWORKS))
        values = values + generator.normal(size=(60, NETWORKS))
        return covers(two_way_bootstrap_interval(values, generator, resamples=TWO_WAY_RESAMPLES), 0)

    return covered


def two_way_effect(generator: np.random.Generator) -> bool:
    """Two-way bootstrap of U / (n1 n2): networks differ in how far apart their groups are."""
    apart = 1 + 0.2 * generator.normal(size=(1, NETWORKS))
    common = generator.normal(size=(60, 1)), generator.normal(size=(100, 1))
    groups = [np.sqrt(0.5) * (of + generator.normal(size=(len(of), NETWORKS))) for of in common]
    interval = two_way_effect_interval(groups[0] + apart, groups[1], generator, TWO_WAY_RESAMPLES)
    # A pair differs by 1, with the variances of its two clips and of the networks.
    return covers(interval, float(norm.cdf(1 / np.sqrt(2 + 0.2**2))))


def replication(generator: np.random.Generator) -> bool:
    """Prediction interval of our mean from another's, ours with three times its spread."""
    published, ours = generator.normal(2, 0.1, NETWORKS), generator.normal(2, 0.3, NETWORKS)
    spreads = published.std(ddof=1), NETWORKS, ours.std(ddof=1), NETWORKS
    return covers(prediction_interval(published.mean(), *spreads), ours.mean())


def replicated_correlation(generator: np.random.Generator) -> bool:
    """Prediction interval of a correlation over 30 points from another of as many."""
    pairs = (generator.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], 30).T for _ in range(2))
    published, ours = (np.corrcoef(*of)[0, 1] for of in pairs)
    return covers(correlation_prediction_interval(published, 30, 30), ours)


COVERAGES: Mapping[str, Callable[[np.random.Generator], bool]] = {
    "Student's t over five networks": over_networks,
    "Welch's t, five networks and five, spreads 3 : 1": of_two_conditions,
    "bootstrap over clips, response ratio": ratio_over_clips,
    "bootstrap over clips, effect size": effect_size_over_clips,
    "bootstrap over clips, response to quilts": response_over_clips,
    "two-way bootstrap, networks vary most": two_way(0.3, 1.0),
    "two-way bootstrap, clips vary most": two_way(1.0, 0.1),
    "two-way bootstrap, effect size": two_way_effect,
    "prediction interval, spreads 1 : 3": replication,
    "prediction interval of a correlation": replicated_correlation,
}


def coverage(name: str, samples: int) -> float:
    """Share of samples whose interval has the truth in it."""
    generators = (named_generator(number, "coverage", name) for number in range(samples))
    return float(np.mean([COVERAGES[name](generator) for generator in generators]))


def absence_at_the_margin(samples: int) -> float:
    """Share of samples in which a difference as large as the margin is called an absence."""
    generators = (named_generator(number, "margin") for number in range(samples))
    called = [
        equivalence_test(generator.normal(1, 0.3, NETWORKS), 1.0).p_within < 0.05
        for generator in generators
    ]
    return float(np.mean(called))


def main() -> None:
    """Print shares of verdicts and coverages as tables of a README."""
    with ProcessPoolExecutor() as pool:
        for effects, words in ((True, "every published effect"), (False, "no effect")):
            found = scorecards(effects, DATA_SETS, pool)
            shares = found.stack().value_counts(normalize=True)
            told = ", ".join(f"{share:.1%} {verdict}" for verdict, share in shares.items())
            print(f"{words}, {DATA_SETS} data sets of {len(CLAIMS)} findings: {told}")
            by_finding = (found == REPRODUCED).mean().sort_values()
            apart = by_finding[by_finding < 0.95] if effects else by_finding[by_finding > 0.05]
            for finding, share in apart.items():
                print(f"    {finding}: {share:.0%} reproduced")
        shares = pool.map(coverage, COVERAGES, [SAMPLES] * len(COVERAGES))
        for name, share in zip(COVERAGES, shares, strict=True):
            print(f"| {name} | {share:.1%} |")
    print(f"a difference of the margin called an absence: {absence_at_the_margin(SAMPLES):.1%}")


if __name__ == "__main__":
    main()
