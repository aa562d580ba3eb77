"""Options that came as text are the numbers and truth values that were meant."""

from configured import configure


def test_texts_are_what_the_same_values_are():
    """What Snakemake makes of `--config 'run={seeds: [0, 1]}'`, and PyYAML of `1e-3`."""
    texts = configure(
        preset="demo",
        seed="7",
        run={"seeds": ["0", "1"]},
        training={"threads": "2", "peak_learning_rate": "1e-3"},
        conditions={"mine": {"epochs": "3", "exclude_listed_clips": "True"}},
        selectivity={"fraction": ".25"},
    )
    assert texts == configure(
        preset="demo",
        seed=7,
        run={"seeds": [0, 1]},
        training={"threads": 2, "peak_learning_rate": 0.001},
        conditions={"mine": {"epochs": 3, "exclude_listed_clips": True}},
        selectivity={"fraction": 0.25},
    )


def test_what_is_a_text_stays_one():
    config = configure(run={"name": "7"}, categories={"own": ["1", "true"]})
    assert config["run"]["name"] == "7"
    assert config["categories"]["own"] == ["1", "true"]
