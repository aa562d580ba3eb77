"""Where the log-Mels lie while a network is trained, and how batches are taken from there."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

log = logging.getLogger(__name__)

DEVICE_RESERVE_BYTES = 3 * 2**30  # left free for weights, activations and workspaces


class _Upload(NamedTuple):
    """A batch on its way to the device: row numbers, and which of its clips come from where."""

    rows: Tensor
    here: Tensor
    there: Tensor
    streamed: Tensor
    arrived: torch.cuda.Event | None


class ClipStore:
    """The log-Mels of one training, on its device as far as they fit.

    On the CPU they stay where they are (a memory-mapped file, for instance). On CUDA the first
    ``resident`` clips lie on the device and the rest in the host's memory, from where batches
    are copied one ahead of their use.

    Args:
        log_mel: [clips, 64, frames] on the CPU, float16.
        device: where the batches are wanted.
        resident: clips to hold on the device; None takes all if they fit, else as many as do.
    """

    def __init__(self, log_mel: Tensor, device: torch.device, resident: int | None = None) -> None:
        self.device = device
        self.host = log_mel
        self._on_device = log_mel[:0].to(device)
        self._copy_stream = torch.cuda.Stream(device) if device.type == "cuda" else None
        if device.type == "cpu":
            self.resident = len(log_mel)
            self._on_device = log_mel
        else:
            self.keep_on_device(self._clips_that_fit() if resident is None else resident)

    def _clips_that_fit(self) -> int:
        """Number of clips for which the device has memory, beside what training needs."""
        free_bytes, _ = torch.cuda.mem_get_info(self.device)
        bytes_per_clip = self.host[0].numel() * self.host.element_size()
        return min(len(self.host), max(0, free_bytes - DEVICE_RESERVE_BYTES) // bytes_per_clip)

    def keep_on_device(self, clips: int) -> None:
        """Hold this many clips on the device, or the half, quarter, … for which there is memory."""
        self._on_device = self.host[:0].to(self.device)
        if self.device.type == "cuda":
            # Or fewer clips would be cut out of the block of more, which then stays whole.
            torch.cuda.empty_cache()
        while True:
            try:
                self._on_device = self.host[:clips].to(self.device)
                break
            except torch.OutOfMemoryError:
                if clips == 0:
                    raise
                clips //= 2
        self.resident = clips
        log.info(
            "%d of %d log-Mels lie on %s%s.",
            clips,
            len(self.host),
            self.device,
            "" if clips == len(self.host) else ", the others are streamed from the host's memory",
        )

    def give_up_half(self) -> bool:
        """Hold half as many clips on the device; False where that frees no memory."""
        if self.device.type == "cpu" or self.resident == 0:
            return False
        self.keep_on_device(self.resident // 2)
        return True

    def batches(self, rows: Tensor, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches in the order of rows, the last one perhaps shorter; wherever the clips lie.

        Args:
            rows: row numbers of log_mel, on the CPU, int64.
            batch_size: clips per batch.

        Yields:
            row numbers [batch] and log-Mels [batch, 64, frames], both on the device.
        """
        if self.resident == len(self.host):
            for batch_rows in rows.to(self.device).split(batch_size):
                yield batch_rows, self._on_device.index_select(0, batch_rows)
            return
        ahead = None
        for batch_rows in rows.split(batch_size):
            uploaded = self._upload(batch_rows)
            if ahead is not None:
                yield self._arrived(ahead)
            ahead = uploaded
        if ahead is not None:
            yield self._arrived(ahead)

    def _upload(self, rows: Tensor) -> _Upload:
        """Start copying a batch's row numbers, and the log-Mels that do not lie here."""
        here = torch.nonzero(rows < self.resident).squeeze(1)
        there = torch.nonzero(rows >= self.resident).squeeze(1)
        staged = torch.empty(
            (len(there), *self.host.shape[1:]),
            dtype=self.host.dtype,
            pin_memory=self._copy_stream is not None,
        )
        torch.index_select(self.host, 0, rows[there], out=staged)
        if self._copy_stream is None:
            return _Upload(rows, here, there, staged, arrived=None)
        with torch.cuda.stream(self._copy_stream):
            numbers = (
                tensor.pin_memory().to(self.device, non_blocking=True)
                for tensor in (rows, here, there)
            )
            streamed = staged.to(self.device, non_blocking=True)
            return _Upload(*numbers, streamed, arrived=self._copy_stream.record_event())

    def _arrived(self, upload: _Upload) -> tuple[Tensor, Tensor]:
        """The whole batch, for use after its copies have reached the device."""
        rows, here, there, streamed, arrived = upload
        if arrived is not None:
            current = torch.cuda.current_stream(self.device)
            current.wait_event(arrived)
            for tensor in (rows, here, there, streamed):
                tensor.record_stream(current)
        log_mel = streamed.new_empty((len(rows), *streamed.shape[1:]))
        log_mel.index_copy_(0, here, self._on_device.index_select(0, rows[here]))
        return rows, log_mel.index_copy_(0, there, streamed)
