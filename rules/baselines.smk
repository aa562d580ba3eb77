# Features without a network, to compare networks with; their seed is 0.


rule compute_pca:
    message:
        "Compute principal components of the train split"
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


rule compute_gbfb:
    message:
        "Compute Gabor features of {wildcards.stimulus} {wildcards.split}"
    input:
        lambda wildcards: logmel_of(wildcards.stimulus, wildcards.split),
    output:
        "<run>/activations/gbfb/seed0/{stimulus}/{split}.parquet",
    log:
        "<run>/logs/compute_gbfb/{stimulus}/{split}.log",
    benchmark:
        "<run>/benchmarks/compute_gbfb/{stimulus}/{split}.tsv"
    params:
        code=code_of("compute_gbfb"),
        gbfb=config["baselines"]["gbfb"],
    threads: 1
    resources:
        mem_mb=growing(1500 + CUDA_MB * GPU_SLOTS, of_input=1.5),
        runtime=growing(120),
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/compute_gbfb.py"


rule describe_acoustics:
    message:
        "Describe the acoustics of {wildcards.stimulus} {wildcards.split}"
    input:
        lambda wildcards: logmel_of(wildcards.stimulus, wildcards.split),
    output:
        "<run>/activations/acoustics/seed0/{stimulus}/{split}.parquet",
    log:
        "<run>/logs/describe_acoustics/{stimulus}/{split}.log",
    benchmark:
        "<run>/benchmarks/describe_acoustics/{stimulus}/{split}.tsv"
    params:
        code=code_of("describe_acoustics"),
        highest_hz=config["logmel"]["highest_hz"],
    threads: 1
    resources:
        mem_mb=growing(1000, of_input=1.5),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/describe_acoustics.py"
