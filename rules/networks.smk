# One network for every condition and seed; of some networks the weights at several epochs, too.


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
    log:
        "<run>/logs/train_network/{condition}/seed{seed}.log",
    benchmark:
        "<run>/benchmarks/train_network/{condition}/seed{seed}.tsv"
    params:
        code=code_of("train_network") + OWN_NETWORK,
        network={key: config["network"][key] for key in config["network"] if key != "layers"},
        training=config["training"],
        epochs=lambda wildcards: config["conditions"][wildcards.condition]["epochs"],
        weights_used=lambda wildcards: config["conditions"][wildcards.condition]["weights_used"],
        epochs_kept=lambda wildcards: snapshots.epochs_kept(
            config, wildcards.condition, int(wildcards.seed)
        ),
    threads: config["training"]["threads"]
    resources:
        mem_mb=6000 + CUDA_MB * GPU_SLOTS,
        runtime=720,
        gpu=GPU_SLOTS,
    conda:
        "../envs/workflow.yaml"
    script:
        "../workflow_scripts/train_network.py"
