# Analyses that are measured category by category: the target, and others that the config names.

# The permutations of the null have no part in it.
CHOICE_OF_UNITS = {key: config["selectivity"][key] for key in ("index", "fraction")}
MEASURE_OF_UNITS = CHOICE_OF_UNITS | {"permutations": config["selectivity"]["permutations"]}
EVERYTHING = [*NETWORKS, *[[name, 0] for name in BASELINES]]
QUILTED = RESPONDING
# What units are chosen of: of each kind in a file, since what changes one leaves the others.
KINDS = {"networks": NETWORKS, "gbfb": [["gbfb", 0]], "acoustics": [["acoustics", 0]]}
ALL_UNITS = [f"<run>/units/{{category}}/{kind}.csv" for kind in KINDS]
CATEGORY_IN = "<run>/labels/categories/{category}.parquet"


rule select_units:
    message:
        "Choose units of {wildcards.kind} that are selective for {wildcards.category}"
    input:
        activations=lambda wildcards: [
            file
            for split in SPLITS
            for file in of_features(
                f"<run>/activations/{{features}}/seed{{seed}}/natural/{split}.parquet",
                KINDS[wildcards.kind],
            )
        ],
        category=CATEGORY_IN,
    output:
        "<run>/units/{category}/{kind}.csv",
    wildcard_constraints:
        kind="|".join(KINDS),
    log:
        "<run>/logs/select_units/{category}/{kind}.log",
    benchmark:
        "<run>/benchmarks/select_units/{category}/{kind}.tsv"
    params:
        code=code_of("select_units"),
        selectivity=CHOICE_OF_UNITS,
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/select_units.py"


rule measure_selectivity:
    message:
        "Measure selectivity of units for {wildcards.category}"
    input:
        train=of_features(
            "<run>/activations/{features}/seed{seed}/natural/train.parquet", RESPONDING
        ),
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet", RESPONDING),
        units=ALL_UNITS,
        logmel_train=logmel_of("natural", "train"),
        logmel_test=logmel_of("natural", "test"),
        category=CATEGORY_IN,
    output:
        "<run>/analyses/selectivity/{category}.csv",
    log:
        "<run>/logs/measure_selectivity/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_selectivity/{category}.tsv"
    params:
        code=code_of("measure_selectivity"),
        selectivity=MEASURE_OF_UNITS,
        logmel={key: config["logmel"][key] for key in ("clip_s", "short_clips")},
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_selectivity.py"


rule measure_mean_response:
    message:
        "Measure the mean response to {wildcards.category}"
    input:
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet", RESPONDING),
        acoustics="<run>/activations/acoustics/seed0/natural/train.parquet",
        category=CATEGORY_IN,
    output:
        summary="<run>/analyses/mean_response/{category}.csv",
        histogram="<run>/analyses/mean_response/histogram/{category}.csv",
        networks="<run>/analyses/mean_response/networks/{category}.csv",
    log:
        "<run>/logs/measure_mean_response/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_mean_response/{category}.tsv"
    params:
        code=code_of("measure_mean_response"),
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_mean_response.py"


rule measure_separability:
    message:
        "Measure linear separability of {wildcards.category}"
    input:
        train=of_features(
            "<run>/activations/{features}/seed{seed}/natural/train.parquet", EVERYTHING
        ),
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet", EVERYTHING),
        explained="<run>/activations/pca/explained_variance.csv",
        category=CATEGORY_IN,
    output:
        "<run>/analyses/separability/{category}.csv",
    log:
        "<run>/logs/measure_separability/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_separability/{category}.tsv"
    params:
        code=code_of("measure_separability"),
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_separability.py"


rule measure_readout:
    message:
        "Read out {wildcards.category} and its sub-classes from groups of units"
    input:
        train=of_features(
            "<run>/activations/{features}/seed{seed}/natural/train.parquet", RESPONDING
        ),
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet", RESPONDING),
        units=ALL_UNITS,
        category=CATEGORY_IN,
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
    output:
        summary="<run>/analyses/readout/{category}.csv",
        per_subclass="<run>/analyses/readout/subclasses/{category}.csv",
    log:
        "<run>/logs/measure_readout/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_readout/{category}.tsv"
    params:
        code=code_of("measure_readout"),
        parent=lambda wildcards: config["subclasses"].get(wildcards.category),
        fraction=config["selectivity"]["fraction"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_readout.py"


rule measure_quilts:
    message:
        "Measure responses to quilts of {wildcards.category}"
    input:
        quilts=[
            f"{RUN}/activations/{features}/seed{seed}/{stimulus}/{HELD_OUT}.parquet"
            for features, seed in QUILTED
            for stimulus in QUILT_STIMULI
        ],
        acoustics="<run>/activations/acoustics/seed0/natural/train.parquet",
        units=ALL_UNITS,
        category=CATEGORY_IN,
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
    output:
        summary="<run>/analyses/quilts/{category}.csv",
        tests="<run>/analyses/quilts/tests/{category}.csv",
        per_subclass="<run>/analyses/quilts/subclasses/{category}.csv",
    log:
        "<run>/logs/measure_quilts/{category}.log",
    benchmark:
        "<run>/benchmarks/measure_quilts/{category}.tsv"
    params:
        code=code_of("measure_quilts"),
        chosen_on=CHOSEN_ON,
        parent=lambda wildcards: config["subclasses"].get(wildcards.category),
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_quilts.py"
