"""What was to be reached, in one table, and what was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from .raw import Raw, spread

DATA = "parse bytes 0-524287/2000000"
FORMAT = "format bytes 0-524287/2000000"
LONGEST = "parse, the longest"
STEP = "step, server: a chunk from head to 308"
CLIENT = "step, client: a chunk from head to 308"
HTTPARSE = "head by httparse"
TYPES = "head by httparse, types of http"
MIB = 1 << 20
MILLION = 1_000_000


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
        return "" if value is None else f"{number(value)}{self.unit}"

    def verdict(self, raw: Raw) -> str:
        value = self.figure(raw)
        if value is None:
            return "not measured"
        if self.most is None and self.least is None:
            return ""
        reached = value <= self.most if self.most is not None else value >= self.least
        return "reached" if reached else "**missed**"


def number(value: float) -> str:
    """With three digits that count, and no more than it has."""
    if value == int(value):
        return f"{int(value):,}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    text = f"{value:,.{digits}f}"
    return text if float(text.replace(",", "")) else f"{value:.1g}"


def per(raw: Raw, counted: bool, case: str, other: str) -> float | None:
    """One case over another: its instructions, or its nanoseconds."""
    value, base = (raw.instructions.get(name) if counted else raw.nanoseconds(name) for name in (case, other))
    return value / base if value is not None and base else None


def in_proportion(raw: Raw) -> float | None:
    """Of the other forms: the most instructions over 170 times their length; 170 for those that are shorter."""
    texts = {case: case.removeprefix("parse ") for case in raw.instructions if case.startswith("parse bytes ")}
    texts[LONGEST] = "bytes 18446744073709551613-18446744073709551614/18446744073709551615"
    length = len(DATA.removeprefix("parse "))
    found = {case: raw.instructions.get(case) for case in texts}
    shares = [value / (170 * max(1, len(texts[case]) / length)) for case, value in found.items() if value is not None]
    return max(shares, default=None)


def per_input(raw: Raw) -> float | None:
    one, two = (raw.instructions.get(f"session, {name}") for name in ("an append: 5 inputs", "two appends: 10 inputs"))
    return (two - one) / 5 if one is not None and two is not None else None


def codecs(raw: Raw) -> list[str]:
    """Our own cases among the headers."""
    starts = ("parse bytes", "parse, ", "parse Retry-After", "format bytes", "format Content-Length")
    return [case for case in raw.costs if case.startswith(starts)]


def body_added(raw: Raw) -> float | None:
    """What handing a chunk to the session adds to a copy of it, in parts of that."""
    handed = raw.nanoseconds("body, 64 KiB handed to the session and copied")
    cloned, copied = raw.nanoseconds("body, a reading session cloned"), raw.nanoseconds("body, 64 KiB copied")
    return (handed - cloned - copied) / copied * 100 if handed and cloned and copied else None


def chunked_speed(raw: Raw) -> float | None:
    """Bytes per nanosecond, which are GB/s."""
    time = raw.nanoseconds("body, 64 x 64 KiB chunked")
    return 64 * 64 * 1024 / time if time else None


def over(case: str, sync: bool, field: str = "seconds", server: str = "server", other: str = "copy") -> Callable[[Raw], float | None]:
    def figure(raw: Raw) -> float | None:
        ratios = raw.over(server, other, case, sync, field)
        return median(ratios) if ratios else None

    return figure


def memory(raw: Raw) -> list[float]:
    """The peaks of our server, in MiB: for each size, the median of the rounds."""
    sizes: dict[tuple[str, int], list[float]] = {}
    for case in ("memory-object", "memory-chunk"):
        for line in raw.runs("server", case):
            sizes.setdefault((case, line["bytes"]), []).append(line["memory"] / MIB)
    return [median(values) for values in sizes.values()]


def map_bytes(name: str) -> Callable[[Raw], float | None]:
    """Bytes per session of this map with a million."""

    def figure(raw: Raw) -> float | None:
        lines = raw.part("memory", map=name, sessions=MILLION)
        return max(lines[0]["allocated"], lines[0]["resident"]) / MILLION if lines else None

    return figure


def session_bytes(raw: Raw) -> float | None:
    lines = raw.part("memory")
    return lines[0]["session"] if lines else None


def flat(parts: Iterable[str], case: str) -> Callable[[Raw], float | None]:
    """The most instructions over the fewest."""

    def figure(raw: Raw) -> float | None:
        lines = [line for part in parts for line in raw.part(part, case=case)]
        values = [line["instructions"] for line in lines if "instructions" in line]
        return max(values) / min(values) if values else None

    return figure


def flat_time(parts: Iterable[str], case: str) -> Callable[[Raw], float | None]:
    """The longest median over the shortest."""

    def figure(raw: Raw) -> float | None:
        lines = [line for part in parts for line in raw.part(part, case=case)]
        values = [median(line["nanoseconds"]) for line in lines if "nanoseconds" in line]
        return max(values) / min(values) if values else None

    return figure


def slow_bytes(raw: Raw) -> float | None:
    lines = raw.part("slow", uploads=1000)
    return (lines[0]["most_resident"] - lines[0]["before"]) / 1000 / 1024 if lines else None


def slow_growth(raw: Raw) -> float | None:
    """What each upload from the 101st to the 1,000th takes, over what each of the first 100 does."""
    few, many = raw.part("slow", uploads=100), raw.part("slow", uploads=1000)
    if not few or not many:
        return None
    first = (few[0]["most_resident"] - few[0]["before"]) / 100
    return (many[0]["most_resident"] - few[0]["most_resident"]) / 900 / first


def ends(size: str, sync: bool) -> str:
    return f"{size}, {'with' if sync else 'without'} fsync"


SIZES = {"one": "1 GiB in one request", "chunks-8m": "1 GiB in 8 MiB chunks", "chunks-256k": "256 MiB in 256 KiB chunks"}
SYNCS = (False, True)

GOALS = [
    Goal(1, f"`{DATA.removeprefix('parse ')}` parsed, instructions", lambda raw: raw.instructions.get(DATA), most=170),
    Goal(1, "the same formatted, instructions", lambda raw: raw.instructions.get(FORMAT), most=160),
    Goal(1, "any form parsed, instructions over 170, or over 170 in proportion to a longer text", in_proportion, most=1),
    Goal(1, "`Range: bytes=0-524287` parsed, instructions over those of `headers`",
         lambda raw: per(raw, True, "parse bytes=0-524287", "parse Range by headers"), most=0.18),
    Goal(1, "the same, time over that of `headers`",
         lambda raw: per(raw, False, "parse bytes=0-524287", "parse Range by headers"), most=0.18),
    Goal(1, "allocations of all codecs", lambda raw: raw.allocations(codecs(raw)), most=0),
    Goal(2, "the session's own transition, instructions per input", per_input, most=50),
    Goal(2, "server: a chunk from head to 308, instructions over `httparse` of the same head",
         lambda raw: per(raw, True, STEP, HTTPARSE), most=1.3),
    Goal(2, "the same, time", lambda raw: per(raw, False, STEP, HTTPARSE), most=1.3),
    Goal(2, "client: a chunk from head to 308, instructions over `httparse` of the server's head",
         lambda raw: per(raw, True, CLIENT, HTTPARSE), most=1.3),
    Goal(2, "the same, time", lambda raw: per(raw, False, CLIENT, HTTPARSE), most=1.3),
    Goal(2, "allocations of both steps", lambda raw: raw.allocations([STEP, CLIENT]), most=0),
    Goal(2, "the `http` bridge, instructions over building the types of `http`",
         lambda raw: per(raw, True, f"{TYPES}, decoded", TYPES), most=1.1),
    Goal(2, "the same, time", lambda raw: per(raw, False, f"{TYPES}, decoded", TYPES), most=1.1),
    Goal(3, "64 KiB handed to `handle_body`, time added to a copy of them", body_added, most=0.1, unit=" %"),
    Goal(3, "`http1`, 4 MiB by Content-Length in 64 KiB slices, instructions",
         lambda raw: raw.instructions.get("body, 64 x 64 KiB by length"), most=4096),
    Goal(3, "`http1`, chunked decoding of 64 KiB chunks", chunked_speed, least=5, unit=" GB/s"),
    *(Goal(4, f"{ends(text, sync)}, time over a raw copy", over(case, sync), most=1.3 if case == "chunks-256k" else 1.05)
      for case, text in SIZES.items() for sync in SYNCS),
    *(Goal(4, f"{ends(text, sync)}, processor time over a raw copy", over(case, sync, "cpu"),
           most=1.1 if case == "chunks-256k" else 1.05) for case, text in SIZES.items() for sync in SYNCS),
    Goal(4, "a status request, time over a ping-pong", over("status", False, other="pong"), most=1.1),
    *(Goal(4, f"{text}, time of `@uploadx/core` over ours", over(case, False, server="uploadx", other="server"), least=least)
      for case, text, least in (("chunks-8m", SIZES["chunks-8m"], 4), ("chunks-256k", SIZES["chunks-256k"], 8),
                                ("status", "a status request", 25))),
    Goal(4, "the server's memory at its peak, objects and chunks of all sizes",
         lambda raw: max(memory(raw), default=None), most=4, unit=" MiB"),
    Goal(4, "how far that differs from size to size",
         lambda raw: max(memory(raw)) - min(memory(raw)) if memory(raw) else None, most=0.25, unit=" MiB"),
    Goal(5, "`Session`", session_bytes, most=96, unit=" bytes"),
    Goal(5, "a million sessions in an `IndexMap` of that capacity, per session", map_bytes("index-with-capacity"),
         most=144, unit=" bytes"),
    *(Goal(5, f"{what}, {where}: {measure}", figure(parts, case), most=most)
      for where, parts in (("1 to 1,000,000 sessions", ["sessions"]),
                           ("objects of 1 KiB to 1 EiB, 0 to 1 EiB persisted", ["object", "persisted"]))
      for case, what in (("status", "a status question"), ("append", "an append"))
      for measure, figure, most in (("most instructions over fewest", flat, 1.01),
                                    ("longest time over shortest (medians; 15 % are noise)", flat_time, 1.15))),
    Goal(5, "the same append with its fields as text, most instructions over fewest: numbers have 1 to 19 digits",
         flat(["object", "persisted"], "fields")),
    Goal(5, "1,000 slow uploads to the axum example, memory of each", slow_bytes, unit=" KiB"),
    Goal(5, "memory of each upload after the first 100, over that of each before", slow_growth, most=1.1),
]


def unmeasured(raw: Raw) -> list[str]:
    """What has no figure though its file is there: a case that is called otherwise now. Of part 4, servers may be missing."""
    parts = {1, 2, 3} if raw.costs and raw.instructions else set()
    parts |= {5} if raw.scale else set()
    return [goal.what for goal in GOALS if goal.part in parts and goal.figure(raw) is None]
