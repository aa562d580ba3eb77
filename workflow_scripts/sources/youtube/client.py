"""yt-dlp without the work that only its command line needs, which cost more than all its requests.

`yt_dlp.YoutubeDL` lists its 1,800 extractors when it is made, and writes out tables of formats for
every video, to be printed. Neither matters where the extractor is known and nothing is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yt_dlp
from yt_dlp.networking.exceptions import RequestError

_REFERRALS = frozenset({"url", "url_transparent"})


class Client(yt_dlp.YoutubeDL):
    """A yt-dlp that knows the extractors it was told to load; the others come when it needs them.

    Args:
        options: of yt-dlp's Python API.

    Attributes:
        met: what requests met since it was last emptied, each with the address that was asked for;
            the faults that yt-dlp passes over too.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(dict(options), auto_init=False)
        self._with_all_extractors: yt_dlp.YoutubeDL | None = None
        self.met: list[tuple[str, RequestError]] = []

    def load_extractor(self, url: str) -> str:
        """Load the extractor that an address is for, and return its name."""
        host = urlsplit(url).hostname or ""
        known = host.removeprefix("www.") in ("youtube.com", "youtu.be", "m.youtube.com")
        name = "Youtube" if known else "Generic"
        self.get_info_extractor(name)
        return name

    def process_ie_result(self, ie_result: Any, *given: Any, **named: Any) -> Any:
        """Resolve what an extractor found; where that refers to another site, with all extractors.

        See `yt_dlp.YoutubeDL.process_ie_result`.
        """
        if ie_result.get("_type") not in _REFERRALS:
            return super().process_ie_result(ie_result, *given, **named)
        if self._with_all_extractors is None:
            self._with_all_extractors = yt_dlp.YoutubeDL(self.params)
            self._with_all_extractors.cookiejar = self.cookiejar
        return self._with_all_extractors.process_ie_result(ie_result, *given, **named)

    def urlopen(self, req: Any) -> Any:
        """Send a request, and remember what it met; see `yt_dlp.YoutubeDL.urlopen`."""
        try:
            return super().urlopen(req)
        except RequestError as error:
            self.met.append((getattr(req, "url", req), error))
            raise

    def close(self) -> None:
        """Close the connections."""
        if self._with_all_extractors is not None:
            self._with_all_extractors.close()
        super().close()

    def _forceprint(self, key: str, info_dict: dict[str, Any]) -> dict[str, Any] | None:
        printed = self.params["forceprint"].get(key) or self.params["print_to_file"].get(key)
        return super()._forceprint(key, info_dict) if printed or key == "video" else info_dict
