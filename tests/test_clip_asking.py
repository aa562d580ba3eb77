"""When a clip is asked for again, and what is said of it in the end, without any thread."""

import random

from sources.fetching.clip_asking import SETTLING_TRIES, TRIES_PER_WALL, Asking
from sources.fetching.retrying import Backoff
from sources.interface import ClipUnavailable
from storage.clips import AskedClip

CLIP = AskedClip("a_0.000", "a", 0.0, 10.0, ("/m/x",))
BACKOFF = Backoff(attempts=5, first_delay_s=1.0, longest_delay_s=4.0)


class Named:
    def __init__(self, name):
        self.name = name


def delays(asking, answer, sources=1):
    """The waits after the same answer again and again, until nobody is left."""
    generator = random.Random(0)
    waits = []
    while (wait_s := asking.delay_after_s(answer, sources, BACKOFF, generator)) is not None:
        waits.append(wait_s)
    return waits


def test_a_final_answer_sends_the_clip_to_the_next_source_at_once():
    asking = Asking(CLIP)
    assert delays(asking, ClipUnavailable("removed", "gone", passing=False), sources=3) == [0, 0]
    assert not asking.passing
    row = asking.missing_row([Named("one"), Named("two"), Named("three")])
    assert (row.status, row.source) == ("removed", "three")
    assert row.detail == "one: gone; two: gone; three: gone"


def test_a_passing_fault_is_tried_as_often_as_the_backoff_says_and_stays_passing():
    asking = Asking(CLIP)
    waits = delays(asking, ClipUnavailable("network", "reset", passing=True))
    assert len(waits) == BACKOFF.attempts - 1
    assert all(0 <= wait_s <= 4 for wait_s in waits)
    assert asking.passing


def test_a_fault_that_may_be_the_clips_own_settles_after_a_few_tries():
    asking = Asking(CLIP)
    garbled = ClipUnavailable("decode", "garbled", passing=True, settles=True)
    assert len(delays(asking, garbled)) == SETTLING_TRIES - 1
    assert not asking.passing


def test_walls_are_not_counted_as_tries_of_the_clip():
    asking = Asking(CLIP)
    wall = ClipUnavailable("bot_check", "sign in", passing=True, wall=True)
    assert len(delays(asking, wall)) == TRIES_PER_WALL * BACKOFF.attempts - 1

    asking, generator = Asking(CLIP), random.Random(0)
    asking.delay_after_s(wall, 1, BACKOFF, generator)
    assert len(delays(asking, ClipUnavailable("network", "reset", passing=True))) == 4


def test_a_refusal_that_may_be_the_clips_own_gets_the_tries_of_any_fault():
    asking = Asking(CLIP)
    forbidden = ClipUnavailable("network", "HTTP 403", passing=True, wall=True)
    assert len(delays(asking, forbidden)) == BACKOFF.attempts - 1
    assert asking.passing


def test_a_clip_is_not_given_up_while_its_host_is_away():
    asking = Asking(CLIP)
    away = ClipUnavailable("network", "refused", passing=True, unreachable=True)
    assert len(delays(asking, away)) == TRIES_PER_WALL * BACKOFF.attempts - 1
    assert asking.passing


def test_the_row_has_the_status_of_a_fault_that_may_pass():
    asking, generator = Asking(CLIP), random.Random(0)
    for _ in range(BACKOFF.attempts):
        asking.delay_after_s(ClipUnavailable("network", "x", passing=True), 2, BACKOFF, generator)
    gone = ClipUnavailable("removed", "y", passing=False)
    assert asking.delay_after_s(gone, 2, BACKOFF, generator) is None
    row = asking.missing_row([Named("one"), Named("two")])
    assert (row.status, row.source, row.detail) == ("network", "one", "one: x; two: y")
