"""The simulations of `make calibrate` on a few data sets."""

from __future__ import annotations

import calibration
import pytest

from science.scorecard.claims import CONTRADICTED, REPRODUCED


def test_planted_effects_of_the_published_sizes_are_reproduced():
    found = calibration.scorecards(effects=True, data_sets=3)
    assert (found == REPRODUCED).to_numpy().mean() >= 0.95
    assert not (found == CONTRADICTED).to_numpy().any()


def test_no_effect_is_not_reproduced():
    found = calibration.scorecards(effects=False, data_sets=3)
    assert (found == REPRODUCED).to_numpy().mean() <= 0.05


@pytest.mark.parametrize("name", calibration.COVERAGES)
def test_intervals_cover_the_truth(name):
    # Of 40 five standard errors below 93% are 0.73.
    assert calibration.coverage(name, 40) >= 0.75
