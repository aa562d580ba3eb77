"""The modulation frequencies of a Gabor filter bank, and which banks can be made.

Apart from `gabor`, and without PyTorch, so that a configuration can be checked in no time. Source
of the equations as there: Schädler, Meyer & Kollmeier, J. Acoust. Soc. Am. 131, 4134 (2012).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import atanh, ceil, log, pi

AXES = ("spectral", "temporal")
MOST_FILTERS = 10_000
# A Hann envelope of 2 samples holds one, and nothing is left of that without its DC part. Just
# above, what is left is so little that float32 finds 10% (2.001) or 0.01% (2.01) beside it; from
# here on it finds a few millionths.
NARROWEST_SAMPLES = 2.1


@dataclass(frozen=True)
class GaborParameters:
    """The bank's settings, (spectral, temporal) where there are two; defaults give 263 filters.

    Attributes:
        omega_max_rad: highest modulation frequency, in radian per band and per frame.
        size_max: widest envelope, in bands and frames; it sets the lowest modulation frequency.
        half_waves: half-waves of the carrier under the envelope (nu).
        distance: spacing of neighbouring filters, as a share of their bandwidth.
    """

    omega_max_rad: tuple[float, float] = (pi / 4, pi / 4)
    size_max: tuple[float, float] = (69.0, 80.0)
    half_waves: float = 3.5
    distance: tuple[float, float] = (0.1, 0.045)


PAPER_PARAMETERS = GaborParameters()


def gabor_parameters(settings: Mapping) -> GaborParameters:
    """Read the parameters from settings of the same names, whose pairs may be lists."""
    return GaborParameters(
        **{
            name: tuple(value) if isinstance(value, list) else value
            for name, value in settings.items()
        }
    )


def check_gabor_bank(settings: Mapping) -> None:
    """Refuse a bank that cannot be made, before anything is filtered; no kernel is built.

    Args:
        settings: as for `gabor_parameters`.

    Raises:
        ValueError: as `axis_frequencies`.
    """
    axis_frequencies(gabor_parameters(settings))


def modulation_frequencies(
    omega_max_rad: float, size_max: float, half_waves: float, distance: float
) -> list[float]:
    """Compute the modulation frequencies of one axis, ascending, with zero first (equation 2).

    Neighbours keep a constant ratio; the series ends before an envelope would exceed size_max.

    Raises:
        ValueError: where the distance leaves no finite ratio, no frequency fits, the highest one's
            envelope holds a single sample, or there are too many.
    """
    half_spacing = _half_spacing(half_waves, distance)
    omega_min_rad = pi * half_waves / size_max
    if not omega_max_rad > omega_min_rad:
        raise ValueError(
            f"no Gabor filter fits: the highest modulation frequency, {omega_max_rad:.4f} rad, is "
            f"not above the lowest that fits an envelope of {size_max:g}, {omega_min_rad:.4f} rad; "
            f"choose a higher omega_max_rad, a larger size_max or fewer half_waves"
        )
    narrowest = pi * half_waves / omega_max_rad
    if narrowest < NARROWEST_SAMPLES:
        raise ValueError(
            f"the narrowest Gabor filter, of {half_waves:g} half-waves at {omega_max_rad:.4f} rad, "
            f"is {narrowest:.2f} samples wide and holds next to nothing but its DC part; choose "
            f"half_waves above {NARROWEST_SAMPLES * omega_max_rad / pi:.4g}, or omega_max_rad "
            f"below {pi * half_waves / NARROWEST_SAMPLES:.4g}"
        )
    expected = _expected_frequencies(omega_max_rad, omega_min_rad, half_spacing)
    if expected > MOST_FILTERS:
        raise ValueError(
            f"a Gabor filter distance of {distance:g} gives {_counted(expected)} modulation "
            f"frequencies, and a bank may have at most {MOST_FILTERS:,} filters; choose a larger "
            f"distance"
        )
    ratio = (1 + half_spacing) / (1 - half_spacing)
    descending = [omega_max_rad]
    while descending[-1] / ratio > omega_min_rad:
        descending.append(omega_max_rad / ratio ** len(descending))
    return [0.0, *reversed(descending)]


def axis_frequencies(parameters: GaborParameters = PAPER_PARAMETERS) -> tuple[list[float], ...]:
    """List the spectral and the temporal modulation frequencies, zero first, without signs.

    Raises:
        ValueError: where no bank can be made of one axis, as `modulation_frequencies`, or that of
            both would have too many filters.
    """
    spectral, temporal = (
        _frequencies_of(axis, omega_max_rad, size_max, parameters.half_waves, distance)
        for axis, omega_max_rad, size_max, distance in zip(
            AXES, parameters.omega_max_rad, parameters.size_max, parameters.distance, strict=True
        )
    )
    filters = filter_count(len(spectral) - 1, len(temporal) - 1)
    if filters > MOST_FILTERS:
        distances = " and ".join(f"{distance:g}" for distance in parameters.distance)
        raise ValueError(
            f"Gabor filter distances of {distances} give {len(spectral) - 1:,} spectral and "
            f"{len(temporal) - 1:,} temporal modulation frequencies and so {filters:,} filters, "
            f"and a bank may have at most {MOST_FILTERS:,}; choose larger distances"
        )
    return spectral, temporal


def filter_count(spectral: int, temporal: int) -> int:
    """How many filters a bank of so many frequencies above zero has on both axes.

    At temporal frequency zero a negative spectral frequency repeats the positive one.
    """
    return (1 + spectral) + temporal * (1 + 2 * spectral)


def _frequencies_of(axis: str, *settings: float) -> list[float]:
    try:
        return modulation_frequencies(*settings)
    except ValueError as error:
        raise ValueError(f"{axis} axis: {error}") from error


def _half_spacing(half_waves: float, distance: float) -> float:
    half_spacing = distance * 8 / half_waves / 2
    if not 0 < half_spacing < 1:
        raise ValueError(
            f"a Gabor filter distance of {distance:g} with {half_waves:g} half-waves gives no "
            f"spacing; choose a distance above 0 and below {half_waves / 4:.3g}"
        )
    return half_spacing


def _expected_frequencies(omega_max_rad: float, omega_min_rad: float, half_spacing: float) -> float:
    """How many frequencies above zero an axis has, to one, without listing them.

    With a spacing so small that the ratio rounds to 1 the list would have no end.
    """
    log_ratio = 2 * atanh(half_spacing)
    return log(omega_max_rad / omega_min_rad) / log_ratio + 1


def _counted(number: float) -> str:
    return f"{ceil(number):,}" if number < 1e9 else "more than a billion"
