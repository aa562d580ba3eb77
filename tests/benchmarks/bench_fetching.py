"""Speed and memory of fetching clips, against decoding and resampling alone, in the same run.

Run `python tests/benchmarks/bench_fetching.py`. A server on 127.0.0.1 holds what the real places
hold: a mirror (10 s of 48 kHz stereo FLAC, row groups of 100), and videos of a minute, as Opus in
WebM (what yt-dlp chooses on YouTube) and as AAC in M4A. A process of its own, on one core, fetches
all shards through the rule's own script, one after the other; before it and after it, another new
process decodes and resamples the same seconds of the same files from memory. The fetching process
does so too once it has fetched. There a plain loop is 10 to 40% faster, for it finds memory
that need not be asked of the operating system: both comparisons are printed.

The rate is clips per second of processor time (user and system) of the fetching process; the
server's, which is another process on another core, is not in it. Fetching does more than decoding:
requests, yt-dlp's reading of answers, checks, FLAC, a synced file for each clip, the shard. What it
is compared with is decoding, mixing and resampling by a plain loop over PyAV or soundfile, and by
the job's own step, from which the plain loop differs in that it checks nothing.
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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import soundfile
import soxr

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow_scripts"), str(ROOT / "tests")]

from hostile_hub import HostileHub  # noqa: E402
from hostile_server import HostileServer  # noqa: E402

import fetch_clips  # noqa: E402
from plumbing.config.settings import effective_config  # noqa: E402
from sources.audio.decoding import decode_clip, open_audio  # noqa: E402
from sources.audio.remote_audio import open_remote_audio  # noqa: E402
from storage.clips import read_clip_table  # noqa: E402

SOUNDS = 8
CLIP_S = 10.0
VIDEO_S = 60.0
ROWS_PER_GROUP = 100
ROUNDS_ALONE = 20
FOLDER = "data/bal_train"
RATE_HZ = 22_050


@dataclass(frozen=True)
class Kind:
    """What is fetched: the config's source, and where in a file the clip starts."""

    source: str
    start_s: float
    container: str = ""
    codec: str = ""
    sample_rate_hz: int = 48_000
    content_type: str = ""


KINDS = {
    "mirror": Kind("huggingface", 0.0),
    "webm": Kind("youtube", 25.0, "webm", "libopus", 48_000, "audio/webm"),
    "m4a": Kind("youtube", 25.0, "mp4", "aac", 44_100, "audio/mp4"),
}
_OPTIONS = {
    "webm": {"cues_to_front": "1", "reserve_index_space": "20000"},
    # Nothing follows the fragments, as in files for DASH; FFmpeg else adds an index at the end.
    "mp4": {"movflags": "+dash+global_sidx+skip_trailer", "frag_duration": "5000000"},
}


def sound(number: int, duration_s: float, sample_rate_hz: int) -> np.ndarray:
    """Chords and noise, int16, shape [frames, 2]."""
    generator = np.random.default_rng(number)
    time_s = np.arange(round(duration_s * sample_rate_hz)) / sample_rate_hz
    hz = generator.uniform(80, 4_000, 6)[:, None]
    chord = (np.sin(2 * np.pi * hz * time_s) * generator.random((6, 1))).sum(axis=0) / 12
    samples = np.stack([chord, 0.8 * chord], axis=1)
    samples += generator.normal(0, 0.02, samples.shape)
    return np.round(samples.clip(-1, 1) * 32_767).astype(np.int16)


def make_file(kind: Kind, number: int) -> bytes:
    """A file as the mirror holds it, or as a video site does."""
    if not kind.container:
        target = io.BytesIO()
        soundfile.write(target, sound(number, CLIP_S, 48_000), 48_000, format="FLAC")
        return target.getvalue()
    rate_hz = kind.sample_rate_hz
    samples = sound(number, VIDEO_S, rate_hz)
    options = _OPTIONS[kind.container]
    with (
        tempfile.NamedTemporaryFile() as target,
        av.open(target.name, "w", format=kind.container, options=options) as container,
    ):
        stream = container.add_stream(kind.codec, rate=rate_hz, layout="stereo")
        stream.bit_rate = 130_000
        for first in range(0, len(samples), rate_hz):
            block = samples[first : first + rate_hz].reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="stereo")
            frame.sample_rate, frame.pts = rate_hz, first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        container.close()
        return target.read()


