"""Make an environment usable after installation, as torch's build and the machine ask for it.

Run by `make`; by hand: `python envs/set_up.py`.
"""

import ctypes.util
import importlib.util
import sys
from pathlib import Path

import torch

# cuDNN loads this one if it finds it; the cuDNN that torch 2.13.0 asks for comes without.
ENGINES = "cudnn_engines_tensor_ir"


def main() -> None:
    """Fix what can be fixed, and say what a person may have to."""
    sys.stdout.reconfigure(errors="backslashreplace")  # paths may be of letters the locale lacks
    if torch.version.cuda is None:
        remove_torchaudio_extension()
    else:
        tell_of_mixed_cudnn()


def remove_torchaudio_extension() -> None:
    """Remove torchaudio's extension, which needs CUDA.

    It is optional (the transforms are plain PyTorch), and torchaudio treats a missing one as
    normal, but one that does not load as an error.
    """
    spec = importlib.util.find_spec("torchaudio")
    if spec is None:
        return
    for extension in Path(spec.origin).parent.joinpath("lib").glob("*.so"):
        extension.unlink()
        print(f"removed {extension}: it needs CUDA, and this torch is a CPU build")


def tell_of_mixed_cudnn() -> None:
    """Say it where a part of the machine's own cuDNN would be mixed with torch's.

    Every convolution on the GPU then fails with CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH (PyTorch's
    issue 188892).
    """
    of_torch = Path(torch.__file__).parents[1] / "nvidia/cudnn/lib"
    of_machine = ctypes.util.find_library(ENGINES)
    if of_machine and of_torch.exists() and not (of_torch / f"lib{ENGINES}.so.9").exists():
        print(
            f"This machine has a cuDNN of its own, of which torch's may load {of_machine}. If\n"
            "networks stop with CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH on the GPU, put a whole\n"
            "one beside torch: .venv/bin/pip install --no-deps 'nvidia-cudnn-cu13>=9.23'"
        )


if __name__ == "__main__":
    main()
