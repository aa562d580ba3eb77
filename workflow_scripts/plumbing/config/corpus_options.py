"""Options of the corpus, and of how its clips are fetched."""

from typing import Annotated, Literal

from pydantic import AfterValidator, JsonValue

from plumbing.config.option_types import (
    Address,
    FileName,
    PathText,
    Proxy,
    Section,
    checked_url,
    distinct,
    real,
    text,
    whole,
)

Source = Literal["demo", "folder", "huggingface", "youtube", "fsd50k"]


class Tables(Section):
    """Tables in AudioSet's formats.

    One that is not given and lies in `corpus.folder` is taken from there: train_segments.csv,
    test_segments.csv, class_labels_indices.csv, ontology.json, excluded_clips.txt.
    """

    train_segments: Address = ""
    """Clips of the training corpus (AudioSet's balanced_train_segments.csv)."""
    test_segments: Address = ""
    """Clips of the test corpus (AudioSet's eval_segments.csv)."""
    class_labels: Address = ""
    """The classes in order (AudioSet's class_labels_indices.csv)."""
    ontology: Address = ""
    """The tree of classes (AudioSet's ontology.json)."""
    excluded_clips: Address = ""
    """Names of clips excluded by hand (.xlsx, .csv or .txt, one per line); empty means none."""


class Fsd50k(Section):
    """Files of FSD50K; its development set is the train split, its evaluation set the test one."""

    ground_truth: Address = ""
    """FSD50K.ground_truth.zip, with dev.csv, eval.csv and vocabulary.csv."""
    train_archive: list[Address] = []
    """The parts of FSD50K.dev_audio, .z01 and on, .zip, in any order; or one joined archive, or the
    unpacked folder."""
    test_archive: list[Address] = []
    """The parts of FSD50K.eval_audio, .z01 and on, .zip, in any order; or one joined archive, or
    the unpacked folder."""


class NaturalSounds(Section):
    """The 165 natural sounds (Norman-Haignere et al. 2015); the demo has some of its own."""

    categories: dict[str, list[str]] = {
        "music": ["Instr. Music", "Vocal Music"],
        "speech": ["English Speech", "Foreign Speech"],
    }
    """Which of the sounds' own categories are of which of ours, in any spelling in use (EngSpeech,
    English Speech); those of a set of one's own as its table writes them."""
    heard: Literal["as_is", "padded", "repeated"] = "as_is"
    """as_is: each sound as long as it is, since the network averages over time. padded: followed by
    silence up to `logmel.clip_s`, to most of which the network then answers. repeated: again and
    again up to there. Before, each is brought to the mean of the training clips' RMS levels in dB,
    those for validation among them."""
    place: Address = ""
    """Where the sounds are: a folder, a zip or tar archive, or its address on the web; searched
    with all folders in it. `natural_sounds: PLACE` says the same in short. The published set is the
    repository snormanhaignere/natsound165-neuron2015 as it is. Where it is empty, the analyses
    natural_sounds and brain say that they were not run."""
    table: PathText = ""
    """Table `file,category`, with that header or none: which file is of which category, of the
    eleven published ones or of one's own; empty means the sounds/category_labels.csv in the
    place."""
    components: PathText = ""
    """Responses of the brain to each sound: a .mat file as published (R, component_names,
    stim_names), or a table `sound,component,response`; empty means the place's own
    data/components.mat, or none."""
    component_of: dict[str, str] = {"music": "music", "speech": "speech"}
    """Which component of the brain belongs to which of our categories; it stands beside the units
    that are selective for it."""


class Demo(Section):
    """Size of the synthetic corpus."""

    train_clips: whole(ge=40, le=100000) = 320
    """Clips of the training corpus."""
    test_clips: whole(ge=40, le=100000) = 160
    """Clips of the test corpus."""
    seed: whole(ge=0) = 148
    """Seed of the sounds."""


