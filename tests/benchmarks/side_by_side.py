"""Two jobs side by side, as Snakemake runs them on two cores: each a new process on one thread."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path

import torch
from threadpoolctl import threadpool_limits


def run_jobs(works: Sequence[Callable[[], None]], ready: Barrier, measured: Queue) -> None:
    """Some works one after the other, on one thread, in a process that has imported all it needs.

    Each begins when the other job and the clock are ready, too.
    """
    torch.set_num_threads(1)
    # As Snakemake limits a job's libraries: NumPy's would else work on the other job's core, too.
    threadpool_limits(1)
    gc.freeze()  # as plumbing.job does
    sys.stderr = open("/dev/null", "w", encoding="utf-8")  # noqa: SIM115 (for the life of the process)
    for work in works:
        ready.wait()
        work()
        ready.wait()
        measured.put(peak_mb())


def peak_mb() -> float:
    """This process's peak resident memory; getrusage would count that of the parent, too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def two_jobs(works: Sequence[Sequence[Callable[[], None]]]) -> tuple[list[float], float]:
    """Seconds in which two new processes do each pair of works, and the larger peak in MB."""
    context = multiprocessing.get_context("spawn")
    ready, measured = context.Barrier(len(works) + 1), context.Queue()
    jobs = [context.Process(target=run_jobs, args=(own, ready, measured)) for own in works]
    for job in jobs:
        job.start()
    times, peaks = [], []
    for _ in works[0]:
        os.sync()  # Files written before would be paid for in this work's own syncing.
        ready.wait()
        begin = time.perf_counter()
        ready.wait()
        times.append(time.perf_counter() - begin)
        peaks += [measured.get() for _ in jobs]
    for job in jobs:
        job.join()
        if job.exitcode:
            raise RuntimeError("a job failed")
    return times, max(peaks)
