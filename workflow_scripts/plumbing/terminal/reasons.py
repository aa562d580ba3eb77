"""Why a job would run, in plain words, from what Snakemake found out about it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snakemake.dag import DAG
    from snakemake.jobs import Job, Reason
    from snakemake.persistence import Persistence

FOLLOWS = "what it depends on is made again"
NEVER_RUN = "never run"
# The parameter that holds the digest of a rule's code, and what such a digest looks like.
CODE = "code"
DIGEST = re.compile(r"[0-9a-f]{16,}")
MOST_SHOWN = 3
LONGEST_VALUE = 40


def done_jobs(dag: DAG) -> list[Job]:
    """The jobs that have nothing to do again; rules without a message, the targets, are none."""
    return [job for job in dag.jobs if job.rule.message and not dag.needrun(job)]


def reasons_of(
    job: Job, reason: Reason, persistence: Persistence, can_be_forced: bool = False
) -> list[str]:
    """Why a job would run; what follows from other jobs is named only where there is no more.

    Args:
        job: The job.
        reason: What Snakemake found out.
        persistence: Snakemake's memory of what made the files that are there.
        can_be_forced: Whether the person at the terminal forces any job.
    """
    words = []
    # With rerun-incomplete, as in our profile, Snakemake forces what was cut off.
    cut_off = bool(reason.incomplete_output) or (reason.forced and not can_be_forced)
    if cut_off:
        words.append("incomplete")
    elif reason.forced:
        words.append("asked for with --force")
    elif reason.missing_output:
        known = any(persistence.metadata(path) for path in reason.missing_output)
        words.append(f"removed: {_first(reason.missing_output)}" if known else NEVER_RUN)
    if newer := reason.updated_input - reason.updated_input_run:
        words.append(f"newer input: {_first(newer)}")
    if reason.params_changed and not reason.missing_output:
        change = reason.params_changed
        words += changed_params(dict(job.params.items()), change.only_old, change.only_new)
    if reason.code_changed:
        words.append("code changed")
    # Other networks or clips change a rule's inputs; that is told where the inputs are made.
    if reason.input_changed and not reason.missing_output:
        words.append("other inputs than the last time")
    if reason.software_stack_changed:
        words.append("environment changed")
    return words or [FOLLOWS]


def changed_params(
    params: Mapping[str, Any], only_old: Iterable[str], only_new: Iterable[str]
) -> list[str]:
    """Which options of a job have changed, and whether its code has.

    Args:
        params: What the job is given now, by name.
        only_old: As Snakemake keeps them (`repr`, without names), the values that are given no
            more.
        only_new: Likewise, those that were not given before.
    """
    before, new = [_value(text) for text in sorted(only_old)], set(only_new)
    words = []
    for name, value in sorted(params.items(), key=lambda item: item[0] != CODE):
        if repr(value) not in new:
            continue
        old = _like(value, before)
        if old is not _UNKNOWN:
            before.remove(old)
        if name == CODE:
            words.append("code changed")
        else:
            words += _differences(name, old, value)
    words = words or ["an option was removed"]
    more = len(words) - MOST_SHOWN
    return words if more <= 0 else [*words[:MOST_SHOWN], f"{more} more options"]


def told_of_stage(reasons: Iterable[Iterable[str]]) -> str:
    """Why the jobs of one stage would run, with how many where they have several reasons.

    Args:
        reasons: Those of each job.
    """
    jobs = [list(of_job) for of_job in reasons]
    counts = Counter(word for of_job in jobs for word in of_job)
    if all(number == len(jobs) for number in counts.values()):
        return "; ".join(counts)
    # Names of files differ from job to job; the first stands for all.
    kinds: dict[str, list[str]] = {}
    for word in counts:
        kinds.setdefault(word.partition(":")[0], []).append(word)
    told = []
    for words in kinds.values():
        number = sum(counts[word] for word in words)
        more = " …" if len(words) > 1 and not words[0].endswith("…") else ""
        told.append(f"{words[0]}{more}" if number == len(jobs) else f"{number} {words[0]}{more}")
    more = len(told) - MOST_SHOWN
    return "; ".join(told if more <= 0 else [*told[:MOST_SHOWN], "…"])


_UNKNOWN = object()


def _value(text: str) -> Any:
    """A value from its `repr`, or that text where it is none of Python's plain ones."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return text


def _like(value: Any, before: Iterable[Any]) -> Any:
    """The former value that can only be this one's; unknown where there is none, or several."""
    alike = [old for old in before if _same_kind(old, value)]
    if isinstance(value, Mapping) and len(alike) > 1:
        shared = [len(set(old) & set(value)) for old in alike]
        best = max(shared)
        alike = [old for old, keys in zip(alike, shared, strict=True) if keys == best and best]
    return alike[0] if len(alike) == 1 else _UNKNOWN


def _same_kind(old: Any, value: Any) -> bool:
    if isinstance(old, str) and isinstance(value, str):
        return bool(DIGEST.fullmatch(old)) == bool(DIGEST.fullmatch(value))
    numbers = (int, float)
    if isinstance(old, numbers) and isinstance(value, numbers):
        return isinstance(old, bool) == isinstance(value, bool)
    return type(old) is type(value)


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    """What has changed in an option, down to the deepest key."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            if key not in new or key not in old:
                yield f"{path}.{key} is {'new' if key in new else 'gone'}"
            elif old[key] != new[key]:
                yield from _differences(f"{path}.{key}", old[key], new[key])
        return
    shown = [str(value) for value in (old, new)]
    if old is _UNKNOWN or max(map(len, shown)) > LONGEST_VALUE:
        yield f"{path} changed"
    else:
        yield f"{path} {shown[0]} → {shown[1]}"


def _first(paths: Iterable[str]) -> str:
    names = sorted(map(str, paths))
    return names[0] + (" …" if len(names) > 1 else "")
