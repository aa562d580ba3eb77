"""Whether the host of a source can be reached at all: found out before the first clip is asked for.

A connection is opened and closed again, to the proxy where there is one, without a request. Where
the host is lost later, all jobs pause together and stop when it stays away (`wall`).
"""

from __future__ import annotations

import socket
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from sources.fetching.wall import Wall
from sources.interface import SourceStopped

# A name server or a router that is just coming up gets this long; who refuses, refuses at once.
_PATIENCE_S = 3.0
_LONGEST_TRY_S = 5.0
_PORTS = {"http": 80, "https": 443}
_ADVICE = (
    "Check the network of this machine, its name server, and the proxy, if there should be one "
    "({proxy}); then run again."
)


class Route:
    """The way to the host of a source.

    Args:
        url: an address on that host.
        wall: the file that jobs share while the host is lost.
        proxy_option: the configuration's key for a proxy, or "" where there is none.
        proxy: the proxy's URL; that of the environment where None.
        timeout_s: how long a connection may take.
        refusals, pause_s, pauses: see `sources.fetching.wall.Wall`.
        sleep: waits; replaced in tests.
    """

    def __init__(
        self,
        url: str,
        wall: Path,
        *,
        proxy_option: str = "",
        proxy: str | None = None,
        timeout_s: float = 30.0,
        refusals: int = 5,
        pause_s: float = 30.0,
        pauses: int = 2,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._host, self._port = host_of(url)
        self._through = _proxy_of(url, proxy)
        self._timeout_s = min(timeout_s, _LONGEST_TRY_S)
        self._sleep = sleep
        variables = "HTTPS_PROXY in the environment"
        self._advice = _ADVICE.format(
            proxy=f"{proxy_option}, or {variables}" if proxy_option else variables
        )
        self._wall = Wall(
            wall,
            refusals=refusals,
            pause_s=pause_s,
            pauses=pauses,
            told=f"{self._name()} could no longer be reached",
            advice=self._advice,
            sleep=sleep,
        )
        self._lock = threading.Lock()
        self._found: SourceStopped | None = None
        self._looked = False

    def wait(self) -> None:
        """Return when the host may be asked.

        Raises:
            SourceStopped: it cannot be reached.
        """
        with self._lock:
            if not self._looked:
                self._found = self._look()
                self._looked = True
            if self._found is not None:
                raise SourceStopped(str(self._found))
        self._wall.wait()

    def lost(self, detail: str) -> None:
        """Count a question for which no connection was made."""
        self._wall.refused(detail)

    def reached(self) -> None:
        """Note that there was an answer, whatever it said."""
        self._wall.answered()

    def _look(self) -> SourceStopped | None:
        host, port = self._through or (self._host, self._port)
        until_s = time.monotonic() + _PATIENCE_S
        while (why := _why_not(host, port, self._timeout_s)) is not None:
            if time.monotonic() >= until_s:
                return SourceStopped(
                    f"{self._name()} cannot be reached ({why}). No clip was asked for and none was "
                    f"marked as missing; what was fetched before is kept. {self._advice}"
                )
            self._sleep(1.0)
        # A stop of an earlier run no longer holds.
        self._wall.answered()
        return None

    def _name(self) -> str:
        if self._through is None:
            return f"The host {self._host} (port {self._port})"
        host, port = self._through
        return f"The proxy {host} (port {port}), on the way to {self._host},"


def host_of(url: str) -> tuple[str, int]:
    """Return host and port of an address; a proxy may be given without its scheme."""
    parts = urlsplit(url if "://" in url else f"http://{url}")
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 1080)


def _proxy_of(url: str, proxy: str | None) -> tuple[str, int] | None:
    if proxy is None:
        host, _ = host_of(url)
        known = urllib.request.getproxies()
        if urllib.request.proxy_bypass(host):
            return None
        proxy = known.get(urlsplit(url).scheme) or known.get("all")
    return host_of(proxy) if proxy else None


def _why_not(host: str, port: int, timeout_s: float) -> str | None:
    """Say why no connection can be made, or None where one can."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        return f"its name is not known: {error}"
    # One address of each family: where IPv6 leads nowhere, IPv4 may do.
    addresses = {family: address for family, _, _, _, address in reversed(found)}
    whys = []
    for family, address in addresses.items():
        try:
            with socket.socket(family, socket.SOCK_STREAM) as line:
                line.settimeout(timeout_s)
                line.connect(address)
                return None
        except TimeoutError:
            whys.append(f"no answer within {timeout_s:g} s")
        except OSError as error:
            whys.append(error.strerror or str(error))
    return "; ".join(dict.fromkeys(whys))
