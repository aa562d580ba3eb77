"""Speed and memory of fetching clips, against decoding and resampling alone, on one core.

Run `python tests/benchmarks/bench_fetching.py`. A server on 127.0.0.1, in this process, holds a
mirror in the shape of the real one (10 s of 48 kHz stereo FLAC, row groups of 100) and videos
(m4a in fragments). A process that may use one core only fetches 2,000 clips from the mirror through
the rule's own script, then some from the videos; before and after, it decodes and resamples the
same files from memory. What is compared is clips per second of that one core.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

import tone_media  # noqa: E402
from hostile_hub import HostileHub  # noqa: E402
from hostile_server import HostileServer  # noqa: E402

import fetch_clips  # noqa: E402
from plumbing.settings import effective_config  # noqa: E402
from sources.decoding import decode_clip, open_audio  # noqa: E402
from storage.clip_shards import read_clip_table  # noqa: E402

SOUNDS = 16
SHARDS = 4
ROWS_PER_GROUP = 100
FOLDER = "data/bal_train"


def mirror_sound(number: int) -> bytes:
    """A clip as the mirror holds it: chords and noise, 10 s, 48 kHz, stereo, FLAC."""
    generator = np.random.default_rng(number)
    time_s = np.arange(480_000) / 48_000
    hz = generator.uniform(80, 4_000, 6)[:, None]
    chord = (np.sin(2 * np.pi * hz * time_s) * generator.random((6, 1))).sum(axis=0) / 12
    samples = np.stack([chord, 0.8 * chord]) + generator.normal(0, 0.02, (2, time_s.size))
    target = io.BytesIO()
    soundfile.write(target, samples.T.clip(-1, 1), 48_000, format="FLAC", subtype="PCM_16")
    return target.getvalue()


def decode_alone(files: list[bytes], repeats: int) -> float:
    """Clips per second of decoding and resampling files that lie in memory."""
    begin = time.perf_counter()
    for _ in range(repeats):
        for file in files:
            with open_audio(file) as audio:
                decode_clip(audio, 0.0, 10.0)
    return repeats * len(files) / (time.perf_counter() - begin)


def write_asked(path: Path, clips: int) -> None:
    """The list of clips asked for, as rule list_clips writes it."""
    ytids = [f"video{number:06d}" for number in range(clips)]
    table = {"clip_id": [f"{ytid}_0.000" for ytid in ytids], "ytid": ytids}
    table |= {"start_s": 0.0, "end_s": 10.0, "labels": [["/m/04rlf"]] * clips}
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(table).to_parquet(path)


def fetch(folder: Path, source: str, clips: int, url: str) -> float:
    """Clips per second of fetching all shards of the train split, one after the other."""
    schema = yaml.safe_load((ROOT / "rules/config.schema.yaml").read_text(encoding="utf-8"))
    asking = {"huggingface": {"endpoint": url}}
    asking["youtube"] = {"url": url + "/watch/{ytid}", "seconds_between_clips": 0}
    config = effective_config(
        {"preset": "paper", "corpus": {"sources": [source]}, "fetch": asking},
        schema,
        ROOT / "presets",
    )
    write_asked(folder / "asked/train.parquet", clips)
    begin = time.perf_counter()
    for number in range(SHARDS):
        fetch_clips.main(
            asked=folder / "asked/train.parquet",
            archive=[],
            shard=folder / f"train/{number}.parquet",
            number=number,
            shards=SHARDS,
            corpus=config["corpus"],
            fetch=config["fetch"],
        )
    took_s = time.perf_counter() - begin
    shards = sorted((folder / "train").glob("*.parquet"))
    statuses = read_clip_table(shards, ["status"])["status"].to_pylist()
    assert statuses == ["ok"] * clips, f"{statuses.count('ok')} of {clips} clips came"
    return clips / took_s


def most_memory_mb() -> float:
    """The most memory this process has held; what getrusage says counts its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) / 1024


def child(folder: Path, source: str, clips: int, url: str, sounds: Path) -> None:
    """Measure on one core, and print the result as JSON."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    files = [path.read_bytes() for path in sorted(sounds.iterdir())]
    repeats = max(1, clips // (8 * len(files)))
    before = decode_alone(files, repeats)
    fetched = fetch(folder, source, clips, url)
    memory_mb = most_memory_mb()
    alone = (before + decode_alone(files, repeats)) / 2
    print(json.dumps({"alone": alone, "fetched": fetched, "memory_mb": memory_mb}))


def measure(source: str, clips: int, url: str, files: list[bytes]) -> dict[str, float]:
    """Run a child process of its own for a source."""
    with tempfile.TemporaryDirectory() as folder:
        sounds = Path(folder) / "sounds"
        sounds.mkdir()
        for number, file in enumerate(files):
            (sounds / f"{number:02d}").write_bytes(file)
        arguments = ["--child", source, "--clips", str(clips), "--url", url, "--folder", folder]
        done = subprocess.run(
            [sys.executable, __file__, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "TQDM_DISABLE": "1"},
        )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Serve, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=2_000, help="clips from the mirror")
    parser.add_argument("--videos", type=int, default=400, help="clips from the videos")
    parser.add_argument("--child", default="")
    parser.add_argument("--url")
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.child:
        folder = arguments.folder
        child(folder, arguments.child, arguments.clips, arguments.url, folder / "sounds")
        return
    flacs = [mirror_sound(number) for number in range(SOUNDS)]
    videos = [tone_media.media("dash", number, 10.0) for number in range(SOUNDS)]
    with HostileServer() as server:
        hub = HostileHub(server)
        rows = [(f"video{n:06d}", flacs[n % SOUNDS]) for n in range(arguments.clips)]
        for first in range(0, len(rows), 1_000):
            hub.add(f"{FOLDER}/{first:05d}.parquet", rows[first : first + 1_000], ROWS_PER_GROUP)
        for number in range(arguments.videos):
            body = videos[number % SOUNDS]
            server.serve(f"/watch/video{number:06d}", body, tone_media.CONTENT_TYPES["dash"])
        for source, clips, files in (
            ("huggingface", arguments.clips, flacs),
            ("youtube", arguments.videos, videos),
        ):
            result = measure(source, clips, server.url(), files)
            print(
                f"{source}: {clips} clips in {SHARDS} shards, {result['fetched']:.1f} clips/s on "
                f"one core; decoding and resampling alone {result['alone']:.1f}; ratio "
                f"{result['fetched'] / result['alone']:.2f}; {result['memory_mb']:.0f} MB at most"
            )


if __name__ == "__main__":
    main()
