"""A Hugging Face hub on the hostile server: one dataset, Parquet files in the mirror's shape."""

from __future__ import annotations

import io
import json
import re

import pyarrow
import pyarrow.parquet
from hostile_server import HostileServer, Request, Served

COMMIT = "1234567890abcdef1234567890abcdef12345678"
DATASET = "agkphysics/AudioSet"


class HostileHub:
    """Serves Parquet files of a dataset under a server.

    Args:
        server: where; use `server.misbehave(hub.path_of(file), ...)` for trouble.
        token: when given, every request must carry it.
    """

    def __init__(self, server: HostileServer, token: str | None = None) -> None:
        self.server = server
        self.token = token
        self.files: dict[str, int] = {}
        server.responders.append(self._respond)

    @staticmethod
    def path_of(file: str) -> str:
        """Return the path under which a file of the dataset is served."""
        return f"/datasets/{DATASET}/resolve/{COMMIT}/{file}"

    def add(self, file: str, rows: list[tuple[str, bytes]], rows_per_group: int) -> None:
        """Add a Parquet file with these videos and the bytes of their audio files."""
        table = pyarrow.table(
            {
                "video_id": [video_id for video_id, _ in rows],
                "audio": [{"bytes": sound, "path": f"audio/{v}.flac"} for v, sound in rows],
                "labels": [["/m/04rlf"]] * len(rows),
                "human_labels": [["Music"]] * len(rows),
            }
        )
        target = io.BytesIO()
        pyarrow.parquet.write_table(
            table, target, row_group_size=rows_per_group, data_page_size=1 << 20, write_batch_size=1
        )
        self.files[file] = len(target.getvalue())
        self.server.serve(self.path_of(file), target.getvalue(), "application/octet-stream")

    def _respond(self, request: Request, body: bytes) -> Served | None:
        if re.fullmatch(rf"/api/datasets/{DATASET}/revision/[^/]+", request.path):
            return _json({"id": DATASET, "sha": COMMIT, "siblings": []})
        tree = re.fullmatch(rf"/api/datasets/{DATASET}/tree/{COMMIT}/(.*)", request.path)
        if tree:
            entries = [
                {"type": "file", "path": file, "size": size, "oid": "0" * 40}
                for file, size in self.files.items()
                if file.startswith(tree[1] + "/")
            ]
            return _json(entries)
        return None


def _json(content: object) -> Served:
    return Served(json.dumps(content).encode(), "application/json", ranges=False)
