"""Whether a job computes on a GPU, and on which of several; decided without loading torch."""

from __future__ import annotations

import fcntl
import itertools
import logging
import os
import re
import socket
from pathlib import Path

DEVICES = Path("/dev")
NVIDIA_DRIVER = DEVICES / "nvidiactl"
LOCKS = Path(".snakemake/gpu_cards")  # of the run; Snakemake leaves it alone
VISIBLE = "CUDA_VISIBLE_DEVICES"
# Kept open for as long as this process lives: with it the lock goes, however it ends.
_held: list[int] = []


def gpu_slots(device: str, auto_takes_gpu: bool = True) -> int:
    """Slots of the resource `gpu` that a job on `run.device` takes: 1 on a GPU, 0 on a CPU.

    With `auto` the driver's device file decides; on a cluster, whose nodes have what the machine
    that plans has not, `run.device: cuda` says so. `auto_takes_gpu` as in `choose_device`.
    """
    found = device == "auto" and auto_takes_gpu and NVIDIA_DRIVER.exists()
    return int(found or device.startswith("cuda"))


def cards(devices: Path = DEVICES) -> list[str]:
    """The GPUs that this process may use, as CUDA names them.

    Those of `CUDA_VISIBLE_DEVICES`, which a scheduler sets for its jobs and a person for a run;
    else all that the driver has a device file for.
    """
    if VISIBLE in os.environ:
        return [card for card in os.environ[VISIBLE].split(",") if card.strip()]
    numbers = (re.fullmatch(r"nvidia(\d+)", path.name) for path in devices.glob("nvidia*"))
    return [str(number) for number in sorted(int(found[1]) for found in numbers if found)]


def take_card(devices: Path = DEVICES, locks: Path = LOCKS) -> str | None:
    """Take one of several GPUs for this process alone, before it uses CUDA.

    It is one that the fewest jobs of this run compute on: with as many slots of the resource `gpu`
    as there are cards each job has its own, and with twice as many two share one. The choice holds
    as long as the process lives.

    Returns:
        The card that `CUDA_VISIBLE_DEVICES` now names; None where there is nothing to choose.
    """
    available = cards(devices)
    if len(available) < 2:
        return None
    locks.mkdir(parents=True, exist_ok=True)
    for sharing in itertools.count():
        for card in available:
            name = re.sub(r"\W", "-", f"{socket.gethostname()} {card} {sharing}")
            file = os.open(locks / name, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
                continue
            _held.append(file)
            os.environ[VISIBLE] = card
            logging.info("On GPU %s, one of %d", card, len(available))
            return card
    return None
