"""What the runs show: a table, the reasons, a file."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from .cases import CASES
from .known import KNOWN, verdict
from .trial import Result

OURS = {
    "strict": "examples/server",
    "lenient": "examples/server --lenient",
    "gcs": "examples/server --policy gcs",
}


def table(results: list[Result], versions: dict[str, str]) -> str:
    """Case by client, in Markdown; `versions` has that of a client or a server by its name."""
    columns: dict[str, dict[str, str]] = {}
    for result in results:
        cells = columns.setdefault(_column(result, versions), {})
        cell = verdict(result)
        if result.server == "lenient":
            cell = f"{cells.get(result.case, '')} (--lenient: {cell})".strip()
        cells[result.case] = cell
    cases = [case for case in CASES if any(case.name in cells for cells in columns.values())]
    rows = [
        ["case", *columns],
        ["---"] * (len(columns) + 1),
        *([case.about, *(cells.get(case.name, "-") for cells in columns.values())] for case in cases),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _column(result: Result, versions: dict[str, str]) -> str:
    client = f"{result.client} {versions.get(result.client, '')}".strip()
    if result.server in ("strict", "lenient"):
        return client
    if result.server == "gcs":
        return f"{client} (--policy gcs)"
    return f"{client} at {result.server} {versions.get(result.server, '')}"


def summary(results: list[Result], versions: dict[str, str]) -> str:
    """A line for each client at each server, in Markdown: how many cases end well, and how the others end."""
    rows = [["client", "version", "server", "cases", "ok", "else"], ["---"] * 6]
    for client, server in dict.fromkeys((result.client, result.server) for result in results):
        ends = Counter(verdict(it) for it in results if (it.client, it.server) == (client, server))
        others = ", ".join(f"{count} {end}" for end, count in sorted(ends.items()) if end != "ok")
        where = f"{OURS.get(server, server)} {versions.get(server, '')}".strip()
        rows.append([client, versions.get(client, ""), where, str(ends.total()), str(ends["ok"]), others])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def reasons(results: list[Result]) -> str:
    """Why some of the clients do not end well."""
    seen = {verdict(result) for result in results}
    lines: dict[str, list[str]] = {}
    for it in KNOWN:
        if it.id in seen:
            lines.setdefault(it.id, []).append(f"{' and '.join(it.clients)}: {it.reason}")
    return "\n".join(f"- {key}: {'; '.join(texts)}" for key, texts in sorted(lines.items()))


def save(results: list[Result], file: Path) -> None:
    """Everything, as JSON."""
    rows = [{"verdict": verdict(result)} | asdict(result) for result in results]
    file.write_text(json.dumps(rows, indent=1) + "\n")
