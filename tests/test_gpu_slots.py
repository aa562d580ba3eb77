"""Whether jobs ask for a GPU."""

import pytest

from plumbing import gpu_slots as module


@pytest.mark.parametrize(
    ("device", "driver", "slots"),
    [
        ("auto", True, 1),
        ("auto", False, 0),
        ("cuda", False, 1),
        ("cuda:1", False, 1),
        ("cpu", True, 0),
    ],
)
def test_a_job_asks_for_a_gpu_where_it_will_take_one(device, driver, slots, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "NVIDIA_DRIVER", tmp_path if driver else tmp_path / "gone")
    assert module.gpu_slots(device) == slots
    of_decoding = 0 if device == "auto" else slots
    assert module.gpu_slots(device, auto_takes_gpu=False) == of_decoding
