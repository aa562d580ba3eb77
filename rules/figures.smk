# Figures: one rule for each, from the tables that science/figures/{figure}.py says it reads.

# The first network of each condition, and what needs no network.
FIRST_EMBEDDED = [[name, SEEDS[0]] for name in CONDITIONS] + [[name, 0] for name in BASELINES]

TABLES_OF_FIGURE = {
    "training": {"history": of_features("<run>/networks/{features}/seed{seed}/history.csv")},
    "detection": {
        "detection": "<run>/analyses/detection.csv",
        "classes": "<run>/analyses/detection/classes.csv",
    },
    "mean_response": {
        "mean_response": "<run>/analyses/mean_response.csv",
        "histogram": f"<run>/analyses/mean_response/histogram/{TARGET}.csv",
    },
    "selectivity": {
        "selectivity": "<run>/analyses/selectivity.csv",
        "units": f"<run>/units/{TARGET}/networks.csv",
    },
    "separability": {"separability": "<run>/analyses/separability.csv"},
    "embedding": {
        "embedding": "<run>/analyses/embedding.csv",
        "coordinates": [
            f"<run>/analyses/embedding/{TARGET}/{features}/seed{seed}.parquet"
            for features, seed in FIRST_EMBEDDED
        ],
    },
    "loudness": {"loudness": "<run>/analyses/loudness.csv"},
    "readout": {
        "readout": "<run>/analyses/readout.csv",
        "subclasses": f"<run>/analyses/readout/subclasses/{TARGET}.csv",
    },
    "contrasts": {
        "contrasts": "<run>/analyses/contrasts.csv",
        "networks": "<run>/analyses/contrasts/networks.csv",
    },
    "memorisation": {"memorisation": "<run>/analyses/memorisation.csv"},
    "ablation": {
        "ablation": "<run>/analyses/ablation.csv",
        "groups": "<run>/analyses/ablation/groups.csv",
    },
    "natural_sounds": {
        "natural_sounds": "<run>/analyses/natural_sounds.csv",
        "categories": "<run>/analyses/natural_sounds/categories.csv",
        "sounds": "<run>/analyses/natural_sounds/sounds.csv",
    },
    "brain": {
        "brain": "<run>/analyses/brain.csv",
        "prediction": "<run>/analyses/brain/prediction.csv",
    },
    "quilts": {
        "quilts": "<run>/analyses/quilts.csv",
        "subclasses": f"<run>/analyses/quilts/subclasses/{TARGET}.csv",
    },
    "depth": {"depth": "<run>/analyses/depth.csv"},
    "emergence": {
        "emergence": "<run>/analyses/emergence.csv",
        "networks": "<run>/analyses/emergence/networks.csv",
    },
    "selective_units": {"selective_units": "<run>/analyses/selective_units.csv"},
    "dose": {"dose": "<run>/analyses/dose.csv", "tests": "<run>/analyses/dose/tests.csv"},
}
# Whose the files are, of a table that has one for each network.
NETWORKS_OF_TABLE = {"history": NETWORKS, "coordinates": FIRST_EMBEDDED}
# What a figure shows beside its tables: those alone are drawn again for another reference.
SHOWN = {
    "reference": REFERENCE,
    "chosen_on": CHOSEN_ON,
    "weights_used": {name: config["conditions"][name]["weights_used"] for name in CONDITIONS},
}
SHOWN_BY_FIGURE = {
    "training": ["weights_used"],
    **dict.fromkeys(["contrasts", "selective_units"], ["chosen_on"]),
    **dict.fromkeys(
        ["detection", "mean_response", "readout", "natural_sounds", "brain", "emergence"],
        ["reference"],
    ),
    **dict.fromkeys(["selectivity", "quilts", "dose"], ["reference", "chosen_on"]),
}


for figure, tables in TABLES_OF_FIGURE.items():

    # A caption takes no wildcards, and an edit of one figure's code has to redraw that one alone.
    rule:
        name:
            f"plot_{figure}"
        message:
            f"Plot {figure.replace('_', ' ')}"
        input:
            **tables,
        output:
            png=report(
                f"<run>/figures/{figure}.png",
                caption=f"report/{figure}.rst",
                category="Figures",
                labels={"figure": figure.replace("_", " ").capitalize()},
            ),
            pdf=f"<run>/figures/{figure}.pdf",
        log:
            f"<run>/logs/plot_{figure}.log",
        benchmark:
            f"<run>/benchmarks/plot_{figure}.tsv"
        params:
            code=code_of("plot_figure", f"science.figures.{figure}"),
            figure=figure,
            networks={name: NETWORKS_OF_TABLE[name] for name in tables if name in NETWORKS_OF_TABLE},
            scene={
                "category": TARGET,
                "notice": NOTICE,
                **{key: SHOWN[key] for key in SHOWN_BY_FIGURE.get(figure, [])},
            },
        localrule: True
        threads: 1
        resources:
            mem_mb=growing(1500),
            runtime=growing(10),
        conda:
            "../envs/workflow.yaml"
        script:
            "../workflow_scripts/plot_figure.py"
