"""Feature sets without a network, which stand beside the conditions in every table.

They have no training and no seeds; where a table names a seed, theirs is 0.
"""

from __future__ import annotations

import pandas as pd

PCA, GBFB, ACOUSTICS = "pca", "gbfb", "acoustics"
WITHOUT_NETWORK = (PCA, GBFB, ACOUSTICS)
# A component of the human brain, whose numbers stand among those of features.
BRAIN = "brain"


def of_networks(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a table, with a column `features`, that are about networks."""
    return table[~table["features"].isin([*WITHOUT_NETWORK, BRAIN])]
