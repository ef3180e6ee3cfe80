"""What was told and what was sent, seen from between the two: enough to say whether a server kept its promises."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field

from .wire import Head

SESSION = re.compile(r"[?&]upload_id=|/api/v1/tables/[^/]+/uploads/.+|/files/.+")
RANGE = re.compile(r"bytes (?:(\d+)-(\d+|\*)|\*)/(\d+|\*)$")


@dataclass(frozen=True)
class Span:
    """Which bytes of the object a request says it carries: from `first` to before `end` (None: to the body's end)."""

    first: int
    end: int | None

    def holds(self, offset: int) -> bool:
        """Whether that byte is one of them."""
        return self.first <= offset and (self.end is None or offset < self.end)


def span_of(head: Head) -> Span | None:
    """The bytes that a request to a session carries; None if it asks, closes or is malformed."""
    said = head.get("content-range")
    if said is None:
        return Span(0, head.length)
    match = RANGE.match(said)
    if not match or match[1] is None:
        return None
    return Span(int(match[1]), None if match[2] == "*" else int(match[2]) + 1)


def kept_of(head: Head) -> int | None:
    """The offset that an answer tells, if it is one that tells an offset."""
    if head.status != 308 and head.get("x-http-status-code-override") != "308":
        return None
    match = re.match(r"(?:bytes=)?0-(\d+)$", head.get("range") or "")
    return int(match[1]) + 1 if match else 0


def session_of(head: Head) -> str | None:
    """The address of the session that a request is about. A start is not, even where it goes to that address."""
    is_start = head.get("x-goog-resumable") == "start"
    return head.target if SESSION.search(head.target) and not is_start else None


@dataclass
class Session:
    """One upload: how far the server can know it, and what it has told of that."""

    sent: int = 0
    told: int = 0
    complete: bool = False
    successes: int = 0


@dataclass
class Witness:
    """Everything that passed between one client and its server."""

    lines: list[str] = field(default_factory=list)
    requests: int = 0
    sessions: dict[str, Session] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, line: str) -> None:
        """Adds a line to the ladder."""
        with self.lock:
            self.lines.append(line)

    def request(self, head: Head) -> None:
        """A request has come."""
        said = head.get("content-range")
        where = "session" if session_of(head) else SESSION.sub("...", head.target)
        framing = "chunked" if head.is_chunked else head.get("content-length") or "none"
        with self.lock:
            self.requests += 1
            self.lines.append(f"> {head.method} {where} [{said or 'no Content-Range'}] length {framing}")

    def forwarded(self, target: str, first: int, end: int) -> None:
        """The bytes from `first` to before `end` are about to go on to the server."""
        with self.lock:
            session = self.sessions.setdefault(target, Session())
            if first <= session.sent:
                session.sent = max(session.sent, end)

    def answered(self, target: str, head: Head) -> None:
        """The server has answered, whether the client hears it or not."""
        kept = kept_of(head)
        with self.lock:
            session = self.sessions.setdefault(target, Session())
            self.lines.append(f"< {head.status} {head.get('range') or ''}".rstrip())
            if kept is None:
                is_success = head.status in (200, 201)
                session.complete |= is_success
                session.successes += is_success
                return
            if kept > session.sent:
                self.violations.append(f"told {kept} bytes when only {session.sent} had been sent")
            if kept < session.told:
                self.violations.append(f"told {kept} bytes after it had told {session.told}")
            if session.complete:
                self.violations.append("told an offset after it had told success")
            session.told = kept
