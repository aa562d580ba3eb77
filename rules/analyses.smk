# Statistics of activations and scores, pooled over networks; each row names its network.

# Baselines whose numbers are amounts, so that their ratios mean something.
RESPONDING = ["gbfb", "acoustics"]


rule measure_detection:
    input:
        scores=of_networks("<run>/activations/{features}/seed{seed}/natural/scores/test.parquet"),
        categories="<run>/labels/categories.parquet",
        tables=TABLES,
    output:
        summary="<run>/analyses/detection.csv",
        per_class="<run>/analyses/detection/classes.csv",
    log:
        "<run>/logs/measure_detection.log",
    benchmark:
        "<run>/benchmarks/measure_detection.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_detection"),
        networks=NETWORKS,
        detection=config["detection"],
    message:
        "Measure detection of every class"
    script:
        "../workflow_scripts/measure_detection.py"


rule measure_mean_response:
    input:
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet")
        + of_baselines("<run>/baselines/{features}/natural/test.parquet", RESPONDING),
        acoustics_train="<run>/baselines/acoustics/natural/train.parquet",
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/mean_response.csv",
        histogram="<run>/analyses/mean_response/histogram.csv",
    log:
        "<run>/logs/measure_mean_response.log",
    benchmark:
        "<run>/benchmarks/measure_mean_response.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_mean_response"),
        feature_sets=[*NETWORKS, *[[name, 0] for name in RESPONDING]],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure the mean response to music"
    script:
        "../workflow_scripts/measure_mean_response.py"


rule measure_selectivity:
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet")
        + of_baselines("<run>/baselines/{features}/natural/train.parquet", RESPONDING),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet")
        + of_baselines("<run>/baselines/{features}/natural/test.parquet", RESPONDING),
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/selectivity.csv",
        units="<run>/analyses/selectivity/units.csv",
    log:
        "<run>/logs/measure_selectivity.log",
    benchmark:
        "<run>/benchmarks/measure_selectivity.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    params:
        code=code_of("measure_selectivity"),
        feature_sets=[*NETWORKS, *[[name, 0] for name in RESPONDING]],
        selectivity=config["selectivity"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure music selectivity of units"
    script:
        "../workflow_scripts/measure_selectivity.py"


rule measure_separability:
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet")
        + of_baselines("<run>/baselines/{features}/natural/train.parquet", BASELINES),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet")
        + of_baselines("<run>/baselines/{features}/natural/test.parquet", BASELINES),
        pca_train="<run>/baselines/pca/natural/train.parquet",
        pca_test="<run>/baselines/pca/natural/test.parquet",
        gbfb_train="<run>/baselines/gbfb/natural/train.parquet",
        gbfb_test="<run>/baselines/gbfb/natural/test.parquet",
        explained="<run>/baselines/pca/explained_variance.csv",
        categories="<run>/labels/categories.parquet",
    output:
        "<run>/analyses/separability.csv",
    log:
        "<run>/logs/measure_separability.log",
    benchmark:
        "<run>/benchmarks/measure_separability.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_separability"),
        feature_sets=[*NETWORKS, *[[name, 0] for name in BASELINES]],
    message:
        "Measure linear separability of music"
    script:
        "../workflow_scripts/measure_separability.py"
