"""The soak: 2,000 tiny clips from a server of which 1% of everything fails, to the last analysis.

Usage: soak.py [--clips N] [--seed N] [--folder FOLDER]; `make test-soak`. Of the clips 1% each are
gone, garbled, silent or cut short for good; of the requests 1% each meet an error, too many
requests, a cut body or a hang-up; and jobs are killed while they fetch and after. Names of classes
and genres are hostile, and the run is given cookies and a token. A plain re-run follows each stop.

The account must be exact: a row for every clip asked for, once, with its own sound or the true
reason, and all tables say the same numbers. The memory of the fetching jobs is sampled. What was
counted goes to results/soak.json, and a summary line is printed last; the exit status is 1 where
something is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy
import pandas
import psutil

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS.parent / "workflow_scripts")]

import tone_media  # noqa: E402
from hostile_server import HostileServer, Misbehaviour  # noqa: E402
from workflow_copy import WorkflowCopy  # noqa: E402

from science.sound import waveforms  # noqa: E402
from sources.demo import corpus as demo_corpus  # noqa: E402
from sources.demo import ontology as demo_ontology  # noqa: E402
from storage.clips import iterate_clips  # noqa: E402

SCRIPT = re.compile(r"\.snakemake/scripts/tmp[^ ]*?\.(\w+)\.py")
CLIP_S, SERVED_S, RECORDINGS = 2.0, 2.5, 8
KINDS = ("m4a", "webm", "mp3", "flac")
SHARE = 0.01
# What stays wrong with a clip, and what the row may say of it.
LASTING = {
    "gone": {"removed"},
    "garbled": {"decode", "not_audio", "truncated"},
    "silent": {"silent"},
    "cut short": {"truncated", "decode", "not_audio", "too_short"},
}
PASSING = (
    Misbehaviour("status", status=500),
    Misbehaviour("status", status=429, retry_after="0.1"),
    Misbehaviour("cut"),
    Misbehaviour("hang_up"),
)
# Of genres and instruments, which figures and tables show, but no option names.
HOSTILE_NAMES = (
    "$\\frac{$ ; rm -rf ~", "<script>alert(1)</script>", "'; DROP TABLE clips; --", "-rf",
    "{seed} {{x}} %s %(x)d", "../../../../etc/passwd", "$(touch pwned) `touch pwned`", "x" * 300,
    "Cafe\u0301 \u202egnp.exe", '"quoted", and, commas', "=1+1", "#NAME", "\\newcommand{\\x}",
)  # fmt: skip
SECRETS = {"cookie": "soak-secret-of-a-cookie", "token": "hf_soakSecretOfAToken"}
CONFIG = """\
preset: paper
run:
  name: soak
  conditions: [no_music]
  seeds: [0]
  device: cpu
  analyses:
    [detection, embedding, separability, mean_response, selectivity, readout, selective_units]
corpus:
  name: soak
  sources: [youtube]
  shards: 1
  natural_sounds: ""
  tables:
    train_segments: {url}/train.csv
    test_segments: {url}/test.csv
    class_labels: {{primary: "{url}/class_labels.csv", fallback: "", sha256: ""}}
    ontology: {{primary: "{url}/ontology.json", fallback: "", sha256: ""}}
    excluded_clips: ""
fetch:
  first_delay_s: 0.05
  longest_delay_s: 0.5
  youtube:
    url: "{url}/watch/{{ytid}}"
    cookies_file: cookies.txt
    timeout_s: 5
    seconds_between_clips: 0
    refusals: 1000
conditions: {{no_music: {{epochs: 1, exclude_listed_clips: false}}}}
logmel: {{clip_s: 2, short_clips: repeat}}
network: {{channels: [4, 4, 8, 16], hidden: 8}}
training: {{precision: float32}}
baselines: {{pca_components: 16}}
selectivity: {{permutations: 20}}
selective_units: {{permutations: 100}}
statistics: {{bootstrap_samples: 100}}
"""


class FailingServer(HostileServer):
    """A server of which a share of the requests fails, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.generator = random.Random(seed)
        self.failures: Counter[str] = Counter()

    def next_misbehaviour(self, path: str) -> Misbehaviour | None:
        """What was planned for the path, else a failure now and then."""
        planned = super().next_misbehaviour(path)
        with self.lock:
            if planned is not None or self.generator.random() >= SHARE * len(PASSING):
                return planned
            failure = self.generator.choice(PASSING)
            name = f"status {failure.status}" if failure.kind == "status" else failure.kind
            self.failures[name] += 1
            return failure


