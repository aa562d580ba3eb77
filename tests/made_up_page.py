"""A small run made up for tests of the report: what it holds, and text that must stay text."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import yaml
from configured import configure
from matplotlib.figure import Figure

from science.report.listening import Sounds
from science.report.page import Run
from science.report.sounds import sounds_of_network
from science.report.traces import Trace
from science.scorecard.claims import Claim, Selection
from science.scorecard.kim2024 import cast_beside
from science.scorecard.number_table import number_rows
from science.scorecard.published import Number, Published
from science.scorecard.verdicts import score

EVIL = "<script>alert('x')</script>&\""
NO_WEIGHTS = {"weights": "", "weights_of": "", "permute_weights": False}

CLAIMS = [
    Claim(
        id=f"claim_{number}",
        sentence="A read-out distinguishes music from other sounds with an AP of {ours}",
        where=f"Results, {analysis}",
        computed="Average precision of a linear regression",
        ours=Selection(analysis, "average_precision", "no_music", category=None),
        compared_with=Selection(analysis, "chance", "no_music", category=None),
    )
    for number, analysis in enumerate(["separability", "separability", "detection"])
]
PUBLISHED = {
    "claim_0": Published("Results, separability", "0.887", "0.005"),
    "claim_1": Published("Results, separability (again)", "0.50", slip="a slip of the press"),
    "claim_2": Published("Results, detection"),
}
NUMBERS = (
    Number("claim_0", "Results", "chance", "effect", "0.266", ours=CLAIMS[0].compared_with),
    Number("", "Methods", "training clips", "fact of the corpus", "17,902", slip="exchanged"),
)


def tables_of_scorecard(
    analyses: dict, sizes: bool = True, published: dict = PUBLISHED, own: dict | None = None
) -> dict[str, pd.DataFrame]:
    scorecard = score(CLAIMS, analyses, published, sizes, 0.1, own or {})
    given = NUMBERS, (), analyses, cast_beside("no_music"), sizes, 0.1
    return {"scorecard": scorecard, "numbers": number_rows(scorecard, published, *given)}


TRACE = Trace(
    "separability",
    "analyses/separability.csv",
    "workflow_scripts/science/analyses/separability.py:20",
    "../../workflow_scripts/science/analyses/separability.py#L20",
    "logs/measure_separability.log",
)


def sounds_of_run(size: int = 100) -> Sounds:
    """Sounds of a network with four units, of which two are selective."""
    clip_ids = np.array([f"clip_{number}" for number in range(8)])
    responses = np.random.default_rng(0).random((8, 4))
    units = pd.DataFrame(
        {"unit": range(4), "rank": [1, 3, 2, 4], "selected": [True, False, True, False]}
    )
    groups = np.arange(8) < 4, np.arange(8) >= 4
    stimuli = {"50ms": responses / 2, "original": responses}
    table = sounds_of_network(clip_ids, responses, units, groups, stimuli)
    table["labels"] = "Music; Singing"
    return Sounds(table, {file: b"x" * size for file in table["file"]}, "report_sounds")


def png_file() -> bytes:
    stored = io.BytesIO()
    figure = Figure(figsize=(3, 2), dpi=50)
    figure.subplots().plot([0, 1], [1, 0])
    figure.savefig(stored, format="png")
    return stored.getvalue()


def made_up_report(png: bytes) -> Run:
    """A small run of the paper's target, with figures, sounds and text that looks like markup."""
    separability = pd.DataFrame(
        {
            "features": "no_music",
            "seed": [0, 1, 2],
            "average_precision": [0.85, 0.87, 0.9],
            "chance": 0.25,
            "note": [EVIL, "", ""],
        }
    )
    config = configure(preset="paper", corpus={"name": "audioset"}) | {
        "conditions": {
            "no_music": {
                "epochs": 30,
                "label_mode": "given",
                "exclude_labels": ["Music", {"label": "Singing", "descendants": True}],
                "exclude_listed_clips": True,
                "keep_fraction": 0.0,
                "weights_used": "best",
                **NO_WEIGHTS,
            },
            "untrained": {"epochs": 0, "exclude_listed_clips": False, **NO_WEIGHTS},
        },
    }
    config["corpus"]["tables"]["excluded_clips"] = ""
    named = {"name": "trial", "conditions": ["no_music", "untrained"], "seeds": [0, 1, 2]}
    config["run"] = config["run"] | named
    left_out = pd.DataFrame(
        [
            ("no_music", "train", "kept", 12345),
            ("no_music", "train", "carries a left-out label: Music", 678),
            ("no_music", "validation", "kept", 26),
            ("no_music", "test", "kept", 180),
            ("untrained", "train", "kept", 324),
            ("untrained", "validation", "kept", 36),
            ("untrained", "test", "kept", 180),
        ],
        columns=["condition", "split", "reason", "clips"],
    )
    return Run(
        folder="results/trial",
        notice="Synthetic: no evidence",
        config=config,
        config_text=yaml.safe_dump(config),
        figures={"training": png, "separability": png},
        captions={
            "training": "Loss of *every* network of ``{{ snakemake.config['run']['name'] }}``.",
            "separability": "A caption.",
        },
        **tables_of_scorecard({"separability": separability}),
        analyses={"separability": separability},
        availability=pd.DataFrame({"split": ["train"], "asked": [22160], "got": [12345]}),
        availability_words=["train: 12,345 of 22,160 clips (55.7%).", f"No clip of {EVIL}."],
        left_out=left_out,
        jobs=pd.DataFrame(
            {
                "rule": ["train_network", "train_network", "write_config"],
                "s": [100.0, 50.0, 1.0],
                "cpu_time": [90.0, 45.0, np.nan],
                "max_rss": [500.0, 600.0, np.nan],
                "on_gpu": [True, False, False],
            }
        ),
        versions={"Python": "3.11.9"},
        traces={"claim_0": TRACE},
        sounds=sounds_of_run(),
        commit="0123abc-dirty",
        digests=pd.DataFrame({"data": ["tables/ontology.json"], "files": 1, "sha256": "ab" * 32}),
    )
