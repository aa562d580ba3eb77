"""Numbers as text: significant digits, p-values below the range of floats, spreads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from science.statistics.number_text import DASH, number, p_value, with_spread


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, DASH),
        (math.nan, DASH),
        ("  ", DASH),
        ("no_music", "no_music"),
        (True, "yes"),
        (2024, "2024"),
        (30340954, "30,340,954"),
        (0.0, "0"),
        (0.68912, "0.689"),
        (0.1, "0.100"),
        (0.99961, "1.00"),
        (1216.5, "1,216"),
        (4.3e-5, "4.30e-05"),
        (-0.0123, "-0.0123"),
        (math.inf, "∞"),
    ],
)
def test_a_value_is_shown_with_three_significant_digits(value: object, text: str) -> None:
    assert number(value) == text


def test_digits_shown_are_never_further_off_than_half_of_the_third_one() -> None:
    generator = np.random.default_rng(0)
    for value in 10 ** generator.uniform(-12, 12, 500):
        shown = float(number(float(value)).replace(",", ""))
        assert shown == pytest.approx(value, rel=0.0051)


@pytest.mark.parametrize(
    ("p", "log10_p", "text"),
    [
        (0.03125, math.log10(0.03125), "0.0312"),
        (1.0, 0.0, "1.00"),
        (4.89e-276, math.nan, "4.9e-276"),
        (0.0, -1234.56, "2.8e-1235"),
        (math.nan, -400.0004, "1.0e-400"),
        (0.0, -math.inf, "0"),
        (math.nan, math.nan, DASH),
    ],
)
def test_p_is_shown_from_its_logarithm_where_a_float_cannot_hold_it(
    p: float, log10_p: float, text: str
) -> None:
    assert p_value(p, log10_p) == text


@pytest.mark.parametrize(
    ("mean", "spread", "text"),
    [
        (0.88712, 0.00512, "0.887 ± 0.005"),
        (2.07, 0.0044, "2.070 ± 0.004"),
        (1.6178, 0.8017, "1.62 ± 0.80"),
        (0.5, 0.0, "0.500 ± 0.000"),
        (0.5, math.nan, "0.500"),
        (math.nan, math.nan, DASH),
    ],
)
def test_mean_and_spread_have_the_same_decimals_and_none_is_rounded_away(
    mean: float, spread: float, text: str
) -> None:
    assert with_spread(mean, spread) == text
