"""Streamed principal components against scikit-learn's exact singular value decomposition."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from science.baselines.pca import PrincipalComponents, describe_components, fit_principal_components


def synthetic_log_mels(clips: int, bands: int, frames: int, seed: int = 0) -> torch.Tensor:
    """float16 decibels around 50 whose spectrum decays as that of log-Mels, with noise below."""
    random = np.random.default_rng(seed)
    ranks = np.arange(1, min(clips, bands * frames) + 1)
    latent = random.standard_normal((clips, len(ranks))) * ranks**-0.7
    patterns = random.standard_normal((len(ranks), bands * frames))
    noise = random.standard_normal((clips, bands * frames))
    slope = np.repeat(np.linspace(65, 35, bands), frames)
    values = 8 * latent @ patterns + noise + slope
    return torch.from_numpy(values.astype(np.float16)).reshape(clips, bands, frames)


def in_blocks(corpus: torch.Tensor, size: int) -> Callable[[], Iterator[torch.Tensor]]:
    return lambda: iter(corpus.split(size))


def fit(corpus: torch.Tensor, components: int, size: int = 90, **settings) -> PrincipalComponents:
    generator = torch.Generator().manual_seed(settings.pop("seed", 1))
    return fit_principal_components(in_blocks(corpus, size), components, generator, **settings)


def shares_of_variance(fitted: PrincipalComponents) -> np.ndarray:
    return fitted.explained_variance.numpy() / fitted.total_variance


def exact(corpus: torch.Tensor, components: int) -> PCA:
    return PCA(components, svd_solver="full").fit(corpus.flatten(1).numpy().astype(np.float64))


def test_variances_and_components_equal_scikit_learns_exact_ones():
    corpus = synthetic_log_mels(1100, 32, 50)
    fitted, reference = fit(corpus, 128, size=700), exact(corpus, 128)
    ratio = shares_of_variance(fitted)
    np.testing.assert_allclose(ratio, reference.explained_variance_ratio_, atol=1e-6)
    np.testing.assert_allclose(fitted.explained_variance, reference.explained_variance_, rtol=1e-3)
    assert abs(ratio.sum() - reference.explained_variance_ratio_.sum()) < 1e-4
    np.testing.assert_allclose(fitted.mean, reference.mean_, rtol=1e-6)
    cosines = (fitted.components.numpy() * reference.components_).sum(axis=1)
    assert np.abs(cosines)[:100].min() > 0.999
    assert np.abs(cosines)[:10].min() > 1 - 1e-6


def test_the_small_components_are_found_beside_one_that_outweighs_them():
    corpus = synthetic_log_mels(300, 20, 60).float()
    corpus += 40 * torch.randn((300, 1, 1), generator=torch.Generator().manual_seed(3))
    fitted, reference = fit(corpus, 60), exact(corpus, 60)
    assert shares_of_variance(fitted)[0] > 0.9
    np.testing.assert_allclose(fitted.explained_variance, reference.explained_variance_, rtol=1e-4)


def test_projections_equal_scikit_learns_signs_included():
    corpus = synthetic_log_mels(300, 8, 20)
    fitted, reference = fit(corpus, 10), exact(corpus, 10)
    expected = reference.transform(corpus.flatten(1).numpy().astype(np.float64))
    projected = fitted.transform(corpus)
    assert projected.dtype == torch.float32
    np.testing.assert_allclose(projected, expected, atol=2e-3)


def test_projections_of_the_fitted_clips_are_centred_uncorrelated_and_of_the_stated_variance():
    corpus = synthetic_log_mels(800, 16, 40)
    fitted = fit(corpus, 60)
    projected = fitted.transform(corpus).double()
    assert projected.mean(0).abs().max() < 1e-3
    covariance = projected.T.cov()
    largest = fitted.explained_variance[0]
    torch.testing.assert_close(
        covariance, fitted.explained_variance.diag(), rtol=1e-4, atol=1e-5 * float(largest)
    )
    identity = torch.eye(60)
    torch.testing.assert_close(fitted.components @ fitted.components.T, identity, rtol=0, atol=2e-6)


def test_a_level_far_from_zero_costs_no_accuracy():
    corpus = synthetic_log_mels(400, 16, 20).float()
    near, far = fit(corpus, 20), fit(corpus - 2000, 20)
    torch.testing.assert_close(near.explained_variance, far.explained_variance, rtol=2e-5, atol=0)
    assert near.total_variance == pytest.approx(far.total_variance, rel=2e-5)


@pytest.mark.parametrize(("clips", "wanted", "found"), [(2, 256, 1), (20, 256, 19), (20, 5, 5)])
def test_few_clips_give_as_many_components_as_there_are(clips, wanted, found):
    corpus = synthetic_log_mels(clips, 16, 30)
    fitted, reference = fit(corpus, wanted), exact(corpus, found)
    assert fitted.clips == clips
    assert fitted.transform(corpus).shape == (clips, found)
    np.testing.assert_allclose(fitted.explained_variance, reference.explained_variance_, rtol=1e-4)


def test_no_more_components_than_dimensions_with_spread():
    corpus = synthetic_log_mels(200, 4, 5)
    corpus[:, 2] = -100.0
    fitted = fit(corpus, 256)
    assert len(fitted.components) == 15
    assert shares_of_variance(fitted).sum() == pytest.approx(1, abs=1e-5)


def test_more_passes_come_closer_and_never_overshoot():
    corpus = synthetic_log_mels(900, 16, 60)
    best = exact(corpus, 64).explained_variance_ratio_.sum()
    missing = [
        best - shares_of_variance(fit(corpus, 64, passes=passes)).sum() for passes in (2, 3, 4)
    ]
    assert missing[0] > 10 * missing[1] > 100 * missing[2] > -1e-6


def test_same_seed_same_bytes_and_another_seed_other_bytes():
    corpus = synthetic_log_mels(300, 16, 20)
    first, second, other = fit(corpus, 12), fit(corpus, 12), fit(corpus, 12, seed=2)
    assert torch.equal(first.components, second.components)
    assert torch.equal(first.explained_variance, second.explained_variance)
    assert not torch.equal(first.components, other.components)
    torch.testing.assert_close(first.components, other.components, rtol=0, atol=1e-3)


def test_how_the_clips_are_cut_into_blocks_does_not_matter():
    corpus = synthetic_log_mels(700, 16, 20)
    whole, parts = fit(corpus, 12, size=700), fit(corpus, 12, size=37)
    torch.testing.assert_close(whole.components, parts.components, rtol=0, atol=1e-3)
    torch.testing.assert_close(
        whole.explained_variance, parts.explained_variance, rtol=1e-5, atol=0
    )


def test_blocks_of_no_clips_change_nothing():
    corpus = synthetic_log_mels(300, 16, 20)
    parts = [corpus[:0], corpus[:120], corpus[:0], corpus[120:], corpus[:0]]
    generators = [torch.Generator().manual_seed(1) for _ in range(2)]
    plain = fit_principal_components(lambda: [corpus[:120], corpus[120:]], 12, generators[0])
    with_empty = fit_principal_components(lambda: parts, 12, generators[1])
    assert torch.equal(with_empty.components, plain.components)
    assert torch.equal(with_empty.explained_variance, plain.explained_variance)
    assert with_empty.clips == 300
    assert with_empty.transform(corpus[:0]).shape == (0, 12)


def test_the_blocks_handed_over_are_left_as_they_were():
    corpus = synthetic_log_mels(60, 4, 10).float()
    before = corpus.clone()
    fit(corpus, 3).transform(corpus)
    assert torch.equal(corpus, before)


def test_bad_input_is_refused_with_the_reason():
    corpus = synthetic_log_mels(60, 4, 10)
    generator = torch.Generator().manual_seed(0)
    with pytest.raises(ValueError, match="two clips or more; the blocks hold 1"):
        fit(corpus[:1], 3)
    with pytest.raises(ValueError, match="two clips or more; the blocks hold 0"):
        fit_principal_components(lambda: [], 3, generator)
    with pytest.raises(ValueError, match="two clips or more; the blocks hold 0"):
        fit_principal_components(lambda: [corpus[:0]], 3, generator)
    with pytest.raises(ValueError, match="are the same"):
        fit(corpus[:1].expand(9, -1, -1), 3)
    with pytest.raises(ValueError, match="passes >= 2"):
        fit(corpus, 3, passes=1)
    with pytest.raises(ValueError, match="40 values each"):
        fit_principal_components(lambda: [corpus, corpus[:, :, 1:]], 3, generator)
    with pytest.raises(ValueError, match="expected, "):
        fit(corpus, 3).transform(corpus[0])
    used_up = iter(corpus.split(20))
    with pytest.raises(ValueError, match="0 clips after 60"):
        fit_principal_components(lambda: used_up, 3, generator)
    corpus[7, 1, 2] = torch.nan
    with pytest.raises(ValueError, match="not finite"):
        fit(corpus, 3)


@pytest.mark.usefixtures("cuda")
def test_a_cuda_device_gives_the_same_components():
    corpus = synthetic_log_mels(500, 16, 40)
    here, there = fit(corpus, 20), fit(corpus, 20, device="cuda")
    torch.testing.assert_close(
        here.explained_variance, there.explained_variance.cpu(), rtol=1e-4, atol=0
    )
    torch.testing.assert_close(here.components, there.components.cpu(), rtol=0, atol=1e-3)


def test_shares_are_of_the_whole_and_add_up_over_components():
    points = np.random.default_rng(1).normal(size=(30, 4)) * [4, 3, 2, 1]
    eigenvalues = np.linalg.eigvalsh(np.cov(points.T))[::-1]
    total = points.var(axis=0, ddof=1).sum()
    table = describe_components(eigenvalues[:3], total, 30)
    np.testing.assert_allclose(table["cumulative_share"].iloc[-1], 1 - eigenvalues[3] / total)
    np.testing.assert_allclose(table["cumulative_share"].diff()[1:], table["share"][1:])
    assert table["component"].tolist() == [0, 1, 2]
    assert (table["clips"] == 30).all()
