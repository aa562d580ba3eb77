"""The scripts that make feature sets without a network, on log-Mel shards of a few clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from listed_filters import gabor_filters
from sklearn.decomposition import PCA

import compute_gbfb
import compute_pca
import describe_acoustics
import project_natural_sounds
from science.analyses.separability import variance_held
from science.baselines.gabor import gabor_features
from science.baselines.gabor_bank import GaborParameters
from science.sound.acoustics import FEATURE_NAMES, acoustic_features, mel_band_centres_hz
from storage.activations import network_of, read_matrix, write_features
from storage.logmels import open_logmel_shard, write_logmel_shard

SETTINGS = {
    "omega_max_rad": [np.pi / 2, np.pi / 2],
    "size_max": [24.0, 20.0],
    "half_waves": 3.5,
    "distance": [0.3, 0.3],
}


def write_shards(
    folder: Path, split: str, clips: int, seed: int, copies: int = 1
) -> tuple[list[Path], np.ndarray]:
    """Two shards whose clips are not in the order of their ids; the spectrograms in that order.

    With copies, each clip is there as often, under other ids.
    """
    generator = np.random.default_rng(seed)
    # A few strong patterns, as real spectrograms have, and noise.
    patterns = generator.normal(size=(3, 64 * 40)) * [[30], [20], [10]]
    values = generator.normal(size=(clips, 3)) @ patterns + generator.normal(size=(clips, 2560))
    spectrograms = (values.reshape(clips, 64, 40) + 40).astype(np.float16)
    spectrograms = np.tile(spectrograms, (copies, 1, 1))
    clips *= copies
    ids = [f"{split}{clip:02d}" for clip in range(clips)]
    paths = [folder / split / f"{shard}.arrow" for shard in range(2)]
    for shard, path in enumerate(paths):
        rows = list(range(shard, clips, 2))[::-1]
        numbers = np.full(len(rows), 50), np.ones(len(rows))
        block = [ids[row] for row in rows], *numbers, spectrograms[rows]
        write_logmel_shard(path, [block], 64)
    return paths, spectrograms


def compute_components(
    folder: Path, test_seed: int, components: int, seed: int = 7, copies: int = 1
) -> dict[str, np.ndarray]:
    shards = {
        "train": write_shards(folder, "train", 20, 0, copies)[0],
        "test": write_shards(folder, "test", 6, test_seed)[0],
    }
    files = {split: folder / f"{split}.parquet" for split in shards}
    compute_pca.main(
        shards, files, folder / "explained.csv", folder / "w.npz", components, seed, "cpu"
    )
    return {split: read_matrix(path)[1] for split, path in files.items()}


def test_a_sound_is_projected_as_the_clip_that_it_fills_when_repeated(tmp_path):
    compute_components(tmp_path, 1, 3)
    generator = np.random.default_rng(5)
    whole = generator.normal(60, 10, (1, 64, 40)).astype(np.float16)
    short = whole[:, :, :16]
    with open_logmel_shard(tmp_path / "sounds.arrow", 64) as write:
        for name, sound in (("short", short), ("tiled", np.tile(short, 3)[:, :, :40])):
            write([name], np.full(1, 50), np.ones(1), sound)
        write(["whole"], np.full(1, 50), np.ones(1), whole)
    output = tmp_path / "all.parquet"
    project_natural_sounds.main([tmp_path / "sounds.arrow"], tmp_path / "w.npz", output)
    ids, values = read_matrix(output)
    assert ids.tolist() == ["short", "tiled", "whole"]
    np.testing.assert_array_equal(values[0], values[1])
    with np.load(tmp_path / "w.npz") as weights:
        expected = weights["components"] @ (whole.astype(np.float32).ravel() - weights["mean"])
    np.testing.assert_allclose(values[2], expected, rtol=1e-5)


def test_principal_components_are_scikit_learns(tmp_path):
    features = compute_components(tmp_path, 1, 3)
    clips = write_shards(tmp_path, "train", 20, 0)[1].reshape(20, -1).astype(np.float64)
    expected = PCA(3, svd_solver="full").fit(clips)
    size = np.abs(expected.transform(clips))
    np.testing.assert_allclose(np.abs(features["train"]), size, rtol=1e-2, atol=0.5)
    explained = pd.read_csv(tmp_path / "explained.csv")
    np.testing.assert_allclose(explained["share"], expected.explained_variance_ratio_, rtol=1e-3)
    assert explained["cumulative_share"].is_monotonic_increasing


def test_principal_components_never_see_the_test_split(tmp_path):
    one = compute_components(tmp_path, 1, 3)
    explained = (tmp_path / "explained.csv").read_bytes()
    other = compute_components(tmp_path, 2, 3)
    np.testing.assert_array_equal(one["train"], other["train"])
    assert (one["test"] != other["test"]).any()
    assert explained == (tmp_path / "explained.csv").read_bytes()


def test_there_are_no_more_components_than_clips_have(tmp_path):
    features = compute_components(tmp_path, 1, 256)
    assert features["train"].shape == (20, 19)
    assert features["test"].shape == (6, 19)


def test_clips_that_are_there_twice_bring_no_components_and_leave_no_share_to_tell(tmp_path):
    features = compute_components(tmp_path, 1, 256, copies=2)
    assert features["train"].shape == (40, 19)
    explained = pd.read_csv(tmp_path / "explained.csv")
    assert explained["cumulative_share"].max() <= 1
    share, note = variance_held(explained)
    assert np.isnan(share)
    assert note.startswith("40 clips have no more than 19 components")
    compute_components(tmp_path, 1, 18, copies=2)
    share, note = variance_held(pd.read_csv(tmp_path / "explained.csv"))
    assert 0.9 < share < 1
    assert note == ""


def test_the_seed_decides_what_the_principal_components_are_sketched_with(tmp_path):
    written = []
    for seed in (7, 7, 8):
        compute_components(tmp_path, 1, 3, seed)
        names = ("train.parquet", "test.parquet", "explained.csv")
        written.append([(tmp_path / name).read_bytes() for name in names])
    assert written[0] == written[1]
    assert written[0] != written[2]


def test_gabor_features_are_in_the_order_of_clip_id(tmp_path):
    shards, spectrograms = write_shards(tmp_path, "test", 5, 3)
    output = tmp_path / "gbfb.parquet"
    compute_gbfb.main(shards, output, SETTINGS, "cpu")
    clip_ids, values = read_matrix(output)
    assert list(clip_ids) == [f"test{clip:02d}" for clip in range(5)]
    parameters = GaborParameters((np.pi / 2, np.pi / 2), size_max=(24.0, 20.0), distance=(0.3, 0.3))
    assert values.shape == (5, len(gabor_filters(parameters)))
    expected = gabor_features(torch.from_numpy(spectrograms), parameters).numpy()
    np.testing.assert_allclose(values, expected, rtol=1e-4)


def test_acoustics_have_their_names(tmp_path):
    shards, spectrograms = write_shards(tmp_path, "test", 5, 3)
    output = tmp_path / "acoustics.parquet"
    describe_acoustics.main(shards, output, 8000.0)
    assert pd.read_parquet(output).columns.tolist() == ["clip_id", *FEATURE_NAMES]
    expected = acoustic_features(spectrograms, mel_band_centres_hz(len(spectrograms[0]), 8000.0))
    np.testing.assert_array_equal(read_matrix(output)[1], expected)


def test_a_feature_set_without_clips_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no clip"):
        write_features(tmp_path / "none.parquet", [], ["unit_000"], np.zeros((0, 1)))
    assert not (tmp_path / "none.parquet").exists()


@pytest.mark.parametrize("script", [compute_gbfb, describe_acoustics])
def test_a_split_without_clips_is_refused_with_where_the_reasons_stand(tmp_path, script):
    shards = write_shards(tmp_path, "test", 0, 3)[0]
    output = tmp_path / "none/test.parquet"
    settings = (SETTINGS, "cpu") if script is compute_gbfb else (8000.0,)
    with pytest.raises(ValueError, match=r"no clip to describe for .*none/test\.parquet: .*status"):
        script.main(shards, output, *settings)
    assert not output.exists()


@pytest.mark.parametrize("empty", ["train", "test"])
def test_principal_components_need_clips_in_both_splits_before_any_is_fitted(
    tmp_path, empty, monkeypatch
):
    monkeypatch.delattr(compute_pca, "fit_principal_components")
    shards = {
        split: write_shards(tmp_path, split, 0 if split == empty else 6, 0)[0]
        for split in ("train", "test")
    }
    files = {split: tmp_path / f"{split}.parquet" for split in shards}
    with pytest.raises(ValueError, match=rf"no clip to describe for .*{empty}\.parquet"):
        compute_pca.main(shards, files, tmp_path / "explained.csv", tmp_path / "w.npz", 3, 7, "cpu")


def test_a_shard_without_clips_beside_others_changes_nothing(tmp_path):
    shards, spectrograms = write_shards(tmp_path, "test", 5, 3)
    empty = write_shards(tmp_path, "none", 0, 3)[0]
    output = tmp_path / "gbfb.parquet"
    compute_gbfb.main([empty[0], *shards, empty[1]], output, SETTINGS, "cpu")
    assert read_matrix(output)[1].shape[0] == len(spectrograms)


@pytest.mark.parametrize(
    "path",
    [
        "results/seed1/activations/no_music/seed0/natural/train.parquet",
        "results/run/analyses/loudness/seed1/no_music/seed0.parquet",
    ],
)
def test_a_run_or_a_category_may_be_called_as_seeds_are(path):
    assert network_of(Path(path)) == ("no_music", 0)


def test_a_condition_may_be_called_as_seeds_are():
    assert network_of(Path("activations/seed1/seed0/natural/test.parquet")) == ("seed1", 0)