@dataclass
class Soak:
    """What was asked for, what became of it, and what was measured."""

    clips: list[demo_corpus.DemoClip]
    fates: dict[str, str]
    recording_of: dict[str, int]
    kills: list[str] = field(default_factory=list)
    runs: int = 0
    samples: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def check(self, holds: object, problem: str) -> None:
        """Note a problem where something does not hold."""
        if not holds:
            self.problems.append(problem)


def planned(number: int, seed: int) -> Soak:
    """The clips, and what is wrong with some of them."""
    generator = random.Random(seed)
    train = number * 7 // 10
    clips = [
        demo_corpus.DemoClip(clip.split, clip.ytid, 0.0, CLIP_S, clip.labels)
        for clip in demo_corpus.plan_demo_clips(train, number - train, seed=seed)
    ]
    fates, recordings = {}, {}
    for clip in clips:
        drawn = generator.random()
        fates[clip.clip_id] = next(
            (name for place, name in enumerate(LASTING) if drawn < SHARE * (place + 1)), "fine"
        )
        recordings[clip.clip_id] = generator.randrange(RECORDINGS)
    return Soak(clips, fates, recordings)


def silence() -> bytes:
    import io

    import soundfile

    target = io.BytesIO()
    soundfile.write(target, numpy.zeros(22_050 * 2), 22_050, format="FLAC")
    return target.getvalue()


def serve(server: HostileServer, soak: Soak, seed: int) -> None:
    """Put tables and videos on the server."""
    generator = random.Random(seed + 1)
    for split in ("train", "test"):
        chosen = [clip for clip in soak.clips if clip.split == split]
        server.serve(f"/{split}.csv", demo_corpus.segments_csv(chosen).encode())
    classes, ontology = hostile_tables()
    server.serve("/class_labels.csv", classes.encode())
    server.serve("/ontology.json", ontology.encode())
    for number, clip in enumerate(soak.clips):
        kind, path = KINDS[number % len(KINDS)], f"/watch/{clip.ytid}"
        media = tone_media.media(kind, soak.recording_of[clip.clip_id], SERVED_S)
        content_type = tone_media.CONTENT_TYPES[kind]
        fate = soak.fates[clip.clip_id]
        if fate == "gone":
            server.misbehave(path, Misbehaviour("status", status=404), always=True)
        elif fate == "garbled":
            media = generator.randbytes(20_000)
        elif fate == "silent":
            media, content_type = silence(), tone_media.CONTENT_TYPES["flac"]
        elif fate == "cut short":
            server.misbehave(path, Misbehaviour("truncated", share=0.3), always=True)
        server.serve(path, media, content_type)


def hostile_tables() -> tuple[str, str]:
    """The demo's classes and ontology, of which those that no option names are called otherwise."""
    import csv
    import io

    nodes = json.loads(demo_ontology.ontology_json())
    kept = {"Music", "Singing", "Humming", "Music genre", "Speech", "Vehicle", "Animal", "Water"}
    below = {
        child for node in nodes if node["name"] == "Music genre" for child in node["child_ids"]
    }
    others = [node for node in nodes if node["id"] not in below and node["name"] not in kept]
    genres = [node for node in nodes if node["id"] in below]
    for node, name in zip([*genres, *others], HOSTILE_NAMES, strict=False):
        node["name"] = name
    names = {node["id"]: node["name"] for node in nodes}
    rows = list(csv.DictReader(io.StringIO(demo_ontology.class_labels_csv())))
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["index", "mid", "display_name"])
    writer.writerows([row["index"], row["mid"], names[row["mid"]]] for row in rows)
    return target.getvalue(), json.dumps(nodes)


def jobs_of(process: psutil.Process) -> list[tuple[psutil.Process, str]]:
    """The scripts that run below a process, with their rules."""
    found = []
    for child in process.children(recursive=True):
        try:
            named = re.search(
                r"\.snakemake/scripts/tmp[^ ]*?\.(\w+)\.py", " ".join(child.cmdline())
            )
        except psutil.Error:
            continue
        if named and child.name().startswith("python"):
            found.append((child, named[1]))
    return found


def watch(process: subprocess.Popen, server: FailingServer, soak: Soak, plan: list) -> None:
    """Sample the fetching jobs' memory, and kill jobs as planned, until a run has ended."""
    snakemake = psutil.Process(process.pid)
    while process.poll() is None:
        time.sleep(0.25)
        asked = len({request.path for request in server.requests if "/watch/" in request.path})
        try:
            jobs = jobs_of(snakemake)
            for job, rule in jobs:
                if rule == "fetch_clips":
                    memory = job.memory_info().rss / 1e6
                    soak.samples.setdefault(job.pid, []).append((asked, memory))
            if plan and jobs:
                wanted, least = plan[0]
                victims = [(job, rule) for job, rule in jobs if rule == wanted or not wanted]
                if victims and asked >= least * len(soak.clips):
                    job, rule = victims[-1]
                    job.kill()
                    soak.kills.append(rule)
                    plan.pop(0)
        except psutil.Error:
            continue


