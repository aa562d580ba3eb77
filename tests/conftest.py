"""Make the workflow's packages importable in the tests, as Snakemake does for its scripts."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))
