# What the units of each network respond to each sound, and its class scores.


rule record_activations:
    message:
        "Record activations of {wildcards.condition}, seed {wildcards.seed}"
    input:
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        train=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        test=expand("<run>/logmel/natural/test/{shard}.arrow", shard=SHARDS),
    output:
        train="<run>/activations/{condition}/seed{seed}/natural/train.parquet",
        test="<run>/activations/{condition}/seed{seed}/natural/test.parquet",
        train_scores="<run>/activations/{condition}/seed{seed}/natural/scores/train.parquet",
        test_scores="<run>/activations/{condition}/seed{seed}/natural/scores/test.parquet",
    log:
        "<run>/logs/record_activations/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/record_activations/{condition}/seed{seed}.tsv"
    params:
        code=code_of("record_activations"),
    threads: 1
    resources:
        mem_mb=3000 + CUDA_MB * GPU_SLOTS,
        runtime=120,
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/record_activations.py"
