"""95% intervals: bootstrap over the clips of one network, Student's t over networks.

Beside them where the mean of a replication is to be expected, given what was published.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

# Resampled values held in memory at once by the bootstrap: 4 million float64 are 32 MB.
BOOTSTRAP_CHUNK_VALUES = 4_000_000
FEWEST = 2  # values that have a spread


@dataclass(frozen=True)
class Interval:
    """An interval around ``estimate``, named as what it is; NaN where it cannot be computed."""

    kind: str
    estimate: float
    low: float
    high: float
    confidence: float
    n: int

    def columns(self) -> dict[str, object]:
        """Bounds and name, as tables have them beside the estimate: low, high and interval."""
        named = f"{self.confidence:.0%}, {self.kind}"
        return {"low": self.low, "high": self.high, "interval": named}


def bootstrap_interval(
    samples: np.ndarray | tuple[np.ndarray, ...],
    generator: np.random.Generator,
    statistic: Callable[..., np.ndarray] = np.mean,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile bootstrap interval of a statistic over clips.

    ``samples`` is one array, or a tuple of independent groups, each [n, ...] with clips along the
    first axis; every group is resampled on its own. ``statistic`` takes the resampled groups
    [resamples, n, ...] and the keyword ``axis=1``, and returns [resamples]. Bounds are NaN when a
    group has fewer than two clips, which would be drawn again and again, or when the statistic is
    not finite in some resample (then it is not defined well enough to have an interval).
    """
    groups = [np.asarray(s) for s in (samples if isinstance(samples, tuple) else (samples,))]
    sizes = [len(group) for group in groups]
    kind = "percentile bootstrap over clips"
    if min(sizes) == 0:
        return Interval(kind, math.nan, math.nan, math.nan, confidence, sum(sizes))
    estimate = float(np.asarray(statistic(*[group[None] for group in groups], axis=1))[0])
    if min(sizes) < FEWEST:
        return Interval(kind, estimate, math.nan, math.nan, confidence, sum(sizes))
    chunk = max(1, BOOTSTRAP_CHUNK_VALUES // sum(group.size for group in groups))
    drawn = []
    for start in range(0, resamples, chunk):
        rows = min(chunk, resamples - start)
        resampled = [g[generator.integers(0, len(g), size=(rows, len(g)))] for g in groups]
        drawn.append(np.asarray(statistic(*resampled, axis=1), dtype=np.float64))
    values = np.concatenate(drawn)
    if not np.isfinite(values).all():
        return Interval(kind, estimate, math.nan, math.nan, confidence, sum(sizes))
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(kind, estimate, float(low), float(high), confidence, sum(sizes))


def t_interval(values: np.ndarray, confidence: float = 0.95) -> Interval:
    """Student's t interval of the mean over networks [n]; NaN bounds with fewer than two networks.

    Networks whose value is NaN are left out, and ``n`` counts those left.
    """
    values = np.asarray(values, dtype=np.float64)
    values = values[~np.isnan(values)]
    kind, n = "Student's t over networks", len(values)
    estimate = float(values.mean()) if n else math.nan
    if n < 2:
        return Interval(kind, estimate, math.nan, math.nan, confidence, n)
    reach = float(special.stdtrit(n - 1, (1 + confidence) / 2) * values.std(ddof=1) / math.sqrt(n))
    return Interval(kind, estimate, estimate - reach, estimate + reach, confidence, n)


def correlation_interval(values: np.ndarray, confidence: float = 0.95) -> Interval:
    """The same of correlations [n], between -1 and 1.

    Mean and bounds are those of Fisher's z, taken back. Where one of the correlations is -1 or 1,
    which has no z, they are those of the correlations themselves, with the bounds cut at -1 and 1.
    """
    values = np.clip(np.asarray(values, dtype=np.float64), -1, 1)
    if (np.abs(values) == 1).any():
        of_values = t_interval(values, confidence)
        low, high = np.clip([of_values.low, of_values.high], -1, 1).tolist()
        return replace(of_values, low=low, high=high)
    z = t_interval(np.arctanh(values), confidence)
    low, estimate, high = np.tanh([z.low, z.estimate, z.high]).tolist()
    return Interval("Student's t of Fisher's z over networks", estimate, low, high, confidence, z.n)


def welch_interval(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> Interval:
    """Interval of the difference of two means over networks, by Welch's t: [n1], [n2].

    A sample of one value is taken as a constant without spread. NaN bounds where neither has two.
    """
    samples = [np.asarray(values, dtype=np.float64) for values in (first, second)]
    samples = [values[~np.isnan(values)] for values in samples]
    kind, n = "Welch's t over networks", sum(len(values) for values in samples)
    if min(len(values) for values in samples) == 0:
        return Interval(kind, math.nan, math.nan, math.nan, confidence, n)
    estimate = float(samples[0].mean() - samples[1].mean())
    several = [values for values in samples if len(values) > 1]
    if not several:
        return Interval(kind, estimate, math.nan, math.nan, confidence, n)
    errors = np.array([values.var(ddof=1) / len(values) for values in several])
    degrees = np.array([len(values) - 1 for values in several])
    reach = _welch_reach(errors, degrees, confidence)
    return Interval(kind, estimate, estimate - reach, estimate + reach, confidence, n)


def prediction_interval(
    published: float,
    published_spread: float,
    published_n: int,
    spread: float,
    n: int,
    confidence: float = 0.95,
) -> Interval:
    """Where the mean of a replication lies if it draws from what was published.

    Published mean ± t √(s₁²/n₁ + s₂²/n₂): both means are of few networks, and err; degrees of
    freedom are Welch's. A replication of the same quantity lies within it in 95% of cases, whatever
    the spreads of the two are (Patil, Peng & Leek 2016, with Welch's t for unequal spreads).

    Args:
        published: Mean over networks.
        published_spread: Its standard deviation over networks.
        published_n: How many these were.
        spread: Standard deviation of ours.
        n: How many ours are.
        confidence: Of the interval.

    Returns:
        The interval, without bounds where a sample has fewer than two networks.
    """
    kind, total = "prediction interval of a replication, Welch's t", published_n + n
    if min(published_n, n) < 2 or math.isnan(published_spread) or math.isnan(spread):
        return Interval(kind, published, math.nan, math.nan, confidence, total)
    errors = np.array([published_spread**2 / published_n, spread**2 / n])
    reach = _welch_reach(errors, np.array([published_n, n]) - 1, confidence)
    return Interval(kind, published, published - reach, published + reach, confidence, total)


def correlation_prediction_interval(
    published: float, published_n: int, n: int, confidence: float = 0.95
) -> Interval:
    """The same of Pearson's r over a number of points, by Fisher's z; without bounds for n < 4."""
    kind, total = "prediction interval of a replication, Fisher's z", published_n + n
    if min(published_n, n) < 4:
        return Interval(kind, published, math.nan, math.nan, confidence, total)
    error = math.sqrt(1 / (published_n - 3) + 1 / (n - 3))
    reach = float(special.ndtri((1 + confidence) / 2)) * error
    low, high = (math.tanh(math.atanh(published) + side * reach) for side in (-1, 1))
    return Interval(kind, published, low, high, confidence, total)


def _welch_reach(errors: np.ndarray, degrees: np.ndarray, confidence: float) -> float:
    """Half the length of Welch's interval, from squared standard errors and degrees of freedom."""
    if errors.sum() == 0:
        return 0.0
    pooled = errors.sum() ** 2 / (errors**2 / degrees).sum()
    return float(special.stdtrit(pooled, (1 + confidence) / 2) * math.sqrt(errors.sum()))


class RankSumCounts:
    """U / (n1 n2) of resamples of two groups of clips, which are sorted only once.

    A resample is how often it drew each clip, so that the share of pairs in which a clip of the
    first group is larger is a sum over sorted clips (ties count half).
    """

    def __init__(self, first: np.ndarray, second: np.ndarray) -> None:
        values, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        self._values = len(values)
        self._places = place[: len(first)], place[len(first) :]

    def effect_size(self, first_rows: np.ndarray, second_rows: np.ndarray) -> float:
        """The effect size of the clips with these numbers, as often as each stands there."""
        first, second = (
            np.bincount(places[rows], minlength=self._values)
            for places, rows in zip(self._places, (first_rows, second_rows), strict=True)
        )
        below = np.cumsum(second) - second / 2
        return float(first @ below / (len(first_rows) * len(second_rows)))


def rank_sum_effect_interval(
    first: np.ndarray,
    second: np.ndarray,
    generator: np.random.Generator,
    resamples: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """Percentile bootstrap interval of U / (n1 n2) over clips, each group resampled on its own.

    Without bounds where a group has fewer than two clips.
    """
    kind, sizes = "percentile bootstrap over clips", (len(first), len(second))
    if min(sizes) == 0:
        return Interval(kind, math.nan, math.nan, math.nan, confidence, sum(sizes))
    counts = RankSumCounts(first, second)
    estimate = counts.effect_size(*map(np.arange, sizes))
    if min(sizes) < FEWEST:
        return Interval(kind, estimate, math.nan, math.nan, confidence, sum(sizes))
    drawn = [
        counts.effect_size(*(generator.integers(0, size, size) for size in sizes))
        for _ in range(resamples)
    ]
    low, high = np.quantile(drawn, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(kind, estimate, float(low), float(high), confidence, sum(sizes))
