"""Ask again for the clips of a corpus that are missing, and replace only those: `make refetch`.

Not a rule, because Snakemake removes a rule's output before the rule runs. A shard in which nothing
new came stays untouched, so that the next run of the workflow computes only what a won clip
changes. Of shards that are not finished, the answers so far that were a no are dropped. Workflows
and other calls on the same corpus may run beside it.
"""

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from plumbing import checksums  # noqa: E402
from plumbing.config.addresses import file_name_of, path_of  # noqa: E402
from plumbing.config.settings import ConfigError  # noqa: E402
from plumbing.config.standalone_config import standalone_config  # noqa: E402
from sources.by_name import CorpusSplit  # noqa: E402
from sources.fetching.shards import refetch_shard  # noqa: E402
from sources.interface import SourceStopped  # noqa: E402
from storage.clips import ClipShardError, read_clip_table  # noqa: E402
from storage.corpus_tables import read_asked_clips  # noqa: E402

SPLITS = ("train", "test")
STOPPED_BY = (
    ConfigError, SourceStopped, FileNotFoundError, ClipShardError, checksums.ChangedFileError
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask again for what is missing in each shard that is there; the exit status."""
    parser = argparse.ArgumentParser(description="Ask again for missing clips.")
    parser.add_argument("--configfile", nargs="+", default=[], help="as for snakemake")
    parser.add_argument("--config", nargs="+", default=[], help="KEY=VALUE, as for snakemake")
    given = parser.parse_args(arguments)
    sys.stdout.reconfigure(errors="backslashreplace")  # names may be of letters the locale lacks
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(message)s")
    try:
        config = standalone_config(given.configfile, given.config)
        if "demo" in config["corpus"]["sources"]:
            raise ConfigError(
                "corpus.sources: the demo's clips are synthesised, none is missing; name the "
                "corpus to ask for, for example with ARGS='--config preset=paper'"
            )
        won = sum(refetch_split(config, split) for split in SPLITS)
    except STOPPED_BY as error:
        logging.error("refetch stopped: %s", error)
        return 1
    what = "run the workflow again to take them in" if won else "nothing has changed"
    logging.info("%d clips were won; %s", won, what)
    return 0


def refetch_split(config: dict[str, Any], split: str) -> int:
    """Ask again for the missing clips of a split; how many were won."""
    corpus = config["corpus"]
    folder = Path("results/clips") / corpus["name"]
    shards = {
        number: path
        for number in range(corpus["shards"])
        if (path := folder / split / f"{number}.parquet").is_file()
    }
    asked_file = folder / "asked" / f"{split}.parquet"
    if not asked_file.is_file():
        logging.info("%s: no clips yet in %s", split, folder / split)
        return 0
    everything = read_asked_clips(asked_file)
    how = make_split(config, split, folder)
    unfinished = set(range(corpus["shards"])) - set(shards)
    forgotten = sum(
        how.cache().forget_missing(str(number), everything.of_shard(number, corpus["shards"]))
        for number in unfinished
    )
    if unfinished:
        logging.info(
            "%s: %d of %d shards are not finished yet; %d answers that they would have taken as "
            "final are dropped, and the next run asks for those clips again",
            split, len(unfinished), corpus["shards"], forgotten,
        )  # fmt: skip
    if not shards:
        return 0
    checksums.refuse_changed(shards.values())
    rows = read_clip_table(shards.values(), ["clip_id", "status"]).to_pylist()
    ok = {row["clip_id"] for row in rows if row["status"] == "ok"}
    lacking = [clip for clip in everything if clip.clip_id not in ok]
    statuses = Counter(row["status"] for row in rows if row["status"] != "ok")
    counts = ", ".join(f"{number} {status}" for status, number in statuses.most_common())
    logging.info(
        "%s: %d clips are missing%s", split, statuses.total(), f" ({counts})" if counts else ""
    )
    sources = how.make_sources(everything, lambda: lacking)
    won = 0
    with tqdm(total=len(lacking), disable=None) as bar:
        for number, path in shards.items():
            asked = everything.of_shard(number, corpus["shards"])
            if any(clip.clip_id not in ok for clip in asked):
                checksums.forget([path])
                won += refetch_shard(
                    asked,
                    sources,
                    path,
                    how.cache(),
                    threads=config["fetch"]["threads"],
                    backoff=how.backoff(),
                    seed=number,
                    progress=lambda row: bar.update(),
                )
                checksums.record([path])
    logging.info("%s: %d of them were won", split, won)
    return won


def make_split(config: dict[str, Any], split: str, folder: Path) -> CorpusSplit:
    """One split of the corpus that the configuration describes, and how its clips are obtained."""
    corpus = config["corpus"]
    parts = corpus["fsd50k"][f"{split}_archive"] if "fsd50k" in corpus["sources"] else []
    return CorpusSplit(
        split=split,
        folder=folder,
        sources=corpus["sources"],
        recordings=Path(corpus["folder"]) if corpus["folder"] else None,
        archive=[path_of(part) or folder / "archives" / file_name_of(part) for part in parts],
        channel=corpus["channel"],
        fetch=config["fetch"],
    )


if __name__ == "__main__":
    sys.exit(main())
