"""Log-Mel: the transform against torchaudio's, and the stage against decoding and transform alone.

Run on two threads: `python tests/benchmarks/bench_logmel.py`.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import torchaudio
from side_by_side import two_jobs

import compute_logmel
from science.sound.logmel import LogMel
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, iterate_clips, write_clip_shard

SETTINGS = LogMelSettings()
CORES = 2
SIZES = (128, 256, 512)
DIFFERENT_CLIPS = 64
ROUNDS = 3


def best_s(work: Callable[[], object], repeats: int = 7) -> float:
    """Shortest of several runs, in seconds."""
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def coloured_noise(clips: int) -> np.ndarray:
    """Clips [clips, samples] int16 that compress as recordings do."""
    rng = np.random.default_rng(0)
    steps = rng.normal(0, 300, (clips, SETTINGS.clip_samples))
    smooth = np.cumsum(steps, axis=1)
    smooth -= np.linspace(smooth[:, :1], smooth[:, -1:], smooth.shape[1], axis=1)[..., 0]
    return np.clip(smooth / 4 + steps, -32_000, 32_000).astype(np.int16)


def bench_transform() -> None:
    """Our transform and torchaudio's, in float32 on the same batch."""
    waveforms = torch.from_numpy(coloured_noise(16)).float()
    reference = torchaudio.transforms.MelSpectrogram(
        SETTINGS.sample_rate_hz,
        n_fft=SETTINGS.window_samples,
        win_length=SETTINGS.window_samples,
        hop_length=SETTINGS.hop_samples,
        f_max=SETTINGS.highest_hz,
        n_mels=SETTINGS.bands,
    )
    ours = LogMel()
    ours_s = best_s(lambda: ours(waveforms)) / len(waveforms)
    theirs_s = best_s(lambda: 10 * reference(waveforms).clamp(min=1e-10).log10()) / len(waveforms)
    print(f"log-Mel transform: {ours_s * 1e3:.2f} ms/clip, torchaudio {theirs_s * 1e3:.2f} ms/clip")
    print(f"  ratio to torchaudio: {theirs_s / ours_s:.2f}x")


def write_shard(path: Path, clips: int) -> None:
    """A clip shard as the fetching stage writes it; its sounds repeat after some."""
    sounds = [encode_flac(samples) for samples in coloured_noise(min(clips, DIFFERENT_CLIPS))]
    rows = []
    for number in range(clips):
        asked = AskedClip(f"clip{number:05d}_0.000", f"clip{number:05d}", 0.0, 10.0, ("/m/x",))
        rows.append(ClipRow.found(asked, "bench", sounds[number % len(sounds)]))
    write_clip_shard(path, rows)


def run_stage(shard: Path) -> None:
    """One job of the stage.

    All imports are done before the clock starts: they are Snakemake's and Python's, not the
    stage's, and the same for every rule. What a first job has to pay besides, it pays here too.
    """
    compute_logmel.main(shard, shard.with_suffix(".arrow"), {}, "cpu")


def decode(shard: Path) -> None:
    """Decoding alone."""
    for _ in iterate_clips(shard):
        pass


def transform(batch: torch.Tensor, clips: int) -> None:
    """The transform alone, of so many clips in batches that lie in memory as floats."""
    log_mel = LogMel()
    for _ in range(clips // len(batch)):
        log_mel(batch)


def alone_s(shard: Path, clips: int) -> tuple[float, float]:
    """Core-seconds per clip of decoding and of the transform, each on both cores.

    Each goes over as many clips as a job, twice: the best of many runs of a tenth of that would
    pick moments that no job can have throughout.
    """
    batch = torch.from_numpy(coloured_noise(16)).float()
    parts = [partial(decode, shard)] * 2 + [partial(transform, batch, clips)] * 2
    times, _ = two_jobs([parts] * CORES)
    return min(times[:2]) / clips, min(times[2:]) / clips


def bench_stage(folder: Path) -> None:
    """Two jobs side by side, as on two cores, for three sizes."""
    torch.set_num_threads(1)
    shards = {clips: folder / f"{clips}.parquet" for clips in SIZES}
    for clips, shard in shards.items():
        write_shard(shard, clips)
    # What else the machine does changes with the minute: both sides of the ratio are measured in
    # turn, and the best of each is taken.
    alone, stage = [], {clips: [] for clips in SIZES}
    for _ in range(ROUNDS):
        alone.append(alone_s(shards[SIZES[1]], SIZES[1]))
        for clips, shard in shards.items():
            copies = [shard.with_stem(f"{shard.stem}-{core}") for core in range(CORES)]
            for copy in copies:
                shutil.copy(shard, copy)
            (seconds,), peak = two_jobs([[partial(run_stage, copy)] for copy in copies])
            stage[clips].append((seconds, peak))
    decode_s, transform_s = (min(times) for times in zip(*alone, strict=True))
    allowed = CORES / (decode_s + transform_s)
    print(
        f"  alone on both cores, ms a clip and core: "
        f"decode {decode_s * 1e3:.2f} + transform {transform_s * 1e3:.2f}"
    )
    best = {clips: min(taken_s for taken_s, _ in runs) for clips, runs in stage.items()}
    for clips, taken_s in best.items():
        rate = CORES * clips / taken_s
        print(
            f"log-Mel stage, 2 jobs of {clips} clips on 2 cores: {rate:.0f} clips/s, "
            f"{rate / allowed:.0%} of decode + transform alone, "
            f"peak {max(peak_mb for _, peak_mb in stage[clips]):.0f} MB a job"
        )
    clip_s, job_s = np.polyfit(list(best), list(best.values()), 1)
    print(f"  straight line: {job_s * 1e3:.0f} ms a job + {clip_s * 1e3:.2f} ms a clip")


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    bench_transform()
    with tempfile.TemporaryDirectory() as folder:
        bench_stage(Path(folder))


if __name__ == "__main__":
    main()
