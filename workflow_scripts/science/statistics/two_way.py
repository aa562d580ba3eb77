"""Two-way bootstrap: clips and networks are both samples, and both are drawn again.

An effect that is pooled over pairs of a clip (or a class) and a network has as many pairs as one
likes, but only as many independent clips and networks as there are. Here both are resampled
(Owen 2007, the pigeonhole bootstrap). Few networks need two corrections, without which five of
them would give an interval that covers in four of five cases: one network fewer than there are is
drawn, which makes the variance unbiased (McCarthy & Snowden 1985), and the reach is Student's t
with the degrees of freedom of Satterthwaite (1946) between those of the networks and of the clips.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special

from science.statistics.intervals import FEWEST, Interval, RankSumCounts

KIND = "two-way bootstrap over clips and networks, with Student's t"
# Only their variance is used, which so many give to a twentieth.
RESAMPLES = 200


def two_way_bootstrap_interval(
    samples: np.ndarray | tuple[np.ndarray, ...],
    generator: np.random.Generator,
    statistic: Callable[..., float] = np.mean,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> Interval:
    """Interval of a statistic of values by clip and network, with clips and networks drawn.

    Args:
        samples: [clips, networks, ...]; or several independent groups of clips of the same
            networks, each of which is drawn on its own.
        generator: Draws clips and networks.
        statistic: Of the drawn groups, each [clips, networks, ...].
        resamples: How often.
        confidence: Of the interval.

    Returns:
        The interval around the statistic of the samples. Without bounds where there are fewer than
        two networks or two clips in a group, or where the statistic is undefined in a resample.
    """
    groups = [np.asarray(of) for of in (samples if isinstance(samples, tuple) else (samples,))]

    def evaluate(rows: Sequence[np.ndarray], columns: np.ndarray) -> float:
        drawn = (of[chosen][:, columns] for of, chosen in zip(groups, rows, strict=True))
        return float(statistic(*drawn))

    clips, networks = [len(of) for of in groups], groups[0].shape[1]
    return _interval(evaluate, clips, networks, generator, resamples, confidence)


def two_way_effect_interval(
    category: np.ndarray,
    others: np.ndarray,
    generator: np.random.Generator,
    resamples: int = RESAMPLES,
    confidence: float = 0.95,
) -> Interval:
    """The same of the mean over networks of U / (n1 n2), each network's own effect size.

    Args:
        category: [clips, networks], the group that is expected to be larger.
        others: [clips, networks] of the other group.
        generator: Draws clips, the same for all networks, and networks.
        resamples: How often.
        confidence: Of the interval.
    """
    category, others = np.asarray(category), np.asarray(others)
    counts = [RankSumCounts(*pair) for pair in zip(category.T, others.T, strict=True)]

    def evaluate(rows: Sequence[np.ndarray], columns: np.ndarray) -> float:
        return float(np.mean([counts[network].effect_size(*rows) for network in columns]))

    clips = [len(category), len(others)]
    return _interval(evaluate, clips, len(counts), generator, resamples, confidence)


def two_way_interval_of_resamples(
    by_network: np.ndarray,
    resampled: np.ndarray,
    clips: int,
    generator: np.random.Generator,
    confidence: float = 0.95,
) -> Interval:
    """The same of a mean over networks, each of which was evaluated on resampled clips before.

    Args:
        by_network: [networks], what each network gives on the clips as they are.
        resampled: [resamples, networks], what it gives on drawn clips; a row has one set of clips.
        clips: How many clips there are.
        generator: Draws the networks.
        confidence: Of the interval.
    """
    by_network, resampled = np.asarray(by_network, float), np.asarray(resampled, float)
    networks = len(by_network)
    if networks < FEWEST:
        return _unbounded(float(by_network.mean()) if networks else math.nan, confidence, networks)
    columns = generator.integers(0, networks, (len(resampled), networks - 1))
    drawn = np.take_along_axis(resampled, columns, axis=1).mean(axis=1)
    left_out = [np.delete(by_network, network).mean() for network in range(networks)]
    return _around(float(by_network.mean()), drawn, np.array(left_out), clips, confidence)


def _interval(
    evaluate: Callable[[Sequence[np.ndarray], np.ndarray], float],
    clips: Sequence[int],
    networks: int,
    generator: np.random.Generator,
    resamples: int,
    confidence: float,
) -> Interval:
    """Interval of what `evaluate` gives for numbers of clips, by group, and of networks."""
    everything, every_network = [np.arange(count) for count in clips], np.arange(networks)
    if min(clips) == 0 or networks == 0:
        return _unbounded(math.nan, confidence, networks)
    estimate = evaluate(everything, every_network)
    if min(clips) < FEWEST or networks < FEWEST:
        return _unbounded(estimate, confidence, networks)
    drawn = [
        evaluate(
            [generator.integers(0, count, count) for count in clips],
            generator.integers(0, networks, networks - 1),
        )
        for _ in range(resamples)
    ]
    left_out = [
        evaluate(everything, np.delete(every_network, network)) for network in every_network
    ]
    return _around(estimate, np.array(drawn), np.array(left_out), min(clips), confidence)


def _around(
    estimate: float, drawn: np.ndarray, left_out: np.ndarray, clips: int, confidence: float
) -> Interval:
    """Student's t interval from the variance over resamples.

    Args:
        estimate: Of all clips and networks.
        drawn: [resamples] with clips and networks drawn.
        left_out: [networks] with all clips, and each network left out once (the jackknife, which
            says how much of the variance is the networks').
        clips: In the smallest group.
        confidence: Of the interval.
    """
    networks = len(left_out)
    if not (np.isfinite(drawn).all() and np.isfinite(left_out).all()):
        return _unbounded(estimate, confidence, networks)
    variance = drawn.var(ddof=1)
    of_networks = min((networks - 1) * left_out.var(), variance)
    if variance == 0:
        return Interval(KIND, estimate, estimate, estimate, confidence, networks)
    of_clips = variance - of_networks
    degrees = variance**2 / (of_networks**2 / (networks - 1) + of_clips**2 / (clips - 1))
    reach = float(special.stdtrit(degrees, (1 + confidence) / 2) * math.sqrt(variance))
    return Interval(KIND, estimate, estimate - reach, estimate + reach, confidence, networks)


def _unbounded(estimate: float, confidence: float, networks: int) -> Interval:
    return Interval(KIND, estimate, math.nan, math.nan, confidence, networks)
