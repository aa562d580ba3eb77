# Embeddings and the control of loudness: each network is a job of its own, since each takes long.
# Then the categories of every analysis are pooled.

EMBEDDED = [
    *[
        [name, seed]
        for name in CONDITIONS
        for seed in SEEDS_OF[name][: config["embedding"]["seeds"]]
    ],
    *[[name, 0] for name in BASELINES],
]
EMBEDDING = "<run>/analyses/embedding/{{{{category}}}}/{{features}}/seed{{seed}}.{ending}"
# The tables of which every category has its own file.
BY_CATEGORY = [
    "selectivity",
    "mean_response",
    "mean_response/networks",
    "separability",
    "embedding",
    "loudness",
    "readout",
    "readout/subclasses",
    "quilts",
    "quilts/tests",
    "quilts/subclasses",
]


rule embed_features:
    message:
        "Embed {wildcards.features}, seed {wildcards.seed}, for {wildcards.category}"
    input:
        features="<run>/activations/{features}/seed{seed}/natural/test.parquet",
        category="<run>/labels/categories/{category}.parquet",
    output:
        coordinates="<run>/analyses/embedding/{category}/{features}/seed{seed}.parquet",
        quality="<run>/analyses/embedding/{category}/{features}/seed{seed}.csv",
    log:
        "<run>/logs/embed_features/{category}/{features}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/embed_features/{category}/{features}/seed{seed}.tsv"
    params:
        code=code_of("embed_features"),
        seed=config["seed"],
        neighbours=config["embedding"]["neighbours"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/embed_features.py"


rule measure_embedding:
    message:
        "Measure segregation of {wildcards.category} in embeddings"
    input:
        coordinates=of_features(EMBEDDING.format(ending="parquet"), EMBEDDED),
        qualities=of_features(EMBEDDING.format(ending="csv"), EMBEDDED),
    output:
        "<run>/analyses/embedding/{category}.csv",
    log:
        "<run>/logs/measure_embedding/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_embedding/{category}.tsv"
    params:
        code=code_of("measure_embedding"),
        bins=config["embedding"]["bins"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_embedding.py"


rule record_loudness:
    message:
        "Record {wildcards.features}, seed {wildcards.seed}, for levelled clips of {wildcards.category}"
    input:
        weights=lambda wildcards: (
            []
            if wildcards.features in BASELINES
            else "<run>/networks/{features}/seed{seed}/weights.pt".format(**wildcards)
        ),
        activations=f"{RUN}/activations/{{features}}/seed{{seed}}/natural/{CHOSEN_ON}.parquet",
        reference=lambda wildcards: (
            "<run>/activations/acoustics/seed0/natural/train.parquet"
            if wildcards.features in BASELINES
            else []
        ),
        train=logmel_of("natural", "train"),
        test=logmel_of("natural", "test"),
        category="<run>/labels/categories/{category}.parquet",
    output:
        "<run>/analyses/loudness/{category}/{features}/seed{seed}.parquet",
    log:
        "<run>/logs/record_loudness/{category}/{features}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/record_loudness/{category}/{features}/seed{seed}.tsv"
    params:
        code=code_of("record_loudness"),
        attenuations=config["loudness"]["attenuations"],
        highest_hz=config["logmel"]["highest_hz"],
        selectivity=CHOICE_OF_UNITS,
    threads: 1
    resources:
        mem_mb=growing(1500 + CUDA_MB * GPU_SLOTS, of_input=1.5),
        runtime=growing(60),
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/record_loudness.py"


rule measure_loudness:
    message:
        "Measure selectivity for {wildcards.category} at equal and lower loudness"
    input:
        of_features(
            "<run>/analyses/loudness/{{category}}/{features}/seed{seed}.parquet",
            [*NETWORKS, ["acoustics", 0]],
        ),
    output:
        "<run>/analyses/loudness/{category}.csv",
    log:
        "<run>/logs/measure_loudness/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_loudness/{category}.tsv"
    params:
        code=code_of("measure_loudness"),
        attenuations=config["loudness"]["attenuations"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_loudness.py"


rule pool_categories:
    message:
        "Pool the categories of {wildcards.table}"
    input:
        lambda wildcards: [
            f"{RUN}/analyses/{wildcards.table}/{category}.csv"
            for category in categories_of(wildcards.table.partition("/")[0])
        ],
    output:
        "<run>/analyses/{table}.csv",
    wildcard_constraints:
        table="|".join(BY_CATEGORY),
    log:
        "<run>/logs/pool_categories/{table}.log",
    benchmark:
        "<run>/benchmarks/pool_categories/{table}.tsv"
    params:
        code=code_of("pool_categories"),
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/pool_categories.py"
