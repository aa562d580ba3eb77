"""What to do when a site refuses everything: pause, try again, then stop and say what helps.

A bot check or a run of 429s says nothing about the clips it hits: every clip after them meets the
same. Jobs that share a wall (threads, processes, workflows) share the count, the pause and the
stop, in a small file under a lock, so that together they ask only a few times.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from sources.fetching.connection_limit import locked
from sources.interface import SourceStopped

_LONGEST_NAP_S = 1.0


@dataclass(frozen=True)
class _State:
    """What is known of the wall: refusals since the last proper answer, pauses, and the end."""

    in_a_row: int = 0
    pauses: int = 0
    paused_until_s: float = 0.0
    stopped_at_s: float = 0.0
    detail: str = ""


class Wall:
    """A count of refusals in a row, shared through a file.

    Args:
        path: the file; one for each site and way of asking.
        refusals: how many refusals in a row make a pause.
        pause_s: how long it lasts.
        pauses: how many pauses without one proper answer before the stop.
        told: what happened, the beginning of the message of `SourceStopped`.
        advice: what a person can do, the end of the message of `SourceStopped`.
        sleep: waits; replaced in tests.
        clock: the time in POSIX seconds, the same for all processes.
    """

    def __init__(
        self,
        path: Path,
        *,
        refusals: int = 5,
        pause_s: float = 600.0,
        pauses: int = 2,
        told: str = "Every clip was refused",
        advice: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = Path(path)
        self._refusals = refusals
        self._pause_s = pause_s
        self._pauses = pauses
        self._told = told
        self._advice = advice
        self._sleep = sleep
        self._clock = clock

    def wait(self) -> None:
        """Return when asking is allowed.

        Raises:
            SourceStopped: the site has refused everything through all pauses. A stop is forgotten
                after another `pause_s`, so that a later run asks again.
        """
        while True:
            state, now_s = self._read(), self._clock()
            if 0 <= now_s - state.stopped_at_s < self._pause_s:
                raise SourceStopped(self._message(state))
            left_s = min(state.paused_until_s - now_s, self._pause_s)
            if left_s <= 0:
                return
            self._sleep(min(left_s, _LONGEST_NAP_S))

    def refused(self, detail: str) -> None:
        """Count a refusal; the last one allowed begins a pause or, after the last, the stop."""
        with locked(self._lock_path()):
            state, now_s = self._read(), self._clock()
            if now_s < state.paused_until_s or 0 <= now_s - state.stopped_at_s < self._pause_s:
                # Asked before the pause began, answered in it.
                return
            state = replace(state, in_a_row=state.in_a_row + 1, detail=detail)
            if state.in_a_row >= self._refusals and state.pauses >= self._pauses:
                state = _State(stopped_at_s=now_s, detail=detail)
            elif state.in_a_row >= self._refusals:
                state = replace(
                    state,
                    in_a_row=0,
                    pauses=state.pauses + 1,
                    paused_until_s=now_s + self._pause_s,
                )
                logging.warning(
                    "%s (%s); all jobs pause for %.0f s", self._told, detail, self._pause_s
                )
            self._write(state)

    def answered(self) -> None:
        """Note a proper answer, be it that the clip is gone: the site does talk to us."""
        if self._read() != _State():
            with locked(self._lock_path()):
                if self._clock() >= self._read().paused_until_s:
                    self._write(_State())

    def _message(self, state: _State) -> str:
        return (
            f"{self._told.rstrip(',')}, through {self._pauses} pauses of {self._pause_s:.0f} s "
            f"({state.detail}). Nothing was marked as missing for it and all that was fetched is "
            f"kept. {self._advice}"
        ).strip()

    def _lock_path(self) -> Path:
        return self._path.with_suffix(".lock")

    def _read(self) -> _State:
        try:
            return _State(**json.loads(self._path.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            # Absent before the first refusal; anything else is a count lost to a power cut.
            return _State()

    def _write(self, state: _State) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps(asdict(state)), encoding="utf-8")
        beside.replace(self._path)
