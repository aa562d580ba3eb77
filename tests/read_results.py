"""What a reader computes from a finished run's files with NumPy, SciPy and scikit-learn alone.

Not a line of the workflow is imported, so that the two can only agree where both are right.

    python tests/read_results.py results/demo
"""

# %% Files

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import yaml
from scipy.stats import mannwhitneyu, ttest_ind
from sklearn.linear_model import LinearRegression
from sklearn.metrics import average_precision_score
from sklearn.preprocessing import StandardScaler


def read(path: Path) -> pd.DataFrame:
    """A Parquet file of activations by clip."""
    return pd.read_parquet(path).set_index("clip_id")


def numbers(run: Path) -> dict[str, float]:
    """Our number of some findings of the scorecard, by id: a mean over networks."""
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    target, reference = config["run"]["target"], config["run"]["reference_condition"]
    seeds = config["run"]["seeds"]
    groups = pd.read_parquet(run / f"labels/categories/{target}.parquet").set_index("clip_id")
    labels = pd.read_parquet(run / "labels/clips.parquet").set_index("clip_id")["labels"]
    classes = pd.read_csv(run / "analyses/detection/classes.csv")

    def activations(features: str, seed: int, what: str) -> pd.DataFrame:
        """Responses to the clips of the category and to others; validation clips are left out."""
        return read(run / f"activations/{features}/seed{seed}/{what}.parquet")

    def parts(responses: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        of_clips = groups.loc[responses.index]
        used = of_clips["split"] != "validation"
        category, other = (used & (of_clips["kind"] == kind) for kind in ("pure", "none"))
        return responses[category].to_numpy(float), responses[other].to_numpy(float)

    # %% Units: the music selectivity index is Welch's t (equation 2), the top eighth are chosen

    def selective(features: str, seed: int, split: str) -> np.ndarray:
        category, other = parts(activations(features, seed, f"natural/{split}"))
        index = ttest_ind(category, other, equal_var=False).statistic
        index = np.where(np.isfinite(index), index, -np.inf)
        count = int(config["selectivity"]["fraction"] * len(index) + 0.5)
        return np.argsort(-index, kind="stable")[:count]

    def ratio(features: str, seed: int) -> float:
        category, other = parts(activations(features, seed, "natural/train"))
        units = selective(features, seed, "test")
        return category[:, units].mean() / other[:, units].mean()

    # %% Read-out: linear regression on standardised features, from train to test

    def read_out(features: str, seed: int, units: np.ndarray | slice = slice(None)) -> float:
        train, test = (
            parts(activations(features, seed, f"natural/{s}")) for s in ("train", "test")
        )
        x, y = np.concatenate(train)[:, units], np.repeat([1, 0], [len(part) for part in train])
        scaler = StandardScaler().fit(x)
        fitted = LinearRegression().fit(scaler.transform(x), y)
        scores = fitted.predict(scaler.transform(np.concatenate(test)[:, units]))
        return average_precision_score(np.repeat([1, 0], [len(part) for part in test]), scores)

    # %% Detection: average precision of every class on the test split

    def detection(seed: int, group: str) -> float:
        scores = activations(reference, seed, "natural/scores/test")
        mids = classes.loc[(classes["seed"] == seed) & (classes["features"] == reference)]
        mids = mids.loc[mids["group"] == group, "mid"]
        carried = [set(of_clip) for of_clip in labels.loc[scores.index]]
        truth = {mid: [mid in of_clip for of_clip in carried] for mid in mids}
        return np.mean(
            [average_precision_score(of, scores[mid]) for mid, of in truth.items() if any(of)]
        )

    # %% Mean response, quilts, loudness, natural sounds

    def effect_size(seed: int) -> float:
        category, other = parts(activations(reference, seed, "natural/test"))
        means = category.mean(axis=1), other.mean(axis=1)
        return mannwhitneyu(*means).statistic / (len(category) * len(other))

    def kept(features: str, seed: int, segments: str) -> float:
        units = selective(features, seed, "test")
        quilted, original = (
            parts(activations(features, seed, f"quilt-{name}/train"))[0][:, units].mean()
            for name in (segments, "original")
        )
        return quilted / original

    def levelled(seed: int, attenuation: float) -> float:
        heard = pd.read_parquet(run / f"analyses/loudness/{target}/{reference}/seed{seed}.parquet")
        heard = heard[heard["split"] == "train"]
        category = heard[heard["in_category"] & (heard["attenuation"] == attenuation)]
        return (
            category["mean_response"].mean()
            / heard.loc[~heard["in_category"], "mean_response"].mean()
        )

    def natural_sounds(features: str, seed: int) -> float:
        sounds = activations(features, seed, "natural_sounds/all")
        table = run.parent / f"clips/{config['corpus']['name']}/natural_sounds/0.parquet"
        kinds = pd.read_parquet(table, columns=["clip_id", "labels"]).set_index("clip_id")["labels"]
        ours = (
            kinds.loc[sounds.index]
            .str[0]
            .isin(config["corpus"]["natural_sounds"]["categories"][target])
        )
        means = sounds.iloc[:, selective(features, seed, "test")].mean(axis=1)
        return means[ours].mean() / means[~ours].mean()

    # %% Means over networks

    def mean(of_seed) -> float:
        return float(np.mean([of_seed(seed) for seed in seeds]))

    return {
        "detection_other_classes": mean(lambda seed: detection(seed, "other")),
        "detection_category_classes": mean(lambda seed: detection(seed, "category")),
        "separability_network": mean(lambda seed: read_out(reference, seed)),
        "separability_gbfb": read_out("gbfb", 0),
        "mean_response_effect_size": mean(effect_size),
        "selectivity_ratio": mean(lambda seed: ratio(reference, seed)),
        "selectivity_untrained": mean(lambda seed: ratio("untrained", seed)),
        "selectivity_gbfb": ratio("gbfb", 0),
        "loudness_equal": mean(lambda seed: levelled(seed, 1)),
        "loudness_attenuated": mean(lambda seed: levelled(seed, 8)),
        "readout_selective": mean(
            lambda seed: read_out(reference, seed, selective(reference, seed, "train"))
        ),
        "quilts_loss": mean(lambda seed: kept(reference, seed, "50ms")),
        "natural_sounds_reference": mean(lambda seed: natural_sounds(reference, seed)),
        "natural_sounds_untrained": mean(lambda seed: natural_sounds("untrained", seed)),
    }


# %% Beside the scorecard

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    scorecard = pd.read_csv(folder / "scorecard.csv").set_index("finding")["ours"]
    for finding, number in numbers(folder).items():
        print(f"{finding:30} {number:.6f}   the scorecard has {scorecard[finding]:.6f}")
