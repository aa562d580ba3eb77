"""What became of the clips of a job: a line in its log for each that is missing, and the sum."""

from __future__ import annotations

import logging
import sys
import threading
from collections import Counter
from typing import Self

from tqdm import tqdm

from storage.clips import ClipRow


class Account:
    """The account of a job; use it as a context manager, which logs the sum after a failure too.

    Args:
        clips: how many rows there will be.
    """

    def __init__(self, clips: int) -> None:
        self._bar = tqdm(total=clips, file=sys.stderr, mininterval=10)
        self._statuses: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(self, row: ClipRow) -> None:
        """Take in one row; called from several threads."""
        with self._lock:
            self._bar.update()
            self._statuses[f"ok from {row.source}" if row.status == "ok" else row.status] += 1
        if row.status != "ok":
            logging.warning("%s: %s (%s)", row.clip_id, row.status, row.detail)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Log the sum."""
        self._bar.close()
        counts = (f"{number} {status}" for status, number in self._statuses.most_common())
        logging.info(", ".join(counts))
