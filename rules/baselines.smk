# Feature sets without a network, to hold networks against.


rule compute_pca:
    input:
        train=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        test=expand("<run>/logmel/natural/test/{shard}.arrow", shard=SHARDS),
    output:
        train="<run>/baselines/pca/natural/train.parquet",
        test="<run>/baselines/pca/natural/test.parquet",
        explained="<run>/baselines/pca/explained_variance.csv",
    log:
        "<run>/logs/compute_pca.log",
    benchmark:
        "<run>/benchmarks/compute_pca.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=4000 + CUDA_MB * GPU_SLOTS,
        runtime=120,
        gpu=GPU_SLOTS,
    params:
        code=code_of("compute_pca"),
        components=config["baselines"]["pca_components"],
        seed=config["seed"],
    message:
        "Compute principal components of the train split"
    script:
        "../workflow_scripts/compute_pca.py"


rule compute_gbfb:
    input:
        expand("<run>/logmel/natural/{{split}}/{shard}.arrow", shard=SHARDS),
    output:
        "<run>/baselines/gbfb/natural/{split}.parquet",
    log:
        "<run>/logs/compute_gbfb/natural/{split}.log",
    benchmark:
        "<run>/benchmarks/compute_gbfb/natural/{split}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000 + CUDA_MB * GPU_SLOTS,
        runtime=240,
        gpu=GPU_SLOTS,
    params:
        code=code_of("compute_gbfb"),
        gbfb=config["baselines"]["gbfb"],
    message:
        "Compute Gabor features of {wildcards.split} clips"
    script:
        "../workflow_scripts/compute_gbfb.py"


rule describe_acoustics:
    input:
        expand("<run>/logmel/{{stimulus}}/{{split}}/{shard}.arrow", shard=SHARDS),
    output:
        "<run>/baselines/acoustics/{stimulus}/{split}.parquet",
    wildcard_constraints:
        stimulus="|".join(["natural", *QUILT_STIMULI]),
    log:
        "<run>/logs/describe_acoustics/{stimulus}/{split}.log",
    benchmark:
        "<run>/benchmarks/describe_acoustics/{stimulus}/{split}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=code_of("describe_acoustics"),
        highest_hz=config["logmel"]["highest_hz"],
    message:
        "Describe the acoustics of {wildcards.split} clips, {wildcards.stimulus}"
    script:
        "../workflow_scripts/describe_acoustics.py"
