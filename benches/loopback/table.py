"""What came out: medians, quartiles, and ratios over the limit."""

from __future__ import annotations

from collections import defaultdict
from statistics import median, quantiles
from typing import Any


def show(lines: list[dict[str, Any]]) -> None:
    """Prints a table for each case. The limit is `copy`, and for questions `pong`."""
    runs: dict[tuple[str, bool], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        if "bytes" not in line:
            runs[line["case"], line["sync"]][line["server"]].append(line)
    for (case, sync), servers in sorted(runs.items()):
        limit = servers.get("pong" if case == "status" else "copy")
        print(f"\n{case}, {'synced' if sync else 'not synced'}")
        print("server          rounds   seconds/request  lower    upper    x limit  requests/s  cpu x limit  peak MiB")
        for name, of in sorted(servers.items(), key=lambda it: median(map(_each, it[1]))):
            print(_row(name, of, limit))
    growth = [line for line in lines if "bytes" in line]
    if growth:
        print("\npeak of memory                bytes         MiB")
    for line in growth:
        print(f"{line['case']:16} {line['bytes']:18} {line['memory'] / 2**20:11.2f}")


def _row(name: str, of: list[dict[str, Any]], limit: list[dict[str, Any]] | None) -> str:
    each = [_each(run) for run in of]
    lower, middle, upper = quantiles(each, n=4, method="inclusive") if len(each) > 1 else each * 3
    cpu, memory = median(map(_cpu, of)), median(run["memory"] for run in of)
    times = f"{middle / median(map(_each, limit)):8.2f}" if limit else "       -"
    # The system counts in hundredths of a second: of nothing there is no multiple.
    least = median(map(_cpu, limit)) if limit else 0
    cpus = f"{cpu / least:12.2f}" if least else "           -"
    numbers = f"{middle:16.3e} {lower:.2e} {upper:.2e} {times} {1 / middle:11.1f} {cpus}"
    return f"{name:15} {len(of):6} {numbers} {memory / 2**20:9.1f}"


def _each(run: dict[str, Any]) -> float:
    """Seconds for one request."""
    return float(run["seconds"] / run["requests"])


def _cpu(run: dict[str, Any]) -> float:
    return float(run["cpu"] / run["requests"])
