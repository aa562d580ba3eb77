# The scorecard against the published numbers, the report, and the configuration they belong to.


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
        config=config,
    threads: 1
    resources:
        mem_mb=200,
        runtime=5,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/write_config.py"


rule score_claims:
    message:
        "Score the published claims"
    input:
        expand("<run>/analyses/{analysis}.csv", analysis=ANALYSES),
    output:
        "<run>/scorecard.csv",
    log:
        "<run>/logs/score_claims.log",
    benchmark:
        "<run>/benchmarks/score_claims.tsv"
    params:
        code=code_of("score_claims"),
        reference=config["run"]["reference_condition"],
        scorecard=config["scorecard"],
        notice=NOTICE,
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/score_claims.py"
