# Log-Mel spectrograms, computed once and mapped into memory by everything after.


rule compute_logmel:
    message:
        "Compute log-Mel of {wildcards.split} clips, shard {wildcards.shard}"
    input:
        "<clips>/{split}/{shard}.parquet",
    output:
        "<run>/logmel/natural/{split}/{shard}.arrow",
    log:
        "<run>/logs/compute_logmel/{split}/{shard}.log",
    benchmark:
        "<run>/benchmarks/compute_logmel/{split}/{shard}.tsv"
    params:
        code=code_of("compute_logmel"),
        logmel=config["logmel"],
    threads: 1
    resources:
        mem_mb=growing(1500 + CUDA_MB * DECODING_GPU_SLOTS),
        runtime=growing(60),
        gpu=DECODING_GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/compute_logmel.py"
