"""Choice of the device that a job computes on."""

from __future__ import annotations

import logging

import torch

from plumbing import gpu_cards


def choose_device(wanted: str, auto_takes_gpu: bool = True) -> str:
    """Turn `run.device` into a torch device; of several GPUs, `cuda` is the one that is free.

    Args:
        wanted: `auto`, `cpu`, `cuda` or `cuda:1`, …
        auto_takes_gpu: Whether `auto` stands for a GPU where torch sees one. Not for jobs that
            would mostly decode there, one at a time, while the cores have nothing to do.

    Raises:
        ValueError: A GPU is asked for by name and torch sees none.
    """
    if wanted == "cuda" or (wanted == "auto" and auto_takes_gpu):
        gpu_cards.take_card()
    if wanted == "auto" and auto_takes_gpu:
        if torch.cuda.is_available():
            return "cuda"
        if gpu_cards.NVIDIA_DRIVER.exists():
            logging.warning(
                "There is an NVIDIA driver, but torch %s (for CUDA %s) sees no GPU: computing "
                "on the CPU. Is the driver new enough for it? See nvidia-smi.",
                torch.__version__,
                torch.version.cuda,
            )
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(
            f"run.device is {wanted}, but torch {torch.__version__} sees no GPU; use auto or cpu"
        )
    return "cpu" if wanted == "auto" else wanted
