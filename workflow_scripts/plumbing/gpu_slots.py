"""Whether jobs ask for a GPU, decided without loading torch."""

from pathlib import Path

NVIDIA_DRIVER = Path("/dev/nvidiactl")


def gpu_slots(device: str, auto_takes_gpu: bool = True) -> int:
    """Slots of the resource `gpu` that a job on `run.device` takes: 1 on a GPU, 0 on a CPU.

    With `auto` the driver's device file decides; on a cluster, whose nodes have what the machine
    that plans has not, `run.device: cuda` says so. `auto_takes_gpu` as in `choose_device`.
    """
    found = device == "auto" and auto_takes_gpu and NVIDIA_DRIVER.exists()
    return int(found or device.startswith("cuda"))
