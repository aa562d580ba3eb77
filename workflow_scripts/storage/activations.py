"""Activations and class scores: Parquet files, a row per clip in the order of clip_id.

`activations/{features}/seed{seed}/{stimulus}/{split}.parquet` has clip_id and a float32 column per
unit (unit_000 …); features are a condition, or a baseline with the seed 0. `scores/{split}.parquet`
beside it has clip_id and a float32 column of logits per class, named by its mid. So has
`layers/{split}.parquet` of the channels of a network's other layers: conv1_000 …
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from storage.whole_files import TableFileError, whole_file

# A folder, or a file that is all there is of a network.
OF_SEED = re.compile(r"seed(\d+)(?:\.\w+)?")
# Clip ids, and arrays of a row for each.
Batch = tuple[Sequence[str], *tuple[np.ndarray, ...]]
# Every column of a row group is a piece of its own: groups of 32 clips take 40 times as long to
# read as these, and twice the space.
CLIPS_PER_ROW_GROUP = 4096


def unit_names(units: int) -> list[str]:
    """Column names of the units: unit_000, unit_001 and so on."""
    return [f"unit_{unit:03d}" for unit in range(units)]


def layer_names(layers: Sequence[str], responses: Sequence[np.ndarray]) -> list[str]:
    """Column names of the channels of layers, whose responses are each [clips, channels]."""
    return [
        f"{layer}_{unit:03d}"
        for layer, of_layer in zip(layers, responses, strict=True)
        for unit in range(of_layer.shape[1])
    ]


def write_activations(
    path: Path,
    batches: Iterable[Batch],
    scores_path: Path | None = None,
    classes: Sequence[str] = (),
    layers_path: Path | None = None,
    layers: Sequence[str] = (),
) -> int:
    """Write activations as they come, some thousand clips at a time, so that memory stays flat.

    Args:
        path: File of the activations.
        batches: Clip ids, features [clips, units], logits [clips, classes] and the responses
            [clips, channels] of each other layer that is kept, ids ascending.
        scores_path: File of the class scores; None where they are not kept.
        classes: Mids of the classes, in the order of the score columns.
        layers_path: File of the other layers; None where they are not kept.
        layers: Their names.

    Returns:
        The number of clips written.

    Raises:
        ValueError: There is no clip.
    """
    clips = 0
    with ExitStack() as files:
        wanted = [place for place in (path, scores_path, layers_path) if place is not None]
        targets = [files.enter_context(whole_file(place)) for place in wanted]
        writers: list[pq.ParquetWriter] = []
        for clip_ids, features, scores, *of_layers in _row_groups(batches):
            tables = [_table(clip_ids, unit_names(features.shape[1]), features.astype(np.float32))]
            if scores_path is not None:
                tables.append(_table(clip_ids, classes, scores.astype(np.float32)))
            if layers_path is not None:
                tables.append(_table_of_layers(clip_ids, layers, of_layers))
            if not writers:
                writers = [
                    files.enter_context(_writer(target, table.schema))
                    for target, table in zip(targets, tables, strict=True)
                ]
            for writer, table in zip(writers, tables, strict=True):
                writer.write_table(table)
            clips += len(clip_ids)
        refuse_no_clips(path, clips)
    return clips


def write_features(
    path: Path, clip_ids: Sequence[str], names: Sequence[str], values: np.ndarray
) -> None:
    """Write a feature set that has no class scores, in the form of activations.

    Args:
        path: The file.
        clip_ids: Ids, ascending.
        names: Names of the columns.
        values: [clips, columns].

    Raises:
        ValueError: There is no clip.
    """
    refuse_no_clips(path, len(clip_ids))
    table = _table(clip_ids, names, np.asarray(values, dtype=np.float32))
    with whole_file(path) as target, _writer(target, table.schema) as writer:
        writer.write_table(table)


def refuse_no_clips(path: Path, clips: int) -> None:
    """Refuse to make a file of no clips at all; nothing after it could say anything.

    Args:
        path: The file that would be written.
        clips: How many clips it would have.

    Raises:
        ValueError: There is none.
    """
    if not clips:
        raise ValueError(
            f"there is no clip to describe for {path}: its split has none whose status in the "
            f"tables of clips is ok; status and detail there say why of each, and "
            f"analyses/availability.csv counts the reasons"
        )


def read_matrix(path: Path, columns: Sequence[str] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Read activations or scores.

    Args:
        path: A file of either kind.
        columns: Which units or classes, in this order; all by default.

    Returns:
        clip_ids [clips] and the values [clips, columns] in the file's own type.

    Raises:
        TableFileError: The file cannot be read, or its rows are not in the order of clip_id.
    """
    try:
        table = pq.read_table(path, columns=None if columns is None else ["clip_id", *columns])
        clip_ids = table["clip_id"].to_numpy(zero_copy_only=False)
        names = [name for name in table.column_names if name != "clip_id"]
        values = np.column_stack([table[name].to_numpy() for name in columns or names])
    except (pa.ArrowInvalid, KeyError, OSError) as error:
        raise TableFileError(
            f"{path} is not a whole table of activations ({error}); delete it and run again"
        ) from error
    if (clip_ids[1:] <= clip_ids[:-1]).any():
        raise TableFileError(f"{path} is not in the order of clip_id; delete it and run again")
    return clip_ids, values


