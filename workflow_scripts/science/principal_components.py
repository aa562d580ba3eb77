"""Principal components of log-Mel spectrograms too many to hold, by a randomised block Krylov method.

Source: Musco & Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular
Value Decomposition", NeurIPS 2015, on the covariance of the clips, streamed: each pass over the
blocks multiplies it with one block of vectors. Kim, Kim & Jeong (2024) use 256 components of the
64 x 802 log-Mel, fitted on the train split only.

At paper size (17,902 clips, 51,328 values each) the Gram matrix of the clips alone would take 1.3 GB
and 16 TFLOP, and its eigenvectors as much again; four passes here take 4 TFLOP, and the Krylov basis
with all working memory stays below 1 GB however many clips there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

Blocks = Callable[[], Iterable[Tensor]]
ROWS_AT_ONCE = 512
SKETCH_TOLERANCE = 1e-4
BASIS_TOLERANCE = 1e-5
"""A direction smaller than this share of the largest is rounding, and is left out."""


@dataclass(frozen=True)
class PrincipalComponents:
    """The components of a corpus, by falling variance.

    Attributes:
        mean: [dimensions] float32, subtracted before projection.
        components: [components, dimensions] float32, orthonormal rows; in each the entry of largest
            size is positive.
        explained_variance: [components] float64, with clips - 1 as divisor.
        total_variance: variance summed over all dimensions, same divisor.
        clips: how many the components were fitted on.
    """

    mean: Tensor
    components: Tensor
    explained_variance: Tensor
    total_variance: float
    clips: int

    @property
    def explained_variance_ratio(self) -> Tensor:
        """Each component's share of the total variance, [components] float64."""
        return self.explained_variance / self.total_variance

    def to(self, device: torch.device | str) -> PrincipalComponents:
        """Copy the components to a device."""
        return replace(
            self,
            mean=self.mean.to(device),
            components=self.components.to(device),
            explained_variance=self.explained_variance.to(device),
        )

    def transform(self, block: Tensor) -> Tensor:
        """Project clips, [clips, ...] of any floating type, to [clips, components] float32.

        Raises:
            ValueError: where a clip has another number of values than the components.
        """
        _check_block(block, len(self.mean))
        projected = [
            (_as_rows(rows, self.mean.device) - self.mean) @ self.components.T
            for rows in block.split(ROWS_AT_ONCE)
        ]
        return torch.cat(projected)


def fit_principal_components(
    blocks: Blocks,
    components: int,
    generator: torch.Generator,
    oversampling: int = 32,
    passes: int = 4,
    device: torch.device | str = "cpu",
) -> PrincipalComponents:
    """Fit principal components to clips that come in blocks, a few passes over all of them.

    The first pass takes mean, total variance and a random sketch of the clips' row space; each
    further one multiplies the covariance with the newest vectors of the basis. The components are the
    covariance's best approximation within the basis (Rayleigh-Ritz).

    Args:
        blocks: called once per pass, yields the same blocks each time, [clips, ...] of any floating
            type (float16 decibels as stored); what follows the clips is flattened.
        components: how many are wanted. There are at most clips - 1 (and at most as many as there
            are dimensions with spread): with fewer, as many as there are come back.
        generator: a CPU generator; it draws the sketch, the same for every device.
        oversampling: further vectors in each block of the basis, for accuracy.
        passes: over the blocks, two or more; each adds components + oversampling basis vectors.
        device: where to compute.

    Returns:
        The components, on that device.

    Raises:
        ValueError: for settings out of range, fewer than two clips, blocks of differing width or
            from one pass to another, values that are not finite, or clips that are all the same.
    """
    if components < 1 or oversampling < 0 or passes < 2:
        raise ValueError(
            "Principal components need components >= 1, oversampling >= 0 and passes >= 2; they got "
            f"{components}, {oversampling} and {passes}."
        )
    device = torch.device(device)
    sketched = _sketch(blocks, components + oversampling, generator, device)
    variances, vectors = _rayleigh_ritz(blocks, sketched, components, passes - 1)
    # Averaging over clips gave divisor clips; unbiased variance divides by clips - 1.
    unbiased = sketched.clips / (sketched.clips - 1)
    return PrincipalComponents(
        sketched.mean,
        _with_positive_peaks(vectors),
        variances * unbiased,
        sketched.total_variance * unbiased,
        sketched.clips,
    )


@dataclass(frozen=True)
class _Sketch:
    """What the first pass finds; `basis` rows are orthonormal, `total_variance` divides by clips."""

    mean: Tensor
    basis: Tensor
    total_variance: float
    clips: int


def _sketch(blocks: Blocks, width: int, generator: torch.Generator, device: torch.device) -> _Sketch:
    """Sum the clips, their squares and random mixtures of them in one pass."""
    shift = None
    clips, squares, mixing_sum = 0, 0.0, 0.0
    for rows in _rows(blocks, device):
        if shift is None:
            # Decibels lie far from zero; sums around any one clip lose fewer digits.
            shift = rows[0].clone()
            total = torch.zeros_like(shift, dtype=torch.float64)
            mixtures = shift.new_zeros((width, len(shift)))
        rows -= shift
        mixing = torch.randn((width, len(rows)), generator=generator).to(device)
        mixtures = torch.addmm(mixtures, mixing, rows, out=mixtures)
        mixing_sum = mixing_sum + mixing.sum(1, dtype=torch.float64)
        total += rows.sum(0, dtype=torch.float64)
        squares += rows.square_().sum(dtype=torch.float64).item()
        clips += len(rows)
    if clips < 2:
        raise ValueError(f"Principal components need two clips or more; the blocks hold {clips}.")
    offset = total / clips
    total_variance = squares / clips - offset.square().sum().item()
    if not total_variance < float("inf"):
        raise ValueError(
            "The log-Mel spectrograms hold values that are not finite (NaN or infinity); principal "
            "components need the clips that do so left out."
        )
    mixtures -= mixing_sum.float()[:, None] * offset.float()
    largest = mixtures.norm(dim=1).max().item()
    if total_variance <= 0 or largest == 0:
        raise ValueError(f"All {clips} clips are the same: they have no principal components.")
    basis = _orthonormal(mixtures, [], SKETCH_TOLERANCE * largest)
    return _Sketch(shift + offset.float(), basis, total_variance, clips)
