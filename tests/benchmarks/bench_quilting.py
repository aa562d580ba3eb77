"""Speed of sound quilts, batched, against the naive loop over clips (tests/naive_quilting.py).

Run `python tests/benchmarks/bench_quilting.py` for two cores. As in the workflow, a job has one
thread and two jobs run side by side; `--device cuda` measures the batched quilts on a CUDA device
instead. Three naive clips are timed and the shortest of several batched runs, so that the work of
others on the machine weighs on neither more than on the other.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

import naive_quilting  # noqa: E402
from side_by_side import two_jobs  # noqa: E402

import compute_logmel  # noqa: E402
import make_quilts  # noqa: E402
from science.quilts import joins as quilt_joins  # noqa: E402
from science.quilts import order as quilt_order  # noqa: E402
from science.quilts import quilting  # noqa: E402
from science.quilts.segments import Segmentation, cut_into_segments  # noqa: E402
from science.sound.logmel import LogMel  # noqa: E402
from science.sound.settings import LogMelSettings  # noqa: E402
from science.sound.waveforms import encode_flac  # noqa: E402
from storage.clips import AskedClip, ClipRow, write_clip_shard  # noqa: E402

SEGMENTS_MS = (50, 100, 200, 400, 800, 1600)


def synthetic_clips(count: int, seed: int = 0) -> torch.Tensor:
    """[count, 220,500] int16: chords and noise, switched and swelling a few times a second."""
    generator = np.random.default_rng(seed)
    time_s = np.arange(220_500) / 22_050
    clips = []
    for _ in range(count):
        clip = generator.normal(0, 300, time_s.size)
        for _ in range(4):
            envelope = np.repeat(generator.random(50) ** 2, time_s.size // 50)
            clip += 4000 * envelope * np.sin(2 * np.pi * generator.uniform(80, 2000) * time_s)
        clips.append(np.clip(np.rint(clip), -32768, 32767).astype(np.int16))
    return torch.from_numpy(np.stack(clips))


def shortest_s(work: Callable[[], object], device: str, repeats: int) -> float:
    """The shortest wall time of `work` over some runs, after one that is not counted."""
    times = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        work()
        if device.startswith("cuda"):
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def side_by_side_s(work: Callable[[], object], repeats: int) -> float:
    """The shortest wall time in which two processes, begun together, do `work` each."""
    context = multiprocessing.get_context("fork")
    barrier, measured = context.Barrier(2), context.SimpleQueue()

    def job() -> None:
        work()
        times = []
        for _ in range(repeats):
            barrier.wait()
            begin = time.perf_counter()
            work()
            times.append(time.perf_counter() - begin)
        measured.put(times)

    jobs = [context.Process(target=job) for _ in range(2)]
    for process in jobs:
        process.start()
    times = [measured.get() for _ in jobs]
    for process in jobs:
        process.join()
    return min(max(pair) for pair in zip(*times, strict=True))


def naive_times_s(clips: torch.Tensor, segment_ms: int) -> tuple[float, float]:
    """Seconds per clip for the border levels and for order and joins, shortest of the clips."""
    plan = cut_into_segments(segment_ms)
    bands = naive_quilting.naive_bands()
    windows = plan.windows_per_segment
    times = []
    for clip in clips.double().numpy():
        begin = time.perf_counter()
        levels = naive_quilting.naive_levels(clip, windows, plan.segments, bands)
        levelled = time.perf_counter()
        order = naive_quilting.naive_order(levels, windows, plan.segments, 0, "overath")
        naive_quilting.naive_joins(clip, order, plan.segment_samples)
        times.append((levelled - begin, time.perf_counter() - levelled))
    return tuple(np.min(times, axis=0))


def join_all(
    source: torch.Tensor,
    order: torch.Tensor,
    shifts: torch.Tensor,
    plan: Segmentation,
    room: torch.Tensor,
) -> None:
    """Join the quilts of all clips, some at a time, so that they stay in the cache."""
    joiner = quilt_joins.SegmentJoiner(source, order, shifts, plan)
    for first in range(0, len(source), 16):
        clips = slice(first, first + 16)
        joiner.join(clips, room[clips])


def quilts_of(clips: torch.Tensor, segments_ms: Sequence[int], device: str) -> Callable[[], None]:
    """The work of making all quilts of clips in int16, in memory that is had beforehand."""
    ids = [f"clip{number}" for number in range(len(clips))]
    plans = [cut_into_segments(segment_ms) for segment_ms in segments_ms]
    source = quilting.empty_memory((len(clips), plans[0].source_samples), device)
    room = quilting.empty_memory((len(clips), plans[0].quilt_samples), device)

    def work() -> None:
        quilting.fill_source(source, clips)
        arranged = quilting.arrange_quilts(source, ids, plans, 0, "overath", LogMelSettings())
        for plan, of_length in zip(plans, arranged, strict=True):
            join_all(source, *of_length, plan, room)

    return work


def batched_works(
    clips: torch.Tensor, segment_ms: int, device: str
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Order and joins alone, and everything from clips in int16 on, to be timed."""
    settings = LogMelSettings()
    plan = cut_into_segments(segment_ms)
    source = clips[:, : plan.source_samples].to(device, torch.float32)
    levels = quilting._levels_at_borders(source, [plan], settings)
    starts = torch.zeros(len(clips), dtype=torch.int64, device=device)
    made = quilting.empty_memory((len(clips), plan.quilt_samples), device)

    def order_and_joins() -> None:
        borders = quilt_order.border_levels(levels, plan.windows_per_segment, plan.segments)
        order = quilt_order.quilt_orders(*borders, starts)
        (shifts,) = quilt_joins.segment_shifts(source, [order], [plan])
        join_all(source, order, shifts, plan, made)

    return order_and_joins, quilts_of(clips, [segment_ms], device)


