"""Numbers as text for people: three significant digits, p-values, a mean with its spread."""

from __future__ import annotations

import math

DASH = "–"
# What stands for the size of a finding that was published without one.
IN_WORDS = "in words"
DIGITS = 3
# Whole numbers up to here (years, sample rates) read better without separators.
LARGEST_WITHOUT_SEPARATORS = 9999
# A p-value below this has lost digits as a float, or is zero; its logarithm has not.
SMALLEST_NORMAL_P = 1e-300


def number(value: object) -> str:
    """One value of a table: numbers with three significant digits, whole ones in full.

    None, NaN and empty text become a dash, truth values yes and no, other text stays as it is.
    """
    if is_missing(value):
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if abs(value) <= LARGEST_WITHOUT_SEPARATORS else f"{value:,d}"
    if isinstance(value, float):
        return _significant(value)
    return str(value)


def counted(number: int, noun: str) -> str:
    """A number with its noun, as in "1 pair", "2 pairs"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def is_missing(value: object) -> bool:
    """Whether there is nothing to show: None, NaN, or text without a character."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def with_spread(mean: float, spread: float) -> str:
    """A mean ± its standard deviation with the same decimals, as many as show both.

    The mean has three significant digits, or more where the spread would else round to zero.
    Without a spread (NaN, as of one network) the mean stands alone.
    """
    if is_missing(mean) or is_missing(spread) or math.isinf(mean) or math.isinf(spread):
        return number(mean)
    decimals = max(_decimals(mean, DIGITS), _decimals(spread, 1) if spread else 0)
    if decimals > 6:
        return f"{_significant(mean)} ± {_significant(spread)}"
    return f"{mean:,.{decimals}f} ± {spread:,.{decimals}f}"


def p_value(p: float, log10_p: float = math.nan) -> str:
    """A p-value: 0.031 as 0.0310, below a thousandth as 4.9e-276.

    Args:
        p: The value, NaN if unknown; may have underflowed to zero.
        log10_p: Its decimal logarithm, which holds values below the range of floats.
    """
    if is_missing(log10_p) and is_missing(p):
        return DASH
    if not is_missing(log10_p) and (is_missing(p) or p < SMALLEST_NORMAL_P):
        return "0" if math.isinf(log10_p) else _power_of_ten(log10_p)
    if p == 0:
        return "0"
    return f"{p:.1e}" if p < 0.001 else _significant(p)


def _power_of_ten(logarithm: float) -> str:
    exponent = math.floor(logarithm)
    mantissa = round(10 ** (logarithm - exponent), 1)
    if mantissa >= 10:
        mantissa, exponent = 1.0, exponent + 1
    return f"{mantissa:.1f}e{exponent:+03d}"


def _significant(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.{DIGITS - 1}e}"
    return f"{value:,.{_decimals(value, DIGITS)}f}"


def _decimals(value: float, digits: int) -> int:
    """Decimal places that show so many significant digits; none for large numbers."""
    if value == 0:
        return 0
    rounded = float(f"{value:.{digits - 1}e}")
    return max(digits - 1 - math.floor(math.log10(abs(rounded))), 0)
