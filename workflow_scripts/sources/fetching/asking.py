"""Asking sources for many clips at once: in parallel, in order of preference, again when it helps.

A clip waits for its next try in a queue, not in a thread, so that a server's long Retry-After for
one clip never holds up another.
"""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections.abc import Callable, Collection, Sequence

from sources.fetching.clip_asking import Asking
from sources.fetching.retrying import Backoff
from sources.interface import ClipSource, ClipUnavailable
from storage.clips import AskedClip, ClipRow

_LONGEST_NAP_S = 0.2


def ask_for_clips(
    clips: Collection[AskedClip],
    sources: Sequence[ClipSource],
    answered: Callable[[ClipRow, bool], None],
    *,
    threads: int,
    backoff: Backoff,
    seed: int = 0,
) -> None:
    """Ask for clips until each has an answer, and hand the answers over as they come.

    Args:
        clips: what to ask for.
        sources: whom to ask, the preferred one first.
        answered: is given each clip's row, and whether a missing one may be had another day. Called
            from the threads, several at once.
        threads: how many ask at the same time.
        backoff: how often a passing fault is retried, and the waits between.
        seed: for the order of asking and the jitter of the waits.

    Raises:
        SourceStopped: a source cannot be asked further; what was answered so far is handed over.
        Exception: the first mistake of a source or of `answered`.
    """
    _Queue(clips, sources, answered, backoff, seed).run(threads)


class _Queue:
    """Clips that wait for a try, those that may be tried soonest first."""

    def __init__(
        self,
        clips: Collection[AskedClip],
        sources: Sequence[ClipSource],
        answered: Callable[[ClipRow, bool], None],
        backoff: Backoff,
        seed: int,
    ) -> None:
        if not sources:
            raise ValueError("There is no source to ask for clips; name one in corpus.sources.")
        self._generator = random.Random(seed)
        # Neighbours in a table lie side by side in the mirror too; shuffled, the threads do not all
        # wait for the same part of it.
        shuffled = self._generator.sample(list(clips), len(clips))
        self._waiting = [(0.0, number, Asking(clip)) for number, clip in enumerate(shuffled)]
        self._left = len(self._waiting)
        self._sources = sources
        self._answered = answered
        self._backoff = backoff
        self._changed = threading.Condition()
        self._mistake: BaseException | None = None

    def run(self, threads: int) -> None:
        count = max(1, min(threads, self._left))
        # Daemons, so that an interrupt ends the process instead of waiting for slow servers.
        workers = [threading.Thread(target=self._work, daemon=True) for _ in range(count)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if self._mistake is not None:
            raise self._mistake

    def _work(self) -> None:
        try:
            while (next_one := self._next()) is not None:
                self._try(*next_one)
        except BaseException as error:
            with self._changed:
                self._mistake = self._mistake or error
                self._changed.notify_all()

    def _next(self) -> tuple[int, Asking] | None:
        with self._changed:
            while self._left and self._mistake is None:
                now_s = time.monotonic()
                if self._waiting and self._waiting[0][0] <= now_s:
                    _, number, asking = heapq.heappop(self._waiting)
                    return number, asking
                nap_s = self._waiting[0][0] - now_s if self._waiting else _LONGEST_NAP_S
                self._changed.wait(min(nap_s, _LONGEST_NAP_S))
            return None

    def _try(self, number: int, asking: Asking) -> None:
        try:
            row = self._sources[asking.source].fetch(asking.clip)
        except ClipUnavailable as unavailable:
            if self._waits(number, asking, unavailable):
                return
            row = asking.missing_row(self._sources)
        self._answered(row, row.status != "ok" and asking.passing)
        with self._changed:
            self._left -= 1
            self._changed.notify_all()

    def _waits(self, number: int, asking: Asking, unavailable: ClipUnavailable) -> bool:
        """Put a clip back that may be tried again; whether it may."""
        with self._changed:
            delay_s = asking.delay_after_s(
                unavailable, len(self._sources), self._backoff, self._generator
            )
            if delay_s is None:
                return False
            heapq.heappush(self._waiting, (time.monotonic() + delay_s, number, asking))
            self._changed.notify()
        return True
