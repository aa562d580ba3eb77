"""The modulation frequencies of a Gabor filter bank, and the banks that are refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from configured import ROOT, configure

from science.baselines.gabor_bank import (
    MOST_FILTERS,
    GaborParameters,
    axis_frequencies,
    check_gabor_bank,
    filter_count,
    gabor_filters,
    gabor_parameters,
    modulation_frequencies,
)

FILTERS = gabor_filters()
SETTINGS = {
    "omega_max_rad": [np.pi / 2, np.pi / 2],
    "size_max": [192.0, 100.0],
    "half_waves": 3.5,
    "distance": [0.15, 0.1],
}


def test_the_papers_parameters_give_263_filters_on_10_and_12_frequencies():
    spectral, temporal = axis_frequencies()
    assert (len(spectral), len(temporal), len(FILTERS)) == (11, 13, 263)
    assert len(set(FILTERS)) == 263
    for frequencies, ratio in ((spectral, 1.4137931), (temporal, 1.2580645)):
        assert frequencies[0] == 0
        assert frequencies[-1] == pytest.approx(np.pi / 2)
        assert np.allclose(np.divide(frequencies[2:], frequencies[1:-1]), ratio)
    assert np.pi * 3.5 / spectral[1] <= 192
    assert np.pi * 3.5 / temporal[1] <= 100


def test_no_filter_is_the_mirror_image_of_another():
    pairs = {(gabor.spectral_rad, gabor.temporal_rad) for gabor in FILTERS}
    assert all((-s, -t) not in pairs for s, t in pairs if (s, t) != (0, 0))


def test_filters_are_counted_as_they_are_listed():
    for distance in ((0.15, 0.1), (0.3, 0.2), (0.8, 0.05)):
        parameters = GaborParameters(distance=distance)
        spectral, temporal = (len(rad) - 1 for rad in axis_frequencies(parameters))
        assert filter_count(spectral, temporal) == len(gabor_filters(parameters))


def test_the_configurations_defaults_are_the_papers():
    defaults = configure(preset="paper")["baselines"]["gbfb"]
    assert gabor_parameters(defaults) == GaborParameters()
    check_gabor_bank(defaults)


def test_an_impossible_axis_is_refused_with_the_reason():
    with pytest.raises(ValueError, match="not above the lowest"):
        modulation_frequencies(0.05, 100, 3.5, 0.1)
    with pytest.raises(ValueError, match="gives no spacing"):
        modulation_frequencies(1.5, 100, 3.5, 0.9)
    with pytest.raises(ValueError, match="not above the lowest"):
        modulation_frequencies(float("nan"), 100, 3.5, 0.1)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"size_max": [3.0, 100.0]}, r"^spectral axis: no Gabor filter fits"),
        ({"omega_max_rad": [1.5, 0.05]}, r"^temporal axis: no Gabor filter fits"),
        ({"distance": [0.9, 0.1]}, r"^spectral axis: .*above 0 and below 0\.875$"),
        ({"half_waves": 1.0}, r"2\.00 samples wide.*half_waves above 1\.05, .* below 1\.496$"),
        ({"half_waves": 2, "omega_max_rad": [1.5, np.pi]}, r"^temporal axis: the narrowest"),
        ({"distance": [0.001, 0.001]}, r"3,375,886 filters, .* at most 10,000; choose larger"),
        ({"distance": [0.1, 1e-4]}, r"^temporal axis: .*gives 11,6\d\d modulation"),
        ({"distance": [1e-17, 0.1]}, r"^spectral axis: .*more than a billion"),
        ({"distance": [1e-320, 0.1]}, r"^spectral axis: .*more than a billion"),
    ],
)
def test_a_bank_that_cannot_be_made_is_refused_with_the_option_to_change(changed, reason):
    with pytest.raises(ValueError, match=reason):
        check_gabor_bank(SETTINGS | changed)


def test_the_advice_of_a_refusal_can_be_followed():
    for changed in ({"half_waves": 1.06}, {"half_waves": 1.0, "omega_max_rad": [1.49, 1.49]}):
        check_gabor_bank(SETTINGS | changed)


def test_a_large_bank_that_can_still_be_made_passes():
    settings = SETTINGS | {"distance": [0.02, 0.02]}
    check_gabor_bank(settings)
    assert 8000 < len(gabor_filters(gabor_parameters(settings))) <= MOST_FILTERS


def test_a_bank_is_checked_without_loading_pytorch():
    """Its import takes seconds, and every start of the workflow would wait for it."""
    check = (
        "import sys; from science.baselines.gabor_bank import check_gabor_bank; "
        f"check_gabor_bank({SETTINGS!r}); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT / "workflow_scripts", check=True)
