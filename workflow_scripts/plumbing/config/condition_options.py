"""The options of a condition, and those conditions that every run can choose from."""

from typing import Literal

from plumbing.config.option_types import Label, PathText, Section, real, whole

MUSIC = ["Music", "Singing", "Humming"]
WITHOUT_MUSIC = {"exclude_labels": MUSIC, "exclude_listed_clips": True}
# Controls that no preset runs.
DOSES_PERCENT = (0.5, 2, 5, 20)
CONTROLS = {
    **{
        f"dose_{percent}": {**WITHOUT_MUSIC, "keep_fraction": percent / 100}
        for percent in DOSES_PERCENT
    },
    "no_music_by_label": {"exclude_labels": MUSIC},
    "permuted": {"weights_of": "no_music", "permute_weights": True, "epochs": 0},
}
CONDITIONS = {
    "music": {},
    "no_music": WITHOUT_MUSIC,
    "no_music_no_speech": {**WITHOUT_MUSIC, "exclude_labels": [*MUSIC, "Speech"]},
    "random_labels": {
        **WITHOUT_MUSIC,
        "label_mode": "random",
        "epochs": 200,
        "weights_used": "last",
    },
    "untrained": {"epochs": 0},
}


class Condition(Section):
    """What a network is trained on."""

    exclude_labels: list[Label] = []
    """Clips that carry any of these classes are left out of training."""
    exclude_listed_clips: bool = False
    """Leave out the clips listed in `corpus.tables.excluded_clips`."""
    keep_fraction: real(ge=0, le=1) = 0
    """Share of the clips that would be left out, by label or by hand, that stays in with its
    labels; drawn from `seed`, so that those of a smaller share are among those of a larger."""
    label_mode: Literal["given", "random"] = "given"
    """given: the clips' own labels. random: each clip keeps its number of labels and each label its
    frequency; which clip has which is drawn from `seed`."""
    epochs: whole(ge=0, le=10000) = 100
    """Passes over the training clips; 0 leaves the network as initialised."""
    weights_used: Literal["best", "last"] = "best"
    """best: the epoch with the highest validation AP. last: the last epoch."""
    weights: PathText = ""
    """A file of weights to take instead of training, with `epochs: 0`: a state_dict of
    `network.class`, or a weights.pt of another run. It makes one network, of the first of
    `run.seeds`, unless `{seed}` in the path names a file for each."""
    weights_of: str = ""
    """A condition whose networks' weights are taken instead of training, with `epochs: 0`."""
    permute_weights: bool = False
    """Permute the weights that are taken within each tensor, drawn from `seed`: a network of the
    same weights that has learned nothing."""
