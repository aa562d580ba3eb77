"""Train one network, going on from its last finished epoch where a run was cut off."""

import hashlib
import json
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.audioset import multi_hot
from science.network import NetworkSettings, build_network
from science.training import EpochRow, TrainingData, TrainingSettings, TrainingState, train
from storage.corpus_tables import read_corpus_tables
from storage.logmel_shards import LogMelShards
from storage.networks import ResumePointError, load_resume_point, save_network, save_resume_point
from storage.tables import read_table, write_table

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    labels: Path,
    shards: Iterable[Path],
    classes: list[str],
    weights: Path,
    history: Path,
    network_settings: NetworkSettings,
    settings: TrainingSettings,
    seed: int,
    code: str,
    device: str,
) -> None:
    """Train on the clips that the condition keeps; write weights and the history of epochs."""
    data = training_data(labels, LogMelShards(shards), classes)
    digest = {
        "settings": digest_of(repr((network_settings, settings, seed)).encode()),
        "code": code,
        "data": digest_of(data.log_mel.numpy(), data.targets.numpy(), data.train_rows.numpy()),
    }
    resume_point = weights.with_name(f"resume-{digest_of(json.dumps(digest).encode())}.pt")
    network = build_network(network_settings, len(classes), seed)
    logging.info("%d clips train, %s", len(data.train_rows), device)
    with tqdm(total=settings.epochs, unit="epoch", file=sys.stderr, mininterval=10) as progress:

        def on_epoch(row: EpochRow, state: TrainingState) -> None:
            save_resume_point(resume_point, state, digest)
            progress.update(row.epoch - progress.n)
            progress.set_postfix(loss=f"{row.loss:.4f}", validation_ap=f"{row.validation_ap:.3f}")

        state = resume_state(resume_point, digest)
        trained = train(network, data, settings, seed, device, on_epoch, state)
    made_from = {"training": asdict(settings), "seed": seed, "epoch": trained.epoch, **digest}
    save_network(weights, trained.weights, network_settings, classes, made_from)
    columns = list(EpochRow.__dataclass_fields__)
    write_table(history, pd.DataFrame([asdict(row) for row in trained.history], columns=columns))
    for left in weights.parent.glob("*resume-*.pt"):
        left.unlink()


def training_data(labels: Path, shards: LogMelShards, classes: list[str]) -> TrainingData:
    """Log-Mels and targets of the clips that a condition trains and validates on."""
    table = read_table(labels, ["clip_id", "split", "targets"])
    table = table[table["split"].isin(["train", "validation"])]
    split = table["split"].to_numpy()
    return TrainingData(
        log_mel=torch.from_numpy(shards.gather(table["clip_id"].tolist())),
        targets=torch.from_numpy(multi_hot(table["targets"].tolist(), classes)),
        train_rows=torch.from_numpy(np.flatnonzero(split == "train")),
        validation_rows=torch.from_numpy(np.flatnonzero(split == "validation")),
    )


def resume_state(path: Path, digest: Mapping[str, str]) -> TrainingState | None:
    """The state to go on from; None, and the reason in the log, where training starts over."""
    for other in path.parent.glob("*resume-*.pt"):
        if other != path:
            logging.info("%s belongs to other settings, code or data: removed", other)
            other.unlink()
    try:
        state = load_resume_point(path, digest)
    except ResumePointError as error:
        logging.warning("%s", error)
        return None
    if state is not None:
        logging.info("going on after epoch %d", state.epoch)
    return state


def digest_of(*contents: np.ndarray | bytes) -> str:
    """A short digest of arrays or bytes."""
    digest = hashlib.blake2b(digest_size=8)
    for content in contents:
        digest.update(memoryview(content).cast("B"))
    return digest.hexdigest()


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        of_training = {k: v for k, v in snakemake.params.training.items() if k != "threads"}
        main(
            labels=Path(snakemake.input.labels),
            shards=paths(snakemake.input.logmel),
            classes=read_corpus_tables(snakemake.input.tables).classes,
            weights=Path(snakemake.output.weights),
            history=Path(snakemake.output.history),
            network_settings=NetworkSettings.from_section(snakemake.params.network),
            settings=TrainingSettings(
                epochs=snakemake.params.epochs,
                weights_used=snakemake.params.weights_used,
                **of_training,
            ),
            seed=int(snakemake.wildcards.seed),
            code=snakemake.params.code,
            device=choose_device(snakemake.config["run"]["device"]),
        )
