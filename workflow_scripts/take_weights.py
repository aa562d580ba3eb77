"""Take the weights of a network that was trained elsewhere, as they are or permuted."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from plumbing.job import logged
from science.network.cnn import NetworkSettings, build_network
from science.network.taken_weights import permuted_weights, take_weights
from science.network.training_state import EpochRow
from science.sound.settings import LogMelSettings
from science.statistics.randomness import named_generator
from storage.corpus_tables import read_class_labels
from storage.networks import read_weights, save_network
from storage.tables import write_table


def main(
    source: Path,
    key: str,
    classes: Sequence[str],
    settings: NetworkSettings,
    logmel: LogMelSettings,
    seed: int,
    draw: Callable[[str], np.random.Generator] | None,
    weights: Path,
    history: Path,
) -> None:
    """Write the network of a file of weights, and the history of no epoch.

    `key` names the option; `logmel` tells the length of what is heard; `draw` permutes.
    """
    network = build_network(settings, len(classes), seed)
    try:
        theirs, their_classes = read_weights(source)
        same_classes = their_classes in (None, list(classes))
        example = torch.zeros(2, *settings.heard(logmel))
        left, scores_taken = take_weights(network, theirs, example, same_classes)
    except ValueError as error:
        raise ValueError(
            f"{key}: {source} does not fit {settings.class_name}: {error}. Correct network.class, "
            f"network.arguments or the path"
        ) from error
    if left:
        logging.warning("Not in %s, and left as initialised: %s", source, ", ".join(left))
    taken = network.state_dict()
    made_from = {"seed": seed, "weights": source.name, "permuted": draw is not None}
    made_from |= {"left_as_initialised": left, "scores_taken": scores_taken}
    taken = permuted_weights(taken, draw) if draw else taken
    save_network(weights, taken, settings, list(classes), made_from)
    write_table(history, pd.DataFrame(columns=list(EpochRow.__dataclass_fields__)))


if __name__ == "__main__":
    with logged(snakemake):
        condition, seed = snakemake.wildcards.condition, int(snakemake.wildcards.seed)
        draw = partial(named_generator, snakemake.params.seed, "permuted_weights", condition, seed)
        main(
            source=Path(snakemake.input.weights),
            key=f"conditions.{condition}.weights",
            classes=list(read_class_labels(Path(snakemake.input.class_labels))["mid"]),
            settings=NetworkSettings.from_section(snakemake.params.network),
            logmel=LogMelSettings(**snakemake.params.logmel),
            seed=seed,
            draw=draw if snakemake.params.permute else None,
            weights=Path(snakemake.output.weights),
            history=Path(snakemake.output.history),
        )
