"""A threaded HTTP server on 127.0.0.1 that serves what it is given and misbehaves on demand.

Each path has a body and, if wanted, a list of misbehaviours that its next requests meet, one each;
the last one can be made to stay for ever. Everything asked for is written down in `requests`.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import unquote


@dataclass(frozen=True)
class Served:
    """What a path holds: the body, its type, and whether parts of it may be asked for."""

    body: bytes
    content_type: str = "application/octet-stream"
    ranges: bool = True
    headers: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Misbehaviour:
    """What one request meets instead of a proper answer.

    Kinds: `status` (an error status, with Retry-After where given), `stall` (half the body, then
    silence for `seconds`), `cut` (half the body, then a reset), `closed` (half the body, then an
    orderly end), `hang_up` (no answer at all),
    `redirect` (to the address `text`),
    `truncated` (the first `share` of the body as if it were all), `html` (a page saying `text`),
    `length_too_long` and `length_too_short` (a Content-Length that lies), `slow` (an answer that
    takes `seconds` to begin).
    """

    kind: str
    status: int = 500
    retry_after: str | None = None
    seconds: float = 30.0
    share: float = 0.5
    text: str = "Welcome! Please accept our cookies."


@dataclass(frozen=True)
class Request:
    """One request as it came in."""

    method: str
    path: str
    range: str | None
    headers: dict


class HostileServer:
    """The server; use it as a context manager and ask for `url(path)`.

    Attributes:
        served: what each path holds.
        requests: everything asked for so far, in order.
        bytes_sent: body bytes sent so far.
        most_at_once: the largest number of requests that waited for their answer's body at the
            same moment.
    """

    def __init__(self) -> None:
        self.served: dict[str, Served] = {}
        self.responders: list[Callable[[Request, bytes], Served | None]] = []
        self.requests: list[Request] = []
        self.bytes_sent = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self._now = 0
        self._coming: dict[str, list[Misbehaviour]] = defaultdict(list)
        self._always: dict[str, Misbehaviour] = {}
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        """Start answering."""
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "") -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def serve(
        self, path: str, body: bytes, content_type: str = "text/plain", **how: object
    ) -> None:
        """Put a body under a path; `how` goes to `Served`."""
        self.served[path] = Served(body, content_type, **how)

    def misbehave(self, path: str, *kinds: Misbehaviour, always: bool = False) -> None:
        """Let the next requests for a path meet these; with `always` the last one stays."""
        with self.lock:
            self._coming[path] += list(kinds)
            if always:
                self._always[path] = kinds[-1]

    def behave(self, path: str) -> None:
        """Forget every misbehaviour planned for a path."""
        with self.lock:
            self._coming.pop(path, None)
            self._always.pop(path, None)

    def asked(self, path: str) -> list[Request]:
        """Return the requests for one path so far."""
        with self.lock:
            return [request for request in self.requests if request.path == path]

    def next_misbehaviour(self, path: str) -> Misbehaviour | None:
        """Take the misbehaviour that the present request for a path meets."""
        with self.lock:
            if self._coming.get(path):
                return self._coming[path].pop(0)
            return self._always.get(path)

    def begin(self, request: Request) -> None:
        """Write a request down."""
        with self.lock:
            self.requests.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)

    def end(self) -> None:
        """Note that the body of a request's answer is under way, or that there is none."""
        with self.lock:
            self._now -= 1

    def count_bytes(self, number: int) -> None:
        """Add to the body bytes sent."""
        with self.lock:
            self.bytes_sent += number

    def find(self, request: Request, body: bytes) -> Served | None:
        """Return what a request asks for: a served path, else the first responder's answer."""
        if request.path in self.served:
            return self.served[request.path]
        answers = (respond(request, body) for respond in self.responders)
        return next((answer for answer in answers if answer is not None), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """Clients that vanish are the point of these tests, not news."""


def _handler_of(server: HostileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        hostile = server

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body go in two writes; the second must not wait for the first to be acknowledged.
    disable_nagle_algorithm = True
    hostile: HostileServer

    def do_GET(self) -> None:  # noqa: N802 - the base class's name
        self._answer()

    def do_HEAD(self) -> None:  # noqa: N802
        self._answer()

    def do_POST(self) -> None:  # noqa: N802
        self._answer()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(self.path)
        request = Request(
            self.command, path.split("?")[0], self.headers.get("Range"), dict(self.headers)
        )
        self.hostile.begin(request)
        self._open_requests = 1
        try:
            served = self.hostile.find(request, body)
            if served is None:
                self._send(404, {"Content-Type": "text/plain"}, b"not here")
            else:
                self._serve(served, request)
        finally:
            self._answered()

    def _answered(self) -> None:
        if self._open_requests:
            self._open_requests = 0
            self.hostile.end()

    def _serve(self, served: Served, request: Request) -> None:
        misbehaviour = self.hostile.next_misbehaviour(request.path)
        if misbehaviour is not None and misbehaviour.kind == "slow":
            time.sleep(misbehaviour.seconds)
            misbehaviour = None
        if misbehaviour is not None and self._refuse(misbehaviour):
            return
        body = served.body
        if misbehaviour is not None and misbehaviour.kind == "truncated":
            body, misbehaviour = body[: int(len(body) * misbehaviour.share)], None
        tag = request.headers.get("If-Range")
        changed = tag is not None and tag != served.headers.get("ETag")
        status, headers, part = _part_of(served, body, None if changed else request.range)
        if misbehaviour is None:
            self._send(status, headers, part)
        else:
            self._break_off(misbehaviour, status, headers, part)

    def _refuse(self, misbehaviour: Misbehaviour) -> bool:
        if misbehaviour.kind == "status":
            headers = {"Content-Type": "text/plain"}
            if misbehaviour.retry_after is not None:
                headers["Retry-After"] = misbehaviour.retry_after
            self._send(misbehaviour.status, headers, b"no")
        elif misbehaviour.kind == "redirect":
            self._send(302, {"Location": misbehaviour.text}, b"")
        elif misbehaviour.kind == "html":
            page = f"<!DOCTYPE html><html><body><p>{misbehaviour.text}</p></body></html>"
            self._send(200, {"Content-Type": "text/html; charset=utf-8"}, page.encode())
        elif misbehaviour.kind == "hang_up":
            self._reset()
        else:
            return False
        return True

    def _break_off(
        self, misbehaviour: Misbehaviour, status: int, headers: dict, part: bytes
    ) -> None:
        if misbehaviour.kind == "length_too_short":
            self._send(status, headers, part, length=len(part) // 2)
            self.close_connection = True
        elif misbehaviour.kind == "length_too_long":
            self._send(status, headers, part, length=len(part) + 5_000)
            self.close_connection = True
        else:
            self._send(status, headers, part[: len(part) // 2], length=len(part))
            self.wfile.flush()
            if misbehaviour.kind == "stall":
                time.sleep(misbehaviour.seconds)
            if misbehaviour.kind == "closed":
                self.close_connection = True
            else:
                self._reset()

    def _send(self, status: int, headers: dict, part: bytes, length: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(part) if length is None else length))
        self.end_headers()
        # A client may have enough of the body and be at its next request while we still write.
        self._answered()
        if self.command != "HEAD":
            self.wfile.write(part)
            self.hostile.count_bytes(len(part))

    def _reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


def _part_of(served: Served, body: bytes, asked: str | None) -> tuple[int, dict, bytes]:
    headers = {"Content-Type": served.content_type, **served.headers}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", asked or "")
    if not served.ranges:
        return 200, headers, body
    headers["Accept-Ranges"] = "bytes"
    if wanted is None:
        return 200, headers, body
    first = int(wanted[1])
    last = min(int(wanted[2] or len(body) - 1), len(body) - 1)
    if first > last:
        return 416, {**headers, "Content-Range": f"bytes */{len(body)}"}, b""
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return 206, headers, body[first : last + 1]
