"""What takes seconds in each start of Snakemake, done once in the process that the tests fork."""

import av  # noqa: F401
import nbformat  # noqa: F401
import pandas as pd  # noqa: F401
import pyarrow.parquet as pq  # noqa: F401
import requests  # noqa: F401
import scipy.stats  # noqa: F401
import snakemake.report  # noqa: F401
import snakemake_executor_plugin_slurm  # noqa: F401
from pydantic import BaseModel, ConfigDict
from snakemake import cli

cli.get_argument_parser()  # finds the plugins


class Described(BaseModel):
    """For the descriptions of its options pydantic looks for the files of all modules."""

    model_config = ConfigDict(use_attribute_docstrings=True)
