"""The raw numbers: lines of JSON, as the benchmarks write them. A file may be missing, and so may its first line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

Line = dict[str, Any]
FILES = ("costs", "instructions", "callees", "loopback", "cold", "status", "status-callees", "waits", "scale")


@dataclass
class Raw:
    """All that was measured."""

    about: dict[str, Line]
    """By file: the machine, the versions, the date, the command."""
    costs: dict[str, Line]
    """Nanoseconds and allocations, by case."""
    instructions: dict[str, float]
    """By case."""
    callees: dict[str, dict[str, float]]
    """The instructions of each function that a step, or a status request, calls, by case."""
    loopback: list[Line]
    cold: list[Line]
    """As `loopback`, of a run that does not touch the memory beforehand."""
    status: list[Line]
    """As `loopback`, of a run of nothing but status requests, in more rounds."""
    waits: list[Line]
    """As `loopback`, of a run of its own, with the system calls."""
    scale: list[Line]

    def times(self, case: str) -> list[float]:
        """Nanoseconds in each round. All cases have the same rounds."""
        return self.costs.get(case, {}).get("nanoseconds", [])

    def allocations(self, cases: list[str]) -> float | None:
        """How many these make; `None` unless all were counted."""
        counts = [self.costs.get(case, {}).get("allocations") for case in cases]
        return sum(counts) if counts and None not in counts else None

    def runs(self, server: str, case: str, sync: bool | None = None) -> list[Line]:
        """The runs of a server, in the order of the rounds."""
        found = (line for line in self.loopback if (line["server"], line["case"]) == (server, case))
        return sorted((line for line in found if sync in (None, line["sync"])), key=lambda line: line["round"])

    def over(self, server: str, other: str, case: str, sync: bool, field: str = "seconds") -> list[float]:
        """What one took for a request over what the other took, in each round that both have."""
        base = {line["round"]: line[field] / line["requests"] for line in self.runs(other, case, sync)}
        runs = self.runs(server, case, sync)
        return [line[field] / line["requests"] / base[line["round"]] for line in runs if base.get(line["round"])]

    def part(self, part: str, **wanted: Any) -> list[Line]:
        """Lines of `scale`."""
        lines = (line for line in self.scale if line["part"] == part)
        return [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]


def read(folder: Path) -> Raw:
    """Reads the files in this folder that are there."""
    about: dict[str, Line] = {}
    lines: dict[str, list[Line]] = {}
    for name in FILES:
        path = folder / f"{name}.jsonl"
        lines[name] = parse(path) if path.exists() else []
        about.update((name, line) for line in lines[name] if "machine" in line)
        lines[name] = [line for line in lines[name] if "machine" not in line]
    return Raw(
        about,
        {line["case"]: line for line in lines["costs"]},
        {line["case"]: line["instructions"] for line in lines["instructions"]},
        {line["case"]: line["instructions"] for line in lines["callees"] + lines["status-callees"]},
        lines["loopback"],
        lines["cold"],
        lines["status"],
        lines["waits"],
        lines["scale"],
    )


def parse(path: Path) -> list[Line]:
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError as error:
            raise SystemExit(f"expected JSON in line {number} of {path}, got {text!r}: {error}") from error
    return lines


def spread(values: list[float]) -> tuple[float, float, float] | None:
    """The lower quartile, the median and the upper quartile."""
    if len(values) < 2:
        return (values[0], values[0], values[0]) if values else None
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return low, middle, high
