"""Whether jobs ask for a GPU, decided without loading torch."""

from pathlib import Path

NVIDIA_DRIVER = Path("/dev/nvidiactl")


def gpu_slots(device: str) -> int:
    """Slots of the resource `gpu` that a job on `run.device` takes: 1 on a GPU, 0 on a CPU.

    With `auto` the driver's device file decides; on a cluster, whose nodes have what the machine
    that plans has not, `run.device: cuda` says so.
    """
    return int(device.startswith("cuda") or (device == "auto" and NVIDIA_DRIVER.exists()))
