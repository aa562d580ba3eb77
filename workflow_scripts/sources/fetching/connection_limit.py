"""A limit on simultaneous connections that holds across threads, processes and workflows.

The limit is a folder of empty files, one for each connection allowed; to hold a connection is to
hold the exclusive lock (flock) on one of them. The kernel drops a lock with the process that held
it, so a killed job never leaves a slot taken. All users of one folder must share a file system on
which flock is honoured (local disks, NFSv4; on a cluster's other file systems each node has a
limit of its own).
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FIRST_POLL_S = 0.005
_LONGEST_POLL_S = 0.1


class ConnectionLimit:
    """At most `connections` holders at any time, whoever they are.

    Args:
        folder: where the lock files lie; made when absent.
        connections: how many may be held at once, at least 1. A process that asks for fewer than
            another uses only the first of the slots.
    """

    def __init__(self, folder: Path, connections: int) -> None:
        if connections < 1:
            raise ValueError(f"ConnectionLimit: connections must be at least 1, not {connections}.")
        self._slots = [Path(folder) / f"connection-{number:03d}" for number in range(connections)]
        Path(folder).mkdir(parents=True, exist_ok=True)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Hold one connection for the length of the block; waits until one is free."""
        descriptor = self._wait_for_slot()
        try:
            yield
        finally:
            os.close(descriptor)

    def _wait_for_slot(self) -> int:
        # Starting at different slots keeps many waiting threads from trying the same one.
        first = (os.getpid() + threading.get_ident()) % len(self._slots)
        order = self._slots[first:] + self._slots[:first]
        poll_s = _FIRST_POLL_S
        while True:
            for slot in order:
                descriptor = try_lock(slot)
                if descriptor is not None:
                    return descriptor
            time.sleep(poll_s)
            poll_s = min(2 * poll_s, _LONGEST_POLL_S)


def try_lock(path: Path) -> int | None:
    """Take the exclusive lock on a file if it is free: an open descriptor, or None.

    Closing the descriptor gives the lock back.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the exclusive lock on a file for the length of the block; waits until it is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Pace:
    """At least `interval_s` between two starts, whoever starts: threads, processes, workflows.

    Args:
        path: a file that holds when the next start is allowed, in POSIX seconds.
        interval_s: the least time between two starts.
        sleep: waits; replaced in tests.
        clock: the time in POSIX seconds, the same for all processes.
    """

    def __init__(
        self,
        path: Path,
        interval_s: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        self._interval_s = interval_s
        self._sleep = sleep
        self._clock = clock

    def wait(self) -> None:
        """Return when the next start is allowed, and count it as done."""
        if self._interval_s <= 0:
            return
        with locked(self._path.with_suffix(".lock")):
            now_s = self._clock()
            start_s = max(now_s, self._next_start_s(now_s))
            self._path.write_text(f"{start_s + self._interval_s:.3f}", encoding="utf-8")
        self._sleep(start_s - now_s)

    def _next_start_s(self, now_s: float) -> float:
        try:
            next_s = float(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return now_s
        # A clock that was set back, or a queue of jobs that were killed, must not stop us for long.
        return next_s if next_s - now_s < 100 * self._interval_s else now_s
