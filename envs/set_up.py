"""Make an environment usable after installation: mend torchaudio beside a CPU build of torch.

torchaudio's wheels link CUDA. Its extension is optional (its transforms are plain PyTorch), and it
treats a missing one as normal, but one that does not load as an error. Run by `make`; by hand:
`python envs/set_up.py`.
"""

import importlib.util
from pathlib import Path

import torch


def main() -> None:
    """Remove torchaudio's extension where torch has no CUDA, and say so."""
    spec = importlib.util.find_spec("torchaudio")
    if spec is None or torch.version.cuda is not None:
        return
    for extension in Path(spec.origin).parent.joinpath("lib").glob("*.so"):
        extension.unlink()
        print(f"removed {extension}: it needs CUDA, and this torch is a CPU build")


if __name__ == "__main__":
    main()
