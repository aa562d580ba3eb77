"""Train one network, going on from its last finished epoch where a run was cut off."""

import logging
import sys
from collections.abc import Collection, Iterable
from dataclasses import asdict
from pathlib import Path

import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.network.cnn import NetworkSettings, build_network
from science.network.training import train, with_precision
from science.network.training_state import EpochRow, TrainingSettings, TrainingState
from storage.corpus_tables import read_class_labels
from storage.logmels import LogMelShards
from storage.networks import save_network
from storage.snapshots import Snapshots
from storage.training import (
    ResumePoint,
    digest_of_training,
    read_training_data,
    write_history,
)


def main(
    labels: Path,
    shards: Iterable[Path],
    classes: list[str],
    weights: Path,
    history: Path,
    snapshots: Path,
    network_settings: NetworkSettings,
    settings: TrainingSettings,
    seed: int,
    code: str,
    device: str,
    epochs_kept: Collection[int],
) -> None:
    """Train on the clips that the condition keeps; write weights, history, weights at epochs."""
    data = read_training_data(labels, LogMelShards(shards), classes)
    network = build_network(network_settings, len(classes), seed)
    settings = with_precision(settings, network, device)
    digest = digest_of_training(data, (network_settings, settings, seed), code)
    made_from = {"training": asdict(settings), "seed": seed, **digest}
    resume_point = ResumePoint.beside(weights, digest)
    kept = Snapshots.beside(resume_point, epochs_kept, network_settings, classes, made_from)
    kept.keep(0, network.state_dict())
    logging.info("%d clips train, %s", len(data.train_rows), device)
    progress = tqdm(total=settings.epochs, unit="epoch", file=sys.stderr, mininterval=10)
    with progress, resume_point.saved_beside(kept.keep) as save:

        def on_epoch(row: EpochRow, state: TrainingState) -> None:
            save(state)
            progress.update(row.epoch - progress.n)
            progress.set_postfix(loss=f"{row.loss:.4f}", validation_ap=f"{row.validation_ap:.3f}")

        trained = train(network, data, settings, seed, device, on_epoch, kept.resume(resume_point))
    kept.finish(snapshots, trained)
    made = made_from | {"epoch": trained.epoch}
    save_network(weights, trained.weights, network_settings, classes, made)
    write_history(history, trained.history)


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        given = snakemake.params
        training = {k: v for k, v in given.training.items() if k != "threads"}
        main(
            Path(snakemake.input.labels),
            paths(snakemake.input.logmel),
            classes=list(read_class_labels(Path(snakemake.input.class_labels))["mid"]),
            weights=Path(snakemake.output.weights),
            history=Path(snakemake.output.history),
            snapshots=Path(snakemake.output.snapshots),
            network_settings=NetworkSettings.from_section(given.network),
            settings=TrainingSettings(
                epochs=given.epochs, weights_used=given.weights_used, **training
            ),
            seed=int(snakemake.wildcards.seed),
            code=given.code,
            device=choose_device(snakemake.config["run"]["device"]),
            epochs_kept=given.epochs_kept,
        )
