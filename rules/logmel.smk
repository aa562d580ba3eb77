# Log-Mel spectrograms, computed once and mapped into memory by everything after.


rule compute_logmel:
    message:
        "Compute log-Mel of {wildcards.stimulus} {wildcards.split}, shard {wildcards.shard}"
    input:
        lambda wildcards: "<clips>/{folder}/{shard}.parquet".format(
            folder={"natural": wildcards.split}.get(wildcards.stimulus, wildcards.stimulus),
            shard=wildcards.shard,
        ),
    output:
        "<run>/logmel/{stimulus}/{split}/{shard}.arrow",
    wildcard_constraints:
        stimulus="natural|natural_sounds",
    log:
        "<run>/logs/compute_logmel/{stimulus}/{split}/{shard}.log",
    benchmark:
        "<run>/benchmarks/compute_logmel/{stimulus}/{split}/{shard}.tsv"
    params:
        code=code_of("compute_logmel"),
        logmel=config["logmel"],
    threads: 1
    resources:
        mem_mb=1500 + CUDA_MB * DECODING_GPU_SLOTS,
        runtime=60,
        gpu=DECODING_GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/compute_logmel.py"
