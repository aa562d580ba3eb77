# What each condition is trained on, and which category each clip belongs to.


rule filter_labels:
    message:
        "Choose the clips of condition {wildcards.condition}"
    input:
        clips=expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
        tables=TABLES,
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
            for key in ("exclude_labels", "exclude_listed_clips", "label_mode")
        },
        trains=lambda wildcards: config["conditions"][wildcards.condition]["epochs"] > 0,
        validation_fraction=config["labels"]["validation_fraction"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/filter_labels.py"


rule label_categories:
    message:
        "Sort clips into pure, mixed and none for each category"
    input:
        clips=expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
        tables=TABLES,
    output:
        "<run>/labels/categories.parquet",
    log:
        "<run>/logs/label_categories.log",
    benchmark:
        "<run>/benchmarks/label_categories.tsv"
    params:
        code=code_of("label_categories"),
        categories=config["categories"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=20,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/label_categories.py"
