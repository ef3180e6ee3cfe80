"""A proxy that understands enough of the protocol to break it at a chosen byte of the object, once."""

from __future__ import annotations

import select
import socket
import struct
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from .wire import Gone, Head, Malformed, Stream, read_body, read_head
from .witness import Session, Span, Witness, session_of, span_of

SILENCE = 30.0
"""How long either side may be silent, in seconds."""


MAX_SUCCESSES = 3
"""How often a client may go on after it was told success."""


@dataclass(frozen=True)
class Fault:
    """What happens, once, to the request that carries the byte at `at`.

    | kind | the server gets | the client gets |
    |---|---|---|
    | `cut` | what is before the byte, then the end | a reset there |
    | `refuse` | nothing | 503 after its whole body |
    | `keep-refuse` | what is before the byte, then the end | 503 after its whole body |
    | `keep` | what is before the byte, then the end, then a status request | the answer to that |
    | `lose` | everything | a reset instead of the answer |
    | `lose-last` | everything | a reset instead of the first answer that tells success |
    """

    kind: str
    at: int = 0


class Proxy:
    """Listens on loopback, and hands everything on to one server."""

    def __init__(self, server: tuple[str, int], fault: Fault | None, max_requests: int) -> None:
        self.server = server
        self.witness = Witness()
        self.overrun = threading.Event()
        self.fired = False
        self._fault = fault
        self._lock = threading.Lock()
        self._max_requests = max_requests
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        # Only a shutdown wakes the thread that waits for one.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def fault_for(self, span: Span | None) -> Fault | None:
        """The fault that is due for a request, which then has happened."""
        with self._lock:
            fault = self._fault
            if fault is None or self.fired or fault.kind == "lose-last":
                return None
            if span is None or not span.holds(fault.at):
                return None
            self.fired = True
            return fault

    def loses_success(self) -> bool:
        """Whether this answer, which tells success, is to be lost."""
        with self._lock:
            is_due = self._fault is not None and self._fault.kind == "lose-last" and not self.fired
            self.fired |= is_due
            return is_due

    def counts(self, head: Head) -> bool:
        """Counts a request; false if there were too many."""
        self.witness.request(head)
        successes = max((session.successes for session in self.witness.sessions.values()), default=0)
        if self.witness.requests <= self._max_requests and successes <= MAX_SUCCESSES:
            return True
        self.overrun.set()
        return False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        connection = _Connection(self, client)
        try:
            while connection.serve():
                pass
        except (Gone, Malformed, OSError) as error:
            self.witness.note(f"* {error}")
        finally:
            connection.close()


