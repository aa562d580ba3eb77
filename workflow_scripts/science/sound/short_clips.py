"""Clips shorter than what is heard of a clip: how they are filled up, and who has how many of them.

What fills a clip up is heard too: the network averages over time. Where clips of a category are
short more often than the others, so that they end in silence more often, a response to the category
may be one to that.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

ShortClips = Literal["pad", "repeat"]
# With less than this share of sound a clip is short; codecs lose some hundredths of a second.
WHOLE = 0.99


def fill(place: np.ndarray, samples: np.ndarray, short_clips: ShortClips = "pad") -> None:
    """Put a sound where one of a certain length is wanted; a longer one is cut.

    Args:
        place: [samples wanted], overwritten.
        samples: [samples], at least one.
        short_clips: What follows a sound that is too short: `pad`, silence; `repeat`, the sound
            again and again.

    Raises:
        ValueError: The choice is neither, or there is nothing to repeat.
    """
    own = min(len(samples), len(place))
    place[:own] = samples[:own]
    if short_clips == "pad":
        place[own:] = 0
    elif short_clips == "repeat" and own:
        # What is there doubles until all is filled; each copy begins where a repetition does.
        while own < len(place):
            more = min(own, len(place) - own)
            place[own : own + more] = place[:more]
            own += more
    else:
        raise ValueError(
            f"A clip of {own} samples cannot be filled up by {short_clips!r}; choose pad or repeat."
        )


def is_short(heard_s: np.ndarray, clip_s: float) -> np.ndarray:
    """Which clips were filled up: seconds of sound in each [clips] -> mask [clips].

    Args:
        heard_s: How many seconds of each clip were there.
        clip_s: How many are heard of a clip.
    """
    return np.asarray(heard_s, dtype=np.float64) < WHOLE * clip_s


def padded_shares(
    heard_s: np.ndarray, clip_s: float, category: np.ndarray, others: np.ndarray
) -> tuple[float, float]:
    """Share of the clips of a category, and of the others, that were filled up.

    Args:
        heard_s: How many seconds of each clip were there [clips].
        clip_s: How many are heard of a clip.
        category: Mask [clips] of the clips of the category.
        others: Mask [clips] of the clips without it.

    Returns:
        The two shares; NaN for a group without clips.
    """
    short = is_short(heard_s, clip_s)
    of_category, of_others = (
        float(short[group].mean()) if np.any(group) else np.nan for group in (category, others)
    )
    return of_category, of_others
