"""Every option with its type, range, default and meaning; the defaults are the paper's values."""

import math
from typing import Literal, get_args

from pydantic import Field, JsonValue

from plumbing.config.condition_options import CONDITIONS, CONTROLS, MUSIC, Condition
from plumbing.config.corpus_options import Corpus, Fetch
from plumbing.config.option_types import (
    ConditionName,
    Label,
    Name,
    PathText,
    Section,
    Seed,
    distinct,
    real,
    several,
    text,
    whole,
)

Measured = Literal[
    "embedding", "separability", "mean_response", "selectivity", "loudness", "readout"
]
OfCategory = Literal[Measured, "quilts"]
Late = Literal["contrasts", "memorisation", "ablation", "natural_sounds", "brain", "quilts"]
Further = Literal["depth", "emergence", "selective_units", "dose"]
Analysis = Literal["detection", Measured, Late, Further]
OWN_CLASS = "^(paper|[A-Za-z_][A-Za-z0-9_.]*:[A-Za-z_][A-Za-z0-9_]*)$"
CATEGORIES = {
    "music": MUSIC,
    "speech": ["Speech"],
    "vehicle": ["Vehicle"],
    "animal": ["Animal"],
    "water": ["Water"],
}
SUBCLASSES = {"music": "Music genre"}


class Run(Section):
    """What is run."""

    name: text("^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$|^$") = ""
    """Folder below results/ that holds this run; empty means the preset's name."""
    conditions: distinct(str) = list(CONDITIONS)
    """Conditions to train and analyse, by their names under `conditions`."""
    target: str = "music"
    """The category that the run is about, by its name under `categories`."""
    reference_condition: str = ""
    """The condition that figures show and others are compared with; empty means `no_` and the
    target's name."""
    seeds: distinct(Seed) = [0, 1, 2, 3, 4]
    """One network is trained for every condition and seed."""
    analyses: distinct(Analysis, at_least=0) = list(get_args(Analysis))
    """Analyses to run, each with its figure and its rows of the scorecard."""
    other_categories: distinct(OfCategory, at_least=0) = ["mean_response", "selectivity", "quilts"]
    """Analyses that are also run for the categories beside the target."""
    device: text("^(auto|cpu|cuda(:[0-9]+)?)$") = "auto"
    """Where log-Mel, training and activations are computed; auto takes a GPU if torch sees one."""


class Labels(Section):
    """Division of the training corpus."""

    validation_fraction: real(gt=0, le=0.5) = 0.1
    """Share of the training clips that is held out for choosing the epoch; chosen once for all
    conditions, and left out of analyses of the train split."""


class LogMel(Section):
    """The log-Mel spectrogram that networks hear."""

    window_s: real(ge=0.005, le=0.2) = 0.025
    """Hann window and length of the Fourier transform, in seconds (551 samples)."""
    hop_s: real(ge=0.001, le=0.2) = 0.0125
    """Step between windows, in seconds (275 samples)."""
    bands: whole(ge=63, le=256) = 64
    """Number of HTK Mel bands."""
    highest_hz: real(ge=500, le=11025) = 8000
    """Upper end of the highest band in Hz."""
    clip_s: real(ge=2, le=60) = 10
    """Length of a clip in seconds; longer audio is cut, shorter filled up as short_clips says."""
    short_clips: Literal["pad", "repeat"] = "pad"
    """What follows in a clip that is shorter than clip_s. pad: silence, which is heard too. repeat:
    the clip again and again."""


class Quilts(Section):
    """Sound quilts of the clips that did not choose the units; made once, drawn from `seed`."""

    segments_ms: distinct(whole(ge=1, le=60000)) = [50, 100, 200, 400, 800, 1600]
    """Lengths of the segments in ms: whole multiples of the log-Mel's window, two windows or more,
    at least three of them in `quilted_s`."""
    quilted_s: real(gt=0, le=60) = 8
    """Seconds of each clip that are quilted; the rest is silence. All stimuli, the original too,
    sound as long as the shortest quilt."""
    ordering: Literal["overath", "kim2024"] = "overath"
    """overath: next is the segment whose join changes as much as the original's did (Overath et al.
    2015). kim2024: the one whose own original join did (the paper's code)."""


