"""Principal components of log-Mel spectrograms too many to hold, by a randomised Krylov method.

Source: Musco & Musco, "Randomized Block Krylov Methods for Stronger and Faster Approximate Singular
Value Decomposition", NeurIPS 2015, on the covariance of the clips, streamed: each pass over the
blocks multiplies it by one block of vectors. Kim, Kim & Jeong (2024) use 256 components of the
64 x 802 log-Mel, fitted on the train split only; here its validation clips are fitted on, too.

At paper size (19,539 clips of 51,328 values) the Gram matrix of the clips alone would take 1.5 GB
and 20 TFLOP, and its eigenvectors as much again; five passes here take 5 TFLOP, and the Krylov
basis with all working memory stays the same however many clips there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd
import torch
from torch import Tensor

Blocks = Callable[[], Iterable[Tensor]]
ROWS_AT_ONCE = 512
SKETCH_TOLERANCE = 1e-4
BASIS_TOLERANCE = 1e-7
VARIANCE_TOLERANCE = 1e-7
"""What is smaller than this share of the largest is rounding in float32, and is left out.

The basis takes directions down to rounding: where one component outweighs all others, as the level
of the clips does, the smallest wanted ones lie in what is small beside it.
"""


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

    def transform(self, block: Tensor) -> Tensor:
        """Project clips, [clips, ...] of any floating type, to [clips, components] float32.

        Raises:
            ValueError: where a clip has another number of values than the components.
        """
        _check_block(block, len(self.mean))
        projected = [
            (rows.to(self.mean.device, torch.float32) - self.mean) @ self.components.T
            for rows in block.flatten(1).split(ROWS_AT_ONCE)
        ]
        return torch.cat(projected)


def fit_principal_components(
    blocks: Blocks,
    components: int,
    generator: torch.Generator,
    oversampling: int = 32,
    passes: int = 5,
    device: torch.device | str = "cpu",
) -> PrincipalComponents:
    """Fit principal components to clips that come in blocks, a few passes over all of them.

    The first pass takes mean, total variance and a random sketch of the clips' row space; each
    further one multiplies the covariance by the newest vectors of the basis. The components are
    the covariance's best approximation within the basis (Rayleigh-Ritz).

    Args:
        blocks: called once per pass, yields the same blocks each time, [clips, ...] of any floating
            type (float16 decibels as stored); what follows the clips is flattened, and blocks of no
            clips are passed over.
        components: how many are wanted. There are at most clips - 1 (and at most as many as there
            are dimensions with spread): with fewer, as many as there are come back.
        generator: a CPU generator; it draws the sketch, the same for every device. Same state,
            blocks and threads, same bytes; another number of threads rounds sums differently.
        oversampling: further vectors in each block of the basis, for accuracy.
        passes: over the blocks, two or more; each but the first fills components + oversampling
            basis vectors, and brings the explained variance some ten times closer.
        device: where to compute.

    Returns:
        The components, on that device.

    Raises:
        ValueError: for settings out of range, fewer than two clips, blocks of differing width or
            from one pass to another, values that are not finite, or clips that are all the same.
    """
    if components < 1 or oversampling < 0 or passes < 2:
        raise ValueError(
            "Principal components need components >= 1, oversampling >= 0 and passes >= 2; they "
            f"got {components}, {oversampling} and {passes}."
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


def describe_components(variance: np.ndarray, total: float, clips: int) -> pd.DataFrame:
    """Variance of every component, its share of the whole, and the share of it and those before.

    Args:
        variance: [components], falling.
        total: Of the whole, in the same units.
        clips: Number of clips that the components were fitted on.

    Returns:
        Columns component, variance, share, cumulative_share (never above 1, whatever rounding
        adds) and clips.
    """
    return pd.DataFrame(
        {
            "component": np.arange(len(variance)),
            "variance": variance,
            "share": variance / total,
            "cumulative_share": np.minimum(np.cumsum(variance / total), 1.0),
            "clips": clips,
        }
    )


@dataclass(frozen=True)
class _Sketch:
    """What the first pass finds: rows of `basis` orthonormal, variance with clips as divisor."""

    mean: Tensor
    basis: Tensor
    total_variance: float
    clips: int


def _sketch(
    blocks: Blocks, width: int, generator: torch.Generator, device: torch.device
) -> _Sketch:
    """Sum the clips, their squares and random mixtures of them in one pass."""
    shift = None
    clips, squares = 0, 0.0
    for rows in _rows(blocks, device):
        if shift is None:
            # Decibels lie far from zero; sums of differences from one clip lose fewer digits.
            shift = rows[0].clone()
            total = torch.zeros_like(shift, dtype=torch.float64)
            mixtures = shift.new_zeros((width, len(shift)))
            mixing_total = torch.zeros(width, dtype=torch.float64, device=device)
        rows -= shift
        mixing = torch.randn((width, len(rows)), generator=generator).to(device)
        torch.addmm(mixtures, mixing, rows, out=mixtures)
        mixing_total += mixing.sum(1)
        total += rows.sum(0)
        squares += rows.square_().sum(1).sum(dtype=torch.float64).item()
        clips += len(rows)
    if clips < 2:
        raise ValueError(f"Principal components need two clips or more; the blocks hold {clips}.")
    offset = total / clips
    total_variance = squares / clips - offset.square().sum().item()
    if not isfinite(total_variance):
        raise ValueError(
            "Some log-Mel spectrograms hold values that are not finite (NaN or infinity); leave "
            "these clips out before fitting principal components."
        )
    if total_variance <= 0:
        raise ValueError(f"All {clips} clips are the same: they have no principal components.")
    mixtures -= torch.outer(mixing_total, offset).float()
    basis = _orthonormal(mixtures, [], SKETCH_TOLERANCE * mixtures.norm(dim=1).max().item())
    return _Sketch(shift + offset.float(), basis, total_variance, clips)


def _rayleigh_ritz(
    blocks: Blocks, sketch: _Sketch, components: int, passes: int
) -> tuple[Tensor, Tensor]:
    """Grow the Krylov basis by a block a pass; find the covariance's best vectors within it.

    Returns:
        Variances [components] float64 and orthonormal vectors [components, dimensions], by falling
        variance.
    """
    bases, images = [sketch.basis], []
    while True:
        image = _times_covariance(blocks, sketch, bases[-1])
        images.append(torch.cat(bases) @ image.T)
        if len(images) == passes:
            break
        tolerance = BASIS_TOLERANCE * images[0].diagonal().max().item()
        following = _orthonormal(image, bases, tolerance)
        if not len(following):
            break
        bases.append(following)
    basis = torch.cat(bases)
    within = basis.new_zeros((len(basis), len(basis)), dtype=torch.float64)
    column = 0
    for image in images:
        within[: len(image), column : column + image.shape[1]] = image
        column += image.shape[1]
    # The blocks above the diagonal say it all; eigh reads one triangle of the symmetric matrix.
    variances, coordinates = torch.linalg.eigh(within, UPLO="U")
    kept = variances.flip(0)[:components]
    kept = kept[kept > VARIANCE_TOLERANCE * kept[0]]
    return kept, coordinates.flip(1)[:, : len(kept)].T.float() @ basis


def _times_covariance(blocks: Blocks, sketch: _Sketch, vectors: Tensor) -> Tensor:
    """Multiply vectors, [vectors, dimensions], with the covariance (divisor clips) in one pass."""
    image = torch.zeros_like(vectors)
    clips = 0
    for rows in _rows(blocks, vectors.device):
        if rows.shape[1] != vectors.shape[1]:
            raise ValueError(_changed_message(f"{rows.shape[1]} values a clip", vectors.shape[1]))
        rows -= sketch.mean
        torch.addmm(image, vectors @ rows.T, rows, out=image)
        clips += len(rows)
    if clips != sketch.clips:
        raise ValueError(_changed_message(f"{clips} clips", sketch.clips))
    return image.div_(sketch.clips)


def _changed_message(found: str, expected: int) -> str:
    return (
        f"A later pass over the blocks gave {found} after {expected} in the first; the callable "
        "must give the same blocks each time it is called (an iterator used up gives none)."
    )


def _orthonormal(vectors: Tensor, bases: list[Tensor], tolerance: float) -> Tensor:
    """Make vectors orthonormal, to each other and to the bases; leave out what is then too small.

    The second round removes what rounding left of the bases in vectors that the first made small.
    """
    for smallest in (tolerance, 0.5):
        for basis in bases:
            vectors = vectors - (vectors @ basis.T) @ basis
        orthonormal, triangle = torch.linalg.qr(vectors.T)
        vectors = orthonormal.T[triangle.diagonal().abs() > smallest].contiguous()
    return vectors


def _with_positive_peaks(vectors: Tensor) -> Tensor:
    """Turn each vector so that its entry of largest size is positive, as scikit-learn does."""
    peaks = vectors.gather(1, vectors.abs().argmax(1, keepdim=True))
    return vectors * peaks.sign()


def _rows(blocks: Blocks, device: torch.device) -> Iterator[Tensor]:
    """Yield the clips as float32 rows, some hundred at a time, in a buffer that is used again."""
    buffer = None
    for block in blocks():
        if 0 in block.shape[:1]:
            continue
        if buffer is None:
            buffer = torch.empty((ROWS_AT_ONCE, block.shape[1:].numel()), device=device)
        _check_block(block, buffer.shape[1])
        for rows in block.flatten(1).split(ROWS_AT_ONCE):
            yield buffer[: len(rows)].copy_(rows)


def _check_block(block: Tensor, dimensions: int) -> None:
    if block.ndim < 2 or block.shape[1:].numel() != dimensions:
        raise ValueError(
            f"A block of shape {list(block.shape)} came where clips of {dimensions} values each "
            "were expected, [clips, ...]; all clips need the same bands and frames."
        )