class _Connection:
    """One connection of the client, and the server's end of it."""

    def __init__(self, proxy: Proxy, client: socket.socket) -> None:
        client.settimeout(SILENCE)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.proxy = proxy
        self.witness = proxy.witness
        self.client = Stream(client)
        self.upstream: Stream | None = None

    def serve(self) -> bool:
        """Serves one request; false when the connection is over."""
        head = read_head(self.client)
        if head is None or not self.proxy.counts(head):
            return False
        session = session_of(head)
        span = span_of(head) if session else None
        fault = self.proxy.fault_for(span)
        if fault is None:
            return self._forward(head, session, span)
        self.witness.note(f"* {fault.kind} at {fault.at}")
        if fault.kind == "refuse":
            self._drain(head)
            return self._refuse()
        if fault.kind == "lose":
            return self._forward(head, session, span, loses=True)
        assert session is not None and span is not None
        self._forward_part(head, session, span.first, fault)
        if fault.kind == "cut":
            return self._reset()
        return self._refuse() if fault.kind == "keep-refuse" else self._tell(session)

    def close(self) -> None:
        """Closes both ends."""
        for stream in filter(None, (self.client, self.upstream)):
            stream.sock.close()

    def _connect(self) -> Stream:
        sock = socket.create_connection(self.proxy.server, SILENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return Stream(sock)

    def _open(self) -> Stream:
        """The server's end, opened again if the server has closed it."""
        if self.upstream is None or select.select([self.upstream.sock], [], [], 0)[0]:
            if self.upstream is not None:
                self.upstream.sock.close()
            self.upstream = self._connect()
        return self.upstream

    def _forward(self, head: Head, session: str | None, span: Span | None, *, loses: bool = False) -> bool:
        upstream = self._open()
        upstream.send(head.raw)
        answer = None
        is_whole = True
        if "100-continue" in (head.get("expect") or ""):
            answer = read_head(upstream)
            if answer is not None and answer.status == 100:
                self.client.send(answer.raw)
                answer = None
        if answer is None:
            is_whole = self._forward_body(upstream, head, session, span)
        while answer is None or answer.status < 200:
            answer = read_head(upstream)
            if answer is None:
                raise Gone("the server closed without an answer")
        if session:
            self.witness.answered(session, answer)
            is_success = answer.status in (200, 201) and answer.get("x-http-status-code-override") is None
            if loses or (is_success and self.proxy.loses_success()):
                self.witness.note("* this answer is lost")
                return self._reset()
        # Before the client hears of it: its next request can be here at once.
        self._remember(head, answer)
        self._relay(upstream, answer, is_head=head.method == "HEAD")
        if answer.closes or not is_whole:
            upstream.sock.close()
            self.upstream = None
        if not is_whole:
            self._linger()
        return is_whole and not answer.closes and not head.closes

    def _forward_body(self, upstream: Stream, head: Head, session: str | None, span: Span | None) -> bool:
        """Hands the body on; false if the server has answered before its end."""
        at = span.first if span else 0
        for raw, data in read_body(self.client, head):
            if select.select([upstream.sock], [], [], 0)[0]:
                return False
            if session and span:
                self.witness.forwarded(session, at, at + len(data))
            at += len(data)
            try:
                upstream.send(raw)
            except Gone:
                # There may be an answer all the same.
                return False
        return True

    def _forward_part(self, head: Head, session: str, first: int, fault: Fault) -> None:
        """The server gets what is before the byte, and time to find that there is no more."""
        upstream = self._connect()
        upstream.send(head.without("expect"))
        if "100-continue" in (head.get("expect") or ""):
            self.client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        at = first
        for raw, data in read_body(self.client, head):
            left = fault.at - at
            if left <= 0 and data:
                if fault.kind == "cut":
                    break
                continue
            part = raw[:left] if data else raw
            if left <= 0:
                continue
            self.witness.forwarded(session, at, at + min(left, len(data)))
            at += min(left, len(data))
            upstream.send(part)
        upstream.sock.shutdown(socket.SHUT_WR)
        try:
            while upstream.fill():
                pass
        except Gone:
            pass
        upstream.sock.close()

    def _tell(self, session: str) -> bool:
        """Asks the server what it has kept, and hands the answer on."""
        upstream = self._connect()
        fields = f"Host: 127.0.0.1:{self.proxy.port}\r\nContent-Range: bytes */*\r\nContent-Length: 0\r\n\r\n"
        upstream.send(f"PUT {session} HTTP/1.1\r\n{fields}".encode())
        answer = read_head(upstream)
        if answer is None:
            raise Gone("the server closed without an answer")
        self.witness.answered(session, answer)
        self._relay(upstream, answer)
        upstream.sock.close()
        return True

    def _relay(self, upstream: Stream, answer: Head, *, is_head: bool = False) -> None:
        self.client.send(answer.raw)
        if not is_head:
            for raw, _ in read_body(upstream, answer, is_answer=True):
                self.client.send(raw)

    def _remember(self, head: Head, answer: Head) -> None:
        """A creation tells the address of a session."""
        location = answer.get("location")
        if head.method == "POST" and location and answer.status in (200, 201) and session_of(head) is None:
            parts = urlsplit(location)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            self.witness.note(f"< {answer.status} Location")
            with self.witness.lock:
                self.witness.sessions[target] = Session()

    def _drain(self, head: Head) -> None:
        if "100-continue" in (head.get("expect") or ""):
            self.client.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        for _ in read_body(self.client, head):
            pass

    def _refuse(self) -> bool:
        self.witness.note("< 503 (the proxy's)")
        self.client.send(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        return True

    def _reset(self) -> bool:
        """Ends the client's connection so that it sees a reset."""
        self.client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def _linger(self) -> None:
        """Reads what the client still sends, so that it can read the answer."""
        self.client.sock.shutdown(socket.SHUT_WR)
        self.client.sock.settimeout(2)
        try:
            while self.client.fill():
                self.client.buffer = b""
        except Gone:
            pass
