"""The modulation frequencies of a Gabor filter bank, and the banks that are refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from configured import ROOT, configure
from listed_filters import gabor_filters

from science.baselines.gabor_bank import (
    MOST_FILTERS,
    GaborParameters,
    axis_frequencies,
    check_gabor_bank,
    filter_count,
    gabor_parameters,
    modulation_frequencies,
)

FILTERS = gabor_filters()
SETTINGS = {
    "omega_max_rad": [np.pi / 4, np.pi / 4],
    "size_max": [69.0, 80.0],
    "half_waves": 3.5,
    "distance": [0.1, 0.045],
}
PI_2 = {"omega_max_rad": [np.pi / 2, np.pi / 2]}


def test_the_papers_parameters_give_263_filters_on_15_and_18_frequencies():
    spectral, temporal = axis_frequencies()
    printed = [0.7854, 0.6243, 0.4962, 0.3944, 0.3135, 0.2492, 0.1981, 0]
    np.testing.assert_allclose(spectral[::-1], printed, atol=5e-5)
    np.testing.assert_allclose(temporal[-2:], [0.7086, 0.7854], atol=5e-5)
    np.testing.assert_allclose(temporal[:3], [0, 0.1513, 0.1677], atol=5e-5)
    ratios = np.divide(temporal[2:], temporal[1:-1])
    np.testing.assert_allclose(ratios, (1 + 0.18 / 3.5) / (1 - 0.18 / 3.5))
    assert len({gabor.spectral_rad for gabor in FILTERS}) == 15
    assert len({gabor.temporal_rad for gabor in FILTERS}) == 18
    assert len(FILTERS) == len(set(FILTERS)) == 15 * 18 - 7 == 263


def listed(
    omega_max_rad: float, size_max: float, half_waves: float, distance: float
) -> list[float]:
    """Frequencies of an axis by equation 2: as long as their envelopes fit."""
    c = 8 * distance / half_waves
    omegas_rad = omega_max_rad * ((1 - c / 2) / (1 + c / 2)) ** np.arange(1000)
    return [0, *omegas_rad[omegas_rad > np.pi * half_waves / size_max][::-1]]


@pytest.mark.parametrize(
    "changed",
    [
        {"omega_max_rad": [1.2, 1.3]},
        {"size_max": [70.0, 81.0]},
        {"size_max": [40.0, 40.0]},
        {"half_waves": 2.5},
        {"distance": [0.3, 0.2]},
    ],
)
def test_each_option_changes_both_axes_as_equation_2_says(changed):
    settings = SETTINGS | changed
    axes = axis_frequencies(gabor_parameters(settings))
    for axis, of_default in enumerate(axis_frequencies()):
        pairs = (settings[name][axis] for name in ("omega_max_rad", "size_max", "distance"))
        omega_max_rad, size_max, distance = pairs
        expected = listed(omega_max_rad, size_max, settings["half_waves"], distance)
        np.testing.assert_allclose(axes[axis], expected)
        assert axes[axis] != of_default


def test_no_filter_is_the_mirror_image_of_another():
    pairs = {(gabor.spectral_rad, gabor.temporal_rad) for gabor in FILTERS}
    assert all((-s, -t) not in pairs for s, t in pairs if (s, t) != (0, 0))


def test_filters_are_counted_as_they_are_listed():
    for distance in ((0.1, 0.045), (0.3, 0.2), (0.8, 0.05)):
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
        (
            PI_2 | {"half_waves": 1.0},
            r"2\.00 samples wide.*half_waves above 1\.05, .* below 1\.496$",
        ),
        ({"half_waves": 2, "omega_max_rad": [1.5, np.pi]}, r"^temporal axis: the narrowest"),
        ({"distance": [0.001, 0.001]}, r"1,066,610 filters, .* at most 10,000; choose larger"),
        ({"distance": [0.1, 5e-5]}, r"^temporal axis: .*gives 15,2\d\d modulation"),
        ({"distance": [1e-17, 0.1]}, r"^spectral axis: .*more than a billion"),
        ({"distance": [1e-320, 0.1]}, r"^spectral axis: .*more than a billion"),
    ],
)
def test_a_bank_that_cannot_be_made_is_refused_with_the_option_to_change(changed, reason):
    with pytest.raises(ValueError, match=reason):
        check_gabor_bank(SETTINGS | changed)


def test_the_advice_of_a_refusal_can_be_followed():
    for changed in (
        PI_2 | {"half_waves": 1.06},
        {"half_waves": 1.0, "omega_max_rad": [1.49, 1.49]},
    ):
        check_gabor_bank(SETTINGS | changed)


def test_a_large_bank_that_can_still_be_made_passes():
    settings = SETTINGS | {"distance": [0.011, 0.011]}
    check_gabor_bank(settings)
    assert 8000 < len(gabor_filters(gabor_parameters(settings))) <= MOST_FILTERS


def test_a_bank_is_checked_without_loading_pytorch():
    """Its import takes seconds, and every start of the workflow would wait for it."""
    check = (
        "import sys; from science.baselines.gabor_bank import check_gabor_bank; "
        f"check_gabor_bank({SETTINGS!r}); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", check], cwd=ROOT / "workflow_scripts", check=True)
