"""A paragraph on the methods of a run, written from its effective configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from science.statistics.number_text import counted

OTHER_SPLIT = {"train": "test", "test": "train"}
INDICES = {
    "msi": "the difference in mean response divided by its standard error",
    "summed_deviations": (
        "the difference in mean response divided by the sum of the standard deviations"
    ),
    "d_prime": "the d′ of their responses",
}
ORDERINGS = {
    "overath": "as in Overath et al. (2015)",
    "kim2024": "as in the code of Kim et al. (2024)",
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
    channel = "first channel" if corpus["channel"] == "first" else "mean of all channels"
    short = "padded with silence" if logmel["short_clips"] == "pad" else "repeated to this length"
    return (
        f"Clips of the corpus {corpus['name']} were {origins} and converted to 22,050 Hz, 16-bit "
        f"mono ({channel}). The first {logmel['clip_s']:g} s of each clip were used; shorter clips "
        f"were {short}."
    )


def _input(config: Mapping) -> str:
    logmel, network = config["logmel"], config["network"]
    if network["input"] == "waveform":
        return f"The network's input was the waveform at {network['sample_rate_hz']:,} Hz."
    return (
        f"The network's input was the log-Mel spectrogram, with {logmel['bands']} bands from 0 to "
        f"{logmel['highest_hz']:,g} Hz and Hann windows of {1000 * logmel['window_s']:g} ms every "
        f"{1000 * logmel['hop_s']:g} ms."
    )


def _network(config: Mapping) -> str:
    run, network = config["run"], config["network"]
    if network["class"] == "paper":
        kind = (
            f"a convolutional network with four convolutional layers of "
            f"{_listed(network['channels'])} channels and a hidden layer of {network['hidden']} "
            f"units before the output; the units analysed were the channels of the last "
            f"convolutional layer, averaged over frequency and time"
        )
    else:
        layer = network["feature_layer"]
        kind = f"{network['class']}; the units analysed were the outputs of {layer}"
    conditions = counted(len(run["conditions"]), "condition")
    were = "was" if len(run["conditions"]) == 1 else "were"
    return (
        f"The network was {kind}. There {were} {conditions} ({', '.join(run['conditions'])}), with "
        f"{counted(len(run['seeds']), 'seed')} each."
    )


def _training(config: Mapping) -> str:
    training = config["training"]
    names = config["run"]["conditions"]
    epochs = sorted({config["conditions"][name]["epochs"] for name in names} - {0})
    return (
        f"Networks were trained as multi-label classifiers for {' or '.join(map(str, epochs))} "
        f"epochs in batches of {training['batch_size']}, with AdamW (weight decay "
        f"{training['weight_decay']:g}) and a one-cycle learning rate that rose from "
        f"{training['start_learning_rate']:g} to {training['peak_learning_rate']:g} and fell to "
        f"{training['end_learning_rate']:g}; {config['labels']['validation_fraction']:.0%} of the "
        f"training clips were held out for validation."
    )


def _units(config: Mapping) -> str:
    units, run = config["selectivity"], config["run"]
    category = run["target"].replace("_", " ")
    index = INDICES.get(units["index"], units["index"])
    return (
        f"Units were ranked by {index} between clips whose labels are all of {category} and clips "
        f"that have no such label; the top {units['fraction']:.1%} on the {units['chosen_on']} "
        f"split were taken as selective for {category}, and their responses were measured on the "
        f"{OTHER_SPLIT[units['chosen_on']]} split."
    )


def _quilts(config: Mapping) -> str:
    quilts = config["quilts"]
    lengths = _listed([f"{length:,g}" for length in quilts["segments_ms"]])
    return (
        f"Sound quilts were made of segments of {lengths} ms from the first "
        f"{quilts['quilted_s']:g} s of each clip, ordered {ORDERINGS[quilts['ordering']]}."
    )


def _statistics(config: Mapping) -> str:
    return (
        f"Verdicts take networks as the sample: 95% intervals of differences are Student's t "
        f"intervals over networks, paired by seed where both sides have seeds; intervals over "
        f"clips are bootstrap intervals ({config['statistics']['bootstrap_samples']:,} samples). "
        f"All random numbers derive from the seed {config['seed']}."
    )


def _software(versions: Mapping[str, str]) -> str:
    named = [name for name in ("Python", "snakemake", "torch", "scikit-learn") if name in versions]
    listed = ", ".join(f"{name} {versions[name]}" for name in named)
    return f"Software: {listed}." if listed else ""


def _listed(items: Sequence) -> str:
    """Items in a sentence: "1, 2 and 3"."""
    *others, last = map(str, items)
    return f"{', '.join(others)} and {last}" if others else last
