"""One clip on its way through the sources: what each said, and when it may be asked again."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sources.fetching.retrying import Backoff
from sources.interface import ClipSource, ClipUnavailable
from storage.clips import AskedClip, ClipRow

# A fault that may be the clip's own (a garbled file) counts as final after so many tries.
SETTLING_TRIES = 3
# A wall is the site's business, not the clip's: it gets many more tries, held back by the wall.
# Where it may be the clip's all the same (a 403), it gets as many as any fault.
TRIES_PER_WALL = 10


@dataclass
class Asking:
    """One clip on its way through the sources.

    Attributes:
        clip: what is asked for.
        source: which source is asked, by its place in the order.
        tries: how often it has been asked.
        walls: how often it answered with a wall.
        answers: what each source said last, by its place.
    """

    clip: AskedClip
    source: int = 0
    tries: int = 0
    walls: int = 0
    answers: dict[int, ClipUnavailable] = field(default_factory=dict)

    @property
    def passing(self) -> bool:
        """Whether some source may still give the clip another day."""
        return any(answer.passing for answer in self.answers.values())

    def missing_row(self, sources: Sequence[ClipSource]) -> ClipRow:
        """Return the clip's row once every source has said no.

        The status is that of a passing fault if there is one, else the last source's, for it says
        most about a clip; the detail holds what each said.
        """
        places = sorted(self.answers)
        deciding = next((p for p in places if self.answers[p].passing), places[-1])
        said = [f"{sources[p].name}: {self.answers[p].detail}" for p in places]
        row_source = sources[deciding].name
        return ClipRow.failed(self.clip, row_source, self.answers[deciding].status, "; ".join(said))

    def delay_after_s(
        self, unavailable: ClipUnavailable, sources: int, backoff: Backoff, generator: random.Random
    ) -> float | None:
        """Take in that the clip could not be had, and go on to the next source where that is it.

        Args:
            unavailable: what the source said.
            sources: how many sources there are.
            backoff: how often a passing fault is retried, and the waits between.
            generator: for the jitter of the waits.

        Returns:
            Seconds until the next try, here or at the next source; None when nobody is left.
        """
        self.tries += 1
        self.walls += _concerns_all(unavailable)
        if unavailable.passing and self._may_try_again(unavailable, backoff):
            return backoff.delay_s(self.tries, generator, unavailable.retry_after_s)
        settled = unavailable.passing and unavailable.settles
        self.answers[self.source] = _final(unavailable) if settled else unavailable
        self.source, self.tries, self.walls = self.source + 1, 0, 0
        return 0.0 if self.source < sources else None

    def _may_try_again(self, unavailable: ClipUnavailable, backoff: Backoff) -> bool:
        if unavailable.settles:
            return self.tries < min(SETTLING_TRIES, backoff.attempts)
        if _concerns_all(unavailable):
            return self.walls < TRIES_PER_WALL * backoff.attempts
        return self.tries - self.walls < backoff.attempts


def _concerns_all(unavailable: ClipUnavailable) -> bool:
    return unavailable.unreachable or (unavailable.wall and unavailable.status != "network")


def _final(unavailable: ClipUnavailable) -> ClipUnavailable:
    return ClipUnavailable(unavailable.status, unavailable.detail, passing=False)
