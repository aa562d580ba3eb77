# Statistics of activations and scores, pooled over networks; each row names its network.

NETWORKS = [[condition, seed] for condition in CONDITIONS for seed in SEEDS]


def of_networks(path):
    return [path.format(features=features, seed=seed) for features, seed in NETWORKS]


rule measure_detection:
    message:
        "Measure detection of every class"
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
    params:
        code=code_of("measure_detection"),
        networks=NETWORKS,
        detection=config["detection"],
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_detection.py"


rule measure_mean_response:
    message:
        "Measure the mean response to music"
    input:
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet"),
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/mean_response.csv",
        histogram="<run>/analyses/mean_response/histogram.csv",
    log:
        "<run>/logs/measure_mean_response.log",
    benchmark:
        "<run>/benchmarks/measure_mean_response.tsv"
    params:
        code=code_of("measure_mean_response"),
        networks=NETWORKS,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_mean_response.py"


rule measure_selectivity:
    message:
        "Measure music selectivity of units"
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet"),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet"),
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/selectivity.csv",
        units="<run>/analyses/selectivity/units.csv",
    log:
        "<run>/logs/measure_selectivity.log",
    benchmark:
        "<run>/benchmarks/measure_selectivity.tsv"
    params:
        code=code_of("measure_selectivity"),
        networks=NETWORKS,
        selectivity=config["selectivity"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=4000,
        runtime=60,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_selectivity.py"


rule measure_separability:
    message:
        "Measure linear separability of music"
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet"),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet"),
        categories="<run>/labels/categories.parquet",
    output:
        "<run>/analyses/separability.csv",
    log:
        "<run>/logs/measure_separability.log",
    benchmark:
        "<run>/benchmarks/measure_separability.tsv"
    params:
        code=code_of("measure_separability"),
        networks=NETWORKS,
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_separability.py"
