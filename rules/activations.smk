# What the units of each network respond to each sound, its class scores, and its other layers.

# A job of each network for every kind of stimuli, as pairs of stimulus and split.
RECORDED = {
    "natural": [["natural", split] for split in SPLITS],
    "quilts": [[stimulus, HELD_OUT] for stimulus in QUILT_STIMULI],
    "natural_sounds": [["natural_sounds", "all"]],
}
OTHER_LAYERS = [layer for layer in LAYERS if layer != ANALYSED_LAYER]
# Of these stimuli other layers are kept too, in the same pass, where an analysis asks for them.
OF_LAYERS = ["natural", *QUILT_ENDS, "natural_sounds"] if "depth" in ANALYSES else []

for activations, places in RECORDED.items():

    rule:
        name:
            f"record_{activations}"
        message:
            "Record activations of {wildcards.condition}, seed {wildcards.seed}"
        input:
            weights="<run>/networks/{condition}/seed{seed}/weights.pt",
            shards=[shard for place in places for shard in logmel_of(*place)],
        output:
            features=[
                f"<run>/activations/{{condition}}/seed{{seed}}/{stimulus}/{split}.parquet"
                for stimulus, split in places
            ],
            scores=[
                f"<run>/activations/{{condition}}/seed{{seed}}/{stimulus}/scores/{split}.parquet"
                for stimulus, split in places
                if stimulus == "natural"
            ],
            layers=[
                f"<run>/activations/{{condition}}/seed{{seed}}/{stimulus}/layers/{split}.parquet"
                for stimulus, split in places
                if stimulus in OF_LAYERS and OTHER_LAYERS
            ],
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
            mem_mb=3000 + CUDA_MB * GPU_SLOTS,
            runtime=240,
            gpu=GPU_SLOTS,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/record_activations.py"
