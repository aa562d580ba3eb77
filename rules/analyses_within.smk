# Analyses within a network: over its layers, and over the epochs of its training.

# What a network hears there, as pairs of stimulus and split.
HEARD_WITHIN = {
    **{split: ["natural", split] for split in SPLITS},
    "quilt": [QUILT_ENDS[0], HELD_OUT],
    "original": [QUILT_ENDS[1], HELD_OUT],
    **({"sounds": ["natural_sounds", "all"]} if HEARD else {}),
}


rule measure_depth:
    message:
        "Measure selectivity of every layer"
    input:
        **{
            name: of_features(
                f"<run>/activations/{{features}}/seed{{seed}}/{'/'.join(place)}.parquet"
            )
            for name, place in HEARD_WITHIN.items()
        },
        layers=[
            f"<run>/activations/{features}/seed{seed}/{stimulus}/layers/{split}.parquet"
            for features, seed in NETWORKS
            for stimulus, split in HEARD_WITHIN.values()
            if OTHER_LAYERS
        ],
        of_sounds=["<clips>/natural_sounds/0.parquet", BRAIN] if HEARD else [],
        category=f"<run>/labels/categories/{TARGET}.parquet",
    output:
        "<run>/analyses/depth.csv",
    log:
        "<run>/logs/measure_depth.log",
    benchmark:
        "<run>/benchmarks/measure_depth.tsv"
    params:
        code=code_of("measure_depth"),
        kinds=list(HEARD_WITHIN),
        layers=LAYERS,
        analysed=ANALYSED_LAYER,
        wanted=WANTED_SOUNDS,
        component=COMPONENT,
        category=TARGET,
        chosen_on=CHOSEN_ON,
        selectivity=CHOICE_OF_UNITS,
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_depth.py"


rule record_emergence:
    message:
        "Record responses over training, {wildcards.condition}, seed {wildcards.seed}"
    input:
        **{name: logmel_of(*place) for name, place in HEARD_WITHIN.items()},
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        snapshots="<run>/networks/{condition}/seed{seed}/snapshots.pt",
        history="<run>/networks/{condition}/seed{seed}/history.csv",
        of_sounds=["<clips>/natural_sounds/0.parquet", BRAIN] if HEARD else [],
        category=f"<run>/labels/categories/{TARGET}.parquet",
    output:
        "<run>/analyses/emergence/{condition}/seed{seed}.csv",
    log:
        "<run>/logs/record_emergence/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/record_emergence/{condition}/seed{seed}.tsv"
    params:
        code=code_of("record_emergence"),
        kinds=list(HEARD_WITHIN),
        wanted=WANTED_SOUNDS,
        component=COMPONENT,
        clips=config["emergence"]["clips"],
        chosen_on=CHOSEN_ON,
        selectivity=CHOICE_OF_UNITS,
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000 + CUDA_MB * GPU_SLOTS, of_input=1.5),
        runtime=growing(180),
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/record_emergence.py"


rule measure_emergence:
    message:
        "Measure emergence of selectivity over training"
    input:
        of_features(
            "<run>/analyses/emergence/{features}/seed{seed}.csv",
            snapshots.networks_followed(config),
        ),
    output:
        summary="<run>/analyses/emergence.csv",
        networks="<run>/analyses/emergence/networks.csv",
    log:
        "<run>/logs/measure_emergence.log",
    benchmark:
        "<run>/benchmarks/measure_emergence.tsv"
    params:
        code=code_of("measure_emergence"),
        category=TARGET,
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/measure_emergence.py"
