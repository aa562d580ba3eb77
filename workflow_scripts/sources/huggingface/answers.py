"""What a failure at the mirror means: for one clip, or for all of them.

A fault that nobody knows passes; what stands between this machine and the hub, or keeps us from the
dataset, stops the run, since it says nothing about any clip.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator

import pyarrow
import requests
from huggingface_hub.errors import HfHubHTTPError

from sources.fetching.retrying import fault_of, is_setting
from sources.interface import ClipUnavailable, SourceStopped

TOKEN_VARIABLE = "HF_TOKEN"


class PageInstead(OSError):
    """A web page came in place of a file."""

    def __init__(self, page: bytes) -> None:
        """Keep its words."""
        text = re.sub(r"<[^>]*>|\s+", " ", page.decode("utf-8", "replace")).strip()
        super().__init__(f"a web page came instead of the file: {text[:300]}")


@contextlib.contextmanager
def hub_faults(dataset: str, revision: str) -> Iterator[None]:
    """Turn what hub client, transfer and Parquet reader raise into a source's answers."""
    try:
        yield
    except (ClipUnavailable, SourceStopped):
        raise
    except Exception as error:
        answer = _meaning_of(error, dataset, revision)
        if answer is None:
            raise
        raise answer from error


def _meaning_of(
    error: Exception, dataset: str, revision: str
) -> ClipUnavailable | SourceStopped | None:
    """Say what an exception means; None for a mistake of ours, or of this machine's disk."""
    if isinstance(error, json.JSONDecodeError):
        # The hub speaks JSON; a page that comes instead is somebody else's.
        error = PageInstead(error.doc.encode())
    fault = fault_of(error)
    if (fault is not None and fault.setting) or (
        isinstance(error, PageInstead) and is_setting(str(error))
    ):
        return SourceStopped(
            f"The mirror was not reached; what stands between says: "
            f"{fault.detail if fault is not None else error}. That is a setting of this machine or "
            f"its network. No clip was marked as missing for it and all that was fetched is kept. "
            f"Log in to the network, or correct the proxy or the certificates (HTTPS_PROXY, "
            f"HF_HUB_OFFLINE and REQUESTS_CA_BUNDLE in the environment), then run again."
        )
    if fault is not None and fault.http_status in (401, 403, 404):
        return SourceStopped(
            f"The mirror {dataset} at revision {revision} refused to answer "
            f"({fault.detail}). Check fetch.huggingface in the config and, if the dataset "
            f"wants a login, put a token that may read it into the environment as "
            f"{TOKEN_VARIABLE}."
        )
    if fault is not None:
        return ClipUnavailable(
            "network",
            fault.detail,
            passing=True,
            retry_after_s=fault.retry_after_s,
            unreachable=fault.unreachable,
        )
    if isinstance(error, pyarrow.ArrowException):
        return ClipUnavailable("network", f"the mirror's file: {error}", passing=True)
    if isinstance(error, (HfHubHTTPError, requests.RequestException, PageInstead)):
        return ClipUnavailable("network", str(error)[:300], passing=True)
    return None
