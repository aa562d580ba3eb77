"""A process that fetches one shard and can be killed; started by the fetching tests.

Usage: fetching_child.py FOLDER URL CLIPS_JSON ACCEPT_MISSING
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow_scripts"))

from sources.fetching.clip_cache import ClipCache
from sources.fetching.connection_limit import ConnectionLimit
from sources.fetching.retrying import Backoff
from sources.fetching.shards import fetch_shard
from sources.fetching.wall import Wall
from sources.youtube.source import YouTubeSettings, YouTubeSource
from storage.clips import AskedClip


def main() -> None:
    """Fetch the shard and print for how many clips it asked."""
    folder, url, clips, accept_missing = sys.argv[1:]
    folder = Path(folder)
    source = YouTubeSource(
        YouTubeSettings(url=url, timeout_s=1.0, min_duration_s=5.0),
        folder / "youtube",
        connections=ConnectionLimit(folder / "connections", 8),
        wall=Wall(folder / "wall.json", refusals=8, pause_s=0.2, pauses=1_000),
    )
    fetched = fetch_shard(
        [AskedClip(*clip) for clip in json.loads(Path(clips).read_text(encoding="utf-8"))],
        [source],
        folder / "shard.parquet",
        ClipCache(folder / "cache", ["youtube"]),
        threads=8,
        backoff=Backoff(attempts=6, first_delay_s=0.02, longest_delay_s=0.2),
        accept_missing=float(accept_missing),
    )
    print(fetched)


if __name__ == "__main__":
    main()