class Network(Section):
    """The network; every condition has the same."""

    class_: text(OWN_CLASS) = Field("paper", alias="class")
    """`paper`, or `module:Class` of a torch.nn.Module of your own, called with `classes` and
    `arguments`."""
    feature_layer: str = ""
    """Submodule of your own network whose output, flattened, is its features; empty for `paper`."""
    layers: distinct(str, at_least=0) = []
    """Submodules of your own network that the analysis `depth` compares, in order; what each gives
    is averaged over all that follows clips and channels. Empty: the feature layer alone. Those of
    `paper` are its four convolutions."""
    arguments: dict[str, JsonValue] = {}
    """Keyword arguments of your own network."""
    input: Literal["log_mel", "waveform"] = "log_mel"
    """What your own network hears: log-Mels [clips, 1, bands, frames], or waveforms [clips, 1,
    samples] between -1 and 1. One that hears waveforms is not trained here; its conditions take
    `weights`."""
    sample_rate_hz: whole(ge=1000, le=192000) = 22050
    """Sampling rate of the waveforms, to which clips, quilts and natural sounds are resampled."""
    channels: several(whole(ge=1, le=4096), 4) = [32, 64, 128, 256]
    """Filters of the four convolutions; the last is the number of units that are analysed."""
    hidden: whole(ge=1, le=16384) = 256
    """Width of the layer between features and classes."""
    dropout: real(ge=0, le=0.9) = 0.2
    """Share of responses set to zero in training."""


class Training(Section):
    """How networks are trained."""

    batch_size: whole(ge=2, le=4096) = 32
    """Clips per step."""
    start_learning_rate: real(gt=0, le=1) = 4e-05
    """Learning rate of the first step."""
    peak_learning_rate: real(gt=0, le=1) = 0.001
    """Highest learning rate of the one-cycle schedule."""
    end_learning_rate: real(gt=0, le=1) = 4e-09
    """Learning rate of the last step."""
    rising_share: real(gt=0, lt=1) = 0.3
    """Share of the steps before the peak."""
    cycle_momentum: bool = True
    """AdamW's first beta falls from 0.95 to 0.85 and rises again, against the learning rate: what
    OneCycleLR does by itself, and so the released code. With false it stays at 0.9."""
    weight_decay: real(ge=0, le=1) = 0.01
    """Weight decay of AdamW."""
    precision: Literal["auto", "float32", "bf16"] = "auto"
    """auto: bf16 on CUDA, and on a CPU with instructions for it (AMX, AVX512-BF16) where every
    convolution has 16 channels or more; else float32. Weights are float32 with either. Where
    machines differ, name one, so that all networks are trained alike."""
    threads: whole(ge=1, le=64) = 1
    """CPU threads of one training; weights are the same for the same number."""


class Gabor(Section):
    """Two-dimensional Gabor filter bank; pairs are (spectral, temporal). By default 263 filters."""

    omega_max_rad: several(real(gt=0, le=math.pi), 2) = [math.pi / 4, math.pi / 4]
    """Highest modulation frequencies, in radian per band and per frame (π/4)."""
    size_max: several(real(ge=3, le=4096), 2) = [69.0, 80.0]
    """Widest envelopes, in bands and in frames; the paper prints none, and 69 with 73 to 80 give
    its number of filters."""
    half_waves: real(ge=1.5, le=20) = 3.5
    """Half-waves of the carrier under the envelope; fewer than 1.5 would be little but the
    envelope."""
    distance: several(real(gt=0, lt=5), 2) = [0.1, 0.045]
    """Spacing of neighbouring filters as a share of their bandwidth."""


class Baselines(Section):
    """Feature sets without a network, made from the log-Mel."""

    pca_components: whole(ge=1, le=4096) = 256
    """Principal components; fewer where the train split has no more clips."""
    gbfb: Gabor = {}


class Selectivity(Section):
    """Choice of the category-selective units."""

    index: Literal["msi", "summed_deviations", "d_prime"] = "msi"
    """Selectivity index: msi = (m1 − m0) / √(s1²/n1 + s0²/n0), the paper's equation 2;
    summed_deviations = (m1 − m0) / (s1 + s0), as a summary of the paper prints it."""
    chosen_on: Literal["test", "train"] = "test"
    """Split whose clips choose the units, test as in the paper; they are measured on the other.
    Units that are read out are always chosen on train, where the read-out is fitted."""
    fraction: real(gt=0, le=0.5) = 0.125
    """Share of the units that is called selective."""
    permutations: whole(ge=0, le=100000) = 200
    """Label permutations of the null of the ratio; 0 leaves it out."""


class SelectiveUnits(Section):
    """The test of each unit's own selectivity, in the analysis of this name."""

    fdr: real(gt=0, lt=1) = 0.05
    """False discovery rate among the units of one network, below which a unit is selective."""
    permutations: whole(ge=19, le=1000000) = 6000
    """Label permutations; a single unit among n can only be found with more than n / fdr."""


