"""The mean response of all units to a category against that to other sounds, clip by clip.

Kim, Kim & Jeong (2024, Fig. 2a): a one-tailed rank-sum test of pure clips of the category against
clips without it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from science.statistics.intervals import rank_sum_effect_interval, t_interval
from science.statistics.tests import rank_sum_test
from science.statistics.two_way import two_way_effect_interval

HISTOGRAM_BINS = 60
POOLED_COLUMNS = (
    "networks",
    "effect_size",
    "low",
    "high",
    "interval",
    "two_way_low",
    "two_way_high",
)


def compare_means(
    category: np.ndarray, others: np.ndarray, generator: np.random.Generator, resamples: int
) -> dict[str, object]:
    """The means of both groups, the test, and the interval of its effect size.

    Args:
        category: Mean responses [clips] to the category.
        others: The same [clips] to other sounds.
        generator: For the bootstrap.
        resamples: Of the clips.
    """
    interval = rank_sum_effect_interval(category, others, generator, resamples)
    return {
        "mean_category": category.mean() if len(category) else np.nan,
        "mean_other": others.mean() if len(others) else np.nan,
        **asdict(rank_sum_test(category, others, "greater")),
        **interval.columns(),
    }


def pool_networks(
    networks: Sequence[tuple[np.ndarray, np.ndarray]], generator: np.random.Generator
) -> dict[str, object]:
    """The effect size over the networks of one condition.

    The paper's test is over the clips of one network, which says nothing of another network.

    Args:
        networks: For each network the mean responses [clips] to the category and to other sounds.
        generator: Draws clips and networks.

    Returns:
        A value for each of `POOLED_COLUMNS`: the interval is Student's t over networks, and
        two_way_low and two_way_high are of clips and networks drawn.
    """
    category, others = (np.column_stack(group) for group in zip(*networks, strict=True))
    sizes = [rank_sum_test(*of_one).effect_size for of_one in networks]
    interval = t_interval(np.array(sizes))
    two_way = two_way_effect_interval(category, others, generator)
    values = (
        len(networks),
        interval.estimate,
        interval.low,
        interval.high,
        f"95%, {interval.kind}",
        two_way.low,
        two_way.high,
    )
    return dict(zip(POOLED_COLUMNS, values, strict=True))


def histograms(means: np.ndarray, groups: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Clips of each group by mean response, on common bins over all clips.

    Args:
        means: [clips].
        groups: Masks [clips] by name.

    Returns:
        Columns group, low, high (edges of the bin) and clips.
    """
    edges = np.linspace(means.min(), means.max(), HISTOGRAM_BINS + 1)
    parts = [
        pd.DataFrame(
            {
                "group": group,
                "low": edges[:-1],
                "high": edges[1:],
                "clips": np.histogram(means[mask], edges)[0],
            }
        )
        for group, mask in groups.items()
    ]
    return pd.concat(parts, ignore_index=True)
