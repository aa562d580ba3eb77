# Statistics of responses to quilts and natural sounds, and of categories other than music.

# Networks and, beside them, trivial acoustics: one after the other, each with all its stimuli.
QUILTED = [*NETWORKS, ["acoustics", 0]]
QUILT_RESPONSES = [
    f"<run>/activations/{features}/seed{seed}/{stimulus}/test.parquet"
    for features, seed in NETWORKS
    for stimulus in QUILT_STIMULI
] + [f"<run>/baselines/acoustics/{stimulus}/test.parquet" for stimulus in QUILT_STIMULI]


rule measure_quilts:
    input:
        quilts=QUILT_RESPONSES,
        acoustics_train="<run>/baselines/acoustics/natural/train.parquet",
        units="<run>/analyses/selectivity/units.csv",
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/quilts.csv",
        tests="<run>/analyses/quilts/tests.csv",
    log:
        "<run>/logs/measure_quilts.log",
    benchmark:
        "<run>/benchmarks/measure_quilts.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        code=code_of("measure_quilts"),
        feature_sets=QUILTED,
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure responses to quilts"
    script:
        "../workflow_scripts/measure_quilts.py"


rule measure_memorisation_quilts:
    input:
        "<run>/analyses/quilts.csv",
    output:
        summary="<run>/analyses/memorisation_quilts.csv",
        tests="<run>/analyses/memorisation_quilts/tests.csv",
    log:
        "<run>/logs/measure_memorisation_quilts.log",
    benchmark:
        "<run>/benchmarks/measure_memorisation_quilts.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code_of("measure_memorisation_quilts"),
        memorised=[
            condition
            for condition in CONDITIONS
            if config["conditions"][condition]["label_mode"] == "random"
        ],
        reference=config["run"]["reference_condition"],
    message:
        "Measure what memorising changes in responses to quilts"
    script:
        "../workflow_scripts/measure_memorisation_quilts.py"


rule measure_speech_removal:
    input:
        selectivity="<run>/analyses/selectivity.csv",
        quilts="<run>/analyses/quilts.csv",
    output:
        summary="<run>/analyses/speech_removal.csv",
        tests="<run>/analyses/speech_removal/tests.csv",
    log:
        "<run>/logs/measure_speech_removal.log",
    benchmark:
        "<run>/benchmarks/measure_speech_removal.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=10,
    params:
        code=code_of("measure_speech_removal"),
        removed="no_music_no_speech",
        reference=config["run"]["reference_condition"],
    message:
        "Measure what removing speech from training changes"
    script:
        "../workflow_scripts/measure_speech_removal.py"


rule measure_categories:
    input:
        train=of_networks("<run>/activations/{features}/seed{seed}/natural/train.parquet")
        + of_baselines("<run>/baselines/{features}/natural/train.parquet", RESPONDING),
        test=of_networks("<run>/activations/{features}/seed{seed}/natural/test.parquet")
        + of_baselines("<run>/baselines/{features}/natural/test.parquet", RESPONDING),
        quilts=QUILT_RESPONSES,
        categories="<run>/labels/categories.parquet",
    output:
        summary="<run>/analyses/categories.csv",
        units="<run>/analyses/categories/units.csv",
        quilts="<run>/analyses/categories/quilts.csv",
        tests="<run>/analyses/categories/tests.csv",
    log:
        "<run>/logs/measure_categories.log",
    benchmark:
        "<run>/benchmarks/measure_categories.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        code=code_of("measure_categories"),
        quilted=QUILTED,
        feature_sets=[*NETWORKS, *[[name, 0] for name in RESPONDING]],
        names=[name for name in config["categories"] if name != "music"],
        selectivity=config["selectivity"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure selectivity for other categories"
    script:
        "../workflow_scripts/measure_categories.py"


rule measure_natural165:
    input:
        sounds="<clips>/natural165/0.parquet" if HAS_NATURAL_SOUNDS else [],
        activations=(
            of_networks("<run>/activations/{features}/seed{seed}/natural165/all.parquet")
            + of_baselines("<run>/baselines/{features}/natural165/all.parquet", RESPONDING)
            if HAS_NATURAL_SOUNDS
            else []
        ),
        acoustics_train=(
            "<run>/baselines/acoustics/natural/train.parquet" if HAS_NATURAL_SOUNDS else []
        ),
        units="<run>/analyses/selectivity/units.csv",
    output:
        summary="<run>/analyses/natural165.csv",
        means="<run>/analyses/natural165/categories.csv",
        tests="<run>/analyses/natural165/tests.csv",
    log:
        "<run>/logs/measure_natural165.log",
    benchmark:
        "<run>/benchmarks/measure_natural165.tsv"
    conda:
        "../envs/workflow.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        code=code_of("measure_natural165"),
        feature_sets=[*NETWORKS, *[[name, 0] for name in RESPONDING]],
        reference=config["run"]["reference_condition"],
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    message:
        "Measure responses to natural sounds"
    script:
        "../workflow_scripts/measure_natural165.py"
