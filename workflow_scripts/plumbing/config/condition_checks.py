"""Checks of the section `conditions` of a configuration, and where a network's weights come from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def source_of_weights(condition: Mapping) -> str:
    """Where a condition takes its weights from instead of training; empty where it trains."""
    return condition["weights"] or condition["weights_of"]


def is_one_network(condition: Mapping) -> bool:
    """Whether all seeds would be the same network: that of one file of weights, as it is."""
    one_file = condition["weights"] and "{seed}" not in condition["weights"]
    return bool(one_file) and not condition["permute_weights"]


def weights_problems(run: Mapping, conditions: Mapping[str, Mapping]) -> list[str]:
    """What is wrong with the weights that the conditions of a run take.

    Args:
        run: The section `run`.
        conditions: The section `conditions`; those that are not run are left alone.

    Returns:
        One sentence for each problem, with the option's path.
    """
    problems = []
    for name in run["conditions"]:
        if name not in conditions:
            continue
        key, condition = f"conditions.{name}", conditions[name]
        path, of = condition["weights"], condition["weights_of"]
        if path and of:
            problems.append(f"{key}: weights and weights_of are two sources; leave one out")
        elif condition["permute_weights"] and not source_of_weights(condition):
            problems.append(
                f"{key}.permute_weights: there is nothing to permute; name the condition whose "
                f"weights are taken ({key}.weights_of), or a file of weights ({key}.weights)"
            )
        elif of and (of not in run["conditions"] or of == name):
            others = [one for one in run["conditions"] if one != name]
            problems.append(
                f"{key}.weights_of: {of!r} is not among the other conditions in run.conditions; "
                f"allowed are {', '.join(others)}"
            )
        elif of and conditions[of]["weights_of"]:
            problems.append(
                f"{key}.weights_of: {of} takes its weights from {conditions[of]['weights_of']}; "
                f"name that condition"
            )
        if source_of_weights(condition) and condition["epochs"]:
            problems.append(
                f"{key}.epochs: nothing is trained where weights are taken; set epochs: 0"
            )
        for seed in run["seeds"] if path else ():
            if not Path(file := path.replace("{seed}", str(seed))).is_file():
                problems.append(f"{key}.weights: there is no file {file}; correct the path")
                break
    return problems