def decode_plainly(file: bytes, start_s: float) -> np.ndarray:
    """Decode, mix and resample a clip with the libraries alone."""
    if file[:4] == b"fLaC":
        samples, rate_hz = soundfile.read(io.BytesIO(file), dtype="float32")
        mono = (samples[:, 0] + samples[:, 1]) / 2
        return soxr.resample(mono, rate_hz, RATE_HZ, quality="VHQ")
    with av.open(io.BytesIO(file)) as container:
        stream = container.streams.audio[0]
        container.seek(int(start_s / stream.time_base), stream=stream)
        fifo = av.AudioFifo()
        for packet in container.demux(stream):
            if packet.pts is None or packet.pts * stream.time_base < start_s:
                continue
            for frame in packet.decode():
                frame.pts = None
                fifo.write(frame)
            if fifo.samples >= CLIP_S * stream.rate:
                break
        samples = fifo.read().to_ndarray()
        mono = (samples[0] + samples[1]) / 2
        return soxr.resample(mono, stream.rate, RATE_HZ, quality="VHQ")


class InMemory(io.BytesIO):
    """A file that could be remote and is here."""

    ranges = True
    fault = None


def decode_as_the_job(file: bytes, start_s: float) -> np.ndarray:
    """Decode, mix, resample and check a clip as the job does."""
    with open_audio(file) if file[:4] == b"fLaC" else open_remote_audio(InMemory(file)) as audio:
        return decode_clip(audio, start_s, CLIP_S)[0]


def processor_s() -> float:
    """Seconds of user and system time of this process and the children it waited for."""
    return sum(os.times()[:4])


def rate_alone(decode: Callable[[bytes, float], object], folder: Path, start_s: float) -> float:
    """Clips per second of processor time, for the files of a folder once they lie in memory."""
    files = [path.read_bytes() for path in sorted(folder.iterdir())]
    begin_s = processor_s()
    for file in files * ROUNDS_ALONE:
        decode(file, start_s)
    return ROUNDS_ALONE * len(files) / (processor_s() - begin_s)


def write_asked(path: Path, clips: int, start_s: float) -> None:
    """The list of clips asked for, as rule list_clips writes it."""
    ytids = [f"video{number:06d}" for number in range(clips)]
    table = {"clip_id": [f"{ytid}_{start_s:.3f}" for ytid in ytids], "ytid": ytids}
    table |= {"start_s": start_s, "end_s": start_s + CLIP_S, "labels": [["/m/04rlf"]] * clips}
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(table).to_parquet(path)


def config_for(name: str, url: str) -> dict[str, Any]:
    """The config of a workflow that fetches this kind from the server."""
    asking = {"huggingface": {"endpoint": url}}
    asking["youtube"] = {"url": f"{url}/{name}/{{ytid}}", "seconds_between_clips": 0}
    corpus = {"sources": [KINDS[name].source]}
    given = {"preset": "paper", "corpus": corpus, "fetch": asking}
    return effective_config(given, ROOT / "presets")


def fetch(folder: Path, shards: int, config: Mapping[str, Any]) -> None:
    """Fetch all shards of the train split, one after the other."""
    for number in range(shards):
        fetch_clips.main(
            asked=folder / "asked/train.parquet",
            archive=[],
            shard=folder / f"train/{number}.parquet",
            number=number,
            shards=shards,
            corpus=config["corpus"],
            fetch=config["fetch"],
        )


def check(folder: Path, clips: int) -> None:
    """Stop where not every clip has come."""
    paths = sorted((folder / "train").glob("*.parquet"))
    statuses = read_clip_table(paths, ["status"])["status"].to_pylist()
    assert statuses == ["ok"] * clips, f"{statuses.count('ok')} of {clips} clips came"


