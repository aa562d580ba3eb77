# Raw clips: every source writes the same tables and the same shards.
#
# Rules named fetch_… have no digest of their code among the parameters: an edit of the code that
# asks is no reason to ask again. Sources on this machine's disk are read again.

TABLES = {table: f"<clips>/tables/{file}" for table, file in FILE_OF_TABLE.items()}
# What most rules read: an edit of the other tables is no reason to run them again.
CLASS_TABLES = [TABLES["class_labels"], TABLES["ontology"]]
TABLE_OF_FILE = {file: table for table, file in FILE_OF_TABLE.items()}


if DEMO:

    rule write_demo_tables:
        message:
            "Write the tables of the synthetic corpus"
        output:
            **TABLES,
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

    rule fetch_table:
        message:
            "Fetch the table {wildcards.table}"
        input:
            lambda wildcards: path_of(CORPUS["tables"][TABLE_OF_FILE[wildcards.table]]) or [],
        output:
            "<clips>/tables/{table}",
        log:
            "<run>/logs/fetch_table/{table}.log",
        benchmark:
            "<run>/benchmarks/fetch_table/{table}.tsv"
        params:
            address=lambda wildcards: CORPUS["tables"][TABLE_OF_FILE[wildcards.table]],
        threads: 1
        resources:
            mem_mb=500,
            runtime=60,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_table.py"

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
            mem_mb=1000,
            runtime=1440,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_clips.py"


rule list_clips:
    message:
        "List the clips asked for"
    input:
        tables=CLASS_TABLES,
        segments=[TABLES[f"{split}_segments"] for split in SPLITS],
        # Here by then, or refused; but a clip more or less on it is no reason to ask again.
        excluded=ancient(TABLES["excluded_clips"]),
    output:
        expand("<clips>/asked/{split}.parquet", split=SPLITS),
    log:
        "<run>/logs/list_clips.log",
    benchmark:
        "<run>/benchmarks/list_clips.tsv"
    params:
        code=code_of("list_clips"),
        own={split: str(path_of(CORPUS["tables"][f"{split}_segments"]) or "") for split in SPLITS},
        ids_of_videos=set(CORPUS["sources"]) <= {"huggingface", "youtube"},
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/list_clips.py"


rule count_clips:
    message:
        "Count the clips that could be had"
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
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/count_clips.py"
