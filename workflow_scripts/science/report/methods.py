"""A paragraph on the methods of a run, written from its effective configuration."""

from __future__ import annotations

from collections.abc import Mapping

from science.statistics.number_text import counted

OTHER_SPLIT = {"train": "test", "test": "train"}
INDICES = {
    "msi": "difference of mean responses over its standard error",
    "summed_deviations": "difference of mean responses over the sum of their standard deviations",
    "d_prime": "d′ of their responses",
}
ORDERINGS = {
    "overath": "as Overath et al. (2015) order them",
    "kim2024": "as the code of Kim et al. (2024) orders them",
}
ORIGINS = {
    "demo": "synthesised",
    "folder": "taken from a folder of recordings",
    "huggingface": "downloaded from a mirror",
    "youtube": "downloaded from YouTube",
    "fsd50k": "taken from FSD50K",
}


def methods_of(config: Mapping, versions: Mapping[str, str]) -> str:
    """What was done, in sentences that a supplement can take over.

    Args:
        config: The effective configuration.
        versions: Versions of packages by name.
    """
    sentences = [
        _clips(config),
        _input(config),
        _network(config),
        *([_training(config)] if _is_trained(config) else []),
        _units(config),
        *([_quilts(config)] if "quilts" in config["run"]["analyses"] else []),
        _statistics(config),
        _software(versions),
    ]
    return " ".join(sentences)


def _is_trained(config: Mapping) -> bool:
    return any(config["conditions"][name]["epochs"] for name in config["run"]["conditions"])


def _clips(config: Mapping) -> str:
    corpus, logmel = config["corpus"], config["logmel"]
    origins = " or ".join(ORIGINS.get(source, source) for source in corpus["sources"])
    channel = "the first channel" if corpus["channel"] == "first" else "the mean of all channels"
    short = "padded with silence" if logmel["short_clips"] == "pad" else "repeated"
    return (
        f"Clips of the corpus {corpus['name']} were {origins} and brought to 22,050 Hz, 16 bit, "
        f"{channel}. Of each clip {logmel['clip_s']:g} s were used; shorter ones were {short}."
    )


def _input(config: Mapping) -> str:
    logmel, network = config["logmel"], config["network"]
    if network["input"] == "waveform":
        return f"The network heard waveforms at {network['sample_rate_hz']:,} Hz."
    return (
        f"Log-Mel spectrograms have {logmel['bands']} bands from 0 to {logmel['highest_hz']:g} Hz, "
        f"from Hann windows of {1000 * logmel['window_s']:g} ms every "
        f"{1000 * logmel['hop_s']:g} ms."
    )


def _network(config: Mapping) -> str:
    run, network = config["run"], config["network"]
    if network["class"] == "paper":
        channels = ", ".join(map(str, network["channels"]))
        kind = (
            f"a convolutional network with four layers of {channels} channels, whose mean "
            f"responses over frequency and time are the units, and {network['hidden']} hidden "
            f"units between them and the classes"
        )
    else:
        layer = network["feature_layer"]
        kind = f"{network['class']}, with the output of {layer} as units"
    conditions = counted(len(run["conditions"]), "condition")
    return (
        f"The network is {kind}. There are {conditions} ({', '.join(run['conditions'])}) and "
        f"{counted(len(run['seeds']), 'seed')} of each."
    )


def _training(config: Mapping) -> str:
    training = config["training"]
    names = config["run"]["conditions"]
    epochs = sorted({config["conditions"][name]["epochs"] for name in names} - {0})
    return (
        f"Networks were trained on all their labels at once, for {' or '.join(map(str, epochs))} "
        f"epochs in batches of {training['batch_size']}, with AdamW (weight decay "
        f"{training['weight_decay']:g}) and a one-cycle learning rate from "
        f"{training['start_learning_rate']:g} to {training['peak_learning_rate']:g} and down to "
        f"{training['end_learning_rate']:g}; {config['labels']['validation_fraction']:.0%} of the "
        f"training clips validate."
    )


def _units(config: Mapping) -> str:
    units, run = config["selectivity"], config["run"]
    category = run["target"].replace("_", " ")
    index = INDICES.get(units["index"], units["index"])
    return (
        f"Selective for {category} are the {units['fraction']:.1%} of the units with the largest "
        f"{index}, between clips of {category} alone and clips without it, on the "
        f"{units['chosen_on']} split; their responses are measured on the "
        f"{OTHER_SPLIT[units['chosen_on']]} split."
    )


def _quilts(config: Mapping) -> str:
    quilts = config["quilts"]
    lengths = ", ".join(f"{length:g}" for length in quilts["segments_ms"])
    return (
        f"Sound quilts are of segments of {lengths} ms from the first {quilts['quilted_s']:g} s of "
        f"a clip, in an order {ORDERINGS[quilts['ordering']]}."
    )


def _statistics(config: Mapping) -> str:
    return (
        f"Networks are the unit of every verdict: 95% intervals of differences are Student's t "
        f"over networks, paired by seed; intervals over clips are bootstraps of "
        f"{config['statistics']['bootstrap_samples']:,} samples. All randomness follows from the "
        f"seed {config['seed']}."
    )


def _software(versions: Mapping[str, str]) -> str:
    named = [name for name in ("Python", "snakemake", "torch", "scikit-learn") if name in versions]
    listed = ", ".join(f"{name} {versions[name]}" for name in named)
    return f"Software: {listed}." if listed else ""
