"""Checks of a configuration that no key alone can tell: keys against keys, tables and labels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from plumbing.settings import ConfigError
from science import demo_ontology
from science.audioset import Ontology, parse_class_labels, resolve_labels
from science.quilt_segments import cut_into_segments
from storage.corpus_tables import FILE_OF_TABLE, read_class_labels, read_ontology


def check_config(config: Mapping) -> None:
    """Refuse a configuration whose keys contradict each other or name files that are absent.

    Raises:
        ConfigError: One sentence for each problem, with the key's path and what is allowed.
    """
    problems = _check_run(config) + _check_training(config) + _check_logmel(config)
    problems += _check_quilts(config) + _check_corpus(config["corpus"])
    if problems:
        raise ConfigError("\n".join(problems))


def check_labels(config: Mapping) -> None:
    """Refuse conditions and categories that name a label which the corpus does not have.

    Raises:
        ConfigError: The items that name no class, with the keys they stand under.
    """
    corpus, problems = config["corpus"], []
    if corpus["source"] == "demo":
        class_labels = parse_class_labels(demo_ontology.class_labels_csv(), "the demo's classes")
        ontology = Ontology.from_json(demo_ontology.ontology_json(), "the demo's ontology")
    else:
        class_labels = read_class_labels(Path(corpus["tables"]["class_labels"]))
        ontology = read_ontology(Path(corpus["tables"]["ontology"]))
    lists = {
        f"conditions.{name}.exclude_labels": config["conditions"][name]["exclude_labels"]
        for name in config["run"]["conditions"]
    }
    lists |= {f"categories.{name}": items for name, items in config["categories"].items()}
    lists["detection.classes_apart"] = config["detection"]["classes_apart"]
    for key, items in lists.items():
        for item in items:
            try:
                resolve_labels([item], ontology, class_labels)
            except ValueError as error:
                problems.append(f"{key}: {error}")
    if problems:
        raise ConfigError("\n".join(problems))


def _check_run(config: Mapping) -> list[str]:
    run, known = config["run"], list(config["conditions"])
    problems = [
        f"run.conditions: {name!r} is not described under `conditions`; allowed are "
        f"{', '.join(known)}"
        for name in run["conditions"]
        if name not in known
    ]
    if run["reference_condition"] not in run["conditions"]:
        problems.append(
            f"run.reference_condition: {run['reference_condition']!r} is not among "
            f"run.conditions; allowed are {', '.join(run['conditions'])}"
        )
    if "music" not in config["categories"]:
        problems.append("categories: `music` must be described; the analyses compare with it")
    return problems


def _check_training(config: Mapping) -> list[str]:
    training, problems = config["training"], []
    for end in ("start", "end"):
        if training[f"{end}_learning_rate"] > training["peak_learning_rate"]:
            problems.append(
                f"training.{end}_learning_rate: must not be above training.peak_learning_rate "
                f"({training['peak_learning_rate']})"
            )
    if config["network"]["class"] != "paper" and not config["network"]["feature_layer"]:
        problems.append(
            "network.feature_layer: name the submodule of your own network whose output is its "
            "features"
        )
    return problems


def _check_logmel(config: Mapping) -> list[str]:
    logmel = config["logmel"]
    frames = int(logmel["clip_s"] / logmel["hop_s"])
    if config["network"]["class"] == "paper" and frames < 121:
        return [
            f"logmel.hop_s: {logmel['clip_s']} s in steps of {logmel['hop_s']} s are {frames} "
            f"frames; the paper's network needs at least 121"
        ]
    return []


def _check_quilts(config: Mapping) -> list[str]:
    quilts, logmel, problems = config["quilts"], config["logmel"], []
    for segment_ms in quilts["segments_ms"]:
        try:
            cut_into_segments(segment_ms, quilts["quilted_s"], logmel["window_s"], logmel["clip_s"])
        except ValueError as error:
            problems.append(f"quilts.segments_ms: {error}")
    return list(dict.fromkeys(problems))


def _check_natural_sounds(natural_sounds: Mapping[str, str]) -> list[str]:
    folder, table = natural_sounds["folder"], natural_sounds["table"]
    if bool(folder) != bool(table):
        absent = "table" if folder else "folder"
        return [
            f"corpus.natural_sounds.{absent}: folder and table belong together; give both, or "
            f"neither to go without the natural sounds"
        ]
    problems = []
    if folder and not Path(folder).exists():
        problems.append(f"corpus.natural_sounds.folder: there is no folder or archive {folder}")
    if table and not Path(table).is_file():
        problems.append(f"corpus.natural_sounds.table: there is no file {table}")
    return problems


def _check_corpus(corpus: Mapping) -> list[str]:
    if corpus["source"] == "demo":
        return []
    problems = _check_natural_sounds(corpus["natural_sounds"])
    if not corpus["folder"]:
        problems.append("corpus.folder: say where the audio files are (corpus.source is folder)")
    elif not Path(corpus["folder"]).is_dir():
        problems.append(f"corpus.folder: there is no folder {corpus['folder']}")
    for table, path in corpus["tables"].items():
        if not path and table != "excluded_clips":
            problems.append(f"corpus.tables.{table}: give the path of {FILE_OF_TABLE[table]}")
        elif path and not Path(path).is_file():
            problems.append(f"corpus.tables.{table}: there is no file {path}")
    return problems
