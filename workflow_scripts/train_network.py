"""Train one network, going on from its last finished epoch where a run was cut off."""

import logging
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import NetworkSettings, build_network
from science.network.training import train
from science.network.training_state import EpochRow, TrainingSettings, TrainingState
from storage.corpus_tables import read_class_labels
from storage.logmels import LogMelShards
from storage.networks import save_network
from storage.tables import write_table
from storage.training import ResumePoint, digest_of, read_training_data


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
    data = read_training_data(labels, LogMelShards(shards), classes)
    digest = {
        "settings": digest_of(repr((network_settings, settings, seed)).encode()),
        "code": code,
        "data": digest_of(data.log_mel.numpy(), data.targets.numpy(), data.train_rows.numpy()),
    }
    resume_point = ResumePoint.beside(weights, digest)
    network = build_network(network_settings, len(classes), seed)
    logging.info("%d clips train, %s", len(data.train_rows), device)
    progress = tqdm(total=settings.epochs, unit="epoch", file=sys.stderr, mininterval=10)
    with progress, resume_point.saved_beside() as save:

        def on_epoch(row: EpochRow, state: TrainingState) -> None:
            save(state)
            progress.update(row.epoch - progress.n)
            progress.set_postfix(loss=f"{row.loss:.4f}", validation_ap=f"{row.validation_ap:.3f}")

        trained = train(network, data, settings, seed, device, on_epoch, resume_point.load())
    made_from = {"training": asdict(settings), "seed": seed, "epoch": trained.epoch, **digest}
    save_network(weights, trained.weights, network_settings, classes, made_from)
    columns = list(EpochRow.__dataclass_fields__)
    write_table(history, pd.DataFrame([asdict(row) for row in trained.history], columns=columns))


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        of_training = {k: v for k, v in snakemake.params.training.items() if k != "threads"}
        main(
            labels=Path(snakemake.input.labels),
            shards=paths(snakemake.input.logmel),
            classes=list(read_class_labels(Path(snakemake.input.class_labels))["mid"]),
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
