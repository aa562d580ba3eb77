"""Speed of sound quilts, batched, against the naive loop over clips (tests/naive_quilting.py).

Run `python tests/benchmarks/bench_quilting.py` for 2 threads of the CPU; `--device cuda` measures
the batched quilts on a CUDA device instead. Three naive clips are timed and the shortest of several
batched runs, so that the work of others on the machine weighs on neither more than on the other.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

import naive_quilting  # noqa: E402

from science import quilt_joins, quilt_order, quilting  # noqa: E402
from science.logmel import LogMelSettings  # noqa: E402

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
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
    return min(times[1:])


def naive_times_s(clips: torch.Tensor, segment_ms: int) -> tuple[float, float]:
    """Seconds per clip for the border levels and for order and joins, shortest of the clips."""
    plan = quilting.plan_segments(segment_ms)
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


def batched_times_s(
    clips: torch.Tensor, segment_ms: int, device: str, repeats: int
) -> tuple[float, float]:
    """Seconds per clip for order and joins alone and for everything, from clips in int16 on."""
    settings = LogMelSettings()
    ids = [f"clip{number}" for number in range(len(clips))]
    plan = quilting.plan_segments(segment_ms)
    source = clips[:, : plan.source_samples].to(device, torch.float32)
    levels = quilting._levels_at_borders(source, [plan], settings)
    starts = torch.zeros(len(clips), dtype=torch.int64, device=device)

    made = quilting._empty((len(clips), plan.quilt_samples), device)

    def order_and_joins() -> None:
        borders = quilt_order.border_levels(levels, plan.windows_per_segment, plan.segments)
        order = quilt_order.quilt_orders(*borders, starts)
        shifts = quilt_joins.segment_shifts(source, order, plan)
        quilt_joins.join_segments(source, order, shifts, plan, out=made)

    room = quilting.quilt_clips(clips, ids, [segment_ms], 0, device=device)

    def everything() -> None:
        quilting.quilt_clips(clips, ids, [segment_ms], 0, device=device, out=room)

    return (
        shortest_s(order_and_joins, device, repeats) / len(clips),
        shortest_s(everything, device, repeats) / len(clips),
    )


def print_ratios(clips: torch.Tensor, device: str, repeats: int) -> None:
    """A row for each segment length, and one for all six."""
    print(
        f"ms per clip; {len(clips)} clips at a time on {device}, {torch.get_num_threads()} threads"
    )
    print("segment  naive: levels  order+joins | batch: order+joins  ratio | all  ratio  clips/s")
    sums = np.zeros(4)
    for segment_ms in SEGMENTS_MS:
        naive = naive_times_s(clips[:3].cpu(), segment_ms)
        batched = batched_times_s(clips, segment_ms, device, repeats)
        times = np.array([*naive, *batched]) * 1000
        sums += times
        print_row(f"{segment_ms} ms", times, 1)
    print_row("all six", sums, len(SEGMENTS_MS))

    ids = [f"clip{number}" for number in range(len(clips))]
    room = quilting.quilt_clips(clips, ids, SEGMENTS_MS, 0, device=device)

    def six_at_once() -> None:
        quilting.quilt_clips(clips, ids, SEGMENTS_MS, 0, device=device, out=room)

    shared_ms = shortest_s(six_at_once, device, repeats) / len(clips) * 1000
    print(
        f"all six in one call, levels shared: {shared_ms:.2f} ms a clip, "
        f"{(sums[0] + sums[1]) / shared_ms:.1f} times the naive loop, "
        f"{6000 / shared_ms:.0f} quilts/s"
    )


def print_row(name: str, times_ms: np.ndarray, quilts: int) -> None:
    """One row of the table."""
    levels, joins, batched_joins, batched = times_ms
    naive_part = f"{name:>7}  {levels:13.2f}  {joins:11.2f}"
    joins_part = f"{batched_joins:18.2f} {joins / batched_joins:5.1f}x"
    all_part = f"{batched:.2f} {(levels + joins) / batched:5.1f}x {1000 * quilts / batched:7.0f}"
    print(f"{naive_part} | {joins_part} | {all_part}")


def print_growth(device: str) -> None:
    """Time for three numbers of clips, 64 in work at a time: it grows linearly."""
    for count in (32, 64, 128):
        clips = synthetic_clips(4).repeat(count // 4, 1)
        ids = [f"clip{number}" for number in range(count)]
        seconds = shortest_s(
            lambda clips=clips, ids=ids: quilting.quilt_clips(clips, ids, [200], 0, device=device),
            device,
            2,
        )
        print(f"{count} clips at 200 ms: {seconds:.3f} s, {count / seconds:.0f} clips/s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--clips", type=int, default=64)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    base = synthetic_clips(min(arguments.clips, 16))
    clips = base.repeat(-(-arguments.clips // len(base)), 1)[: arguments.clips]
    print_ratios(clips, arguments.device, arguments.repeats)
    print_growth(arguments.device)


if __name__ == "__main__":
    main()
