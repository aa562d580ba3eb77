"""Rank-sum and signed-rank tests, correlation and Holm's correction, as the paper uses them.

Rank-sum: Mann-Whitney U, normal approximation with continuity and tie correction, effect size U /
(n1 n2). Signed-rank: W = sum of positive ranks, effect size W / (N (N + 1) / 2). Both give the
p-values of Kim, Kim & Jeong (2024) from the published statistics and sample sizes alone. Every
p-value comes with its base-10 logarithm, which stays exact where p itself rounds to zero.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from scipy import special

from science.statistics import exact

Sidedness = Literal["two-sided", "greater", "less"]
SIDEDNESSES = ("two-sided", "greater", "less")
SIGNIFICANCE_LEVEL = 0.05
# Many times the errors of sums in float64, and far below any difference that means something.
ROUNDING = 1e-9


@dataclass(frozen=True)
class TestResult:
    """One statistical test, as one row of a table.

    ``statistic``, ``p``, ``log10_p`` and ``effect_size`` are NaN where the test cannot be done;
    ``note`` then says why. ``smallest_possible_p`` is the least p that samples of this size could
    give (NaN where there is no such bound).
    """

    # Keeps pytest from collecting this class as a test.
    __test__: ClassVar[bool] = False

    test: str
    statistic_name: str
    statistic: float
    p: float
    log10_p: float
    effect_size: float
    n1: int
    n2: int
    sidedness: str
    smallest_possible_p: float
    note: str = ""


def rank_sum_test(
    first: np.ndarray, second: np.ndarray, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """Mann-Whitney rank-sum test of two independent samples, ``first`` [n1] and ``second`` [n2].

    ``greater`` asks whether ``first`` tends to be larger. U counts the pairs in which ``first`` is
    larger (ties count half), so U / (n1 n2) is the probability that a value of ``first`` exceeds
    one of ``second``.
    """
    first, second = finite_vector(first, "first"), finite_vector(second, "second")
    n1, n2 = len(first), len(second)
    if n1 == 0 or n2 == 0:
        return rank_sum_from_statistic(math.nan, n1, n2, sidedness)
    values = np.concatenate([first, second])
    ranks = exact.ranks(values)
    u = float(ranks[:n1].sum() - n1 * (n1 + 1) / 2)
    return rank_sum_from_statistic(u, n1, n2, sidedness, _tie_sum(values))


def rank_sum_from_statistic(
    u: float, n1: int, n2: int, sidedness: Sidedness = "two-sided", tie_sum: float = 0.0
) -> TestResult:
    """The rank-sum test from U and the sample sizes alone.

    ``tie_sum`` is the sum of t³ - t over groups of t tied values (0 without ties).
    """
    check_sidedness(sidedness)
    name = "Mann-Whitney rank-sum, normal approximation with continuity correction"

    def no_result(note: str) -> TestResult:
        return undefined_result(name, "U", n1, n2, sidedness, note)

    if n1 == 0 or n2 == 0:
        return no_result("one of the two groups is empty")
    total = n1 + n2
    variance = n1 * n2 / 12 * ((total + 1) - tie_sum / (total * max(total - 1, 1)))
    # Where all values are equal, the two terms cancel except for rounding.
    if variance <= 1e-9 * n1 * n2:
        return no_result("all values are equal")
    spread = math.sqrt(variance)
    log_p = _normal_log_p((u - n1 * n2 / 2) / spread, 0.5 / spread, sidedness)
    smallest = smallest_possible_p_rank_sum(n1, n2, sidedness)
    return TestResult(
        test=name,
        statistic_name="U",
        statistic=float(u),
        p=math.exp(log_p),
        log10_p=log_p / math.log(10),
        effect_size=float(u / (n1 * n2)),
        n1=n1,
        n2=n2,
        sidedness=sidedness,
        smallest_possible_p=smallest,
        note=size_note(smallest, f"groups of {n1} and {n2}"),
    )


def exact_rank_sum_test(
    first: np.ndarray, second: np.ndarray, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """The same test by the exact distribution, which few values need; of many as `rank_sum_test`.

    Of five and five networks that do not overlap, one-sided, p is 1/252 and not 0.006.
    """
    approximate = rank_sum_test(first, second, sidedness)
    n1, n2 = approximate.n1, approximate.n2
    if math.isnan(approximate.p) or n1 + n2 > exact.LARGEST_RANK_SUM:
        return approximate
    p = exact.rank_sum_p(np.ravel(first), np.ravel(second), sidedness)
    smallest = exact.smallest_rank_sum_p(n1, n2, sidedness)
    return replace(
        approximate,
        test="Mann-Whitney rank-sum, exact",
        p=p,
        log10_p=math.log10(p),
        smallest_possible_p=smallest,
        note=size_note(smallest, f"groups of {n1} and {n2}"),
    )


def signed_rank_test(
    first: np.ndarray, second: np.ndarray | None = None, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """Wilcoxon signed-rank test of N pairs.

    Tests ``first`` - ``second``, or ``first`` itself as differences. Pairs without a difference are
    dropped before ranking (Wilcoxon's own treatment), and N counts the pairs left. The distribution
    is exact for up to 50 pairs, ties among them, else normal with tie correction and without
    continuity correction.

    Raises:
        ValueError: if the samples differ in length, or hold values that are not finite.
    """
    check_sidedness(sidedness)
    differences = finite_vector(first, "first")
    if second is not None:
        second = finite_vector(second, "second")
        if len(second) != len(differences):
            raise ValueError(
                f"Signed-rank test: {len(differences)} values in the first sample but "
                f"{len(second)} in the second; pass samples that pair up one to one."
            )
        differences = differences - second
    kept = differences[differences != 0]
    if len(kept) == 0:
        note = "no pairs" if len(differences) == 0 else "no pair differs"
        return undefined_result("Wilcoxon signed-rank", "W", 0, 0, sidedness, note)
    ranks = exact.ranks(np.abs(kept))
    result = _signed_rank(float(ranks[kept > 0].sum()), ranks, sidedness)
    dropped = len(differences) - len(kept)
    if not dropped:
        return result
    note = join_notes(result.note, f"{pair_count(dropped)} without a difference dropped")
    return replace(result, note=note)


def signed_rank_from_statistic(
    w: float, pairs: int, sidedness: Sidedness = "two-sided"
) -> TestResult:
    """The signed-rank test from W = sum of positive ranks and the number of pairs, without ties."""
    check_sidedness(sidedness)
    if pairs == 0:
        return undefined_result("Wilcoxon signed-rank", "W", 0, 0, sidedness, "no pairs")
    return _signed_rank(w, np.arange(1, pairs + 1), sidedness)


def _signed_rank(w: float, ranks: np.ndarray, sidedness: Sidedness) -> TestResult:
    pairs = len(ranks)
    if pairs <= exact.LARGEST_SIGNED_RANK:
        name = "Wilcoxon signed-rank, exact"
        p = exact.signed_rank_p(ranks, w, sidedness)
        log_p = math.log(p)
    else:
        name = "Wilcoxon signed-rank, normal approximation"
        # With ties, the squares of their shared ranks sum to less: the tie correction.
        spread = math.sqrt(float(np.square(ranks, dtype=float).sum()) / 4)
        log_p = _normal_log_p((w - pairs * (pairs + 1) / 4) / spread, 0.0, sidedness)
        p = math.exp(log_p)
    smallest = smallest_possible_p_signed_rank(pairs, sidedness)
    return TestResult(
        test=name,
        statistic_name="W",
        statistic=float(w),
        p=p,
        log10_p=log_p / math.log(10),
        effect_size=float(w / (pairs * (pairs + 1) / 2)),
        n1=pairs,
        n2=pairs,
        sidedness=sidedness,
        smallest_possible_p=smallest,
        note=size_note(smallest, pair_count(pairs)),
    )


def correlation_test(first: np.ndarray, second: np.ndarray) -> TestResult:
    """Pearson's correlation r of N pairs, two-sided; the effect size is r.

    Under the hypothesis r is beta-distributed on -1 to 1, with both parameters N / 2 - 1.

    Raises:
        ValueError: if the samples differ in length, or hold values that are not finite.
    """
    first, second = finite_vector(first, "first"), finite_vector(second, "second")
    pairs, name = len(first), "Pearson correlation"
    if len(second) != pairs:
        raise ValueError(f"{pairs} and {len(second)} values do not make pairs")
    if pairs < 3:
        note = f"a correlation needs 3 pairs, here are {pairs}"
        return undefined_result(name, "r", pairs, pairs, "two-sided", note)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        note = "one of the two samples is constant"
        return undefined_result(name, "r", pairs, pairs, "two-sided", note)
    r, shape = float(np.corrcoef(first, second)[0, 1]), pairs / 2 - 1
    p = 2 * float(special.betainc(shape, shape, (1 - abs(r)) / 2))
    log10_p = math.log10(p) if p else -math.inf
    return TestResult(name, "r", r, p, log10_p, r, pairs, pairs, "two-sided", math.nan)


def permutation_p(observed: float, null: np.ndarray) -> float:
    """One-sided p of an observed value: (1 + null values at least as large) / (1 + their number).

    A null value that differs by rounding alone is as large: it may be the same arrangement, summed
    in another order. NaN if the observed value or every null value is NaN.
    """
    null = np.asarray(null, dtype=np.float64)
    null = null[~np.isnan(null)]
    if math.isnan(observed) or len(null) == 0:
        return math.nan
    as_large = (null >= observed) | np.isclose(null, observed, rtol=ROUNDING, atol=ROUNDING)
    return float((1 + np.count_nonzero(as_large)) / (1 + len(null)))


def smallest_possible_p_rank_sum(n1: int, n2: int, sidedness: Sidedness = "two-sided") -> float:
    """The p of two samples that do not overlap at all; NaN if one is empty."""
    if n1 == 0 or n2 == 0:
        return math.nan
    spread = math.sqrt(n1 * n2 * (n1 + n2 + 1) / 12)
    extreme = 0 if sidedness == "less" else n1 * n2
    return math.exp(_normal_log_p((extreme - n1 * n2 / 2) / spread, 0.5 / spread, sidedness))


def smallest_possible_p_signed_rank(pairs: int, sidedness: Sidedness = "two-sided") -> float:
    """The p of pairs that all differ the same way: 1/2^N, two-sided twice that; NaN if none."""
    if pairs == 0:
        return math.nan
    return min(1.0, 2.0**-pairs * (2 if sidedness == "two-sided" else 1))


def holm_correction_log10(log10_p_values: np.ndarray) -> np.ndarray:
    """Holm's step-down correction of the p-values [m] of one family, as base-10 logarithms.

    Logarithms hold p that are too small for a float. NaN does not count as a test.
    """
    values = np.asarray(log10_p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")[: np.count_nonzero(~np.isnan(values))]
    raised = values[order] + np.log10(np.arange(len(order), 0, -1))
    adjusted = np.full(values.shape, np.nan)
    adjusted[order] = np.minimum(np.maximum.accumulate(raised), 0.0)
    return adjusted


def undefined_result(
    test: str, statistic_name: str, n1: int, n2: int, sidedness: str, note: str
) -> TestResult:
    """The row of a test that cannot be done: NaN throughout, and the reason."""
    nan = math.nan
    return TestResult(test, statistic_name, nan, nan, nan, nan, n1, n2, sidedness, nan, note)


def size_note(smallest: float, samples: str) -> str:
    """Says that samples of this size allow no verdict, or nothing where they do."""
    if smallest < SIGNIFICANCE_LEVEL:
        return ""
    return f"too few for a verdict: {samples} cannot give p below {smallest:.3g}"


def pair_count(pairs: int) -> str:
    """A number of pairs in words: "1 pair", "2 pairs"."""
    return "1 pair" if pairs == 1 else f"{pairs} pairs"


def join_notes(*notes: object) -> str:
    """Notes as one; what is no text, as an empty cell of a table, has none."""
    return "; ".join(note for note in notes if isinstance(note, str) and note)


def check_sidedness(sidedness: str) -> None:
    """Refuse any other sidedness than the three there are.

    Raises:
        ValueError: naming the three.
    """
    if sidedness not in SIDEDNESSES:
        raise ValueError(f"Sidedness is {sidedness!r}; use one of {', '.join(SIDEDNESSES)}.")


def finite_vector(values: np.ndarray, name: str) -> np.ndarray:
    """The values as a float64 vector.

    Raises:
        ValueError: if some are NaN or infinite.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(values).all():
        raise ValueError(
            f"The {name} sample holds {np.count_nonzero(~np.isfinite(values))} values that are NaN "
            "or infinite; leave them out, and count them, before testing."
        )
    return values


def _tie_sum(values: np.ndarray) -> float:
    counts = np.unique(values, return_counts=True)[1].astype(np.float64)
    return float((counts**3 - counts).sum())


def _normal_log_p(z: float, correction: float, sidedness: Sidedness) -> float:
    if sidedness == "greater":
        return float(special.log_ndtr(-(z - correction)))
    if sidedness == "less":
        return float(special.log_ndtr(z + correction))
    return min(0.0, math.log(2) + float(special.log_ndtr(-(abs(z) - correction))))
