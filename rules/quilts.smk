# Sound quilts of the test clips, made once for all networks, and of all lengths at a time.

QUILT_STIMULI = [
    *(f"quilt-{segment_ms}ms" for segment_ms in config["quilts"]["segments_ms"]),
    "quilt-original",
]


rule make_quilts:
    message:
        "Make quilts of test clips, shard {wildcards.shard}"
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
    params:
        code=code_of("make_quilts"),
        logmel=config["logmel"],
        quilts=config["quilts"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=2500 + CUDA_MB * DECODING_GPU_SLOTS,
        runtime=120,
        gpu=DECODING_GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/make_quilts.py"
