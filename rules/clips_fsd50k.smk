# FSD50K: files that are not on this machine are fetched; its tables take AudioSet's formats.

ARCHIVES = {split: [] for split in SPLITS}

if "fsd50k" in CORPUS["sources"]:
    FSD50K = CORPUS["fsd50k"]
    PARTS = {split: FSD50K[f"{split}_archive"] for split in SPLITS}
    # By name, what is to be fetched; what is on this machine, a folder too, is read where it is.
    ADDRESSES = {
        file_name_of(address): address
        for address in [FSD50K["ground_truth"], *PARTS["train"], *PARTS["test"]]
        if path_of(address) is None
    }
    GROUND_TRUTH = file_name_of(FSD50K["ground_truth"])
    # Gigabytes wait until the tables are here and every label in the config is known.
    LISTS = [ancient(f"<clips>/asked/{split}.parquet") for split in SPLITS]
    ARCHIVES = {
        split: [path_of(part) or f"<clips>/archives/{file_name_of(part)}" for part in PARTS[split]]
        for split in SPLITS
    }

    ruleorder: prepare_fsd50k > fetch_table

    rule fetch_archive:
        message:
            "Fetch {wildcards.archive}"
        input:
            lambda wildcards: [] if wildcards.archive == GROUND_TRUTH else LISTS,
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
            mem_mb=500,
            runtime=1440,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/fetch_archive.py"

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
            mem_mb=1000,
            runtime=10,
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/prepare_fsd50k.py"
