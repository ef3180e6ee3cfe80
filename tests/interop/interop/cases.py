"""The cases: what is uploaded, and what goes wrong on the way."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .proxy import Fault

ODD = 7
"""Added to sizes, so that no two parts of an object are equally long."""


@dataclass(frozen=True)
class Case:
    """One case. Sizes and offsets are in chunks, and bytes beside them."""

    name: str
    about: str
    chunks: float
    extra: int = 0
    length: str | None = None
    """`known` or `unknown`; None: as the client likes it best."""
    fault: str | None = None
    at: float = 0
    at_extra: int = 0

    def size(self, chunk: int) -> int:
        """How large the object is."""
        return int(self.chunks * chunk) + self.extra

    def fault_for(self, chunk: int) -> Fault | None:
        """What goes wrong."""
        return Fault(self.fault, int(self.at * chunk) + self.at_extra) if self.fault else None


def _broken(name: str, about: str, fault: str, at: float = 0, at_extra: int = 0) -> Case:
    """A case with a fault, in three chunks and a half."""
    return Case(name, about, 3.5, ODD, fault=fault, at=at, at_extra=at_extra)


CASES = (
    Case("empty", "an empty object", 0, 0, "known"),
    Case("empty-stream", "a stream without a byte", 0, 0, "unknown"),
    Case("one-byte", "one byte", 0, 1),
    Case("one-chunk", "exactly one chunk", 1),
    Case("chunks", "exactly three chunks", 3, 0, "known"),
    Case("chunks-and-half", "three chunks and a half", 3.5, ODD, "known"),
    Case("stream-inside", "a stream that ends inside a chunk", 2.5, ODD, "unknown"),
    Case("stream-boundary", "a stream that ends with a chunk", 2, 0, "unknown"),
    _broken("cut", "the connection is reset in the middle of the second chunk", "cut", 1.5, 3),
    _broken("unavailable", "503 to the second chunk, nothing of it kept", "refuse", 1),
    _broken("unavailable-kept", "503 to the second chunk, a part of it kept", "keep-refuse", 1.25, 11),
    _broken("kept-part", "the server keeps a part of the second chunk", "keep", 1.25, 11),
    _broken("kept-one-byte", "the server keeps one byte of the first chunk", "keep", 0, 1),
    _broken("kept-nothing", "the server keeps nothing of the second chunk", "keep", 1),
    _broken("kept-nothing-at-all", "the server keeps nothing of the first chunk: 308 without Range", "keep", 0),
    _broken("kept-part-of-last", "the server keeps a part of the last chunk", "keep", 3.25, 11),
    _broken("answer-lost", "the second chunk is kept, its answer is lost", "lose", 1.5, 3),
    _broken("last-answer-lost", "the object is complete, the answer that says so is lost", "lose-last"),
)


def content(size: int, seed: str) -> bytes:
    """Bytes of which no two parts are the same."""
    return random.Random(seed).randbytes(size)
