"""Project the log-Mel of every clip on the principal components of the train split."""

import logging
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from plumbing.device import choose_device
from plumbing.job import logged, paths
from science.baselines.pca import describe_components, fit_principal_components
from storage.activations import refuse_no_clips, unit_names, write_features
from storage.logmels import LogMelShards
from storage.tables import write_table
from storage.whole_files import whole_file

CLIPS_PER_BLOCK = 256


def main(
    shards: Mapping[str, Iterable[Path]],
    features: Mapping[str, Path],
    explained: Path,
    weights: Path,
    components: int,
    seed: int,
    device: str,
) -> None:
    """Fit on the train split with its validation clips; write both splits and the components."""
    logmel = {split: LogMelShards(files) for split, files in shards.items()}
    for split, clips in logmel.items():
        refuse_no_clips(features[split], len(clips))
    fitted = fit_principal_components(
        lambda: (torch.from_numpy(block) for block in _blocks(logmel["train"])),
        components,
        torch.Generator().manual_seed(seed),
        device=device,
    )
    for split, clips in logmel.items():
        projected = [
            fitted.transform(torch.from_numpy(block)).cpu().numpy() for block in _blocks(clips)
        ]
        values = np.concatenate(projected)
        write_features(features[split], clips.clip_ids, unit_names(values.shape[1]), values)
    variance, total = fitted.explained_variance.cpu().numpy(), fitted.total_variance
    table = describe_components(variance, total, fitted.clips)
    write_table(explained, table)
    with whole_file(weights) as unfinished:
        fields = {name: torch.as_tensor(value) for name, value in vars(fitted).items()}
        np.savez(unfinished, **{name: value.cpu().numpy() for name, value in fields.items()})
    share = table["cumulative_share"].iloc[-1]
    logging.info("%d components hold %.3f of the variance, on %s", len(table), share, device)


def _blocks(clips: LogMelShards) -> Iterable[np.ndarray]:
    batches = clips.batches(clips.clip_ids, CLIPS_PER_BLOCK)
    return (block for _, block in tqdm(batches, unit="block", file=sys.stderr, mininterval=10))


if __name__ == "__main__":
    with logged(snakemake):
        torch.set_num_threads(snakemake.threads)
        main(
            shards={split: paths(snakemake.input[split]) for split in ("train", "test")},
            features={split: Path(snakemake.output[split]) for split in ("train", "test")},
            explained=Path(snakemake.output.explained),
            weights=Path(snakemake.output.weights),
            components=snakemake.params.components,
            seed=snakemake.params.seed,
            device=choose_device(snakemake.config["run"]["device"]),
        )
