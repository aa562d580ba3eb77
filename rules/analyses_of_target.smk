# Analyses that are about the target alone, pooled over networks; each row names its network.

MEMORISING = [
    [name, seed]
    for name, seed in NETWORKS
    if config["conditions"][name]["label_mode"] == "random" or name == REFERENCE
]
# The paper's pairs, where the config gives none.
PAIRS = config["contrasts"] or [
    *[[name, REFERENCE] for name in CONDITIONS if name != REFERENCE],
    [REFERENCE, "gbfb"],
]
# How much of what the reference leaves out each condition keeps, that is otherwise trained alike;
# apart are those that leave out nothing by hand.
DOSES = network_checks.doses_of(config["conditions"], CONDITIONS, REFERENCE)
APART = network_checks.without_hand(config["conditions"], CONDITIONS, REFERENCE)
HAS_DOSES = any(0 < share < 1 for share in DOSES.values()) or bool(APART)
HEARD = HAS_NATURAL_SOUNDS and bool(WANTED_SOUNDS)
# Made-up sounds have been heard by no brain.
COMPARED_WITH_BRAIN = [*RESPONDING, ["pca", 0]] if PLACE_OF_SOUNDS else []


rule measure_detection:
    message:
        "Measure detection of every class"
    input:
        weights=of_features("<run>/networks/{features}/seed{seed}/weights.pt"),
        scores=of_features("<run>/activations/{features}/seed{seed}/natural/scores/test.parquet"),
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
    output:
        summary="<run>/analyses/detection.csv",
        per_class="<run>/analyses/detection/classes.csv",
    log:
        "<run>/logs/measure_detection.log",
    benchmark:
        "<run>/benchmarks/measure_detection.tsv"
    params:
        code=code_of("measure_detection"),
        category=TARGET,
        classes=config["categories"][TARGET],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_detection.py"


rule measure_contrasts:
    message:
        "Compare conditions and baselines in pairs"
    input:
        selectivity=f"{RUN}/analyses/selectivity/{TARGET}.csv",
        quilts=f"{RUN}/analyses/quilts/{TARGET}.csv",
    output:
        summary="<run>/analyses/contrasts.csv",
        networks="<run>/analyses/contrasts/networks.csv",
    log:
        "<run>/logs/measure_contrasts.log",
    benchmark:
        "<run>/benchmarks/measure_contrasts.tsv"
    params:
        code=code_of("measure_contrasts"),
        category=TARGET,
        chosen_on=CHOSEN_ON,
        pairs=PAIRS,
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_contrasts.py"


rule measure_memorisation:
    message:
        "Measure memorisation of training clips"
    input:
        train_scores=of_features(
            "<run>/activations/{features}/seed{seed}/natural/scores/train.parquet", MEMORISING
        ),
        test_scores=of_features(
            "<run>/activations/{features}/seed{seed}/natural/scores/test.parquet", MEMORISING
        ),
        labels=[f"{RUN}/labels/{name}.parquet" for name in dict(MEMORISING)],
        clips="<run>/labels/clips.parquet",
        embedding=f"{RUN}/analyses/embedding/{TARGET}.csv",
        tables=CLASS_TABLES,
    output:
        "<run>/analyses/memorisation.csv",
    log:
        "<run>/logs/measure_memorisation.log",
    benchmark:
        "<run>/benchmarks/measure_memorisation.tsv"
    params:
        code=code_of("measure_memorisation"),
        category=TARGET,
        classes_apart=config["categories"][TARGET],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_memorisation.py"


rule measure_ablation:
    message:
        "Measure detection with groups of units silenced"
    input:
        weights=of_features("<run>/networks/{features}/seed{seed}/weights.pt"),
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet"),
        units=f"{RUN}/units/{TARGET}/networks.csv",
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
    output:
        tests="<run>/analyses/ablation.csv",
        per_group="<run>/analyses/ablation/groups.csv",
        per_class="<run>/analyses/ablation/classes.csv",
    log:
        "<run>/logs/measure_ablation.log",
    benchmark:
        "<run>/benchmarks/measure_ablation.tsv"
    params:
        code=code_of("measure_ablation"),
        classes_apart=config["categories"][TARGET],
        fraction=config["selectivity"]["fraction"],
        chosen_on=CHOSEN_ON,
        reference=REFERENCE,
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_ablation.py"