def run(copy: WorkflowCopy, server: FailingServer, soak: Soak) -> str:
    """Run snakemake until it succeeds; what it printed in all."""
    # A share of the clips that must have been asked for, before one of these jobs is killed.
    plan = [
        ("fetch_clips", 0.1),
        ("fetch_clips", 0.5),
        ("compute_logmel", 1.0),
        ("train_network", 0),
    ]
    printed = ""
    environment = {**copy.environment, "HF_TOKEN": SECRETS["token"], "PYTHONUTF8": "1"}
    while soak.runs < 12:
        soak.runs += 1
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "snakemake", "--configfile", "tiny.yaml", "--cores", "2"],
                cwd=copy.folder, env=environment, stdout=output, stderr=output,
            )  # fmt: skip
            watcher = threading.Thread(target=watch, args=(process, server, soak, plan))
            watcher.start()
            process.wait()
            watcher.join()
            output.seek(0)
            text = output.read().decode(errors="replace")
        printed += text
        soak.check("Traceback" not in text, f"a traceback on the terminal, run {soak.runs}")
        print(
            f"run {soak.runs} ended with {process.returncode}; killed so far: {soak.kills}",
            flush=True,
        )
        if process.returncode == 0:
            return printed
        print("\n".join(line for line in text.splitlines() if " stopped" in line)[-2_000:])
    soak.check(False, f"the workflow did not end in {soak.runs} runs")
    return printed


def check_clips(copy: WorkflowCopy, soak: Soak) -> Counter:
    """Every clip asked for is a row once, with its own sound or the true reason."""
    statuses: Counter[str] = Counter()
    rows, heard = {}, {}
    for split in ("train", "test"):
        path = copy.folder / f"results/clips/soak/{split}/0.parquet"
        table = pandas.read_parquet(path, columns=["clip_id", "status", "detail"])
        soak.check(table["clip_id"].is_unique, f"{split}: clips stand there twice")
        expected = {clip.clip_id for clip in soak.clips if clip.split == split}
        soak.check(set(table["clip_id"]) == expected, f"{split}: other clips than were asked for")
        rows |= table.set_index("clip_id")["status"].to_dict()
        heard |= {
            clip_id: tone_media.heard_recording(samples / 32_768, waveforms.SAMPLE_RATE_HZ)
            for clip_id, samples in iterate_clips(path)
        }
    for clip_id, fate in soak.fates.items():
        status = rows.get(clip_id, "absent")
        statuses[status] += 1
        allowed = LASTING.get(fate, {"ok"})
        soak.check(status in allowed, f"{clip_id} is {status}, and was {fate}")
        if status == "ok":
            same = heard.get(clip_id) == soak.recording_of[clip_id]
            soak.check(same, f"{clip_id} has another clip's sound")
    return statuses


def check_tables(copy: WorkflowCopy, soak: Soak, statuses: Counter) -> None:
    """The tables after the clips tell the same numbers."""
    run_folder = copy.folder / "results/soak"
    splits = pandas.read_csv(run_folder / "analyses/availability.csv")
    soak.check(splits["asked"].sum() == len(soak.clips), "availability: other clips were asked for")
    soak.check(splits["got"].sum() == statuses["ok"], "availability: another number is there")
    for status, number in statuses.items():
        column = f"missing_{status}"
        if status != "ok":
            told = splits[column].sum() if column in splits else 0
            soak.check(told == number, f"availability: {told} are {status}, not {number}")
    labels = pandas.read_parquet(run_folder / "labels/no_music.parquet")
    train = [clip for clip in soak.clips if clip.split == "train"]
    in_train = labels[labels["clip_id"].isin([clip.clip_id for clip in train])]
    soak.check(len(in_train) == len(train), "labels: train clips are lost")
    left_out = in_train["left_out"].fillna("").astype(str)
    unavailable = left_out.str.startswith("unavailable").sum()
    expected = sum(soak.fates[clip.clip_id] != "fine" for clip in train)
    soak.check(unavailable == expected, f"labels: {unavailable} are unavailable, not {expected}")
    for name in ("report.html", "scorecard.csv"):
        soak.check((run_folder / name).stat().st_size > 1000, f"{name} is empty")
    page = (run_folder / "report.html").read_text(encoding="utf-8")
    soak.check("<script>alert" not in page, "the report runs a class's name")


