"""Fetching through the workflow itself, from a hostile server: faults, re-runs, refetch, FSD50K."""

import csv
import dataclasses
import io
import re
import shutil
import socket
import subprocess
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import soundfile
import tone_media
import yaml
from hostile_hub import HostileHub
from hostile_server import HostileServer, Misbehaviour
from test_fsd50k import split_zip
from workflow_copy import WorkflowCopy

from science.sound import waveforms
from sources.demo import corpus as demo_corpus
from sources.demo import ontology as demo_ontology
from storage.clips import iterate_clips

SHARED = Path(__file__).resolve().parents[2] / "shared"
ALWAYS_500 = Misbehaviour("status", status=500)

CONFIG = """\
preset: paper
run: {{name: fetched, conditions: [no_music], seeds: [0]}}
corpus:
  name: fetched
  sources: [huggingface, youtube]
  shards: 1
  tables:
    train_segments: {{primary: {url}/gone.csv, fallback: {url}/train.csv, sha256: ""}}
    test_segments: {url}/test.csv
    class_labels: {url}/class_labels.csv
    ontology: {url}/ontology.json
    excluded_clips: {{primary: {url}/gone.txt, fallback: {url}/by_hand.txt}}
fetch:
  first_delay_s: 0.01
  longest_delay_s: 0.02
  attempts: 2
  accept_missing: {accept_missing}
  huggingface: {{endpoint: "{url}", timeout_s: 5}}
  youtube: {{url: "{url}/watch/{{ytid}}", timeout_s: 5, seconds_between_clips: 0, refusals: 100}}
"""


class Site:
    """The server with tables, a mirror that has half of the clips, and videos of the others."""

    def __init__(self, server: HostileServer) -> None:
        self.server = server
        plan = demo_corpus.plan_demo_clips(40, 40, seed=3)
        self.clips = [clip for split in ("train", "test") for clip in plan if clip.split == split]
        # Starts near the beginning keep the videos short.
        self.clips = [
            dataclasses.replace(clip, start_s=float(start_s), end_s=start_s + 10.0)
            for start_s, clip in enumerate(self.clips[:8] + self.clips[-6:])
        ]
        for split in ("train", "test"):
            chosen = [clip for clip in self.clips if clip.split == split]
            server.serve(f"/{split}.csv", demo_corpus.segments_csv(chosen).encode())
        server.serve("/class_labels.csv", demo_ontology.class_labels_csv().encode())
        server.serve("/ontology.json", demo_ontology.ontology_json().encode())
        server.misbehave("/ontology.json", ALWAYS_500)
        server.serve("/by_hand.txt", f"{self.clips[0].clip_id}.wav\n".encode())
        hub = HostileHub(server)
        for split, folder in (("train", "data/bal_train"), ("test", "data/eval")):
            numbers = [n for n, clip in enumerate(self.clips) if clip.split == split]
            self.mirrored = [clip.clip_id for clip in self.clips[::2]]
            rows = [(self.clips[n].ytid, tone_media.media("flac", n, 10.0)) for n in numbers[::2]]
            hub.add(f"{folder}/00.parquet", rows, rows_per_group=2)
        for number, clip in enumerate(self.clips):
            body = tone_media.media("m4a", number, clip.start_s + 11.0)
            server.serve(self.video(number), body, tone_media.CONTENT_TYPES["m4a"])

    def video(self, number: int) -> str:
        """Path of the video of clip `number`."""
        return f"/watch/{self.clips[number].ytid}"

    def asked_since(self, first: int) -> Counter:
        """What was asked for, from request number `first` on."""
        return Counter(request.path for request in self.server.requests[first:])


@pytest.fixture(scope="module")
def site():
    with HostileServer() as server:
        yield Site(server)


def configured(copy: WorkflowCopy, site: Site, accept_missing: float = 0.0) -> WorkflowCopy:
    text = CONFIG.format(url=site.server.url(), accept_missing=accept_missing)
    (copy.folder / "tiny.yaml").write_text(text, encoding="utf-8")
    return copy


def rows_of(copy: WorkflowCopy, corpus: str = "fetched") -> pd.DataFrame:
    shards = copy.files(f"clips/{corpus}/*/0.parquet")
    shards = [path for path in shards if path.parent.name in ("train", "test")]
    return pd.concat(pd.read_parquet(path) for path in shards).set_index("clip_id")


