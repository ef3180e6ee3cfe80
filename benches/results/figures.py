"""What the goals are about: figures, each computed from the raw numbers. `None` is not measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from statistics import median

from .raw import Raw, spread

DATA = "parse bytes 0-524287/2000000"
FORMAT = "format bytes 0-524287/2000000"
LONGEST = "parse, the longest"
STEP = "step, server: a chunk from head to 308"
CLIENT = "step, client: a chunk from head to 308"
EMPTY = "no step"
NOTHING = "nothing: what the measurement itself takes"
HTTPARSE = "head by httparse"
ANSWER = "answer by httparse"
COPIED, PLACED = "body, 64 KiB copied", "body, 64 x 64 KiB copied to their places"
HANDED, NOBODY = "body, 64 x 64 KiB handed to the session", "body, 64 x 64 KiB handed to nobody"
TYPES = "head by httparse, types of http"
SERVING, ANSWERING = "a status request", "its answer"
"""What is taken apart of the server example."""
REST = "others"
MIB = 1 << 20
MILLION = 1_000_000


def net(raw: Raw, case: str) -> float | None:
    """Instructions, without those that the measurement itself takes."""
    value = raw.instructions.get(case)
    return None if value is None else value - raw.instructions.get(NOTHING, 0)


def count_over(raw: Raw, case: str, other: str) -> float | None:
    """Instructions of one case over those of another."""
    value, base = net(raw, case), net(raw, other)
    return value / base if value is not None and base else None


def quick(raw: Raw, case: str) -> float | None:
    """The lower quartile of the times of a case. Noise only ever adds, and on a shared machine that is half of some runs."""
    found = spread(raw.times(case))
    return found[0] if found else None


def time_over(raw: Raw, case: str, other: str) -> float | None:
    """The time of one case over that of another, of both the lower quartile."""
    value, base = quick(raw, case), quick(raw, other)
    return value / base if value is not None and base else None


STEPS = {STEP: "session, new", CLIENT: "upload, new"}
"""The whole steps, and what makes the machine that each round begins with: no part of what a chunk costs."""


def step_count_over(raw: Raw, case: str, other: str) -> float | None:
    """Instructions of a whole step over those of another case."""
    value, base = difference(raw, case, STEPS[case]), net(raw, other)
    return value / base if value is not None and base else None


def step_time_over(raw: Raw, case: str, other: str) -> float | None:
    """The time of a whole step over that of another case, both without the measurement's own, as for `time_over`."""
    value, new, base, empty = (quick(raw, name) for name in (case, STEPS[case], other, EMPTY))
    return None if None in (value, new, base, empty) else (value - new) / (base - empty)


def in_proportion(raw: Raw) -> float | None:
    """Of the other forms: the most instructions over 170 times their length; 170 for those that are shorter."""
    texts = {case: case.removeprefix("parse ") for case in raw.instructions if case.startswith("parse bytes ")}
    texts[LONGEST] = "bytes 18446744073709551613-18446744073709551614/18446744073709551615"
    length = len(DATA.removeprefix("parse "))
    found = {case: net(raw, case) for case in texts}
    shares = [value / (170 * max(1, len(texts[case]) / length)) for case, value in found.items() if value is not None]
    return max(shares, default=None)


def difference(raw: Raw, case: str, *others: str) -> float | None:
    """Instructions of one case without those of others."""
    counts = [raw.instructions.get(name) for name in (case, *others)]
    return counts[0] - sum(counts[1:]) if None not in counts else None


def per_input(raw: Raw) -> float | None:
    five = difference(raw, "session, two appends: 10 inputs", "session, an append: 5 inputs")
    return None if five is None else five / 5


def codecs(raw: Raw) -> list[str]:
    """Our own cases among the headers."""
    starts = ("parse bytes", "parse, ", "parse Retry-After", "format bytes", "format Content-Length")
    return [case for case in raw.costs if case.startswith(starts)]


def body_added(copied: str, chunks: int) -> Callable[[Raw], float | None]:
    """What it takes to hand a chunk to the session, without the measurement's own part, in percent of a copy of a chunk, as for
    `time_over`."""

    def figure(raw: Raw) -> float | None:
        handed, nobody, copy = (quick(raw, case) for case in (HANDED, NOBODY, copied))
        return None if None in (handed, nobody, copy) else (handed - nobody) / 64 / (copy / chunks) * 100

    return figure


def handed(raw: Raw) -> float | None:
    """Instructions for each of the chunks, without the measurement's own."""
    count = difference(raw, HANDED, NOBODY)
    return None if count is None else count / 64


def chunked_speed(raw: Raw) -> float | None:
    """Bytes per nanosecond, which are GB/s."""
    times = raw.times("body, 64 x 64 KiB chunked")
    return 64 * 64 * 1024 / median(times) if times else None


def over(
    case: str, sync: bool, field: str = "seconds", server: str = "server", other: str = "copy"
) -> Callable[[Raw], float | None]:
    def figure(raw: Raw) -> float | None:
        ratios = raw.over(server, other, case, sync, field)
        return median(ratios) if ratios else None

    return figure


def cold(sync: bool) -> Callable[[Raw], float | None]:
    """Chunks of 8 MiB over the raw copy, where the memory was not touched beforehand."""
    return lambda raw: over("chunks-8m", sync)(replace(raw, loopback=raw.cold))


def alone(raw: Raw) -> float | None:
    """A status request over a ping-pong, in a run of nothing else."""
    return over("status", False, other="pong")(replace(raw, loopback=raw.status))


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
    """The longest time over the shortest, of lower quartiles as for `time_over`."""

    def figure(raw: Raw) -> float | None:
        lines = [line for part in parts for line in raw.part(part, case=case)]
        values = [spread(line["nanoseconds"])[0] for line in lines if "nanoseconds" in line]
        return max(values) / min(values) if values else None

    return figure


def slow_bytes(raw: Raw) -> float | None:
    lines = raw.part("slow", uploads=1000)
    return (lines[0]["resident"] - lines[0]["before"]) / 1000 / 1024 if lines else None


def slow_growth(raw: Raw) -> float | None:
    """What each upload from the 101st to the 1,000th takes, over what each of the first 100 does."""
    few, many = raw.part("slow", uploads=100), raw.part("slow", uploads=1000)
    if not few or not many:
        return None
    first = (few[0]["resident"] - few[0]["before"]) / 100
    return (many[0]["resident"] - few[0]["resident"]) / 900 / first