def batched_times_s(work: Callable[[], object], clips: int, device: str, repeats: int) -> list:
    """Seconds per clip of one job alone, and of two side by side (of one on a CUDA device)."""
    alone_s = shortest_s(work, device, repeats) / clips
    if device.startswith("cuda"):
        return [alone_s, alone_s]
    return [alone_s, side_by_side_s(work, repeats) / (2 * clips)]


def print_ratios(clips: torch.Tensor, device: str, repeats: int) -> None:
    """A row for each segment length, and one for all six."""
    print(
        f"ms per clip; {len(clips)} clips at a time on {device}, one thread a job; the naive loop "
        f"is one job\n"
        f"{'order+joins, batched':>58}{'everything, batched':>32}\n"
        f"segment  naive: levels    joins | one job  ratio   two jobs   ratio | two jobs   ratio"
    )
    sums = np.zeros(5)
    for segment_ms in SEGMENTS_MS:
        naive = naive_times_s(clips[:3].cpu(), segment_ms)
        joins, everything = batched_works(clips, segment_ms, device)
        joins_s = batched_times_s(joins, len(clips), device, repeats)
        all_s = batched_times_s(everything, len(clips), device, repeats)[1]
        times = np.array([*naive, *joins_s, all_s]) * 1000
        sums += times
        print_row(f"{segment_ms} ms", times)
    print_row("all six", sums)

    naive_ms = sums[0] + sums[1]
    alone_ms, jobs_ms = 1000 * np.array(
        batched_times_s(quilts_of(clips, SEGMENTS_MS, device), len(clips), device, repeats)
    )
    print(
        f"all six in one call, levels shared: one job {alone_ms:.2f} ms a clip, "
        f"{naive_ms / alone_ms:.1f}x the naive loop; two jobs {jobs_ms:.2f} ms, "
        f"{naive_ms / jobs_ms:.1f}x, {6000 / jobs_ms:.0f} quilts/s"
    )


