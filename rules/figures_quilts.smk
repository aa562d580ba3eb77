# Figures of responses to quilts and natural sounds, and of categories other than music.


rule plot_natural165:
    input:
        summary="<run>/analyses/natural165.csv",
        means="<run>/analyses/natural165/categories.csv",
    output:
        png=report(
            "<run>/figures/natural165.png",
            caption="report/natural165.rst",
            category="Figures",
            labels={"figure": "Natural sounds"},
        ),
        pdf="<run>/figures/natural165.pdf",
    log:
        "<run>/logs/plot_natural165.log",
    benchmark:
        "<run>/benchmarks/plot_natural165.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_natural165"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot responses to natural sounds"
    script:
        "../workflow_scripts/plot_natural165.py"


rule plot_quilts:
    input:
        "<run>/analyses/quilts.csv",
    output:
        png=report(
            "<run>/figures/quilts.png",
            caption="report/quilts.rst",
            category="Figures",
            labels={"figure": "Sound quilts"},
        ),
        pdf="<run>/figures/quilts.pdf",
    log:
        "<run>/logs/plot_quilts.log",
    benchmark:
        "<run>/benchmarks/plot_quilts.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_quilts"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot responses to quilts"
    script:
        "../workflow_scripts/plot_quilts.py"


rule plot_memorisation_quilts:
    input:
        summary="<run>/analyses/memorisation_quilts.csv",
        tests="<run>/analyses/memorisation_quilts/tests.csv",
    output:
        png=report(
            "<run>/figures/memorisation_quilts.png",
            caption="report/memorisation_quilts.rst",
            category="Figures",
            labels={"figure": "Sound quilts after random labels"},
        ),
        pdf="<run>/figures/memorisation_quilts.pdf",
    log:
        "<run>/logs/plot_memorisation_quilts.log",
    benchmark:
        "<run>/benchmarks/plot_memorisation_quilts.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_memorisation_quilts"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot responses to quilts after memorising"
    script:
        "../workflow_scripts/plot_memorisation_quilts.py"


rule plot_speech_removal:
    input:
        "<run>/analyses/speech_removal.csv",
    output:
        png=report(
            "<run>/figures/speech_removal.png",
            caption="report/speech_removal.rst",
            category="Figures",
            labels={"figure": "Removal of speech"},
        ),
        pdf="<run>/figures/speech_removal.pdf",
    log:
        "<run>/logs/plot_speech_removal.log",
    benchmark:
        "<run>/benchmarks/plot_speech_removal.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_speech_removal"),
        removed="no_music_no_speech",
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot what removing speech changes"
    script:
        "../workflow_scripts/plot_speech_removal.py"


rule plot_categories:
    input:
        summary="<run>/analyses/categories.csv",
        quilts="<run>/analyses/categories/quilts.csv",
        music="<run>/analyses/selectivity.csv",
    output:
        png=report(
            "<run>/figures/categories.png",
            caption="report/categories.rst",
            category="Figures",
            labels={"figure": "Other categories"},
        ),
        pdf="<run>/figures/categories.pdf",
    log:
        "<run>/logs/plot_categories.log",
    benchmark:
        "<run>/benchmarks/plot_categories.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_of("plot_categories"),
        reference=config["run"]["reference_condition"],
        notice=NOTICE,
    message:
        "Plot selectivity for other categories"
    script:
        "../workflow_scripts/plot_categories.py"
