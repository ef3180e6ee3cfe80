"""The tables of the page, each of one file of raw numbers. An empty one says that nothing was measured."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from .figures import MIB, MILLION, REST
from .goals import GOALS, SIZES, SYNCS, ends, number
from .raw import Line, Raw, spread

SERVERS = {
    "copy": "a raw copy (b)",
    "copy-aligned": "a raw copy, its buffer aligned",
    "pong": "a bare ping-pong",
    "server": "`examples/server --no-md5`",
    "server-md5": "`examples/server`",
    "axum": "`examples/axum --no-md5`",
    "handler-direct": "a minimal axum handler, direct writes",
    "handler": "a minimal axum handler, tokio's files",
    "nginx": "nginx, `PUT`",
    "uploadx": "`@uploadx/core`",
    "tus-server": "`@tus/server`",
    "rustus": "`rustus`",
}
SMALL = {"status": "status", "one-byte": "1 byte", "small-256k": "256 KiB"}
MAPS = {
    "hash": "`HashMap`",
    "hash-with-capacity": "`HashMap::with_capacity`",
    "tree": "`BTreeMap`",
    "index": "`IndexMap`",
    "index-with-capacity": "`IndexMap::with_capacity`",
}
CASES = {
    "look-up": "look-up",
    "status": "status, found",
    "append": "append, found",
    "look-up-append": "look-up and append",
    "fields": "append, its fields as text",
}
WAITING = {
    "copy": "a raw copy (b)",
    "copy-record-beside": "a raw copy with a record beside the bytes",
    "copy-record-within": "a raw copy with a record within their file",
    "server": "`examples/server --no-md5`",
}
CALLS = ("fdatasync", "pwrite64", "recvfrom", "sendto")
NOTHING = "Not measured."


def table(heads: list[str], rows: list[list[str]]) -> str:
    """In Markdown: the first column is text, the others are numbers."""
    if not rows:
        return NOTHING
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def goals(raw: Raw, part: int) -> str:
    rows = [[goal.what, goal.wanted(), goal.found(raw), goal.verdict(raw)] for goal in GOALS if goal.part == part]
    return table(["", "goal", "figure", ""], rows)


def costs(raw: Raw, is_wanted: Callable[[str], bool]) -> str:
    """Cases of the benchmark `costs`."""
    rows = []
    for case in dict.fromkeys([*raw.costs, *raw.instructions]):
        if is_wanted(case):
            times = spread(raw.times(case))
            instructions, allocations = raw.instructions.get(case), raw.costs.get(case, {}).get("allocations")
            rows.append(
                [
                    f"`{case}`" if "bytes" in case else case,
                    *([number(time) for time in (times[1], times[0], times[2])] if times else ["", "", ""]),
                    "" if instructions is None else number(instructions),
                    "" if allocations is None else number(allocations),
                ]
            )
    return table(["case", "ns", "quartile 1", "3", "instructions", "allocations"], rows)


def is_header(case: str) -> bool:
    return case.startswith(("parse", "format", "nothing"))


def is_step(case: str) -> bool:
    return not is_header(case) and not is_body(case)


def is_body(case: str) -> bool:
    return case.startswith("body")


def bulk(raw: Raw, sync: bool) -> str:
    """Time and processor time over a raw copy, for each server that has run."""
    rows = []
    for server, name in SERVERS.items():
        cells = []
        for case in SIZES:
            times = spread([line["seconds"] for line in raw.runs(server, case, sync)])
            ratios = spread(raw.over(server, "copy", case, sync))
            work = spread(raw.over(server, "copy", case, sync, "cpu"))
            cells += [
                number(times[1]) if times else "",
                f"{number(ratios[1])} ({number(ratios[0])} to {number(ratios[2])})" if ratios else "",
                number(work[1]) if work else "",
            ]
        if any(cells):
            rows.append([name, *cells])
    heads = [head for text in SIZES.values() for head in (f"{text}, s", "over (b)", "processor over (b)")]
    return table(["server", *heads], rows)


def small(raw: Raw) -> str:
    """Small requests per second, for each server that has run."""
    rows = []
    for server, name in SERVERS.items():
        cells = []
        for case in SMALL:
            rates = spread([line["requests"] / line["seconds"] for line in raw.runs(server, case, False)])
            cells.append(f"{rates[1]:,.0f} ({rates[0]:,.0f} to {rates[2]:,.0f})" if rates else "")
        if any(cells):
            rows.append([name, *cells])
    return table(["server", *(f"{text}, per second" for text in SMALL.values())], rows)


def aligned(raw: Raw) -> str:
    """The server example over the raw copy, and over the one whose buffer is aligned as the example's is."""
    rows = []
    for case, text in SIZES.items():
        for sync in SYNCS:
            ratios = [
                spread(raw.over("server", other, case, sync, field))
                for field in ("seconds", "cpu")
                for other in ("copy", "copy-aligned")
            ]
            if all(ratios):
                cells = [f"{number(middle)} ({number(low)} to {number(high)})" for low, middle, high in ratios]
                rows.append([ends(text, sync), *cells])
    heads = [f"{what} over {copy}" for what in ("time", "processor time") for copy in ("(b)", "an aligned copy")]
    return table(["", *heads], rows)


