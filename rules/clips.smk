# The clips themselves: every source writes the same shards.


if DEMO:

    rule synthesise_clips:
        message:
            "Synthesise {wildcards.split} clips, shard {wildcards.shard}"
        input:
            "<clips>/asked/{split}.parquet",
        output:
            "<clips>/{split}/{shard}.parquet",
        log:
            "<run>/logs/synthesise_clips/{split}/{shard}.log",
        benchmark:
            "<run>/benchmarks/synthesise_clips/{split}/{shard}.tsv"
        params:
            code=code_of("synthesise_clips"),
            shards=CORPUS["shards"],
            demo=CORPUS["demo"],
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(60),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/synthesise_clips.py"

else:

    # For an edit of the code no site is asked again, but files on this machine are read again.
    rule fetch_clips:
        message:
            "Fetch {wildcards.split} clips, shard {wildcards.shard}"
        input:
            asked="<clips>/asked/{split}.parquet",
            archive=lambda wildcards: ARCHIVES[wildcards.split],
        output:
            "<clips>/{split}/{shard}.parquet",
        log:
            "<run>/logs/fetch_clips/{split}/{shard}.log",
        benchmark:
            "<run>/benchmarks/fetch_clips/{split}/{shard}.tsv"
        params:
            code=code_of("fetch_clips") if set(CORPUS["sources"]) <= ON_DISK else "",
            shards=CORPUS["shards"],
            corpus={key: CORPUS[key] for key in ("sources", "folder", "channel")},
        threads: 1
        resources:
            mem_mb=growing(1500),
            runtime=growing(1440),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_clips.py"


rule count_clips:
    message:
        "Count available clips"
    input:
        clips=expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
        class_labels=TABLES["class_labels"],
    output:
        splits="<run>/analyses/availability.csv",
        classes="<run>/analyses/availability/classes.csv",
    log:
        "<run>/logs/count_clips.log",
    benchmark:
        "<run>/benchmarks/count_clips.tsv"
    params:
        code=code_of("count_clips"),
        compare=CORPUS["name"] == "audioset",
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/count_clips.py"
