"""All claims of the paper that the scorecard holds ours against, in the order of the paper."""

from __future__ import annotations

from science.scorecard import claims_quilts, claims_representation, claims_selectivity

CLAIMS = (
    *claims_representation.CLAIMS,
    *claims_selectivity.CLAIMS,
    *claims_quilts.CLAIMS,
)