class Embedding(Section):
    """t-SNE of the pure clips of the test split."""

    seeds: whole(ge=1, le=1000) = 1
    """Networks of each condition that are embedded, the first of `run.seeds`."""
    bins: whole(ge=2, le=1024) = 64
    """Bins along each axis of the segregation index; few clips need few."""
    neighbours: whole(ge=1, le=100) = 10
    """Nearest clips of which the share kept by the embedding is reported."""


class Loudness(Section):
    """Control of loudness, with every clip brought to one RMS level."""

    attenuations: distinct(real(ge=1, le=1000)) = [1, 2, 4, 8]
    """The category is then attenuated 1:n in RMS, for each n."""


class Brain(Section):
    """Units beside components of human auditory cortex, over the natural sounds."""

    permutations: whole(ge=1, le=1000000) = 10000
    """Arrangements of the sounds for the p of a correlation: among all, and within categories."""
    halves: whole(ge=1, le=1000) = 10
    """Random halves of the sounds on which ridge regression is fitted, to predict the others."""


class Emergence(Section):
    """Networks at several epochs of their training."""

    conditions: distinct(str, at_least=0) = []
    """Conditions that are analysed, of `run.conditions`; empty means the reference condition."""
    seeds: whole(ge=1, le=1000) = 1000
    """Networks of each condition, the first of `run.seeds`; by default all."""
    epochs: distinct(whole(ge=0, le=10000), at_least=0) = []
    """Epochs after which the weights of every network are kept, 0 being before training; empty
    means 0, 1, 2, 3, 4, 6, 8, 12, 16, 32, 64 … and the last. The epoch whose weights are used is
    always among them. Others train all networks again."""
    clips: whole(ge=0) = 0
    """Clips of each split that are analysed, drawn from `seed` among those with nothing but the
    target and those without it; 0 means all."""


class Statistics(Section):
    """Tests and intervals."""

    bootstrap_samples: whole(ge=100, le=100000) = 1000
    """Resamples of the clips for a 95% interval within one network."""


class Scorecard(Section):
    """Which findings are scored, and when a published size counts as reproduced."""

    claims: Literal["auto", "kim2024", "none"] = "auto"
    """kim2024: the paper's findings on music beside its numbers. none: the same findings on the
    target, with our numbers alone. auto: kim2024 where the target is music."""
    tolerance: real(gt=0, le=1) = 0.1
    """Relative distance from a size that was published without a spread, within which our mean
    counts as reproduced; 0.05 for the sizes of Gabor filters, which are near 1. Sizes with a spread
    have their prediction interval, and no size is judged of another corpus than audioset."""
    tolerances: dict[str, real(gt=0)] = {}
    """The same for single findings; goes before both. An id is the column finding of
    results/{run}/scorecard.csv: {selectivity_ratio: 0.02}."""


class Options(Section):
    """Every option, with the paper's values as defaults; in paths, ~ and variables are expanded."""

    preset: PathText = "demo"
    """Name of a file in presets/ (without .yaml), or the path of a YAML file of your own."""
    seed: Seed = 2024
    """Seed of everything random that is not a network's own (splits, random labels, quilts,
    bootstrap, t-SNE)."""
    run: Run = {}
    corpus: Corpus = {}
    fetch: Fetch = {}
    categories: dict[Name, list[Label]] = CATEGORIES
    """Named sets of classes; an item is a class of the ontology with all below it, or `{label:
    NAME, descendants: false}` for that class alone. An empty list drops a category."""
    subclasses: dict[Name, str] = SUBCLASSES
    """For a category, the class of the ontology whose direct children are its sub-classes; they are
    read out one by one."""
    contrasts: list[several(str, 2)] = []
    """Pairs of conditions (or gbfb, acoustics) to compare, as [first, second]; empty means every
    other condition with the reference, and the reference with gbfb."""
    conditions: dict[ConditionName, Condition] = {**CONDITIONS, **CONTROLS}
    """What a network is trained on, by name; chosen in `run.conditions`."""
    labels: Labels = {}
    logmel: LogMel = {}
    quilts: Quilts = {}
    network: Network = {}
    training: Training = {}
    baselines: Baselines = {}
    selectivity: Selectivity = {}
    selective_units: SelectiveUnits = {}
    embedding: Embedding = {}
    loudness: Loudness = {}
    brain: Brain = {}
    emergence: Emergence = {}
    statistics: Statistics = {}
    scorecard: Scorecard = {}
