"""Log-Mel: the transform against torchaudio's, and the stage against decoding and transform alone.

Run on two threads: `python tests/benchmarks/bench_logmel.py`.
"""

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow_scripts"))

import torchaudio

import compute_logmel
from science.logmel import LogMel, LogMelSettings
from science.waveforms import encode_flac
from storage.clip_shards import AskedClip, ClipRow, iterate_clips, write_clip_shard

SETTINGS = LogMelSettings()
REPEATS = 7


def best_s(work: Callable[[], object]) -> float:
    """Shortest of several runs, in seconds."""
    work()
    times = []
    for _ in range(REPEATS):
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
    """A clip shard as the fetching stage writes it."""
    rows = []
    for number, samples in enumerate(coloured_noise(clips)):
        asked = AskedClip(f"clip{number:05d}_0.000", f"clip{number:05d}", 0.0, 10.0, ("/m/x",))
        rows.append(ClipRow.found(asked, "bench", encode_flac(samples)))
    write_clip_shard(path, rows)


def run_stage(shard: Path, output: Path) -> None:
    """One job of the stage on one thread, in a process that has imported all it needs."""
    torch.set_num_threads(1)
    sys.stderr = open("/dev/null", "w")  # noqa: SIM115 (for the life of the process)
    compute_logmel.main(shard, output, {}, "cpu")


def alone_s(shard: Path, clips: int) -> float:
    """Core-seconds per clip of decoding and of the transform, measured one after the other."""
    torch.set_num_threads(1)
    waveforms = torch.from_numpy(coloured_noise(16)).float()
    transform = LogMel()
    decode_s = best_s(lambda: [samples for _, samples in iterate_clips(shard)]) / clips
    transform_s = best_s(lambda: transform(waveforms)) / len(waveforms)
    print(f"  alone, per core: decode {decode_s * 1e3:.2f} + transform {transform_s * 1e3:.2f} ms")
    return decode_s + transform_s


def bench_stage(folder: Path) -> None:
    """Two jobs side by side, as on two cores, for three sizes."""
    context = multiprocessing.get_context("fork")
    sizes = (64, 128, 256)
    allowed = None
    for clips in sizes:
        shards = [folder / f"{clips}-{part}.parquet" for part in (0, 1)]
        for shard in shards:
            write_shard(shard, clips)
        if allowed is None:
            allowed = 2 / alone_s(shards[0], clips)
            torch.set_num_threads(1)
        times = []
        for _ in range(3):
            jobs = [
                context.Process(target=run_stage, args=(shard, shard.with_suffix(".arrow")))
                for shard in shards
            ]
            start = time.perf_counter()
            for job in jobs:
                job.start()
            for job in jobs:
                job.join()
            times.append(time.perf_counter() - start)
        rate = 2 * clips / min(times)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"log-Mel stage, {2 * clips} clips on 2 cores: {rate:.0f} clips/s, "
            f"{rate / allowed:.0%} of decode + transform alone, peak {peak:.0f} MB a job"
        )


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    bench_transform()
    with tempfile.TemporaryDirectory() as folder:
        bench_stage(Path(folder))


if __name__ == "__main__":
    main()