rule measure_natural_sounds:
    message:
        "Measure responses to natural sounds"
    input:
        sounds="<clips>/natural_sounds/0.parquet" if HEARD else [],
        components=BRAIN if HEARD else [],
        activations=(
            of_features(
                "<run>/activations/{features}/seed{seed}/natural_sounds/all.parquet", RESPONDING
            )
            if HEARD
            else []
        ),
        acoustics="<run>/activations/acoustics/seed0/natural/train.parquet" if HEARD else [],
        units=[f"{RUN}/units/{TARGET}/{kind}.csv" for kind in KINDS],
    output:
        summary="<run>/analyses/natural_sounds.csv",
        means="<run>/analyses/natural_sounds/categories.csv",
        sounds="<run>/analyses/natural_sounds/sounds.csv",
        tests="<run>/analyses/natural_sounds/tests.csv",
    log:
        "<run>/logs/measure_natural_sounds.log",
    benchmark:
        "<run>/benchmarks/measure_natural_sounds.tsv"
    params:
        code=code_of("measure_natural_sounds"),
        category=TARGET,
        chosen_on=CHOSEN_ON,
        wanted=WANTED_SOUNDS,
        component=COMPONENT,
        absent=(
            "stimuli absent"
            if not HAS_NATURAL_SOUNDS
            else f"corpus.natural_sounds.categories names none for {TARGET}"
        ),
        reference=REFERENCE,
        bootstrap_samples=config["statistics"]["bootstrap_samples"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_natural_sounds.py"


rule measure_brain:
    message:
        "Compare responses with components of the human brain"
    input:
        sounds="<clips>/natural_sounds/0.parquet" if COMPARED_WITH_BRAIN else [],
        components=BRAIN if COMPARED_WITH_BRAIN else [],
        activations=of_features(
            "<run>/activations/{features}/seed{seed}/natural_sounds/all.parquet",
            COMPARED_WITH_BRAIN,
        ),
        layers=(
            of_features(
                "<run>/activations/{features}/seed{seed}/natural_sounds/layers/all.parquet",
                NETWORKS,
            )
            if COMPARED_WITH_BRAIN and OTHER_LAYERS
            else []
        ),
        acoustics=(
            "<run>/activations/acoustics/seed0/natural/train.parquet"
            if COMPARED_WITH_BRAIN
            else []
        ),
        units=(
            [f"{RUN}/units/{TARGET}/{kind}.csv" for kind in KINDS] if COMPARED_WITH_BRAIN else []
        ),
    output:
        correlations="<run>/analyses/brain.csv",
        prediction="<run>/analyses/brain/prediction.csv",
    log:
        "<run>/logs/measure_brain.log",
    benchmark:
        "<run>/benchmarks/measure_brain.tsv"
    params:
        code=code_of("measure_brain"),
        chosen_on=CHOSEN_ON,
        wanted=WANTED_SOUNDS,
        layers=LAYERS,
        analysed=ANALYSED_LAYER,
        absent="no brain has heard made-up sounds" if DEMO else "stimuli absent",
        permutations=config["brain"]["permutations"],
        halves=config["brain"]["halves"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_brain.py"


rule measure_dose:
    message:
        f"Compare selectivity by the share of {TARGET} left in training"
    input:
        selectivity=f"{RUN}/analyses/selectivity/{TARGET}.csv" if HAS_DOSES else [],
        quilts=f"{RUN}/analyses/quilts/{TARGET}.csv" if HAS_DOSES else [],
        labels=([f"{RUN}/labels/{name}.parquet" for name in [*DOSES, *APART]] if HAS_DOSES else []),
    output:
        summary="<run>/analyses/dose.csv",
        tests="<run>/analyses/dose/tests.csv",
    log:
        "<run>/logs/measure_dose.log",
    benchmark:
        "<run>/benchmarks/measure_dose.tsv"
    params:
        code=code_of("measure_dose"),
        shares=DOSES | dict.fromkeys(APART, 0.0),
        apart=APART,
        absent=f"no condition keeps a part of what {REFERENCE} leaves out (keep_fraction)",
        reference=REFERENCE,
        chosen_on=CHOSEN_ON,
        seed=config["seed"],
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_dose.py"


rule measure_selective_units:
    message:
        "Test the selectivity of every unit"
    input:
        train=of_features(
            "<run>/activations/{features}/seed{seed}/natural/train.parquet", RESPONDING
        ),
        test=of_features("<run>/activations/{features}/seed{seed}/natural/test.parquet", RESPONDING),
        category=f"{RUN}/labels/categories/{TARGET}.parquet",
    output:
        summary="<run>/analyses/selective_units.csv",
        units="<run>/analyses/selective_units/units.csv",
    log:
        "<run>/logs/measure_selective_units.log",
    benchmark:
        "<run>/benchmarks/measure_selective_units.tsv"
    params:
        code=code_of("measure_selective_units"),
        category=TARGET,
        selective_units=CHOICE_OF_UNITS | config["selective_units"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_selective_units.py"
