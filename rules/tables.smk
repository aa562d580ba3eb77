# The tables of the corpus, and the clips that they ask for; FSD50K's take AudioSet's formats.
#
# Rules named fetch_… have no digest of their code among the parameters: an edit of the code that
# asks is no reason to ask again.

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
        localrule: True
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(10),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/write_demo_tables.py"

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
        localrule: True
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(60),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_table.py"


# Archives of clips by split, and of the natural sounds; what is not on this machine is fetched.
ARCHIVES = {split: [] for split in SPLITS}
ADDRESSES = {}
# What is fetched as soon as it is wanted; gigabytes wait until the tables are here.
AT_ONCE = []
PLACE_OF_SOUNDS = CORPUS["natural_sounds"]["place"]
SOUNDS_ARCHIVE = file_name_of(PLACE_OF_SOUNDS)

if PLACE_OF_SOUNDS and path_of(PLACE_OF_SOUNDS) is None:
    ADDRESSES[SOUNDS_ARCHIVE] = PLACE_OF_SOUNDS
    AT_ONCE.append(SOUNDS_ARCHIVE)

if "fsd50k" in CORPUS["sources"]:
    FSD50K = CORPUS["fsd50k"]
    PARTS = {split: FSD50K[f"{split}_archive"] for split in SPLITS}
    # By name, what is to be fetched; what is on this machine, a folder too, is read where it is.
    ADDRESSES |= {
        file_name_of(address): address
        for address in [FSD50K["ground_truth"], *PARTS["train"], *PARTS["test"]]
        if path_of(address) is None
    }
    GROUND_TRUTH = file_name_of(FSD50K["ground_truth"])
    AT_ONCE.append(GROUND_TRUTH)
    ARCHIVES = {
        split: [path_of(part) or f"<clips>/archives/{file_name_of(part)}" for part in PARTS[split]]
        for split in SPLITS
    }

if ADDRESSES:
    # Every label in the config is known by then.
    LISTS = [ancient(f"<clips>/asked/{split}.parquet") for split in SPLITS]

    rule fetch_archive:
        message:
            "Fetch {wildcards.archive}"
        input:
            lambda wildcards: [] if wildcards.archive in AT_ONCE else LISTS,
        output:
            "<clips>/archives/{archive}",
        log:
            "<run>/logs/fetch_archive/{archive}.log",
        benchmark:
            "<run>/benchmarks/fetch_archive/{archive}.tsv"
        params:
            address=lambda wildcards: ADDRESSES[wildcards.archive],
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(1440),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_archive.py"


if "fsd50k" in CORPUS["sources"]:

    ruleorder: prepare_fsd50k > fetch_table

    rule prepare_fsd50k:
        message:
            "Prepare the tables of FSD50K"
        input:
            ground_truth=path_of(FSD50K["ground_truth"]) or f"<clips>/archives/{GROUND_TRUTH}",
            ontology="<clips>/tables/ontology.json",
        output:
            train_segments="<clips>/tables/train_segments.csv",
            test_segments="<clips>/tables/test_segments.csv",
            class_labels="<clips>/tables/class_labels_indices.csv",
        log:
            "<run>/logs/prepare_fsd50k.log",
        benchmark:
            "<run>/benchmarks/prepare_fsd50k.tsv"
        params:
            code=code_of("prepare_fsd50k"),
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(10),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/prepare_fsd50k.py"


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
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/list_clips.py"
