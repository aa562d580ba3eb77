# clips → labels → log-Mel → networks → activations → analyses → figures → scorecard, report
#
# Paths: <clips> is results/clips/{corpus}, shared by all runs; <run> is results/{run}.
# Below them a folder for every wildcard: {split}/{shard}, {condition}/seed{seed}/{stimulus}/{split}.
# Options: config.yaml, over a preset; rules/common.smk layers them.


include: "rules/common.smk"
include: "rules/tables.smk"
include: "rules/clips.smk"
include: "rules/labels.smk"
include: "rules/logmel.smk"
include: "rules/quilts.smk"
include: "rules/natural_sounds.smk"
include: "rules/baselines.smk"
include: "rules/networks.smk"
include: "rules/activations.smk"
include: "rules/analyses.smk"
include: "rules/analyses_recorded.smk"
include: "rules/analyses_of_target.smk"
include: "rules/analyses_within.smk"
include: "rules/figures.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "<run>/report.html",
        "<run>/scorecard.csv",
        "<run>/config.yaml",


rule clips:
    input:
        expand("<clips>/{split}/{shard}.parquet", split=SPLITS, shard=SHARDS),
        "<run>/analyses/availability.csv",


rule logmel:
    input:
        expand("<run>/logmel/natural/{split}/{shard}.arrow", split=SPLITS, shard=SHARDS),


rule networks:
    input:
        of_features("<run>/networks/{features}/seed{seed}/weights.pt"),


rule activations:
    input:
        [
            path
            for split in SPLITS
            for path in of_features(
                "<run>/activations/{features}/seed{seed}/natural/" f"{split}.parquet", EVERYTHING
            )
        ],


rule analyses:
    input:
        expand("<run>/analyses/{analysis}.csv", analysis=ANALYSES),


rule figures:
    input:
        expand("<run>/figures/{figure}.{kind}", figure=FIGURES, kind=["png", "pdf"]),


rule scorecard:
    input:
        "<run>/scorecard.csv",


onstart:
    at_work.wait_for_left_jobs(RESULTS_IN, logger.warning)
    record_origin(CORPUS)
    machine.drop_default_pace(workflow.scheduler)
    machine.outlast_silent_controller(workflow.scheduler._executor)


onsuccess:
    # After a part of the run alone, what an earlier one found may no longer hold.
    asked = workflow.dag_settings
    whole = set(asked.targets) <= {"all", "scorecard", f"{RUN}/report.html"}
    whole = whole and not (asked.until or asked.omit_from)
    if set(asked.targets) == {"clips"}:
        print(clips_summary(RUN))
    else:
        print(closing_summary(RUN) if whole else f"\nThe results: {RUN}/")


onerror:
    print(unfinished_clips(f"results/clips/{CORPUS['name']}", CORPUS["shards"], log))
