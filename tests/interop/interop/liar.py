"""A server that breaks one promise, to show that the runs would see it."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LIES = {
    "ahead": ("chunks", "had been sent"),
    "behind": ("chunks", "after it had told"),
    "flipped": ("chunks", "the object is not what was sent"),
    "half": ("cut", "the object is not what was sent"),
    "forgets": ("cut", "and 393219 had been sent"),
    "mixes": ("cut", "it is not what was sent"),
    "nothing": ("chunks", "told success without an object"),
}
"""For each lie the case that shows it, and a part of what is then said of it."""


@dataclass
class Store:
    """What one lying server has."""

    lie: str
    uploads: dict[str, bytearray] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    answers: int = 0


def start(lie: str) -> ThreadingHTTPServer:
    """A server that tells this lie, or none if it is empty."""
    store = Store(lie)
    handler = type("Bound", (_Handler,), {"store": store})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        """Says nothing."""

    def do_GET(self) -> None:
        """An object."""
        name = urlsplit(self.path).path.rpartition("/")[2]
        body = self.store.objects.get(name)
        self._answer(404 if body is None else 200, body or b"")

    def do_POST(self) -> None:
        """A new session."""
        name = parse_qs(urlsplit(self.path).query)["name"][0]
        self.store.uploads[name] = bytearray()
        self._answer(200, b"", ("Location", f"http://{self.headers['Host']}/upload?upload_id={name}"))

    def do_PUT(self) -> None:
        """A chunk, or a question."""
        store = self.store
        name = parse_qs(urlsplit(self.path).query)["upload_id"][0]
        kept = store.uploads[name]
        match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", self.headers["Content-Range"])
        assert match
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if match[1] is not None:
            del kept[int(match[1]) :]
            kept += body
        if len(body) < length:
            self._cut(name, kept)
            return
        if match[2] != "*" and len(kept) == int(match[2]):
            self._complete(name, kept)
            return
        store.answers += 1
        lie = {("ahead", 1): 5, ("behind", 2): -len(body) - 5}.get((store.lie, store.answers), 0)
        told = len(kept) + lie
        self._answer(308, b"", *([("Range", f"bytes=0-{told - 1}")] if told else []))

    def _cut(self, name: str, kept: bytearray) -> None:
        self.close_connection = True
        match self.store.lie:
            case "half":
                self.store.objects[name] = bytes(kept)
            case "forgets":
                del kept[:200_000]
            case "mixes":
                kept[100:200] = bytes(100)

    def _complete(self, name: str, kept: bytearray) -> None:
        if self.store.lie == "flipped":
            kept[-1] ^= 1
        if self.store.lie != "nothing":
            self.store.objects[name] = bytes(kept)
        self._answer(200, b"")

    def _answer(self, status: int, body: bytes, *fields: tuple[str, str]) -> None:
        self.send_response(status)
        for key, value in (*fields, ("Content-Length", str(len(body)))):
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(body)