def refetch(copy: WorkflowCopy) -> str:
    script = "workflow_scripts/plumbing/commands/refetch.py"
    done = subprocess.run(
        [sys.executable, script, "--configfile", "tiny.yaml"],
        cwd=copy.folder, capture_output=True, text=True, timeout=120,
    encoding="utf-8")  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def fetched(site, tmp_path_factory):
    """A run that met a removed video and one that answers 500, and the run after it was healed."""
    copy = WorkflowCopy.make(tmp_path_factory.mktemp("fetch") / "workflow")
    configured(copy, site)
    site.server.misbehave(site.video(1), Misbehaviour("status", status=404), always=True)
    site.server.misbehave(site.video(3), ALWAYS_500, always=True)
    copy.failed = copy.snakemake("clips", fails=True)
    copy.site = site
    copy.shards_after_failure = copy.files("clips/fetched/train/*.parquet")
    copy.first_requests = len(site.server.requests)
    site.server.behave(site.video(3))
    copy.printed = copy.snakemake("clips")
    copy.second_requests = site.asked_since(copy.first_requests)
    return copy


class TestFetching:
    def test_a_passing_fault_fails_the_job_with_a_count_and_what_to_do(self, fetched):
        assert re.search(
            r"fetch_clips stopped \(split train, shard 0\): 1 of 8 clips could not be fetched for "
            r"reasons that may pass, most often network \(1 of them.*fetch\.accept_missing to "
            r"0\.125 or more",
            fetched.failed,
        )
        assert fetched.shards_after_failure == []
        assert "train: 0 of 1 shard finished" in fetched.failed
        assert re.search(
            r"test: 1 of 1 shard finished; in them, 6 of 6 clips available "
            r"\(from youtube 3, from huggingface 3\)",
            fetched.failed,
        )

    def test_the_other_shards_are_fetched_all_the_same(self, fetched):
        assert not [path for path in fetched.second_requests if "data/eval" in path]

    def test_a_rerun_asks_for_the_rest_only(self, fetched, site):
        assert set(fetched.second_requests) == {site.video(3)}

    def test_every_clip_is_the_right_one_and_says_where_it_is_from(self, fetched, site):
        rows = rows_of(fetched)
        assert sorted(rows.index) == sorted(clip.clip_id for clip in site.clips)
        heard = {
            clip_id: tone_media.heard_recording(samples / 32_768, waveforms.SAMPLE_RATE_HZ)
            for path in fetched.files("clips/fetched/t*/0.parquet")
            for clip_id, samples in ([] if path.parent.name == "tables" else iterate_clips(path))
        }
        for number, clip in enumerate(site.clips):
            row = rows.loc[clip.clip_id]
            if number == 1:
                assert (row["status"], row["source"]) == ("removed", "youtube")
                continue
            assert row["status"] == "ok"
            assert heard[clip.clip_id] == number
            assert row["source"] == ("huggingface" if clip.clip_id in site.mirrored else "youtube")

    def test_tables_come_from_the_fallback_and_through_faults(self, fetched):
        logs = fetched.folder / "results/fetched/logs/fetch_table"
        assert "/train.csv" in (logs / "train_segments.csv.log").read_text(encoding="utf-8")
        tables = fetched.folder / "results/clips/fetched/tables"
        assert (tables / "ontology.json").is_file()
        by_hand = (tables / "excluded_clips.txt").read_text(encoding="utf-8")
        assert by_hand.split() == [fetched.site.clips[0].clip_id]

    def test_the_account_is_exact(self, fetched):
        splits = pd.read_csv(fetched.folder / "results/fetched/analyses/availability.csv")
        train = splits.set_index("split").loc["train"]
        assert (train["asked"], train["got"], train["missing_removed"]) == (8, 7, 1)
        assert splits["paper_got"].isna().all()

    def test_the_account_stands_at_the_end_on_the_terminal(self, fetched):
        said = (
            "train: 7 of 8 clips available (from huggingface 4, from youtube 3); missing: 1 removed"
        )
        assert said in fetched.printed
        assert "results/fetched/analyses/availability.csv" in fetched.printed
        assert "Logging error" not in fetched.printed + fetched.failed

    def test_how_to_ask_is_no_reason_to_ask_again(self, fetched):
        more = fetched.overlay("fetch: {threads: 2, attempts: 7, accept_missing: 0.5}\n")
        assert fetched.plan("clips", *more) == {}

    def test_a_misspelt_label_is_refused_once_the_tables_are_there(self, fetched):
        more = fetched.overlay("conditions: {no_music: {exclude_labels: [Musik]}}\n")
        output = fetched.snakemake("--dry-run", *more, fails=True)
        assert "conditions.no_music.exclude_labels: " in output

    def test_a_removed_shard_comes_back_without_a_request(self, fetched, site, tmp_path):
        copy = fetched.clone(tmp_path / "copy")
        before, asked = rows_of(copy), len(site.server.requests)
        (copy.folder / "results/clips/fetched/train/0.parquet").unlink()
        copy.snakemake("clips")
        assert len(site.server.requests) == asked
        pd.testing.assert_frame_equal(rows_of(copy), before)

    def test_refetching_wins_what_is_back_and_reruns_what_depends_on_it(
        self, fetched, site, tmp_path
    ):
        copy = fetched.clone(tmp_path / "copy")
        before = rows_of(copy)
        assert "0 clips were won; nothing has changed" in refetch(copy)
        assert copy.plan("clips") == {}
        site.server.behave(site.video(1))
        asked = len(site.server.requests)
        try:
            assert "1 clips were won" in refetch(copy)
        finally:
            site.server.misbehave(site.video(1), Misbehaviour("status", status=404), always=True)
        asked_again = {path for path in site.asked_since(asked) if "/watch/" in path}
        assert asked_again == {site.video(1)}
        after = rows_of(copy)
        won = site.clips[1].clip_id
        assert after.loc[won, "status"] == "ok"
        pd.testing.assert_frame_equal(after.drop(index=won), before.drop(index=won))
        assert set(copy.plan("clips")) == {"count_clips"}

    def test_a_share_of_clips_can_be_given_up(self, fetched, site, tmp_path):
        copy = configured(fetched.clone(tmp_path / "copy"), site, accept_missing=0.2)
        shutil.rmtree(copy.folder / "results/clips/fetched/.fetched/test")
        (copy.folder / "results/clips/fetched/test/0.parquet").unlink()
        site.server.misbehave(site.video(9), ALWAYS_500, always=True)
        try:
            copy.snakemake("results/clips/fetched/test/0.parquet")
        finally:
            site.server.behave(site.video(9))
        statuses = rows_of(copy)["status"]
        assert statuses[site.clips[9].clip_id] == "network"
        assert Counter(statuses) == {"ok": 12, "removed": 1, "network": 1}


