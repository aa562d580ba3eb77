"""Kill -9 random processes of tiny runs at random moments; a plain run then ends as a clean one.

A chain of kills is one run's: it is killed, started again, killed again, until it ends. A job, the
snakemake alone, whose jobs go on (some of them late, after the next run has begun), or all
processes are killed. What is killed and when comes of a seed; how far the run is then depends on
the machine.
"""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faulty_runs import (
    CLEARED,
    WAITED,
    FaultyRun,
    WorkflowCopy,
    differences,
    go_on,
    kill,
    outputs,
    seconds_since,
)  # fmt: skip

VICTIMS = {"a job": 4, "snakemake": 2, "snakemake, jobs late": 2, "all": 3}
LATE_S = 12.0
WAIT_S = (1.5, 14.0)
MOST_STARTS_WITHOUT_KILLS = 3


def main(
    work: Path,
    clean: Mapping[str, str],
    seed: int,
    kills: int,
    *target: str,
    source: Path | None = None,
    wait_s: tuple[float, float] = WAIT_S,
) -> dict[str, Any]:
    """Chains of kills until there were so many; counts, and what went wrong.

    Args:
        work: A folder for the runs.
        clean: `outputs` of a run that nothing was done to.
        seed: Of victims and moments.
        kills: At least so many.
        target: What is asked for; everything by default.
        source: A copy whose state each chain begins from; an empty one by default.
        wait_s: The shortest and the longest time to the next kill.
    """
    begin_s, draw = time.monotonic(), random.Random(seed)
    told = {"seed": seed, "kills": 0, "starts": 0, "chains": 0, "wrong": []}
    killed, rules, said = Counter(), Counter(), Counter()
    while told["kills"] < kills:
        told["chains"] += 1
        folder = work / f"chain{told['chains']}"
        shutil.rmtree(folder, ignore_errors=True)
        if source is None:
            WorkflowCopy.make(folder)
        else:
            shutil.copytree(source, folder, copy_function=shutil.copy2)
        without_kills = 0
        while True:
            told["starts"] += 1
            started = FaultyRun(folder, *target, said=work / f"start{told['starts']:03d}.txt")
            kills_before = told["kills"]
            while started.process.poll() is None and told["kills"] < kills:
                time.sleep(draw.uniform(*wait_s))
                victim = draw.choices([*VICTIMS], [*VICTIMS.values()])[0]
                if rule := strike(started, victim, draw):
                    told["kills"] += 1
                    killed[victim] += 1
                    rules.update([rule] if victim == "a job" else [])
                    print(f"{told['kills']} of {kills}: {rule}", flush=True)
            ended = started.wait()
            said["a lock was cleared"] += CLEARED in ended.said
            said["waited for left jobs"] += WAITED in ended.said
            if ended.wrong_words:
                told["wrong"].append(f"{started.said}: {', '.join(ended.wrong_words)}")
            if ended.status == 0:
                break
            without_kills += kills_before == told["kills"]
            if without_kills >= MOST_STARTS_WITHOUT_KILLS:
                told["wrong"].append(f"{started.said}: does not end")
                break
        other = differences(outputs(folder), clean)
        told["wrong"] += [f"chain {told['chains']}: {name} differs" for name in other]
        left = [*folder.rglob("results/**/.partial-*")]
        said["unfinished files left"] += len(left)
    parts = {"killed": killed, "rules killed": rules, "said": said}
    return {
        **told,
        **{name: dict(part) for name, part in parts.items()},
        "s": seconds_since(begin_s),
    }


def strike(run: FaultyRun, victim: str, draw: random.Random) -> str:
    """Kill a victim: the rule of a job, or its kind; empty where there was none."""
    if run.process.poll() is not None:
        return ""
    jobs = run.jobs()
    if victim == "a job":
        pid = draw.choice(sorted(jobs)) if jobs else 0
        return jobs[pid] if pid and kill(pid) else ""
    if victim == "all":
        run.kill_all()
    else:
        if victim != "snakemake":
            threading.Timer(LATE_S, go_on, [run.stop_jobs()]).start()
        run.process.kill()
        run.process.wait()
    return victim
