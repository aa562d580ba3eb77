"""A real SLURM of one node on this machine, for as long as a block lasts.

It needs root and Debian's slurm-wlm and munge, and a machine on which no other SLURM is set up.
Without accounting and cgroups; memory is watched, and a job that exceeds it is killed. The GPU that
the node says it has is /dev/null.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol")
PLACE = Path("/etc/slurm")  # fixed: the executor plugin drops SLURM's own variables
SOCKET = Path("/run/munge/munge.socket.2")
CONTROLLER_PORT, NODE_PORT = 16817, 16818
READY_WITHIN_S, POLL_S = 30, 0.2
CONF = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=1,bf_interval=1
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MinJobAge=86400
JobRequeue=0
ReturnToService=2
KillWait=2
DefMemPerCPU=500
PropagateResourceLimits=NONE
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} Gres=gpu:1 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str:
    """What this machine lacks for a SLURM of its own; empty where it lacks nothing."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"no {', '.join(missing)} here: apt-get install slurm-wlm munge"
    if os.geteuid() != 0:
        return "a SLURM of its own needs root"
    if (PLACE / "slurm.conf").exists():
        return f"{PLACE}/slurm.conf exists: this machine has a SLURM, or one was left behind"
    return ""


class Slurm:
    """The cluster, and what its administrator and the user of a job do to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.host = folder, socket.gethostname().split(".")[0]
        self.made: list[Path] = []

    def __enter__(self) -> Slurm:
        for part in ("state", "spool"):
            (self.folder / part).mkdir(parents=True)
        megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
        conf = CONF.format(
            host=self.host,
            folder=self.folder,
            controller_port=CONTROLLER_PORT,
            node_port=NODE_PORT,
            cpus=os.cpu_count(),
            memory_mb=int(megabytes * 0.95),
        )
        gres = f"NodeName={self.host} Name=gpu File=/dev/null\n"
        PLACE.mkdir(exist_ok=True)
        for name, text in (("slurm.conf", conf), ("gres.conf", gres)):
            self.made.append(PLACE / name)
            (PLACE / name).write_text(text, encoding="utf-8")
        try:
            self.start_munge()
            self.start_controller()
            self.start_node()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        # A configuration that is left without its controller costs 10 s at each start of Snakemake.
        for program in ("slurmd", "slurmctld", "munged"):
            self.stop(program)
        for path in self.made:
            path.unlink(missing_ok=True)

    def start_munge(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        SOCKET.parent.mkdir(exist_ok=True)
        files = {"key": "key", "pid": "pid", "log": "log", "seed": "seed"}
        options = [f"--{name}-file={self.folder}/munge.{end}" for name, end in files.items()]
        run("munged", "--force", f"--socket={SOCKET}", *options)
        (self.folder / "munge.pid").rename(self.folder / "munged.pid")

    def start_controller(self) -> None:
        run("slurmctld")
        wait_for(lambda: "UP" in run("scontrol", "ping", fails=True), "the controller answers")

    def start_node(self, *within: str) -> None:
        """Start slurmd, within another program where jobs are to see other files."""
        run(*within, "slurmd")
        wait_for(lambda: self.state_of_node() in ("idle", "mixed", "allocated"), "the node is up")

    def stop(self, program: str) -> None:
        pid_file = self.folder / f"{program}.pid"
        if not pid_file.exists() or not (text := pid_file.read_text(encoding="utf-8").strip()):
            return
        try:
            os.kill(int(text), signal.SIGTERM)
            wait_for(lambda: not Path(f"/proc/{text}").exists(), f"{program} has ended")
        except ProcessLookupError:
            pass
        pid_file.unlink(missing_ok=True)

    def restart_controller(self, pause_s: float) -> None:
        self.stop("slurmctld")
        time.sleep(pause_s)
        self.start_controller()

    def state_of_node(self) -> str:
        return run("sinfo", "-h", "-o", "%T", fails=True).split("\n")[0].strip("*")

    def drain(self) -> None:
        run("scontrol", "update", f"node={self.host}", "state=drain", "reason=test")

    def resume(self) -> None:
        # Fails where the node is not drained.
        run("scontrol", "update", f"node={self.host}", "state=resume", fails=True)

    def cancel(self, job: int) -> None:
        run("scancel", str(job))

    def limit(self, job: int, **fields: str) -> None:
        """Give a job that waits less than it asked for."""
        run(
            "scontrol", "update", f"job={job}", *[f"{key}={value}" for key, value in fields.items()]
        )

    def jobs(self, *states: str) -> dict[int, dict[str, str]]:
        """All jobs that are known, or those in some states: the fields of each by its number."""
        found = {}
        for line in run("scontrol", "-o", "show", "jobs", fails=True).splitlines():
            fields = dict(re.findall(r"(\w+(?:/\w+)?)=(\S*)", line))
            if "JobId" in fields and (not states or fields["JobState"] in states):
                found[int(fields["JobId"])] = fields | {"line": line}
        return found

    def wait_for_job(self, *states: str, within_s: float = 90, of: str = "") -> int:
        """The number of the newest job in one of these states, as soon as there is one."""

        def newest() -> int:
            return max(
                (number for number, job in self.jobs(*states).items() if of in job["line"]),
                default=0,
            )

        wait_for(newest, f"a job of {of or 'any rule'} is {' or '.join(states)}", within_s)
        return newest()


def run(*command: str, fails: bool = False) -> str:
    """Run a program; what it prints. Without `fails`, a failure is one of the test."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert fails or done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def wait_for(holds, what: str, within_s: float = READY_WITHIN_S) -> None:  # noqa: ANN001
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s, f"after {within_s} s it still does not hold: {what}"
        time.sleep(POLL_S)
