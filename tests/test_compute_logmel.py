"""The script compute_logmel: every clip of a shard, whatever its length and place in a block."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import compute_logmel
from science.sound.logmel import LogMel
from science.sound.loudness import rms_level_db
from science.sound.settings import LogMelSettings
from science.sound.waveforms import encode_flac
from storage.clips import AskedClip, ClipRow, write_clip_shard
from storage.logmels import LogMelShards

SHORT = {"clip_s": 1.0}
SAMPLES = LogMelSettings(**SHORT).clip_samples


@pytest.mark.parametrize("clips", [1, 16, 17, 35])
def test_each_clip_of_a_shard_has_its_own_log_mel_and_level(tmp_path, clips):
    generator = np.random.default_rng(0)
    lengths = generator.integers(SAMPLES // 3, SAMPLES * 3 // 2, clips)
    sounds = [generator.normal(0, 1500, length).astype(np.int16) for length in lengths]
    ids = [f"{number:02d}_0.000" for number in range(clips)]
    rows = [
        ClipRow.found(AskedClip(clip_id, clip_id[:2], 0.0, 1.0, ()), "x", encode_flac(sound))
        for clip_id, sound in zip(ids, sounds, strict=True)
    ]
    missing = AskedClip("zz_0.000", "zz", 0.0, 1.0, ())
    write_clip_shard(
        tmp_path / "0.parquet", [*rows, ClipRow.failed(missing, "x", "removed", "gone")]
    )
    compute_logmel.main(tmp_path / "0.parquet", tmp_path / "0.arrow", SHORT, "cpu")
    shards = LogMelShards([tmp_path / "0.arrow"])
    assert list(shards.clip_ids) == ids
    whole = np.stack([np.pad(s[:SAMPLES], (0, max(0, SAMPLES - len(s)))) for s in sounds])
    expected = LogMel(LogMelSettings(**SHORT))(torch.from_numpy(whole)).numpy()
    np.testing.assert_allclose(shards.gather(ids), expected, rtol=0, atol=1 / 16 + 1e-3)
    np.testing.assert_allclose(shards.levels(ids), rms_level_db(whole), rtol=1e-5)
