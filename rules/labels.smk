# What each condition is trained on, and how each category divides the clips.


rule filter_labels:
    message:
        "Choose the clips of condition {wildcards.condition}"
    input:
        shards=expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
        excluded_clips=lambda wildcards: (
            TABLES["excluded_clips"]
            if config["conditions"][wildcards.condition]["exclude_listed_clips"]
            else []
        ),
    output:
        labels="<run>/labels/{condition}.parquet",
        left_out="<run>/labels/left_out/{condition}.csv",
    log:
        "<run>/logs/filter_labels/{condition}.log",
    benchmark:
        "<run>/benchmarks/filter_labels/{condition}.tsv"
    params:
        code=code_of("filter_labels"),
        condition=lambda wildcards: {
            key: config["conditions"][wildcards.condition][key]
            for key in ("exclude_labels", "exclude_listed_clips", "keep_fraction", "label_mode")
        },
        trains=lambda wildcards: config["conditions"][wildcards.condition]["epochs"] > 0,
        seed=config["seed"],
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/filter_labels.py"


rule label_clips:
    message:
        "List available clips and choose the validation set"
    input:
        expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
    output:
        "<run>/labels/clips.parquet",
    log:
        "<run>/logs/label_clips.log",
    benchmark:
        "<run>/benchmarks/label_clips.tsv"
    params:
        code=code_of("label_clips"),
        validation_fraction=config["labels"]["validation_fraction"],
        seed=config["seed"],
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/label_clips.py"


rule label_category:
    message:
        "Sort clips into pure, mixed and none for {wildcards.category}"
    input:
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
    output:
        "<run>/labels/categories/{category}.parquet",
    log:
        "<run>/logs/label_category/{category}.log",
    benchmark:
        "<run>/benchmarks/label_category/{category}.tsv"
    params:
        code=code_of("label_category"),
        classes=lambda wildcards: config["categories"][wildcards.category],
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/label_category.py"
