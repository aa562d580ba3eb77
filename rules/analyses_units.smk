# What holds of the music-selective units: without loudness, for genres, between conditions, silenced.

# The permutations of the null have no part in it.
CHOICE_OF_UNITS = {key: config["selectivity"][key] for key in ("index", "fraction")}


rule record_loudness:
    input:
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        activations="<run>/activations/{condition}/seed{seed}/natural/train.parquet",
        train=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        test=expand("<run>/logmel/natural/test/{shard}.arrow", shard=SHARDS),
        categories="<run>/labels/categories.parquet",
    output:
        "<run>/analyses/loudness/{condition}/seed{seed}.parquet",
    log:
        "<run>/logs/record_loudness/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/record_loudness/{condition}/seed{seed}.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=3000 + CUDA_MB * GPU_SLOTS,
        runtime=180,
        gpu=GPU_SLOTS,
    params:
        code=code_of("record_loudness"),
        attenuations=config["loudness"]["attenuations"],
        selectivity=CHOICE_OF_UNITS,
    message:
        "Record levelled clips with {wildcards.condition}, seed {wildcards.seed}"
    script:
        "../workflow_scripts/record_loudness.py"


rule describe_levelled_acoustics:
    input:
        train=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        test=expand("<run>/logmel/natural/test/{shard}.arrow", shard=SHARDS),
        acoustics="<run>/baselines/acoustics/natural/train.parquet",
        categories="<run>/labels/categories.parquet",
    output:
        "<run>/analyses/loudness/acoustics/seed0.parquet",
    log:
        "<run>/logs/describe_levelled_acoustics.log",
    benchmark:
        "<run>/benchmarks/describe_levelled_acoustics.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
    params:
        code=code_of("describe_levelled_acoustics"),
        attenuations=config["loudness"]["attenuations"],
        highest_hz=config["logmel"]["highest_hz"],
        selectivity=CHOICE_OF_UNITS,
    message:
        "Describe the acoustics of levelled clips"
    script:
        "../workflow_scripts/describe_levelled_acoustics.py"


rule measure_loudness:
    input:
        of_networks("<run>/analyses/loudness/{features}/seed{seed}.parquet"),
        "<run>/analyses/loudness/acoustics/seed0.parquet",
    output:
        "<run>/analyses/loudness.csv",
    log:
        "<run>/logs/measure_loudness.log",
    benchmark:
        "<run>/benchmarks/measure_loudness.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_loudness"),
        feature_sets=[*NETWORKS, ["acoustics", 0]],
        attenuations=config["loudness"]["attenuations"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure music selectivity at equal and lower loudness"
    script:
        "../workflow_scripts/measure_loudness.py"


rule measure_genres:
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet")
        + of_baselines("<run>/baselines/{features}/natural/train.parquet", RESPONDING),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet")
        + of_baselines("<run>/baselines/{features}/natural/test.parquet", RESPONDING),
        units="<run>/analyses/selectivity/units.csv",
        categories="<run>/labels/categories.parquet",
        tables=TABLES,
    output:
        summary="<run>/analyses/genres.csv",
        per_genre="<run>/analyses/genres/genres.csv",
    log:
        "<run>/logs/measure_genres.log",
    benchmark:
        "<run>/benchmarks/measure_genres.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_genres"),
        feature_sets=[*NETWORKS, *[[name, 0] for name in RESPONDING]],
    message:
        "Measure what music-selective units tell of genres"
    script:
        "../workflow_scripts/measure_genres.py"


rule measure_conditions:
    input:
        "<run>/analyses/selectivity.csv",
    output:
        "<run>/analyses/conditions.csv",
    log:
        "<run>/logs/measure_conditions.log",
    benchmark:
        "<run>/benchmarks/measure_conditions.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code_of("measure_conditions"),
    message:
        "Compare music selectivity between conditions"
    script:
        "../workflow_scripts/measure_conditions.py"


rule measure_ablation:
    input:
        weights=of_networks("<run>/networks/{features}/seed{seed}/weights.pt"),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet"),
        units="<run>/analyses/selectivity/units.csv",
        categories="<run>/labels/categories.parquet",
        tables=TABLES,
    output:
        tests="<run>/analyses/ablation.csv",
        per_group="<run>/analyses/ablation/groups.csv",
        per_class="<run>/analyses/ablation/classes.csv",
    log:
        "<run>/logs/measure_ablation.log",
    benchmark:
        "<run>/benchmarks/measure_ablation.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=3000,
        runtime=60,
    params:
        code=code_of("measure_ablation"),
        networks=NETWORKS,
        detection=config["detection"],
        fraction=config["selectivity"]["fraction"],
    message:
        "Measure detection without groups of units"
    script:
        "../workflow_scripts/measure_ablation.py"
