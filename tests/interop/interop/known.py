"""What real clients and servers are known to do wrong. Anything else, better or worse, is a difference.

The ids with a B, an F or an S are those of the project's facts about real programs; those with an N were found here.
"""

from __future__ import annotations

from dataclasses import dataclass

from .trial import Result


@dataclass(frozen=True)
class Known:
    """Trials known to end otherwise than well: at a server of ours by the client's fault, else by the server's."""

    id: str
    clients: tuple[str, ...]
    cases: tuple[str, ...]
    outcome: str
    published: bool
    """Whether the server has the whole object all the same."""
    reason: str
    servers: tuple[str, ...] = ("strict", "lenient", "gcs")

    def matches(self, client: str, case: str, server: str) -> bool:
        """Whether it is about this trial."""
        return client in self.clients and case in self.cases and server in self.servers


_GRM = ("google-resumable-media", "google-cloud-storage upload", "google-cloud-storage writer")
_CHUNKS = ("@google-cloud/storage chunks",)
_SINGLE = ("@google-cloud/storage single",)
_FILE, _STREAM = "examples/upload file", "examples/upload stream"

KNOWN = (
    Known(
        "B20",
        _GRM,
        ("kept-part", "kept-one-byte", "kept-nothing"),
        "fails",
        False,
        "does not go back in its source when less than a chunk was kept: ValueError before the next chunk",
    ),
    Known("B20", _GRM[:2], ("kept-part-of-last",), "fails", False, "the same: it finds its source exhausted"),
    Known(
        "N1",
        ("google-cloud-storage writer",),
        ("kept-part-of-last",),
        "false success",
        False,
        "close() takes a 308 to the last chunk for the end: no error, no object",
    ),
    Known("B19", _GRM[1:], ("kept-nothing-at-all",), "fails", False, "takes a 308 without Range for an error"),
    Known(
        "F10",
        ("google-api-python-client",),
        ("stream-boundary",),
        "fails",
        False,
        "ends a stream with the inverted `bytes T-(T-1)/T`, which only --lenient understands",
        servers=("strict", "gcs"),
    ),
    Known(
        "B54",
        ("redivis",),
        ("empty",),
        "endless",
        True,
        "sends `bytes 0--1/0` (B55) and never takes success for an end, since an empty file has no next byte",
    ),
    Known(
        "B56",
        ("redivis",),
        ("kept-part", "kept-one-byte", "kept-nothing", "kept-nothing-at-all", "kept-part-of-last"),
        "false success",
        False,
        "takes 308 to its one request for success",
    ),
    Known(
        "B16",
        _CHUNKS,
        ("empty", "empty-stream"),
        "fails",
        False,
        "ends an empty object with the inverted `bytes 0--1/0`, which only --lenient understands",
        servers=("strict", "gcs"),
    ),
    Known("B13", _CHUNKS, ("kept-nothing-at-all",), "fails", False, "takes a 308 without Range for a failure"),
    Known("N2", _CHUNKS, ("kept-part-of-last",), "fails", False, "takes a 308 to its last chunk for a failure"),
    Known(
        "N3",
        _CHUNKS + _SINGLE,
        ("last-answer-lost",),
        "fails",
        True,
        "takes the success that its status request gets for no byte kept (nodejs-storage#2193)",
    ),
    Known("N3", _SINGLE, ("answer-lost",), "fails", True, "the same: its only answer is its last"),
    Known(
        "N4",
        _SINGLE,
        ("cut", "unavailable", "unavailable-kept"),
        "fails",
        False,
        "keeps only the last buffer that it has sent, and cannot go back further",
    ),
    Known(
        "N2",
        _SINGLE,
        ("kept-part", "kept-one-byte", "kept-nothing", "kept-nothing-at-all", "kept-part-of-last"),
        "fails",
        False,
        "takes a 308 to its one request for a failure",
    ),
    Known(
        "N5",
        (_FILE, _STREAM),
        ("kept-nothing-at-all",),
        "fails",
        False,
        "the server tells `bytes=0-0` when it has kept nothing, and then refuses the bytes from 1 on with 400",
        servers=("gcp-storage-emulator",),
    ),
    Known(
        "N6",
        (_STREAM,),
        ("last-answer-lost",),
        "fails",
        True,
        "the server answers 404 for a session that is complete, and a stream cannot be sent again",
        servers=("gcp-storage-emulator",),
    ),
    Known(
        "S23",
        (_FILE, _STREAM),
        ("kept-nothing-at-all", "empty-stream"),
        "fails",
        False,
        "the server tells the malformed `bytes=0--1` when it has nothing",
        servers=("uploadx",),
    ),
    Known(
        "N7",
        (_STREAM,),
        ("one-chunk", "stream-boundary"),
        "fails",
        False,
        "the server answers 308 to `bytes */T` for ever, though it has every byte",
        servers=("uploadx",),
    ),
)


def known(client: str, case: str, server: str) -> Known | None:
    """What is known of this trial, if it does not end well."""
    return next((it for it in KNOWN if it.matches(client, case, server)), None)


def verdict(result: Result) -> str:
    """`ok`; the id of what is known; `WRONG` if a promise is broken; `DIFFERENT` from what is known."""
    if result.wrong:
        return "WRONG"
    expected = known(result.client, result.case, result.server)
    if expected is None:
        return "ok" if (result.outcome, result.published) == ("ok", True) else "DIFFERENT"
    is_same = (result.outcome, result.published) == (expected.outcome, expected.published)
    return expected.id if is_same else "DIFFERENT"
