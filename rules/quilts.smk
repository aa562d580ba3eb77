# Stimuli besides the natural clips: their quilts, and the 165 natural sounds of two seconds.

QUILT_STIMULI = [
    *(f"quilt-{segment_ms}ms" for segment_ms in config["quilts"]["segments_ms"]),
    "quilt-original",
]
NATURAL_SOUNDS = CORPUS["natural_sounds"]
HAS_NATURAL_SOUNDS = DEMO or bool(NATURAL_SOUNDS["folder"])


rule make_quilts:
    input:
        clips="<clips>/test/{shard}.parquet",
        natural="<run>/logmel/natural/test/{shard}.arrow",
    output:
        quilted=expand("<run>/logmel/{stimulus}/test/{{shard}}.arrow", stimulus=QUILT_STIMULI[:-1]),
        original="<run>/logmel/quilt-original/test/{shard}.arrow",
    log:
        "<run>/logs/make_quilts/{shard}.log",
    benchmark:
        "<run>/benchmarks/make_quilts/{shard}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2500 + CUDA_MB * DECODING_GPU_SLOTS,
        runtime=120,
        gpu=DECODING_GPU_SLOTS,
    params:
        code=code_of("make_quilts"),
        logmel=config["logmel"],
        quilts=config["quilts"],
        seed=config["seed"],
    message:
        "Make quilts of test clips, shard {wildcards.shard}"
    script:
        "../workflow_scripts/make_quilts.py"


rule record_quilt_activations:
    input:
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        shards=expand(
            "<run>/logmel/{stimulus}/test/{shard}.arrow", stimulus=QUILT_STIMULI, shard=SHARDS
        ),
    output:
        expand(
            "<run>/activations/{{condition}}/seed{{seed}}/{stimulus}/test.parquet",
            stimulus=QUILT_STIMULI,
        ),
    log:
        "<run>/logs/record_quilt_activations/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/record_quilt_activations/{condition}/seed{seed}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=3000 + CUDA_MB * GPU_SLOTS,
        runtime=240,
        gpu=GPU_SLOTS,
    params:
        code=code_of("record_quilt_activations"),
        stimuli=QUILT_STIMULI,
    message:
        "Record activations by quilts of {wildcards.condition}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/record_quilt_activations.py"


if DEMO:

    rule synthesise_natural_sounds:
        output:
            "<clips>/natural165/0.parquet",
        log:
            "<run>/logs/synthesise_natural_sounds.log",
        benchmark:
            "<run>/benchmarks/synthesise_natural_sounds.tsv"
        conda:
            "../envs/workflow.yaml"
        threads: 1
        resources:
            mem_mb=500,
            runtime=10,
        params:
            code=code_of("synthesise_natural_sounds"),
            seed=CORPUS["demo"]["seed"],
        message:
            "Synthesise natural sounds"
        script:
            "../workflow_scripts/synthesise_natural_sounds.py"

elif HAS_NATURAL_SOUNDS:

    rule import_natural_sounds:
        input:
            NATURAL_SOUNDS["table"],
        output:
            "<clips>/natural165/0.parquet",
        log:
            "<run>/logs/import_natural_sounds.log",
        benchmark:
            "<run>/benchmarks/import_natural_sounds.tsv"
        conda:
            "../envs/workflow.yaml"
        threads: 1
        resources:
            mem_mb=1000,
            runtime=30,
        params:
            code=code_of("import_natural_sounds"),
            place=NATURAL_SOUNDS["folder"],
            channel=CORPUS["channel"],
        message:
            "Import natural sounds from {params.place}"
        script:
            "../workflow_scripts/import_natural_sounds.py"


if HAS_NATURAL_SOUNDS:

    rule compute_natural165:
        input:
            "<clips>/natural165/0.parquet",
        output:
            logmel="<run>/logmel/natural165/0.arrow",
            gbfb="<run>/baselines/gbfb/natural165/all.parquet",
            acoustics="<run>/baselines/acoustics/natural165/all.parquet",
        log:
            "<run>/logs/compute_natural165.log",
        benchmark:
            "<run>/benchmarks/compute_natural165.tsv"
        conda:
            "../envs/workflow.yaml"
        threads: 1
        resources:
            mem_mb=2000 + CUDA_MB * GPU_SLOTS,
            runtime=10,
            gpu=GPU_SLOTS,
        params:
            code=code_of("compute_natural165"),
            logmel=config["logmel"],
            gbfb=config["baselines"]["gbfb"],
        message:
            "Compute log-Mel, Gabor features and acoustics of natural sounds"
        script:
            "../workflow_scripts/compute_natural165.py"

    rule record_natural165_activations:
        input:
            weights="<run>/networks/{condition}/seed{seed}/weights.pt",
            logmel="<run>/logmel/natural165/0.arrow",
        output:
            "<run>/activations/{condition}/seed{seed}/natural165/all.parquet",
        log:
            "<run>/logs/record_natural165_activations/{condition}/seed{seed}.log",
        benchmark:
            "<run>/benchmarks/record_natural165_activations/{condition}/seed{seed}.tsv"
        conda:
            "../envs/workflow.yaml"
        threads: 1
        resources:
            mem_mb=2000 + CUDA_MB * GPU_SLOTS,
            runtime=10,
            gpu=GPU_SLOTS,
        params:
            code=code_of("record_natural165_activations"),
        message:
            "Record activations by natural sounds of {wildcards.condition}, seed {wildcards.seed}"
        script:
            "../workflow_scripts/record_natural165_activations.py"
