# Figures of embeddings and of what holds of the music-selective units.


rule plot_embedding:
    input:
        summary="<run>/analyses/embedding.csv",
        coordinates=[
            f"{RUN}/analyses/embedding/{name}/seed{seed}.parquet" for name, seed in EMBEDDED
        ],
    output:
        png=report(
            "<run>/figures/embedding.png",
            caption="report/embedding.rst",
            category="Figures",
            labels={"figure": "Embeddings"},
        ),
        pdf="<run>/figures/embedding.pdf",
    log:
        "<run>/logs/plot_embedding.log",
    benchmark:
        "<run>/benchmarks/plot_embedding.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_embedding"),
        feature_sets=EMBEDDED,
        notice=NOTICE,
    message:
        "Plot embeddings"
    script:
        "../workflow_scripts/plot_embedding.py"


rule plot_memorisation:
    input:
        "<run>/analyses/memorisation.csv",
    output:
        png=report(
            "<run>/figures/memorisation.png",
            caption="report/memorisation.rst",
            category="Figures",
            labels={"figure": "Memorisation"},
        ),
        pdf="<run>/figures/memorisation.pdf",
    log:
        "<run>/logs/plot_memorisation.log",
    benchmark:
        "<run>/benchmarks/plot_memorisation.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_memorisation"),
        notice=NOTICE,
    message:
        "Plot memorisation of training clips"
    script:
        "../workflow_scripts/plot_memorisation.py"


rule plot_loudness:
    input:
        "<run>/analyses/loudness.csv",
    output:
        png=report(
            "<run>/figures/loudness.png",
            caption="report/loudness.rst",
            category="Figures",
            labels={"figure": "Loudness control"},
        ),
        pdf="<run>/figures/loudness.pdf",
    log:
        "<run>/logs/plot_loudness.log",
    benchmark:
        "<run>/benchmarks/plot_loudness.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_loudness"),
        notice=NOTICE,
    message:
        "Plot music selectivity at equal and lower loudness"
    script:
        "../workflow_scripts/plot_loudness.py"


rule plot_genres:
    input:
        summary="<run>/analyses/genres.csv",
        per_genre="<run>/analyses/genres/genres.csv",
    output:
        png=report(
            "<run>/figures/genres.png",
            caption="report/genres.rst",
            category="Figures",
            labels={"figure": "Genres"},
        ),
        pdf="<run>/figures/genres.pdf",
    log:
        "<run>/logs/plot_genres.log",
    benchmark:
        "<run>/benchmarks/plot_genres.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_genres"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot what music-selective units tell of genres"
    script:
        "../workflow_scripts/plot_genres.py"


rule plot_conditions:
    input:
        selectivity="<run>/analyses/selectivity.csv",
        conditions="<run>/analyses/conditions.csv",
    output:
        png=report(
            "<run>/figures/conditions.png",
            caption="report/conditions.rst",
            category="Figures",
            labels={"figure": "Comparison of conditions"},
        ),
        pdf="<run>/figures/conditions.pdf",
    log:
        "<run>/logs/plot_conditions.log",
    benchmark:
        "<run>/benchmarks/plot_conditions.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_conditions"),
        notice=NOTICE,
    message:
        "Plot music selectivity between conditions"
    script:
        "../workflow_scripts/plot_conditions.py"


rule plot_ablation:
    input:
        groups="<run>/analyses/ablation/groups.csv",
        tests="<run>/analyses/ablation.csv",
    output:
        png=report(
            "<run>/figures/ablation.png",
            caption="report/ablation.rst",
            category="Figures",
            labels={"figure": "Ablation of units"},
        ),
        pdf="<run>/figures/ablation.pdf",
    log:
        "<run>/logs/plot_ablation.log",
    benchmark:
        "<run>/benchmarks/plot_ablation.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_ablation"),
        notice=NOTICE,
    message:
        "Plot detection without groups of units"
    script:
        "../workflow_scripts/plot_ablation.py"
