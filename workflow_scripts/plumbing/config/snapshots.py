"""After which epochs networks' weights are kept while they train, and which are analysed there."""

from __future__ import annotations

from collections.abc import Mapping

from plumbing.config.network_checks import source_of_weights

# Where what networks answer to changes most; further on, epochs twice as late.
EARLY_EPOCHS = (0, 1, 2, 3, 4, 6, 8, 12, 16)


def spaced_epochs(last: int) -> list[int]:
    """Epochs evenly spaced in logarithm, closer in the beginning, up to the last one.

    Args:
        last: Number of epochs in the training.
    """
    epochs = {epoch for epoch in EARLY_EPOCHS if epoch <= last} | {last}
    later = 2 * EARLY_EPOCHS[-1]
    while later < last:
        epochs.add(later)
        later *= 2
    return sorted(epochs)


def networks_followed(config: Mapping) -> list[tuple[str, int]]:
    """Condition and seed of the networks that are analysed at several epochs."""
    run, emergence = config["run"], config["emergence"]
    conditions = emergence["conditions"] or [run["reference_condition"]]
    trained = [name for name in conditions if not source_of_weights(config["conditions"][name])]
    return [(name, seed) for name in trained for seed in run["seeds"][: emergence["seeds"]]]


def epochs_kept(config: Mapping, condition: str) -> list[int]:
    """Epochs after which a network's weights are kept, whether it is analysed there or not.

    Else another choice of networks would train some of them again.
    """
    last = config["conditions"][condition]["epochs"]
    asked = config["emergence"]["epochs"]
    return sorted(epoch for epoch in asked if epoch <= last) if asked else spaced_epochs(last)


def snapshot_problems(config: Mapping) -> list[str]:
    """What is wrong with the section `emergence`.

    Returns:
        One sentence for each problem, with the option's path.
    """
    run, conditions = config["run"], config["conditions"]
    asked = config["emergence"]["conditions"]
    problems = [
        f"emergence.conditions: {name!r} is not among run.conditions; allowed are "
        f"{', '.join(run['conditions'])}"
        for name in asked
        if name not in run["conditions"]
    ]
    problems += [
        f"emergence.conditions: {name} takes its weights from elsewhere, so that there are no "
        f"epochs; name conditions that are trained"
        for name in asked
        if name in conditions and source_of_weights(conditions[name])
    ]
    trained = [name for name in asked or [run["reference_condition"]] if name in conditions]
    longest = max((conditions[name]["epochs"] for name in trained), default=0)
    beyond = [epoch for epoch in config["emergence"]["epochs"] if epoch > longest]
    if trained and beyond:
        problems.append(
            f"emergence.epochs: {', '.join(map(str, beyond))} will never be reached; "
            f"{' and '.join(trained)} end after {longest} epochs"
        )
    return problems