def print_row(name: str, times_ms: np.ndarray) -> None:
    """One row of the table."""
    levels, joins, alone, jobs, everything = times_ms
    print(
        f"{name:>7}  {levels:13.2f}  {joins:7.2f} | {alone:7.2f} {joins / alone:5.1f}x  "
        f"{jobs:9.2f}  {joins / jobs:5.1f}x | {everything:8.2f}  "
        f"{(levels + joins) / everything:5.1f}x"
    )


def write_shard(path: Path, clips: torch.Tensor) -> None:
    """A clip shard as the fetching stage writes it."""
    rows = []
    for number, samples in enumerate(clips.numpy()):
        asked = AskedClip(f"clip{number:05d}_0.000", f"clip{number:05d}", 0.0, 10.0, ("/m/x",))
        rows.append(ClipRow.found(asked, "bench", encode_flac(samples)))
    write_clip_shard(path, rows)


def run_stage(shard: Path) -> None:
    """One job of the stage: six quilts of each clip, the original, and the log-Mels of all."""
    quilted = [shard.with_suffix(f".{segment_ms}.arrow") for segment_ms in SEGMENTS_MS]
    quilts = {"segments_ms": SEGMENTS_MS, "ordering": "overath", "quilted_s": 8.0}
    natural, original = shard.with_suffix(".arrow"), shard.with_suffix(".original.arrow")
    make_quilts.main(shard, natural, quilted, original, {}, quilts, 0, "cpu")


def transform_stimuli(clips: torch.Tensor, count: int) -> None:
    """The log-Mel alone of as many stimuli as a job of so many clips has, whole clips each."""
    transform = LogMel()
    for _ in range(count * (len(SEGMENTS_MS) + 1) // len(clips)):
        transform(clips)


def print_stage(rounds: int) -> None:
    """Two jobs side by side, as on two cores, for three sizes: linear time, flat memory."""
    clips = synthetic_clips(16)
    alone: list[float] = []
    stage: dict[int, list[tuple[float, float]]] = {count: [] for count in (128, 256, 512)}
    with tempfile.TemporaryDirectory() as folder:
        shards = {
            count: [Path(folder) / f"{count}-{job}.parquet" for job in (0, 1)] for count in stage
        }
        for count, of_jobs in shards.items():
            for shard in of_jobs:
                write_shard(shard, clips.repeat(count // len(clips), 1))
                with contextlib.redirect_stderr(io.StringIO()):
                    compute_logmel.main(shard, shard.with_suffix(".arrow"), {}, "cpu")
        # What else the machine does changes with the minute: both sides of the ratio are measured
        # in turn, and the best of each is taken.
        for _ in range(rounds):
            transform = partial(transform_stimuli, clips.float(), 64)
            (_, seconds), _ = two_jobs([[transform, transform]] * 2)
            alone.append(seconds / 64)
            for count, (one, other) in shards.items():
                (seconds,), peak = two_jobs(
                    [[partial(run_stage, one)], [partial(run_stage, other)]]
                )
                stage[count].append((seconds, peak))
    print(
        f"log-Mel alone of a clip's {len(SEGMENTS_MS) + 1} stimuli, 2 jobs side by side: "
        f"{2 / min(alone):.1f} clips/s, {min(alone) * 1e3:.1f} ms a clip and core"
    )
    for count, runs in stage.items():
        seconds = min(seconds for seconds, _ in runs)
        print(
            f"quilt stage, 2 jobs of {count} clips: {2 * count / seconds:.1f} clips/s, "
            f"{seconds / count * 1e3:.1f} ms a clip and core, "
            f"{count * min(alone) / seconds:.0%} of the log-Mel alone, "
            f"peak {max(peak for _, peak in runs):.0f} MB a job"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--part", choices=("ratios", "stage"), help="by default both")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.part != "stage":
        base = synthetic_clips(min(arguments.clips, 16))
        clips = base.repeat(-(-arguments.clips // len(base)), 1)[: arguments.clips]
        print_ratios(clips, arguments.device, arguments.repeats)
    if arguments.part != "ratios" and arguments.device == "cpu":
        print_stage(arguments.repeats)


if __name__ == "__main__":
    main()
