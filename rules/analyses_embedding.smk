# Embeddings of feature sets in two dimensions, and networks that memorise.

EMBEDDED = [
    *[[name, seed] for name in CONDITIONS for seed in SEEDS[: config["embedding"]["seeds"]]],
    *[[name, 0] for name in BASELINES],
]
MEMORISING = [
    [name, seed]
    for name, seed in NETWORKS
    if config["conditions"][name]["label_mode"] == "random"
    or name == config["run"]["reference_condition"]
]


rule embed_features:
    input:
        features=lambda wildcards: (
            "<run>/baselines/{features}/natural/test.parquet"
            if wildcards.features in BASELINES
            else "<run>/activations/{features}/seed{seed}/natural/test.parquet"
        ),
        categories="<run>/labels/categories.parquet",
    output:
        coordinates="<run>/analyses/embedding/{features}/seed{seed}.parquet",
        quality="<run>/analyses/embedding/{features}/seed{seed}.csv",
    log:
        "<run>/logs/embed_features/{features}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/embed_features/{features}/seed{seed}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code_of("embed_features"),
        seed=config["seed"],
        neighbours=config["embedding"]["neighbours"],
    message:
        "Embed {wildcards.features}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/embed_features.py"


rule measure_embedding:
    input:
        coordinates=[
            f"{RUN}/analyses/embedding/{name}/seed{seed}.parquet" for name, seed in EMBEDDED
        ],
        qualities=[f"{RUN}/analyses/embedding/{name}/seed{seed}.csv" for name, seed in EMBEDDED],
    output:
        "<run>/analyses/embedding.csv",
    log:
        "<run>/logs/measure_embedding.log",
    benchmark:
        "<run>/benchmarks/measure_embedding.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=20,
    params:
        code=code_of("measure_embedding"),
        feature_sets=EMBEDDED,
        bins=config["embedding"]["bins"],
        seed=config["seed"],
    message:
        "Measure segregation of music in embeddings"
    script:
        "../workflow_scripts/measure_embedding.py"


rule measure_memorisation:
    input:
        train_scores=[
            f"{RUN}/activations/{name}/seed{seed}/natural/scores/train.parquet"
            for name, seed in MEMORISING
        ],
        test_scores=[
            f"{RUN}/activations/{name}/seed{seed}/natural/scores/test.parquet"
            for name, seed in MEMORISING
        ],
        labels=[f"{RUN}/labels/{name}.parquet" for name in dict(MEMORISING)],
        categories="<run>/labels/categories.parquet",
        embedding="<run>/analyses/embedding.csv",
        tables=TABLES,
    output:
        "<run>/analyses/memorisation.csv",
    log:
        "<run>/logs/measure_memorisation.log",
    benchmark:
        "<run>/benchmarks/measure_memorisation.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_memorisation"),
        networks=MEMORISING,
        detection=config["detection"],
        seed=config["seed"],
    message:
        "Measure memorisation of training clips"
    script:
        "../workflow_scripts/measure_memorisation.py"
