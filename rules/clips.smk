# Raw clips: every source writes the same tables and the same shards.

TABLES = expand("<clips>/tables/{table}", table=FILE_OF_TABLE.values())


if CORPUS["source"] == "demo":

    rule write_demo_tables:
        message:
            "Write the tables of the synthetic corpus"
        output:
            TABLES,
        log:
            "<run>/logs/write_demo_tables.log",
        benchmark:
            "<run>/benchmarks/write_demo_tables.tsv"
        params:
            code=code_of("write_demo_tables"),
            demo=CORPUS["demo"],
        threads: 1
        resources:
            mem_mb=500,
            runtime=10,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/write_demo_tables.py"

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
            mem_mb=1000,
            runtime=60,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/synthesise_clips.py"

else:

    rule collect_tables:
        message:
            "Collect the corpus tables"
        input:
            [path for path in CORPUS["tables"].values() if path],
        output:
            TABLES,
        log:
            "<run>/logs/collect_tables.log",
        benchmark:
            "<run>/benchmarks/collect_tables.tsv"
        params:
            code=code_of("collect_tables"),
            tables=CORPUS["tables"],
        threads: 1
        resources:
            mem_mb=500,
            runtime=10,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/collect_tables.py"

    rule import_clips:
        message:
            "Import {wildcards.split} clips from {params.folder}, shard {wildcards.shard}"
        input:
            "<clips>/asked/{split}.parquet",
        output:
            "<clips>/{split}/{shard}.parquet",
        log:
            "<run>/logs/import_clips/{split}/{shard}.log",
        benchmark:
            "<run>/benchmarks/import_clips/{split}/{shard}.tsv"
        params:
            code=code_of("import_clips"),
            shards=CORPUS["shards"],
            folder=CORPUS["folder"],
            channel=CORPUS["channel"],
        threads: 1
        resources:
            mem_mb=1000,
            runtime=240,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/import_clips.py"


rule list_clips:
    message:
        "List the clips asked for"
    input:
        TABLES,
    output:
        expand("<clips>/asked/{split}.parquet", split=SPLITS),
    log:
        "<run>/logs/list_clips.log",
    benchmark:
        "<run>/benchmarks/list_clips.tsv"
    params:
        code=code_of("list_clips"),
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/list_clips.py"
