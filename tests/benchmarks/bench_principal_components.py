"""Time and memory of the principal components at three sizes, and against scikit-learn, 2 threads.

    python tests/benchmarks/bench_principal_components.py [--paper-size]

Without the flag the sizes are 500, 1,000 and 2,000 clips; with it a quarter, half and all of the
paper's 17,902, which take minutes. The corpus, clips of 64 x 802 float16 (1.8 GB at paper size),
is synthesised in a temporary folder, read through memory maps, and deleted. Each fit runs in a
process of its own, whose peak memory is given; of mapped pages, a shard's at most count in it.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import numpy as np
import torch
from sklearn.decomposition import PCA

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "workflow_scripts"))

from science.baselines.pca import fit_principal_components  # noqa: E402

THREADS = 2
PAPER_CLIPS, BANDS, FRAMES = 17_902, 64, 802
DIMENSIONS = BANDS * FRAMES
COMPONENTS = 256
SHARD_CLIPS = 256
SIZES = (500, 1000, 2000)
PAPER_SIZES = (PAPER_CLIPS // 4, PAPER_CLIPS // 2, PAPER_CLIPS)
EXACT_CLIPS = 1000


def synthesise(path: Path, clips: int) -> None:
    """Write decibels around 50 whose variances decay as those of log-Mels, with noise below."""
    generator = torch.Generator().manual_seed(0)
    strengths = 20 * torch.arange(1, 513) ** -0.9
    coarse = torch.randn((len(strengths), BANDS, FRAMES // 6 + 1), generator=generator)
    patterns = coarse.repeat_interleave(6, 2)[:, :, :FRAMES].flatten(1) * strengths[:, None]
    with path.open("wb") as file:
        for start in range(0, clips, 512):
            latent = torch.randn((min(512, clips - start), len(strengths)), generator=generator)
            values = torch.randn((len(latent), DIMENSIONS), generator=generator)
            values.mul_(5).addmm_(latent, patterns).add_(50)
            file.write(values.half().numpy().tobytes())


def shards(path: Path, clips: int) -> Iterator[torch.Tensor]:
    """Yield the corpus as the stage reads it, one memory map after the other."""
    for start in range(0, clips, SHARD_CLIPS):
        shape = (min(SHARD_CLIPS, clips - start), DIMENSIONS)
        # Copy on write: PyTorch wants arrays that could be written to.
        mapped = np.memmap(path, np.float16, "c", start * DIMENSIONS * 2, shape)
        yield torch.from_numpy(mapped)


def measure_fit(path: Path, clips: int) -> tuple[float, float, float]:
    """Fit and give seconds, peak resident MB (mapped pages included) and explained variance."""
    torch.set_num_threads(THREADS)
    start_s = perf_counter()
    generator = torch.Generator().manual_seed(1)
    fitted = fit_principal_components(lambda: shards(path, clips), COMPONENTS, generator)
    explained = float(fitted.explained_variance.sum() / fitted.total_variance)
    return perf_counter() - start_s, peak_mb(), explained


def measure_scikit_learn(path: Path, clips: int, solver: str) -> tuple[float, float, float]:
    """Fit scikit-learn's on a corpus that fits in memory: seconds, peak MB, explained variance."""
    corpus = torch.cat(list(shards(path, clips))).numpy().astype(np.float32)
    start_s = perf_counter()
    fitted = PCA(COMPONENTS, svd_solver=solver, random_state=0).fit(corpus)
    explained = float(fitted.explained_variance_ratio_.sum())
    return perf_counter() - start_s, peak_mb(), explained


def peak_mb() -> float:
    """Give this process's peak resident memory; getrusage would count that of the parent, too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def in_fresh_process(function, *arguments) -> tuple[float, float, float]:
    """Run a measurement where nothing before it counts towards its memory."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def report(what: str, clips: int, measured: tuple[float, float, float], baseline_s: float) -> None:
    time_s, memory_mb, explained = measured
    ratio = f"{baseline_s / time_s:.1f}" if baseline_s else ""
    rate = 1000 * time_s / clips
    print(
        f"{what:<28}{clips:>8}{time_s:>8.1f}{rate:>9.2f}{memory_mb:>9.0f}{explained:>10.5f}{ratio:>7}"
    )


def main() -> None:
    torch.set_num_threads(THREADS)
    sizes = PAPER_SIZES if "--paper-size" in sys.argv[1:] else SIZES
    stored = max(*sizes, EXACT_CLIPS)
    folder = Path(tempfile.mkdtemp(prefix="bench-principal-components-"))
    try:
        needed = stored * DIMENSIONS * 2
        if shutil.disk_usage(folder).free < 2 * needed:
            raise SystemExit(
                f"{folder} has less than {2 * needed / 1e9:.1f} GB free for the corpus."
            )
        path = folder / "corpus.float16"
        synthesise(path, stored)
        print(f"{COMPONENTS} principal components of {DIMENSIONS} dimensions, {THREADS} threads")
        print(
            f"{'':<28}{'clips':>8}{'s':>8}{'ms/clip':>9}{'peak MB':>9}{'explained':>10}{'ratio':>7}"
        )
        exact = in_fresh_process(measure_scikit_learn, path, EXACT_CLIPS, "full")
        report("scikit-learn, full", EXACT_CLIPS, exact, exact[0])
        sketched = in_fresh_process(measure_scikit_learn, path, EXACT_CLIPS, "randomized")
        report("scikit-learn, randomized", EXACT_CLIPS, sketched, exact[0])
        for clips in sorted({EXACT_CLIPS, *sizes}):
            measured = in_fresh_process(measure_fit, path, clips)
            report("fit_principal_components", clips, measured, exact[0] * (clips == EXACT_CLIPS))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
