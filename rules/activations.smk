# What the units of each network respond to each sound, its class scores, and its other layers.

OTHER_LAYERS = [layer for layer in LAYERS if layer != ANALYSED_LAYER]
# Of these stimuli other layers are kept too, in the same pass, where an analysis asks for them.
OF_LAYERS = ["natural", *QUILT_ENDS, "natural_sounds"] if "depth" in ANALYSES else []
OF_LAYERS += ["natural_sounds"] if "brain" in ANALYSES else []

RESPONSES = "<run>/activations/{{condition}}/seed{{seed}}/{}/{}.parquet"
FILES_OF = {
    activations: {
        "features": [RESPONSES.format(*place) for place in places],
        "scores": [
            RESPONSES.format(f"{stimulus}/scores", split)
            for stimulus, split in places
            if stimulus == "natural"
        ],
        "layers": [
            RESPONSES.format(f"{stimulus}/layers", split)
            for stimulus, split in places
            if stimulus in OF_LAYERS and OTHER_LAYERS
        ],
    }
    for activations, places in RECORDED.items()
}
HEARS_WAVEFORMS = config["network"]["input"] == network_checks.WAVEFORM

for activations, places in RECORDED.items() if not HEARS_WAVEFORMS else ():

    rule:
        name:
            f"record_{activations}"
        message:
            "Record activations of {wildcards.condition}, seed {wildcards.seed}"
        input:
            weights="<run>/networks/{condition}/seed{seed}/weights.pt",
            shards=LOGMEL_OF[activations],
        output:
            **FILES_OF[activations],
        log:
            f"<run>/logs/record_{activations}/{{condition}}/seed{{seed}}.log",
        benchmark:
            f"<run>/benchmarks/record_{activations}/{{condition}}/seed{{seed}}.tsv"
        params:
            code=code_of("record_activations"),
            places=places,
            layers=OTHER_LAYERS,
        threads: 1
        resources:
            mem_mb=growing(1500 + CUDA_MB * GPU_SLOTS, of_input=1.5 / len(places)),
            runtime=growing(120),
            gpu=GPU_SLOTS,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/record_activations.py"


# A network that hears waveforms hears the same sounds, as they are made.
CLIPS_OF_STIMULI = {
    "natural": expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
    "quilts": expand(f"<clips>/{HELD_OUT}/{{shard}}.parquet", shard=SHARDS),
    "natural_sounds": ["<clips>/natural_sounds/0.parquet"],
}

for waveforms, places in RECORDED.items() if HEARS_WAVEFORMS else ():

    rule:
        name:
            f"record_{waveforms}"
        message:
            "Record activations of {wildcards.condition}, seed {wildcards.seed}"
        input:
            weights="<run>/networks/{condition}/seed{seed}/weights.pt",
            clips=CLIPS_OF_STIMULI[waveforms],
            train=logmel_of("natural", "train") if waveforms == "natural_sounds" else [],
        output:
            **FILES_OF[waveforms],
        log:
            f"<run>/logs/record_{waveforms}/{{condition}}/seed{{seed}}.log",
        benchmark:
            f"<run>/benchmarks/record_{waveforms}/{{condition}}/seed{{seed}}.tsv"
        params:
            code=code_of("record_waveforms"),
            stimuli=waveforms,
            places=places,
            layers=OTHER_LAYERS,
            logmel=config["logmel"],
            quilts=config["quilts"] if waveforms == "quilts" else None,
            heard=NATURAL_SOUNDS["heard"] if waveforms == "natural_sounds" else None,
            seed=config["seed"] if waveforms == "quilts" else None,
        threads: 1
        resources:
            mem_mb=growing(4000 + CUDA_MB * GPU_SLOTS),
            runtime=growing(720),
            gpu=GPU_SLOTS,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/record_waveforms.py"
