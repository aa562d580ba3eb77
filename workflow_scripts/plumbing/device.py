"""Choice of the device that a job computes on."""

from __future__ import annotations

import torch


def choose_device(wanted: str) -> str:
    """Turn `run.device` into a torch device: `auto` takes a GPU when torch sees one.

    Raises:
        ValueError: A GPU is asked for by name and torch sees none.
    """
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise ValueError(
            f"run.device is {wanted}, but torch {torch.__version__} sees no GPU; use auto or cpu"
        )
    return wanted
