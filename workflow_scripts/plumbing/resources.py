"""Memory and time that the jobs of a rule ask for: more with each try of a job that was killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable


def growing(first: int, of_input: float = 0.0) -> Callable[..., int]:
    """A resource of a rule, `mem_mb` or `runtime`, that doubles with each try.

    On a cluster a job that took too much is killed, and would be killed in the same place again.
    On one machine nothing is limited by it, unless `--resources mem_mb=…` says so.

    Args:
        first: What the first try asks for, in MB or minutes. Memory contains what two processes of
            Snakemake take around a script on a cluster.
        of_input: Further MB for each MB of the input, where files are mapped or copied as a whole.

    Returns:
        A function for `resources:`. While the input is still to be made, Snakemake waits.
    """

    def of_try(wildcards: object, attempt: int) -> int:
        return first * 2 ** (attempt - 1)

    def of_try_and_input(wildcards: object, input: Iterable[str], attempt: int) -> int:  # noqa: A002
        # Not `input.size_mb`, which takes half a second for a thousand files.
        size_mb = sum(os.stat(file).st_size for file in input) / 1e6
        return round(first + of_input * size_mb) * 2 ** (attempt - 1)

    return of_try_and_input if of_input else of_try
