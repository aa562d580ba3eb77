"""Findings beyond the paper: of an analysis of your own, scored whatever the target is.

They stand at the end of the scorecard. As the paper says nothing about them, a verdict is about
their direction alone: one that holds is called reproduced, and counts as such. Such a finding, of
an analysis `sparseness`, which writes a row with features, seed and category for each network:

    from science.scorecard.claims import UNTRAINED, Claim, Selection

    Claim(
        id="sparseness_above_untrained",
        sentence="Networks answer {category} with a sparseness of {ours}, more than untrained ones",
        computed="Treves and Rolls' sparseness over units, the mean over clips of {category}",
        ours=Selection("sparseness", "sparseness"),
        compared_with=Selection("sparseness", "sparseness", UNTRAINED),
    )

A table beside the analysis' own (`sparseness/units`) is read once it is named in `SCORED` of
rules/report.smk.
"""

from __future__ import annotations

from science.scorecard.claims import Claim

FINDINGS: tuple[Claim, ...] = ()
