# Figures: each draws the table of one analysis, or the histories of training.


rule plot_training:
    message:
        "Plot training of every network"
    input:
        of_networks("<run>/networks/{features}/seed{seed}/history.csv"),
    output:
        png=report(
            "<run>/figures/training.png",
            caption="report/training.rst",
            category="Figures",
            labels={"figure": "Training"},
        ),
        pdf="<run>/figures/training.pdf",
    log:
        "<run>/logs/plot_training.log",
    benchmark:
        "<run>/benchmarks/plot_training.tsv"
    params:
        code=code_of("plot_training"),
        networks=NETWORKS,
        weights_used={
            condition: config["conditions"][condition]["weights_used"] for condition in CONDITIONS
        },
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/plot_training.py"


rule plot_detection:
    message:
        "Plot detection of classes"
    input:
        summary="<run>/analyses/detection.csv",
        per_class="<run>/analyses/detection/classes.csv",
    output:
        png=report(
            "<run>/figures/detection.png",
            caption="report/detection.rst",
            category="Figures",
            labels={"figure": "Detection of classes"},
        ),
        pdf="<run>/figures/detection.pdf",
    log:
        "<run>/logs/plot_detection.log",
    benchmark:
        "<run>/benchmarks/plot_detection.tsv"
    params:
        code=code_of("plot_detection"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/plot_detection.py"


rule plot_mean_response:
    message:
        "Plot the mean response to music"
    input:
        summary="<run>/analyses/mean_response.csv",
        histogram="<run>/analyses/mean_response/histogram.csv",
    output:
        png=report(
            "<run>/figures/mean_response.png",
            caption="report/mean_response.rst",
            category="Figures",
            labels={"figure": "Mean response to music"},
        ),
        pdf="<run>/figures/mean_response.pdf",
    log:
        "<run>/logs/plot_mean_response.log",
    benchmark:
        "<run>/benchmarks/plot_mean_response.tsv"
    params:
        code=code_of("plot_mean_response"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/plot_mean_response.py"


rule plot_selectivity:
    message:
        "Plot music selectivity of units"
    input:
        summary="<run>/analyses/selectivity.csv",
        units="<run>/analyses/selectivity/units.csv",
    output:
        png=report(
            "<run>/figures/selectivity.png",
            caption="report/selectivity.rst",
            category="Figures",
            labels={"figure": "Music-selective units"},
        ),
        pdf="<run>/figures/selectivity.pdf",
    log:
        "<run>/logs/plot_selectivity.log",
    benchmark:
        "<run>/benchmarks/plot_selectivity.tsv"
    params:
        code=code_of("plot_selectivity"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/plot_selectivity.py"


rule plot_separability:
    message:
        "Plot linear separability of music"
    input:
        "<run>/analyses/separability.csv",
    output:
        png=report(
            "<run>/figures/separability.png",
            caption="report/separability.rst",
            category="Figures",
            labels={"figure": "Linear separability of music"},
        ),
        pdf="<run>/figures/separability.pdf",
    log:
        "<run>/logs/plot_separability.log",
    benchmark:
        "<run>/benchmarks/plot_separability.tsv"
    params:
        code=code_of("plot_separability"),
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/plot_separability.py"