def test_a_wrong_cookies_file_or_option_stops_the_run_before_any_job(site, tmp_path):
    copy = configured(WorkflowCopy.make(tmp_path / "copy"), site)
    (copy.folder / "cookies.txt").write_text('[{"value": "secret"}]', encoding="utf-8")
    first = len(site.server.requests)
    wrong = copy.overlay(
        "fetch: {youtube: {cookies_file: cookies.txt, options: {extractor_args: "
        "'youtube:player_client=web'}}}\n"
    )
    output = copy.snakemake("clips", *wrong, fails=True)
    assert re.search(r"fetch\.youtube\.cookies_file: cookies\.txt is JSON", output)
    assert "`extractor_args: {youtube: {player_client: [web]}}`" in output
    assert "secret" not in output
    assert len(site.server.requests) == first


def test_a_site_that_cannot_be_reached_stops_within_seconds_and_marks_nothing(site, tmp_path):
    copy = configured(WorkflowCopy.make(tmp_path / "copy"), site)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    away = copy.overlay(f"fetch: {{youtube: {{url: 'http://127.0.0.1:{port}/{{ytid}}'}}}}\n")
    copy.snakemake("results/clips/fetched/asked/train.parquet", *away)
    begin_s = time.monotonic()
    output = copy.snakemake("results/clips/fetched/train/0.parquet", *away, fails=True)
    assert time.monotonic() - begin_s < 30
    assert re.search(
        rf"fetch_clips stopped .*127\.0\.0\.1 \(port {port}\) cannot be reached", output
    )
    assert copy.files("clips/fetched/train/*.parquet") == []
    copy.snakemake("results/clips/fetched/train/0.parquet")
    assert Counter(rows_of(copy)["status"])["ok"] >= 7


