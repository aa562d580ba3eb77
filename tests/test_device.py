"""Which device a job computes on."""

import pytest
import torch

from plumbing import gpu_cards
from plumbing.device import choose_device


@pytest.mark.parametrize(
    ("wanted", "gpu", "device"),
    [
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda:1", True, "cuda:1"),
    ],
)
def test_a_gpu_is_taken_where_there_is_one_and_it_may_be(wanted, gpu, device, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    assert choose_device(wanted) == device
    of_decoding = "cpu" if wanted == "auto" else device
    assert choose_device(wanted, auto_takes_gpu=False) == of_decoding


def test_a_gpu_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^run\.device is cuda:1, .* sees no GPU; use auto or"):
        choose_device("cuda:1")


@pytest.mark.parametrize("driver", [True, False])
def test_a_driver_without_a_gpu_is_told_of(driver, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(gpu_cards, "NVIDIA_DRIVER", tmp_path if driver else tmp_path / "gone")
    assert choose_device("auto") == "cpu"
    assert ("Is the driver new enough" in caplog.text) == driver
