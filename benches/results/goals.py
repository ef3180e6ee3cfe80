"""What was to be reached, in one table, and what was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .figures import (
    ANSWER,
    CLIENT,
    COPIED,
    DATA,
    FORMAT,
    HTTPARSE,
    PLACED,
    STEP,
    TYPES,
    alone,
    body_added,
    chunked_speed,
    codecs,
    cold,
    count_over,
    flat,
    flat_time,
    handed,
    in_proportion,
    map_bytes,
    memory,
    net,
    over,
    per_input,
    session_bytes,
    slow_bytes,
    slow_growth,
    step_count_over,
    step_time_over,
    time_over,
)
from .raw import Raw


@dataclass(frozen=True)
class Goal:
    """A figure, and the most or the least that it may be."""

    part: int
    what: str
    figure: Callable[[Raw], float | None]
    most: float | None = None
    least: float | None = None
    unit: str = ""

    def wanted(self) -> str:
        if self.most is None and self.least is None:
            return "none"
        word, bound = ("at most", self.most) if self.most is not None else ("at least", self.least)
        return f"{word} {number(bound)}{self.unit}"

    def found(self, raw: Raw) -> str:
        value = self.figure(raw)
        # One digit more than the goal has: what is missed by little must not look reached.
        return "" if value is None else f"{number(value, more=1)}{self.unit}"

    def verdict(self, raw: Raw) -> str:
        value = self.figure(raw)
        if value is None:
            return "not measured"
        if self.most is None and self.least is None:
            return ""
        reached = value <= self.most if self.most is not None else value >= self.least
        return "reached" if reached else "**missed**"


def number(value: float, more: int = 0) -> str:
    """With three digits that count, or some more, and no more than it has."""
    if value == int(value):
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    text = f"{value:,.{digits + more}f}"
    return text if float(text.replace(",", "")) else f"{value:.1g}"


def ends(size: str, sync: bool) -> str:
    return f"{size}, {'with' if sync else 'without'} fsync"


SIZES = {
    "one": "1 GiB in one request",
    "chunks-8m": "1 GiB in 8 MiB chunks",
    "chunks-256k": "256 MiB in 256 KiB chunks",
}
SYNCS = (False, True)

GOALS = [
    Goal(1, f"`{DATA.removeprefix('parse ')}` parsed, instructions", lambda raw: net(raw, DATA), most=170),
    Goal(1, "the same formatted, instructions", lambda raw: net(raw, FORMAT), most=160),
    Goal(
        1, "any form parsed, instructions over 170, or over 170 in proportion to a longer text", in_proportion, most=1
    ),
    Goal(
        1,
        "`Range: bytes=0-524287` parsed, instructions over those of `headers`",
        lambda raw: count_over(raw, "parse bytes=0-524287", "parse Range by headers"),
        most=0.18,
    ),
    Goal(
        1,
        "the same, time over that of `headers`",
        lambda raw: time_over(raw, "parse bytes=0-524287", "parse Range by headers"),
        most=0.18,
    ),
    Goal(1, "allocations of all codecs", lambda raw: raw.allocations(codecs(raw)), most=0),
    Goal(
        2,
        "an append to a session, with the question what is due after each input, instructions per input",
        per_input,
        most=50,
    ),
    Goal(
        2,
        "server: a chunk from head to 308, instructions over `httparse` of the same head",
        lambda raw: step_count_over(raw, STEP, HTTPARSE),
        most=1.3,
    ),
    Goal(2, "the same, time", lambda raw: step_time_over(raw, STEP, HTTPARSE), most=1.3),
    Goal(
        2,
        "client: a chunk from head to 308, instructions over `httparse` of the same 308",
        lambda raw: step_count_over(raw, CLIENT, ANSWER),
        most=1.3,
    ),
    Goal(2, "the same, time", lambda raw: step_time_over(raw, CLIENT, ANSWER), most=1.3),
    Goal(
        2,
        "the same, instructions over `httparse` of the server's head",
        lambda raw: step_count_over(raw, CLIENT, HTTPARSE),
        most=1.3,
    ),
    Goal(2, "the same, time", lambda raw: step_time_over(raw, CLIENT, HTTPARSE), most=1.3),
    Goal(2, "allocations of both steps", lambda raw: raw.allocations([STEP, CLIENT]), most=0),
    Goal(
        2,
        "the `http` bridge, instructions over building the types of `http`",
        lambda raw: count_over(raw, f"{TYPES}, decoded", TYPES),
        most=1.1,
    ),
    Goal(2, "the same, time", lambda raw: time_over(raw, f"{TYPES}, decoded", TYPES), most=1.1),
    Goal(
        3,
        "64 KiB handed to `handle_body`, time that adds to a copy of them that stays in the cache",
        body_added(COPIED, 1),
        most=0.1,
        unit=" %",
    ),
    Goal(3, "the same, to copies one behind the other into 4 MiB", body_added(PLACED, 64), unit=" %"),
    Goal(3, "the same, instructions", handed),
    Goal(
        3,
        "`http1`, 4 MiB by Content-Length in 64 KiB slices, instructions",
        lambda raw: raw.instructions.get("body, 64 x 64 KiB by length"),
        most=4096,
    ),
    Goal(3, "`http1`, chunked decoding of 64 KiB chunks", chunked_speed, least=5, unit=" GB/s"),
    *(
        Goal(
            4,
            f"{ends(text, sync)}, time over a raw copy",
            over(case, sync),
            most=1.3 if case == "chunks-256k" else 1.05,
        )
        for case, text in SIZES.items()
        for sync in SYNCS
    ),
    *(
        Goal(
            4,
            f"{ends(text, sync)}, processor time over a raw copy",
            over(case, sync, "cpu"),
            most=1.1 if case == "chunks-256k" else 1.05,
        )
        for case, text in SIZES.items()
        for sync in SYNCS
    ),
    *(
        Goal(4, f"{ends(SIZES['chunks-256k'], sync=True)}, {measure} of a raw copy with a record {text}, over (b)", figure)
        for where, text in (("beside", "beside the bytes"), ("within", "within their file"))
        for measure, figure in (
            ("time", over("chunks-256k", True, server=f"copy-record-{where}")),
            ("processor time", over("chunks-256k", True, "cpu", server=f"copy-record-{where}")),
        )
    ),
    *(
        Goal(
            4,
            f"{ends(SIZES['chunks-8m'], sync)}, time over a raw copy where the memory is not touched beforehand",
            cold(sync),
        )
        for sync in SYNCS
    ),
    Goal(4, "a status request, time over a ping-pong", over("status", False, other="pong"), most=1.1),
    Goal(4, "the same in 60 rounds of nothing else", alone),
    *(
        Goal(4, text, over(case, False, server="uploadx", other=other), least=least)
        for case, what, limit, goal in (
            ("chunks-8m", SIZES["chunks-8m"], "copy", 4),
            ("chunks-256k", SIZES["chunks-256k"], "copy", 8),
            ("status", "a status request", "pong", 25),
        )
        for other, least, text in (
            ("server", goal, f"{what}, time of `@uploadx/core` over ours"),
            (limit, None, f"the same over that of the {'raw copy' if limit == 'copy' else 'ping-pong'}"),
        )
    ),
    Goal(
        4,
        "the server's memory at its peak, objects and chunks of all sizes",
        lambda raw: max(memory(raw), default=None),
        most=4,
        unit=" MiB",
    ),
    Goal(
        4,
        "how far that differs from size to size",
        lambda raw: max(memory(raw)) - min(memory(raw)) if memory(raw) else None,
        most=0.25,
        unit=" MiB",
    ),
    Goal(5, "`Session`", session_bytes, most=96, unit=" bytes"),
    Goal(
        5,
        "a million sessions in an `IndexMap` of that capacity, per session",
        map_bytes("index-with-capacity"),
        most=144,
        unit=" bytes",
    ),
    Goal(
        5,
        "the same in the standard library's `HashMap` of that capacity",
        map_bytes("hash-with-capacity"),
        unit=" bytes",
    ),
    *(
        Goal(5, f"{what}, {where}: {measure}", figure(parts, case), most=most)
        for where, parts in (
            ("1 to 1,000,000 sessions", ["sessions"]),
            ("objects of 1 KiB to 1 EiB, 0 to 1 EiB persisted", ["object", "persisted"]),
        )
        for case, what in (("status", "a status question"), ("append", "an append"))
        for measure, figure, most in (
            ("most instructions over fewest", flat, 1.01),
            ("longest time over shortest (lower quartiles; 15 % are noise)", flat_time, 1.15),
        )
    ),
    Goal(
        5,
        "the same append with its fields as text, most instructions over fewest: numbers have 1 to 19 digits",
        flat(["object", "persisted"], "fields"),
    ),
    Goal(5, "1,000 slow uploads to the axum example, memory of each", slow_bytes, unit=" KiB"),
    Goal(5, "memory of each upload after the first 100, over that of each before", slow_growth, most=1.1),
]


def unmeasured(raw: Raw) -> list[str]:
    """What has no figure though its file is there: its case has another name now. Servers of part 4 may be missing."""
    parts = {1, 2, 3} if raw.costs and raw.instructions else set()
    parts |= {5} if raw.scale else set()
    return [goal.what for goal in GOALS if goal.part in parts and goal.figure(raw) is None]
