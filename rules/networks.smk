# One network for every condition and seed: trained, or with weights taken from elsewhere.
# Of those that are trained here the weights at several epochs are kept, too.

TAKING = [
    name for name in CONDITIONS if network_checks.source_of_weights(config["conditions"][name])
]
# Which other layers are looked at makes no other network.
MADE_AS = {key: value for key, value in config["network"].items() if key != "layers"}


rule train_network:
    message:
        "Train network {wildcards.condition}, seed {wildcards.seed}"
    input:
        labels="<run>/labels/{condition}.parquet",
        logmel=expand("<run>/logmel/natural/train/{shard}.arrow", shard=SHARDS),
        class_labels=TABLES["class_labels"],
    output:
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        history="<run>/networks/{condition}/seed{seed}/history.csv",
        snapshots="<run>/networks/{condition}/seed{seed}/snapshots.pt",
    wildcard_constraints:
        condition="|".join(name for name in CONDITIONS if name not in TAKING) or "none",
    log:
        "<run>/logs/train_network/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/train_network/{condition}/seed{seed}.tsv"
    params:
        code=code_of("train_network") + OWN_NETWORK,
        network=MADE_AS,
        training=config["training"],
        epochs=lambda wildcards: config["conditions"][wildcards.condition]["epochs"],
        weights_used=lambda wildcards: config["conditions"][wildcards.condition]["weights_used"],
        epochs_kept=lambda wildcards: snapshots.epochs_kept(config, wildcards.condition),
    threads: config["training"]["threads"]
    resources:
        mem_mb=growing(1500 + CUDA_MB * GPU_SLOTS, of_input=3),
        runtime=growing(1440),
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/train_network.py"


rule take_weights:
    message:
        "Take weights of network {wildcards.condition}, seed {wildcards.seed}"
    input:
        weights=weights_to_take,
        class_labels=TABLES["class_labels"],
    output:
        weights="<run>/networks/{condition}/seed{seed}/weights.pt",
        history="<run>/networks/{condition}/seed{seed}/history.csv",
    wildcard_constraints:
        condition="|".join(TAKING) or "none",
    log:
        "<run>/logs/take_weights/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/take_weights/{condition}/seed{seed}.tsv"
    params:
        code=code_of("take_weights") + OWN_NETWORK,
        network=MADE_AS,
        logmel=config["logmel"],
        permute=lambda wildcards: config["conditions"][wildcards.condition]["permute_weights"],
        seed=config["seed"],
    threads: 1
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/take_weights.py"
