"""Checks of the networks of a configuration: the paper's or a user's own, trained or taken."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from plumbing.config.settings import refuse
from science.sound.settings import LogMelSettings

PAPER = "paper"  # as in science.network.cnn, which would load PyTorch
PROJECT = Path(__file__).resolve().parents[3]
FOR_OWN_ALONE = ("feature_layer", "layers", "arguments")
LAYERS_OF_PAPER = ("conv1", "conv2", "conv3", "conv4")
WAVEFORM = "waveform"
# What makes a condition a dose of the reference: what it leaves out, and how it is trained.
LEFT_OUT_BY = ("exclude_labels", "exclude_listed_clips")
TRAINED_BY = ("epochs", "weights_used")
ALIKE = (*LEFT_OUT_BY, *TRAINED_BY, "label_mode")
# Analyses that make what networks hear out of log-Mels.
OF_LOG_MELS = ("loudness", "emergence")
# What an own network is tried with; how many a corpus has is not known before its tables are there.
CLASSES_TO_TRY = 10


def own_folders() -> list[Path]:
    """Where a user's module may lie: beside the Snakefile, or where Snakemake runs."""
    return [PROJECT, Path.cwd()]


def layers_of(network: Mapping) -> tuple[list[str], str]:
    """The layers of the section's network in order, and the one among them that is analysed."""
    if network["class"] == PAPER:
        return [*LAYERS_OF_PAPER], LAYERS_OF_PAPER[-1]
    analysed = network["feature_layer"]
    return list(dict.fromkeys([*network["layers"], analysed])), analysed


def check_own_network(config: Mapping) -> None:
    """Refuse a user's own network that cannot be made or take what it hears, and weights for it.

    Apart from the other checks, as it loads PyTorch: once before a run, not before every job.

    Raises:
        ConfigError: What is wrong with it.
    """
    settings = LogMelSettings(**config["logmel"])
    sys.path += map(str, own_folders())
    if config["network"]["class"] != PAPER:
        refuse(own_network_problems(config["network"], settings))
    refuse(own_weights_problems(config, settings))


def network_problems(network: Mapping) -> list[str]:
    """What is wrong with the network's section, as far as can be told without making it.

    Returns:
        One sentence for each problem, with the option's path.
    """
    if network["class"] == PAPER:
        return [
            f"network.{key}: the paper's network has no such choice; leave it out, or name a "
            f"network of your own (network.class: module:Class)"
            for key in FOR_OWN_ALONE
            if network[key]
        ] + (
            ["network.input: the paper's network hears log-Mels; leave it out, or name your own"]
            if network["input"] == WAVEFORM
            else []
        )
    problems = []
    module = network["class"].partition(":")[0]
    top = module.partition(".")[0]
    if PathFinder.find_spec(top, [*map(str, own_folders())]) is None and find_spec(top) is None:
        problems.append(
            f"network.class: there is no module {top} beside the Snakefile, or on PYTHONPATH; put "
            f"{top}.py there, or correct the name"
        )
    if not network["feature_layer"]:
        problems.append(
            "network.feature_layer: name the submodule of your own network whose output is its "
            "features"
        )
    return problems


def own_network_problems(network: Mapping, logmel: LogMelSettings) -> list[str]:
    """What is wrong with a user's own network, found by making it and passing two clips through.

    Where PyTorch is not installed, as beside environments of Conda that only jobs have, nothing
    can be said.

    Returns:
        One sentence, or none.
    """
    try:
        import torch

        from science.network.cnn import NetworkSettings, build_network
        from science.network.layers import layers_taken
    except ImportError:
        return []
    try:
        settings = NetworkSettings.from_section(network)
        made = build_network(settings, CLASSES_TO_TRY, seed=0).eval()
        layers, analysed = layers_of(network)
        others = [layer for layer in layers if layer != analysed]
        with torch.inference_mode(), layers_taken(made, others) as of_layers:
            _, logits = made.features_and_logits(torch.zeros(2, *settings.heard(logmel)))
            of_layers()
    except Exception as error:  # whatever a user's code may raise
        words = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        heard = f"log-Mels of {logmel.bands} bands and {logmel.frames} frames"
        if network["input"] == WAVEFORM:
            heard = f"waveforms of {logmel.clip_s:g} s at {network['sample_rate_hz']} Hz"
        return [f"network: {network['class']} cannot be made, or take {heard}: {words}"]
    if tuple(logits.shape) != (2, CLASSES_TO_TRY):
        return [
            f"network.class: {network['class']} made with classes={CLASSES_TO_TRY} gives outputs "
            f"of shape {tuple(logits.shape)} for two clips, not (2, {CLASSES_TO_TRY})"
        ]
    return []


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
        # A condition that is not described is refused elsewhere.
        elif of in conditions and conditions[of]["weights_of"]:
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


