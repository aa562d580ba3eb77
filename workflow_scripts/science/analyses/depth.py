"""Selectivity over depth: the measures of each layer's channels, as of the features.

Units are chosen for each layer, the same share of its channels. The layer that is analysed in
all else has the numbers that it has there.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from science.analyses.measures import Heard, choose_units, measure

LAYER_COLUMNS = ("layer", "place", "units", "selected", "measure", "value", "note")


def measure_layers(layers: Mapping[str, Heard], chosen_on: str, settings: Mapping) -> pd.DataFrame:
    """Measure the layers of one network.

    Args:
        layers: What each layer's channels respond, in order.
        chosen_on: The split, 'train' or 'test', whose clips choose the units.
        settings: index and fraction, as in the configuration's section selectivity.

    Returns:
        `LAYER_COLUMNS`, a row for each layer and measure; units are the layer's channels.
    """
    rows = []
    for place, (layer, heard) in enumerate(layers.items(), start=1):
        units = choose_units(heard, chosen_on, settings)
        channels = heard.natural[chosen_on][0].shape[1]
        of_layer = {"layer": layer, "place": place, "units": channels, "selected": len(units)}
        rows += [of_layer | row for row in measure(heard, units, chosen_on)]
    return pd.DataFrame(rows, columns=LAYER_COLUMNS)