def test_a_misspelt_label_stops_the_run_before_any_clip_is_asked_for(site, tmp_path):
    copy = configured(WorkflowCopy.make(tmp_path / "copy"), site)
    misspelt = copy.overlay("conditions: {no_music: {exclude_labels: [Musik]}}\n")
    first = len(site.server.requests)
    refusal = r"conditions\.no_music\.exclude_labels: .*'Musik'.*Music"
    output = copy.snakemake("clips", *misspelt, fails=True)
    assert re.search("list_clips stopped: " + refusal, output)
    asked = set(site.asked_since(first))
    assert "/class_labels.csv" in asked
    assert not [path for path in asked if "/watch/" in path or "/data/" in path]
    output = copy.snakemake("clips", *misspelt, fails=True)
    assert re.search("The configuration needs a change:\n" + refusal, output)
    assert set(site.asked_since(first)) == asked
    assert "list_clips" in copy.plan("clips")


def test_the_papers_run_is_planned_for_tables_of_the_real_size(tmp_path):
    audioset = SHARED / "audioset"
    if not audioset.is_dir():
        pytest.skip("../shared/audioset is absent")
    with open(audioset / "class_labels_indices.csv", encoding="utf-8", newline="") as file:
        mids = [row["mid"] for row in csv.DictReader(file)]
    for split, clips in (("train", 22_160), ("test", 20_371)):
        lines = ["# AudioSet", "# synthesised", "# YTID, start_seconds, end_seconds, labels"]
        lines += [
            f'{split[:2]}{number:09d}, {30.0:.3f}, {40.0:.3f}, "{mids[number % len(mids)]}"'
            for number in range(clips)
        ]
        (tmp_path / f"{split}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    copy = WorkflowCopy.make(tmp_path / "copy")
    (copy.folder / "tiny.yaml").write_text(
        f"preset: paper\ncorpus:\n  tables:\n    train_segments: {tmp_path}/train.csv\n"
        f"    test_segments: {tmp_path}/test.csv\n"
        f"    class_labels: {audioset}/class_labels_indices.csv\n"
        f"    ontology: {audioset}/ontology.json\n"
        f"    excluded_clips: {audioset}/manually_excluded_clips.xlsx\n",
        encoding="utf-8",
    )
    copy.snakemake("results/clips/audioset/asked/train.parquet")
    asked = pd.read_parquet(copy.folder / "results/clips/audioset/asked/train.parquet")
    assert len(asked) == 22_160
    planned = copy.plan()
    assert planned["fetch_clips"] == 128
    assert planned["train_network"] == 25


def wav(number: int, duration_s: float) -> bytes:
    target = io.BytesIO()
    samples = tone_media.tones(number, duration_s, 44_100)
    soundfile.write(target, samples, 44_100, format="WAV", subtype="PCM_16")
    return target.getvalue()


CLASSES = {
    "Piano": "/m/05r5c",
    "Keyboard_(musical)": "/m/05148p4",
    "Musical_instrument": "/m/04szw",
    "Music": "/m/04rlf",
    "Singing": "/m/015lz1",
    "Speech": "/m/09x0r",
    "Human_voice": "/m/09l8g",
    "Bark": "/m/05tny_",
    "Animal": "/m/0jbk",
    "Water": "/m/0838f",
    "Vehicle": "/m/07yv9",
}
SOUNDS = ("Piano,Keyboard_(musical),Musical_instrument,Music", "Speech,Human_voice")
SOUNDS += ("Bark,Animal", "Water", "Vehicle", "Singing,Human_voice")
DURATIONS_S = (0.3, 4.0, 12.0)
# Of the first five clips.
KINDS = {
    "music": ["pure", "none", "none", "none", "none"],
    "speech": ["none", "pure", "none", "none", "none"],
}


def ground_truth() -> bytes:
    """FSD50K.ground_truth.zip in small: 24 development clips and 12 evaluation clips."""
    tables = {"dev": "fname,labels,mids,split\n", "eval": "fname,labels,mids\n"}
    for number in range(36):
        labels = SOUNDS[number % len(SOUNDS)]
        mids = ",".join(CLASSES[label] for label in labels.split(","))
        if number < 24:
            tables["dev"] += f'{number},"{labels}","{mids}",{"val" if number % 5 else "train"}\n'
        else:
            tables["eval"] += f'{number},"{labels}","{mids}"\n'
    vocabulary = "".join(f"{n},{name},{mid}\n" for n, (name, mid) in enumerate(CLASSES.items()))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in {**tables, "vocabulary": vocabulary}.items():
            archive.writestr(f"FSD50K.ground_truth/{name}.csv", text)
    return target.getvalue()


@pytest.mark.parametrize("unpacked", [False, True], ids=["parts", "folder"])
def test_fsd50k_goes_from_split_archives_to_labels(tmp_path, unpacked):
    files = {str(number): wav(number, DURATIONS_S[number % 3]) for number in range(36)}
    parts = {}
    for split, numbers in (("dev", range(24)), ("eval", range(24, 36))):
        (tmp_path / split).mkdir()
        members = {f"FSD50K.{split}_audio/{n}.wav": files[str(n)] for n in numbers}
        written = split_zip(tmp_path / split, members, 2_000_000)
        parts[split] = [
            part.rename(part.with_name(part.name.replace("audio", f"FSD50K.{split}_audio")))
            for part in written
        ]
        assert len(parts[split]) > 1
    if unpacked:
        test_archive = [str(tmp_path / "FSD50K.eval_audio")]
        (tmp_path / "FSD50K.eval_audio").mkdir()
        for number in range(24, 36):
            (tmp_path / f"FSD50K.eval_audio/{number}.wav").write_bytes(files[str(number)])
    else:
        test_archive = [
            str(part.rename(part.with_name(f"{part.name}?download=1"))) for part in parts["eval"]
        ]
    (tmp_path / "ontology.json").write_text(demo_ontology.ontology_json(), encoding="utf-8")
    copy = WorkflowCopy.make(tmp_path / "copy")
    with HostileServer() as server:
        server.serve("/FSD50K.ground_truth.zip", ground_truth(), "application/zip")
        for part in parts["dev"]:
            server.serve(f"/{part.name}", part.read_bytes(), "application/zip")
        server.misbehave(f"/{parts['dev'][0].name}", Misbehaviour("cut"))
        config = {
            "preset": "fsd50k",
            "run": {"name": "small"},
            "fetch": {"first_delay_s": 0.01, "longest_delay_s": 0.01},
            "corpus": {
                "name": "small",
                "shards": 1,
                "tables": {"ontology": str(tmp_path / "ontology.json")},
                "fsd50k": {
                    "ground_truth": server.url("/FSD50K.ground_truth.zip?download=1"),
                    "train_archive": [server.url(f"/{p.name}?download=1") for p in parts["dev"]],
                    "test_archive": test_archive,
                },
            },
        }
        (copy.folder / "tiny.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        categories = [f"results/small/labels/categories/{name}.parquet" for name in KINDS]
        copy.snakemake("results/small/labels/no_music.parquet", *categories)
    for split, numbers in (("train", range(24)), ("test", range(24, 36))):
        heard = dict(iterate_clips(copy.folder / f"results/clips/small/{split}/0.parquet"))
        assert sorted(heard) == sorted(f"{number}_0.000" for number in numbers)
        for number in numbers:
            samples = heard[f"{number}_0.000"]
            seconds = min(10.0, DURATIONS_S[number % 3])
            assert len(samples) == pytest.approx(22_050 * seconds, abs=2)
    labels = pd.read_parquet(copy.folder / "results/small/labels/no_music.parquet")
    labels = labels.set_index("clip_id")
    assert labels["left_out"]["0_0.000"] == "carries a left-out label: Piano"
    assert labels["left_out"]["5_0.000"] == "carries a left-out label: Singing"
    assert labels["split"]["24_0.000"] == "test"
    for path, kinds in zip(categories, KINDS.values(), strict=True):
        found = pd.read_parquet(copy.folder / path).set_index("clip_id")["kind"]
        assert found[[f"{number}_0.000" for number in range(5)]].tolist() == kinds