def own_weights_problems(config: Mapping, logmel: LogMelSettings) -> list[str]:
    """What is wrong with the user's files of weights, found by loading them into the network.

    How many classes the corpus has is not known yet: what depends on that is left to the job.

    Returns:
        One sentence for each condition that is run; none where PyTorch is not installed.
    """
    files = {
        name: config["conditions"][name]["weights"].replace(
            "{seed}", str(config["run"]["seeds"][0])
        )
        for name in config["run"]["conditions"]
        if config["conditions"][name]["weights"]
    }
    if not files:
        return []
    try:
        import torch

        from science.network.cnn import NetworkSettings, build_network
        from science.network.taken_weights import take_weights
        from storage.networks import read_weights
    except ImportError:
        return []
    settings, problems = NetworkSettings.from_section(config["network"]), []
    for name, file in files.items():
        network = build_network(settings, CLASSES_TO_TRY, seed=0)
        try:
            weights, _ = read_weights(Path(file))
            take_weights(network, weights, torch.zeros(2, *settings.heard(logmel)))
        except ValueError as error:
            problems.append(
                f"conditions.{name}.weights: {file} does not fit {config['network']['class']}: "
                f"{error}. Correct network.class, network.arguments or the path"
            )
    return problems


def waveform_problems(run: Mapping, conditions: Mapping[str, Mapping], network: Mapping) -> list:
    """What a run cannot do whose networks hear waveforms, a sentence for each."""
    if network["input"] != WAVEFORM:
        return []
    trained = [name for name in run["conditions"] if conditions.get(name, {}).get("epochs")]
    problems = [
        f"run.conditions: {name} would be trained, and networks are trained on log-Mels alone; "
        f"with network.input: waveform choose conditions of epochs: 0 (conditions.{name}.weights)"
        for name in trained
    ]
    return problems + [
        f"run.analyses: {analysis} works on log-Mels; leave it out with network.input: waveform"
        for analysis in OF_LOG_MELS
        if analysis in run["analyses"]
    ]


def doses_of(
    conditions: Mapping[str, Mapping], run: Sequence[str], reference: str
) -> dict[str, float]:
    """The share of what the reference leaves out that each condition hears, rising.

    Of the conditions that are run and trained as the reference is, with true labels: those that
    leave out the same, and those that leave out nothing at all, whose share is 1.
    """
    same, shares = _left_out(conditions[reference]), {}
    for name in run:
        condition = conditions[name]
        if not _trained_alike(condition, conditions[reference]):
            continue
        if _left_out(condition) == same:
            shares[name] = condition["keep_fraction"]
        elif _left_out(condition) == ([], False):
            shares[name] = 1.0
    return dict(sorted(shares.items(), key=lambda item: item[1]))


def without_hand(
    conditions: Mapping[str, Mapping], run: Sequence[str], reference: str
) -> list[str]:
    """The conditions that leave out the reference's labels and, unlike it, no clip by hand."""
    labels, by_hand = _left_out(conditions[reference])
    return [
        name
        for name in run
        if by_hand
        and _trained_alike(conditions[name], conditions[reference])
        and _left_out(conditions[name]) == (labels, False)
        and not conditions[name]["keep_fraction"]
    ]


def dose_problems(config: Mapping) -> list[str]:
    """Which conditions keep a part of something else than the reference leaves out.

    Returns:
        One sentence for each, with the option's path; none where the analysis dose is not run.
    """
    run, conditions = config["run"], config["conditions"]
    if "dose" not in run["analyses"]:
        return []
    # Those that are not described are told of elsewhere.
    described = [name for name in run["conditions"] if name in conditions]
    if run["reference_condition"] not in described:
        return []
    compared = doses_of(conditions, described, run["reference_condition"])
    reference, problems = run["reference_condition"], []
    for name in described:
        if conditions[name]["keep_fraction"] and name not in compared:
            other = [key for key in ALIKE if conditions[name][key] != conditions[reference][key]]
            how = (
                f"{name} differs from {reference} in {' and '.join(other)}"
                if other
                else f"{name} and {reference} are not trained with the labels as given"
            )
            problems.append(
                f"conditions.{name}.keep_fraction: {how}, so that the analysis dose cannot compare "
                f"them; give both the same, or leave dose out of run.analyses"
            )
    return problems


def _trained_alike(condition: Mapping, reference: Mapping) -> bool:
    same = all(condition[key] == reference[key] for key in TRAINED_BY)
    return bool(condition["epochs"]) and condition["label_mode"] == "given" and same


def _left_out(condition: Mapping) -> tuple:
    return tuple(condition[key] for key in LEFT_OUT_BY)