def most_memory_mb() -> float:
    """The most memory this process has held; what getrusage says counts its parent's too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]
    return int(kilobytes) / 1024


def child(folder: Path, part: str, name: str, clips: int, shards: int, url: str) -> None:
    """Measure one part on one core, and print the result as JSON."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    start_s = KINDS[name].start_s
    if part != "fetch":
        decode = {"plain": decode_plainly, "job": decode_as_the_job}[part]
        print(json.dumps({part: rate_alone(decode, folder / "files", start_s)}))
        return
    config = config_for(name, url)
    write_asked(folder / "asked/train.parquet", clips, start_s)
    begin_s, begin_processor_s = time.perf_counter(), processor_s()
    fetch(folder, shards, config)
    result = {
        "fetched": clips / (processor_s() - begin_processor_s),
        "by_the_clock": clips / (time.perf_counter() - begin_s),
        "memory_mb": most_memory_mb(),
    }
    check(folder, clips)
    print(
        json.dumps(result | {"plain_warm": rate_alone(decode_plainly, folder / "files", start_s)})
    )


def run_child(part: str, *arguments: object) -> dict[str, float]:
    """Run a part in a child process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", part, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        # Else the libraries' threads, made before the process is told its core, use others.
        env={**os.environ, "TQDM_DISABLE": "1", "OPENBLAS_NUM_THREADS": "1"},
        encoding="utf-8",
    )
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, clips: int, shards: int, url: str, files: list[bytes]) -> dict[str, float]:
    """Fetching, and before and after it the two ways of decoding alone."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "files").mkdir()
        for number, file in enumerate(files):
            (Path(folder) / "files" / f"{number:02d}").write_bytes(file)
        given = [folder, "--kinds", name, "--clips", clips, "--shards", shards, "--url", url]
        alone = ("plain", "job")
        before = {part: run_child(part, *given)[part] for part in alone}
        result = run_child("fetch", *given)
        after = {part: run_child(part, *given)[part] for part in alone}
    return result | {part: (before[part] + after[part]) / 2 for part in alone}


def serve(server: HostileServer, name: str, clips: int) -> list[bytes]:
    """Put files of a kind on the server, under as many names as clips are asked for."""
    kind = KINDS[name]
    files = [make_file(kind, number) for number in range(SOUNDS)]
    if kind.source == "huggingface":
        hub = HostileHub(server)
        rows = [(f"video{n:06d}", files[n % SOUNDS]) for n in range(clips)]
        for first in range(0, len(rows), 1_000):
            hub.add(f"{FOLDER}/{first:05d}.parquet", rows[first : first + 1_000], ROWS_PER_GROUP)
    for n in range(clips):
        server.serve(f"/{name}/video{n:06d}", files[n % SOUNDS], kind.content_type)
    return files


def main() -> None:
    """Serve, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=KINDS)
    parser.add_argument("--clips", type=int, default=256)
    parser.add_argument("--shards", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--child", default="")
    parser.add_argument("--url")
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    if given.child:
        child(given.folder, given.child, given.kinds[0], given.clips, given.shards[0], given.url)
        return
    if len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name in given.kinds:
        with HostileServer() as server:
            files = serve(server, name, given.clips)
            for shards in given.shards:
                result = measure(name, given.clips, shards, server.url(), files)
                print(describe(name, given.clips, shards, result), flush=True)


def describe(name: str, clips: int, shards: int, result: dict[str, float]) -> str:
    """One measurement as a line."""
    fetched, plain, warm, job = (result[part] for part in ("fetched", "plain", "plain_warm", "job"))
    return (
        f"{name}: {clips} clips in {shards} shards, {fetched:.1f} clips/s of a core's time "
        f"({result['by_the_clock']:.1f} by the clock); decoding and resampling alone "
        f"{plain:.1f} by a plain loop in a new process (ratio {fetched / plain:.2f}), "
        f"{warm:.1f} by one in the process that has fetched (ratio {fetched / warm:.2f}), "
        f"{job:.1f} by the job's step (ratio {fetched / job:.2f}); "
        f"{result['memory_mb']:.0f} MB at most"
    )


if __name__ == "__main__":
    main()