def read_layers_of(
    path: Path, layers: Sequence[str], analysed: str
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Read the responses of every layer of a network to some stimuli.

    Args:
        path: The file of its activations; that of its other layers lies beside it.
        layers: Names of all layers, in order.
        analysed: The one among them whose responses the file of activations holds.

    Returns:
        clip_ids [clips], and responses [clips, channels] by layer.

    Raises:
        TableFileError: The files are not of the same clips, or one lacks a layer or is damaged.
    """
    clip_ids, features = read_matrix(path)
    others = [layer for layer in layers if layer != analysed]
    if not others:
        return clip_ids, {analysed: features}
    beside = path.with_name("layers") / path.name
    same_ids, values = read_matrix(beside)
    if not np.array_equal(clip_ids, same_ids):
        raise TableFileError(f"{beside} and {path} are not of the same clips; run both again")
    columns = [name for name in pq.read_schema(beside).names if name != "clip_id"]
    layer_of = np.array([name.rpartition("_")[0] for name in columns])
    if missing := [layer for layer in others if layer not in layer_of]:
        raise TableFileError(
            f"{beside} lacks {', '.join(missing)} (network.layers); delete it and run again"
        )
    responses = {layer: values[:, layer_of == layer] for layer in others}
    return clip_ids, {layer: responses.get(layer, features) for layer in layers}


def network_of(path: Path) -> tuple[str, int]:
    """Features and seed that a file belongs to, by the folders `{features}/seed{seed}` in its path.

    The last such pair counts: a run, a category or a condition may itself be called `seed1`.

    Raises:
        ValueError: The path has no such folders.
    """
    for features, name in reversed([*itertools.pairwise(path.parts)]):
        if match := OF_SEED.fullmatch(name):
            return features, int(match[1])
    raise ValueError(f"{path} does not lie in {{features}}/seed{{seed}}")


def read_beside(path: Path, baseline: Path) -> tuple[np.ndarray, np.ndarray]:
    """The columns of two files side by side: clip_ids [clips], values [clips, columns of both].

    Raises:
        ValueError: The files hold other clips.
    """
    (clip_ids, responses), (others, more) = read_matrix(path), read_matrix(baseline)
    if not np.array_equal(clip_ids, others):
        raise ValueError(f"{path} and {baseline} are not the same clips; run both again")
    return clip_ids, np.hstack([responses, more])


def _row_groups(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches joined to row groups."""
    held: list[Batch] = []
    for batch in batches:
        held.append(batch)
        if sum(len(clip_ids) for clip_ids, *_ in held) >= CLIPS_PER_ROW_GROUP:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(batches: Sequence[Batch]) -> Batch:
    clip_ids, *values = zip(*batches, strict=True)
    return [*itertools.chain(*clip_ids)], *(np.concatenate(parts) for parts in values)


def _writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    # Floats hardly compress, and dictionaries of them cost more than they save.
    return pq.ParquetWriter(path, schema, compression="NONE", use_dictionary=False)


def _table_of_layers(
    clip_ids: Sequence[str], layers: Sequence[str], responses: Sequence[np.ndarray]
) -> pa.Table:
    names = layer_names(layers, responses)
    values = np.hstack(responses) if responses else np.empty((len(clip_ids), 0))
    return _table(clip_ids, names, values.astype(np.float32))


def _table(clip_ids: Sequence[str], names: Sequence[str], values: np.ndarray) -> pa.Table:
    columns = [pa.array(np.ascontiguousarray(values[:, column])) for column in range(len(names))]
    return pa.table([pa.array(clip_ids, pa.string()), *columns], names=["clip_id", *names])