def quartiles(raw: Raw, of: tuple[str, str, str, bool, str]) -> str:
    """The quartiles of a ratio within rounds."""
    found = spread(raw.over(*of))
    return f"{number(found[0])} and {number(found[2])}" if found else NOTHING


def callees(raw: Raw, case: str) -> str:
    """The functions that a step calls, with what they call, those that take most first."""
    found = raw.callees.get(case, {})
    total = sum(found.values())
    rows = [
        [function if function == REST else f"`{function}`", number(round(count, 1)), number(count / total * 100)]
        for function, count in sorted(found.items(), key=lambda item: -item[1])
    ]
    return table(["function", "instructions", "%"], rows)


def waits(raw: Raw) -> str:
    """Microseconds of a synced chunk, in each system call and between them: medians."""
    rows = []
    for server, name in WAITING.items():
        runs = [line for line in raw.waits if line["server"] == server]
        cells = []
        for call in (None, *CALLS, ""):
            values = [microseconds(line, call) for line in runs]
            cells.append(number(median(values)) if values else "")
        counts = [line["calls"]["fdatasync"]["count"] / line["requests"] for line in runs]
        if runs:
            rows.append([name, *cells, number(median(counts))])
    calls = [f"`{call}`" for call in CALLS]
    return table(["microseconds a chunk", "in all", *calls, "everything else", "syncs"], rows)


def microseconds(line: Line, call: str | None) -> float:
    """Of a chunk: all (`None`), those in a call, or those in none of the calls of the table (empty)."""
    spent = {name: line["calls"].get(name, {"seconds": 0})["seconds"] for name in CALLS}
    seconds = line["seconds"] if call is None else spent[call] if call else line["seconds"] - sum(spent.values())
    return seconds / line["requests"] * 1e6


def warming(raw: Raw) -> str:
    """How long it took to touch the memory before the runs that write much."""
    found = [line["warming"] for line in raw.loopback if line.get("warming")]
    if not found:
        return "for a time that was not measured"
    low, middle, high = spread(found)
    return f"for {number(middle)} s (quartiles {number(low)} and {number(high)}, at most {number(max(found))})"


def server_memory(raw: Raw) -> str:
    rows = []
    for case, what in (("memory-object", "object"), ("memory-chunk", "chunk")):
        runs = raw.runs("server", case)
        for size in sorted({line["bytes"] for line in runs}):
            peak = median(line["memory"] for line in runs if line["bytes"] == size)
            rows.append([f"{what} of {amount(size)}", f"{peak / MIB:.2f}"])
    return table(["", "peak, MiB"], rows)


def maps(raw: Raw) -> str:
    """Bytes per session of each map."""
    rows = []
    for count in sorted({line["sessions"] for line in raw.part("memory")}):
        lines = {line["map"]: line for line in raw.part("memory", sessions=count)}
        rows.append(
            [f"{count:,}", *(number(round(lines[name]["allocated"] / count, 1)) for name in MAPS if name in lines)]
        )
    ends = {line["map"]: line for line in raw.part("memory", sessions=MILLION)}
    for field, what in (("resident", "resident"), ("peak", "at the peak, while it is filled")):
        if ends:
            rows.append(
                [
                    f"1,000,000, {what}",
                    *(number(round(ends[name][field] / MILLION, 1)) for name in MAPS if name in ends),
                ]
            )
    return table(["sessions", *MAPS.values()], rows)


def axis(raw: Raw, part: str, say: Callable[[int], str]) -> str:
    """Nanoseconds and instructions of each case, at each place."""
    lines = raw.part(part)
    cases = [case for case in CASES if any(line["case"] == case for line in lines)]
    rows = []
    for at in sorted({line["at"] for line in lines}):
        cells = []
        for case in cases:
            merged: Line = {}
            for line in raw.part(part, case=case, at=at):
                merged |= line
            times = spread(merged.get("nanoseconds", []))
            cells += [
                f"{times[1]:.0f} ({times[0]:.0f} to {times[2]:.0f})" if times else "",
                number(round(merged["instructions"], 1)) if "instructions" in merged else "",
            ]
        rows.append([say(at), *cells])
    return table([part, *(head for case in cases for head in (f"{CASES[case]}, ns", "instructions"))], rows)


def slow(raw: Raw) -> str:
    rows = [
        [
            f"{line['uploads']:,}",
            f"{line['before'] / MIB:.1f}",
            f"{line['resident'] / MIB:.1f}",
            f"{(line['resident'] - line['before']) / line['uploads'] / 1024:.1f}",
            str(line["threads"]),
            f"{line['compared']:,}",
        ]
        for line in raw.part("slow")
    ]
    heads = ["uploads", "MiB before", "MiB", "KiB for each", "threads", "bytes compared"]
    return table(heads, rows)


def amount(size: int) -> str:
    """Bytes with the largest unit that leaves a whole number."""
    units = ("bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
    power = 0
    while size and size % 1024 == 0 and power + 1 < len(units):
        size, power = size // 1024, power + 1
    return f"{size:,} {units[power]}"
