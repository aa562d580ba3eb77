"""The filters of a Gabor bank one by one, in the order of the features' columns."""

from __future__ import annotations

from typing import NamedTuple

from science.baselines.gabor_bank import PAPER_PARAMETERS, GaborParameters, axis_frequencies


class GaborFilter(NamedTuple):
    """One filter's modulation frequencies, in radian per band and per frame."""

    spectral_rad: float
    temporal_rad: float


def gabor_filters(parameters: GaborParameters = PAPER_PARAMETERS) -> list[GaborFilter]:
    """As `gabor_features` orders its columns."""
    spectral, temporal = axis_frequencies(parameters)
    both_signs = [-omega for omega in reversed(spectral[1:])] + spectral
    return [
        GaborFilter(spectral_rad, temporal_rad)
        for temporal_rad in temporal
        for spectral_rad in (both_signs if temporal_rad else spectral)
    ]
