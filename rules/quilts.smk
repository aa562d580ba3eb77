# Sound quilts of the clips that did not choose the units, made once for all networks, and of all
# lengths at a time: of all clips, since one that is mixed for a category is pure or none of another.

QUILT_STIMULI = [
    *(f"quilt-{segment_ms}ms" for segment_ms in config["quilts"]["segments_ms"]),
    "quilt-original",
]
# What analyses hear that ask for nothing but the loss at the shortest segments.
QUILT_ENDS = [f"quilt-{min(config['quilts']['segments_ms'])}ms", "quilt-original"]


rule make_quilts:
    message:
        f"Make quilts of {HELD_OUT} clips, shard {{wildcards.shard}}"
    input:
        clips=f"<clips>/{HELD_OUT}/{{shard}}.parquet",
        natural=f"<run>/logmel/natural/{HELD_OUT}/{{shard}}.arrow",
    output:
        quilted=[
            f"<run>/logmel/{stimulus}/{HELD_OUT}/{{shard}}.arrow"
            for stimulus in QUILT_STIMULI[:-1]
        ],
        original=f"<run>/logmel/quilt-original/{HELD_OUT}/{{shard}}.arrow",
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
        mem_mb=growing(1500 + CUDA_MB * DECODING_GPU_SLOTS),
        runtime=growing(120),
        gpu=DECODING_GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/make_quilts.py"
