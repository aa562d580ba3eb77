# The natural sounds, and how they are heard; what is made of log-Mels is made by the same rules.

NATURAL_SOUNDS = CORPUS["natural_sounds"]
HAS_NATURAL_SOUNDS = DEMO or bool(PLACE_OF_SOUNDS)
# Which of the sounds' categories are of the target.
WANTED_SOUNDS = known_as(NATURAL_SOUNDS["categories"].get(TARGET, []))
# What the brain's components respond to them, and the one that is compared with the target.
BRAIN = "<clips>/natural_sounds/components.csv"
COMPONENT = NATURAL_SOUNDS["component_of"].get(TARGET, "")


if PLACE_OF_SOUNDS:

    rule import_natural_sounds:
        message:
            "Import natural sounds"
        input:
            archive=[] if path_of(PLACE_OF_SOUNDS) else f"<clips>/archives/{SOUNDS_ARCHIVE}",
            table=NATURAL_SOUNDS["table"] or [],
            components=NATURAL_SOUNDS["components"] or [],
        output:
            clips="<clips>/natural_sounds/0.parquet",
            components=BRAIN,
        log:
            "<run>/logs/import_natural_sounds.log",
        benchmark:
            "<run>/benchmarks/import_natural_sounds.tsv"
        params:
            code=code_of("import_natural_sounds"),
            place=str(path_of(PLACE_OF_SOUNDS) or ""),
            channel=CORPUS["channel"],
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(30),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/import_natural_sounds.py"

elif DEMO:

    rule synthesise_natural_sounds:
        message:
            "Synthesise natural sounds"
        output:
            clips="<clips>/natural_sounds/0.parquet",
            components=BRAIN,
        log:
            "<run>/logs/synthesise_natural_sounds.log",
        benchmark:
            "<run>/benchmarks/synthesise_natural_sounds.tsv"
        params:
            code=code_of("synthesise_natural_sounds"),
            seed=CORPUS["demo"]["seed"],
        threads: 1
        resources:
            mem_mb=growing(1000),
            runtime=growing(10),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/synthesise_natural_sounds.py"


rule compute_natural_sounds:
    message:
        "Compute log-Mel of the natural sounds"
    input:
        clips="<clips>/natural_sounds/0.parquet",
        train=logmel_of("natural", "train"),
    output:
        "<run>/logmel/natural_sounds/all/0.arrow",
    log:
        "<run>/logs/compute_natural_sounds.log",
    benchmark:
        "<run>/benchmarks/compute_natural_sounds.tsv"
    params:
        code=code_of("compute_natural_sounds"),
        logmel=config["logmel"],
        heard=NATURAL_SOUNDS["heard"],
        fewest_frames=(
            stimulus_checks.FEWEST_FRAMES
            if config["network"]["class"] == network_checks.PAPER
            else 1
        ),
    threads: 1
    resources:
        mem_mb=growing(1500),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/compute_natural_sounds.py"
