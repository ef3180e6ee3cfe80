"""Just enough HTTP/1.1 to see where one message ends, how far a body is, and to hand its bytes on as they came."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass

PIECE = 16 * 1024
MAX_HEAD = 64 * 1024


class Gone(Exception):
    """The peer has closed or reset the connection."""


class Malformed(Exception):
    """What came is no HTTP/1.1 message."""


class Stream:
    """A socket with what was read of it and not yet used."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""

    def fill(self) -> bool:
        """Reads more; false at the end."""
        try:
            data = self.sock.recv(PIECE)
        except OSError as error:
            raise Gone(str(error)) from error
        self.buffer += data
        return bool(data)

    def take(self, length: int) -> bytes:
        """At most so many bytes, at least one."""
        if not self.buffer and not self.fill():
            raise Gone("closed inside a message")
        taken, self.buffer = self.buffer[:length], self.buffer[length:]
        return taken

    def line(self) -> bytes:
        """One line with its end."""
        while b"\n" not in self.buffer:
            if len(self.buffer) > MAX_HEAD:
                raise Malformed("a line without an end")
            if not self.fill():
                raise Gone("closed inside a line")
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line + b"\n"

    def send(self, data: bytes) -> None:
        """Sends all of it."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Gone(str(error)) from error


@dataclass(frozen=True)
class Head:
    """The first line and the fields of a message, with the bytes they came as."""

    raw: bytes
    first: str
    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The value of a field."""
        return next((value for key, value in self.fields if key == name), None)

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.first.split(" ")[0]

    @property
    def target(self) -> str:
        """The target of a request."""
        return self.first.split(" ")[1]

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.first.split(" ")[1])

    @property
    def is_chunked(self) -> bool:
        """Whether the body is chunked."""
        return "chunked" in (self.get("transfer-encoding") or "").lower()

    @property
    def length(self) -> int | None:
        """The length of the body, if the head says it and the framing does not overrule it."""
        length = self.get("content-length")
        return None if self.is_chunked or length is None else int(length)

    @property
    def closes(self) -> bool:
        """Whether the sender ends the connection after this message."""
        return "close" in (self.get("connection") or "").lower() or self.first.endswith("HTTP/1.0")

    def without(self, name: str) -> bytes:
        """The head's bytes without one field."""
        lines = self.raw.split(b"\r\n")
        return b"\r\n".join(line for line in lines if not line.lower().startswith(name.encode() + b":"))


def read_head(stream: Stream) -> Head | None:
    """The next head; None if the peer has closed between two messages."""
    while b"\r\n\r\n" not in stream.buffer:
        if len(stream.buffer) > MAX_HEAD:
            raise Malformed("a head without an end")
        if not stream.fill():
            if stream.buffer:
                raise Gone("closed inside a head")
            return None
    text, _, stream.buffer = stream.buffer.partition(b"\r\n\r\n")
    first, *lines = text.decode("latin-1").split("\r\n")
    if not re.search(r"HTTP/1\.[01]", first):
        raise Malformed(f"expected an HTTP/1.1 head, got {first!r}")
    pairs = (line.partition(":") for line in lines)
    return Head(text + b"\r\n\r\n", first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs))


def read_body(stream: Stream, head: Head, *, is_answer: bool = False) -> Iterator[tuple[bytes, bytes]]:
    """The body in pieces: the bytes as they came, and the data that they carry."""
    if is_answer and (head.status in (204, 304) or head.status < 200):
        return
    if head.is_chunked:
        yield from _chunked(stream)
    elif head.length is not None:
        left = head.length
        while left > 0:
            piece = stream.take(min(left, PIECE))
            left -= len(piece)
            yield piece, piece
    elif is_answer:
        while stream.buffer or stream.fill():
            piece = stream.take(PIECE)
            yield piece, piece


def _chunked(stream: Stream) -> Iterator[tuple[bytes, bytes]]:
    while True:
        line = stream.line()
        yield line, b""
        left = int(line.split(b";")[0], 16)
        if left == 0:
            break
        while left > 0:
            piece = stream.take(min(left, PIECE))
            left -= len(piece)
            yield piece, piece
        yield stream.line(), b""
    while True:
        line = stream.line()
        yield line, b""
        if line in (b"\r\n", b"\n"):
            return
