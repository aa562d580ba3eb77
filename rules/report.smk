# The scorecard, the report, and the configuration they belong to.

# What the scorecard reads beside the analyses' own tables.
SCORED = [
    "mean_response/networks",
    "readout/subclasses",
    "ablation/groups",
    "natural_sounds/categories",
    "quilts/tests",
    "quilts/subclasses",
    "emergence/networks",
]


rule write_config:
    message:
        "Write the effective configuration"
    output:
        "<run>/config.yaml",
    log:
        "<run>/logs/write_config.log",
    benchmark:
        "<run>/benchmarks/write_config.tsv"
    params:
        code=code_of("write_config"),
        config=settings.to_give_back(config, ROOT / "presets"),
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(600),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/write_config.py"


rule score_claims:
    message:
        "Score the findings"
    input:
        analyses=[
            f"<run>/analyses/{table}.csv"
            for table in [*ANALYSES, *SCORED]
            if table.split("/")[0] in ANALYSES
        ],
        availability="<run>/analyses/availability.csv",
        tables=CLASS_TABLES,
    output:
        scorecard="<run>/scorecard.csv",
        numbers="<run>/scorecard/numbers.csv",
    log:
        "<run>/logs/score_claims.log",
    benchmark:
        "<run>/benchmarks/score_claims.tsv"
    params:
        code=code_of("score_claims"),
        category=TARGET,
        reference=REFERENCE,
        conditions={name: config["conditions"][name] for name in CONDITIONS},
        categories=config["categories"],
        chosen_on=CHOSEN_ON,
        corpus=CORPUS["name"],
        scorecard=config["scorecard"],
        notice=NOTICE,
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/score_claims.py"


# One network's clips are heard, where there are units to have chosen.
HEARD_NETWORK = [REFERENCE, SEEDS_OF[REFERENCE][0]]
HEARD_RESPONSES = "<run>/activations/{}/seed{}/{{}}/{}.parquet".format(*HEARD_NETWORK, HELD_OUT)
HEARD_QUILTS = "quilts" in ANALYSES
SOUNDS = ["<run>/report_sounds"] if "selectivity" in ANALYSES else []


rule gather_sounds:
    message:
        "Gather sounds to listen to"
    input:
        activations=HEARD_RESPONSES.format("natural"),
        quilted=[
            HEARD_RESPONSES.format(stimulus)
            for stimulus in (QUILT_STIMULI if HEARD_QUILTS else [])
        ],
        units=f"{RUN}/units/{TARGET}/networks.csv",
        category=f"{RUN}/labels/categories/{TARGET}.parquet",
        clips="<run>/labels/clips.parquet",
        tables=CLASS_TABLES,
        shards=expand(f"<clips>/{HELD_OUT}/{{shard}}.parquet", shard=SHARDS),
    output:
        directory("<run>/report_sounds"),
    log:
        "<run>/logs/gather_sounds.log",
    benchmark:
        "<run>/benchmarks/gather_sounds.tsv"
    params:
        code=code_of("gather_sounds"),
        network=HEARD_NETWORK,
        chosen_on=CHOSEN_ON,
        quilts=config["quilts"] if HEARD_QUILTS else None,
        logmel=config["logmel"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/gather_sounds.py"


rule write_report:
    message:
        "Write the report"
    input:
        template=f"{REPORT_PARTS}/page.html.j2",
        script=f"{REPORT_PARTS}/page.js",
        figures=expand("<run>/figures/{figure}.png", figure=FIGURES),
        captions=expand(f"{REPORT_PARTS}/{{figure}}.rst", figure=FIGURES),
        analyses=expand("<run>/analyses/{analysis}.csv", analysis=ANALYSES),
        availability="<run>/analyses/availability.csv",
        availability_classes="<run>/analyses/availability/classes.csv",
        left_out=expand("<run>/labels/left_out/{condition}.csv", condition=CONDITIONS),
        scorecard="<run>/scorecard.csv",
        numbers="<run>/scorecard/numbers.csv",
        config="<run>/config.yaml",
        sounds=SOUNDS,
    output:
        "<run>/report.html",
    log:
        "<run>/logs/write_report.log",
    benchmark:
        "<run>/benchmarks/write_report.tsv"
    params:
        code=code_of("write_report"),
        clips=f"results/clips/{CORPUS['name']}",
        # As the page has to link to it.
        scripts=os.path.relpath(SCRIPTS, RUN),
        notice=NOTICE,
    localrule: True
    threads: 1
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/write_report.py"
