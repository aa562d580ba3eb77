# Features without a network, to compare networks with; their seed is 0.

# What units and baselines respond to, as pairs of stimulus and split. Each kind is a job of its own:
# an edit of the quilts leaves what natural clips gave.
RECORDED = {
    "natural": [["natural", split] for split in SPLITS],
    "quilts": [[stimulus, HELD_OUT] for stimulus in QUILT_STIMULI],
    "natural_sounds": [["natural_sounds", "all"]],
}
WORDS = {"natural": "clips", "quilts": "quilts", "natural_sounds": "natural sounds"}
LOGMEL_OF = {
    stimuli: [shard for place in places for shard in logmel_of(*place)]
    for stimuli, places in RECORDED.items()
}


rule compute_pca:
    message:
        "Compute principal components of the train and validation clips"
    input:
        train=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        test=expand("<run>/logmel/natural/test/{shard}.arrow", shard=SHARDS),
    output:
        train="<run>/activations/pca/seed0/natural/train.parquet",
        test="<run>/activations/pca/seed0/natural/test.parquet",
        explained="<run>/activations/pca/explained_variance.csv",
        weights="<run>/activations/pca/weights.npz",
    log:
        "<run>/logs/compute_pca.log",
    benchmark:
        "<run>/benchmarks/compute_pca.tsv"
    params:
        code=code_of("compute_pca"),
        components=config["baselines"]["pca_components"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000 + CUDA_MB * GPU_SLOTS, of_input=1.5),
        runtime=growing(60),
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/compute_pca.py"


rule project_natural_sounds:
    message:
        "Project the natural sounds on the principal components"
    input:
        shards=logmel_of("natural_sounds", "all"),
        weights="<run>/activations/pca/weights.npz",
    output:
        "<run>/activations/pca/seed0/natural_sounds/all.parquet",
    log:
        "<run>/logs/project_natural_sounds.log",
    benchmark:
        "<run>/benchmarks/project_natural_sounds.tsv"
    params:
        code=code_of("project_natural_sounds"),
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/project_natural_sounds.py"


for stimuli, places in RECORDED.items():

    rule:
        name:
            f"compute_gbfb_{stimuli}"
        message:
            f"Compute Gabor features of {WORDS[stimuli]}"
        input:
            LOGMEL_OF[stimuli],
        output:
            [
                f"<run>/activations/gbfb/seed0/{stimulus}/{split}.parquet"
                for stimulus, split in places
            ],
        log:
            f"<run>/logs/compute_gbfb_{stimuli}.log",
        benchmark:
            f"<run>/benchmarks/compute_gbfb_{stimuli}.tsv"
        params:
            code=code_of("compute_gbfb"),
            gbfb=config["baselines"]["gbfb"],
        threads: 1
        resources:
            mem_mb=growing(1500 + CUDA_MB * GPU_SLOTS, of_input=1.5 / len(places)),
            runtime=growing(120 * len(places)),
            gpu=GPU_SLOTS,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/compute_gbfb.py"

    rule:
        name:
            f"describe_acoustics_{stimuli}"
        message:
            f"Describe the acoustics of {WORDS[stimuli]}"
        input:
            LOGMEL_OF[stimuli],
        output:
            [
                f"<run>/activations/acoustics/seed0/{stimulus}/{split}.parquet"
                for stimulus, split in places
            ],
        log:
            f"<run>/logs/describe_acoustics_{stimuli}.log",
        benchmark:
            f"<run>/benchmarks/describe_acoustics_{stimuli}.tsv"
        params:
            code=code_of("describe_acoustics"),
            highest_hz=config["logmel"]["highest_hz"],
        threads: 1
        resources:
            mem_mb=growing(1000, of_input=1.5 / len(places)),
            runtime=growing(30 * len(places)),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/describe_acoustics.py"
