"""Gives Snakemake's scripts, with this folder on PYTHONPATH, a stand-in for a CUDA device."""

import sys
from pathlib import Path

if ".snakemake/scripts/" in sys.orig_argv[-1]:
    sys.path.append(str(Path(__file__).resolve().parents[1]))

    from stand_in_cuda import stand_in_cuda

    opened = stand_in_cuda()  # kept: it would close with its last reference
    opened.__enter__()