def check_strangers(copy: WorkflowCopy, soak: Soak, printed: str, before: set[str]) -> None:
    """No secret is written anywhere, and nothing lies outside results/."""
    after = {path.name for path in copy.folder.iterdir()}
    new = after - before - {"results", ".snakemake"}
    soak.check(not new, f"new beside results/: {sorted(new)}")
    for kind, secret in SECRETS.items():
        soak.check(secret not in printed, f"the {kind} is on the terminal")
        for folder in ("results", ".snakemake"):
            for path in (copy.folder / folder).rglob("*"):
                if path.is_file() and secret.encode() in path.read_bytes():
                    soak.check(False, f"the {kind} is in {path.relative_to(copy.folder)}")


def slope(soak: Soak) -> dict[str, float]:
    """How the memory of the fetching job that asked for most grew, after its first quarter.

    Until then each of its threads has made its own yt-dlp, and the libraries are loaded.
    """
    lives = [numpy.array(samples) for samples in soak.samples.values()]
    samples = max(lives, key=lambda one: numpy.ptp(one[:, 0]), default=numpy.empty((0, 2)))
    if len(samples) < 20 or not numpy.ptp(samples[:, 0]):
        return {}
    warm_from = samples[0, 0] + 0.25 * numpy.ptp(samples[:, 0])
    asked, memory = samples[samples[:, 0] >= warm_from].T
    rise, _ = numpy.polyfit(asked, memory, 1)
    return {
        "samples": len(asked),
        "clips": int(numpy.ptp(asked)),
        "mb_at_first": round(float(memory[:10].mean()), 1),
        "mb_at_last": round(float(memory[-10:].mean()), 1),
        "mb_at_most": round(float(memory.max()), 1),
        "mb_per_1000_clips": round(float(rise) * 1000, 2),
    }


def main() -> int:
    """Run the soak and print its account; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clips", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--folder", type=Path, default=TESTS.parent / "results")
    given = parser.parse_args()
    begin_s = time.monotonic()
    soak = planned(given.clips, given.seed)
    place = Path(tempfile.mkdtemp(prefix="soak-"))
    with FailingServer(given.seed) as server:
        serve(server, soak, given.seed)
        copy = WorkflowCopy.make(place / "workflow")
        text = CONFIG.format(url=server.url())
        (copy.folder / "tiny.yaml").write_text(text, encoding="utf-8")
        cookie = f"127.0.0.1\tFALSE\t/\tFALSE\t0\tSID\t{SECRETS['cookie']}\n"
        head = "# Netscape HTTP Cookie File\n"
        (copy.folder / "cookies.txt").write_text(head + cookie, encoding="utf-8")
        before = {path.name for path in copy.folder.iterdir()}
        printed = run(copy, server, soak)
        requests, failures = len(server.requests), dict(server.failures)
        carried = sum(SECRETS["cookie"] in str(request.headers) for request in server.requests)
    soak.check(carried, "the cookie was never sent")
    account: Counter[str] = Counter()
    if not soak.problems:
        account = check_clips(copy, soak)
        check_tables(copy, soak, account)
        check_strangers(copy, soak, printed, before)
    memory = slope(soak)
    counted = {
        "seed": given.seed, "clips": len(soak.clips), "account": dict(account.most_common()),
        "fates": dict(Counter(soak.fates.values()).most_common()), "requests": requests,
        "failed requests": failures, "killed jobs": soak.kills, "runs": soak.runs,
        "memory of the fetching job": memory, "seconds": round(time.monotonic() - begin_s),
        "problems": soak.problems,
    }  # fmt: skip
    given.folder.mkdir(parents=True, exist_ok=True)
    (given.folder / "soak.json").write_text(json.dumps(counted, indent=1), encoding="utf-8")
    print(json.dumps(counted, indent=1))
    if soak.problems:
        print(f"soak: {len(soak.problems)} problems; everything is left in {place}")
        return 1
    shutil.rmtree(place)
    told = ", ".join(f"{number} {status}" for status, number in account.most_common())
    print(
        f"soak: {len(soak.clips)} clips asked for: {told}; {sum(failures.values())} of {requests} "
        f"requests failed, {len(soak.kills)} jobs were killed, {soak.runs} runs; "
        f"{memory.get('mb_per_1000_clips')} MB per 1,000 clips; {counted['seconds']} s"
    )
    return 0


if __name__ == "__main__":
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.exit(main())