class Corpus(Section):
    """Where the clips come from."""

    name: FileName = "audioset"
    """Folder below results/clips/ that holds the clips; runs of one corpus share it."""
    sources: distinct(Source) = ["huggingface", "youtube"]
    """Who is asked for a clip, in this order; the first that has it wins, and its row says which.
    folder: audio files on this machine. huggingface: the mirror of AudioSet. youtube: the videos
    themselves. fsd50k: the archives of FSD50K. demo: sounds synthesised from the seed, on its own
    only."""
    folder: PathText = ""
    """Folder with the audio files, searched with its subfolders, as `{ytid}.*` or
    `{ytid}_{start:.3f}.*`."""
    channel: Literal["average", "first"] = "average"
    """How stereo becomes mono; the paper's code keeps the first channel."""
    shards: whole(ge=1, le=4096) = 32
    """Files into which the clips of a split are divided; each is one job."""
    tables: Tables = {}
    fsd50k: Fsd50k = {}
    natural_sounds: NaturalSounds = {}
    demo: Demo = {}


class HuggingFace(Section):
    """The mirror of AudioSet; a token is taken from the environment (HF_TOKEN), never from here."""

    endpoint: Annotated[text("^(https?://.+)?$"), AfterValidator(checked_url)] = ""
    """Address of the hub or of a server that speaks its language; empty means the hub's own."""
    dataset: text("^[^/ ]+/[^/ ]+$") = "agkphysics/AudioSet"
    """Name of the dataset."""
    revision: text("^[^ ]+$") = "0c609e8302cf139307f639c57652032af0a88041"
    """Commit of the dataset; a branch is pinned to its commit when it is first read."""
    train_folder: text("^[^ ]+$") = "data/bal_train"
    """Folder in the dataset with the train split."""
    test_folder: text("^[^ ]+$") = "data/eval"
    """Folder in the dataset with the test split."""
    timeout_s: real(gt=0, le=3600) = 30
    """How long a connection may stay silent, in seconds."""


class YouTube(Section):
    """YouTube, through yt-dlp."""

    url: Annotated[text("[{]ytid[}]"), AfterValidator(checked_url)] = (
        "https://www.youtube.com/watch?v={ytid}"
    )
    """Address of a video, with its id."""
    cookies_file: PathText = ""
    """Cookies in Netscape format, of an account that you can do without; only read. Empty means
    none."""
    proxy: Proxy = ""
    """URL of a proxy; empty means none. Like every option it is written to the run's config.yaml,
    so one with a password is refused: that goes into HTTPS_PROXY in the environment."""
    bytes_per_s: real(ge=0) = 0
    """Highest rate of one transfer; 0 means no limit."""
    timeout_s: real(gt=0, le=3600) = 30
    """How long a connection may stay silent, in seconds."""
    seconds_between_clips: real(ge=0, le=3600) = 12
    """Least time between two videos, over all jobs together; 12 s are 300 an hour, yt-dlp's advice
    for guests."""
    options: dict[str, JsonValue] = {}
    """Options of yt-dlp's Python API, passed on as they are: extractor_args (player clients),
    js_runtimes and so on."""
    refusals: whole(ge=1, le=1000) = 5
    """Refusals in a row (bot check, 429) after which all jobs pause."""
    pause_s: real(ge=0, le=86400) = 600
    """Length of a pause, in seconds."""
    pauses: whole(ge=0, le=1000) = 2
    """Pauses without an answer in between, after which the jobs stop and say what helps."""


class Fetch(Section):
    """How clips and tables are fetched; nothing here makes a fetched clip be fetched again."""

    accept_missing: real(ge=0, le=1) = 0
    """Largest share of a shard's clips that may be missing for reasons that may pass; with more,
    the job fails and a re-run asks for those only."""
    min_duration_s: real(ge=0, le=10) = 0
    """A clip with less sound than this is missing as too_short; with 0 one sample is enough."""
    threads: whole(ge=1, le=64) = 8
    """Clips that one job asks for at the same time."""
    connections: whole(ge=1, le=64) = 8
    """Transfers at the same time of all jobs and workflows on this corpus together."""
    attempts: whole(ge=1, le=20) = 5
    """How often a clip or table is asked for when a fault may pass (time-out, 429, 5xx, reset)."""
    first_delay_s: real(ge=0, le=3600) = 1
    """Longest wait before the second attempt; it doubles with each further one, and the wait is
    drawn between 0 and it."""
    longest_delay_s: real(ge=0, le=3600) = 60
    """Where the doubling ends; a server's own Retry-After is honoured up to an hour."""
    huggingface: HuggingFace = {}
    youtube: YouTube = {}
