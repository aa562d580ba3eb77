"""Random numbers that depend on names, never on a place in a list.

A generator for each thing that is drawn (an interval of one network, a permutation of one
category's labels) is what lets a seed, a condition or a category be added without a change to any
other number.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np


def named_generator(seed: int, *names: str | int) -> np.random.Generator:
    """A generator that follows from a seed and from names alone.

    Args:
        seed: The configuration's.
        *names: What is drawn, and for what: an analysis, a condition, the seed of a network. The
            order matters, and `1` and `"1"` are different names.
    """
    digest = hashlib.blake2b(json.dumps(names).encode(), digest_size=16).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "big")])
