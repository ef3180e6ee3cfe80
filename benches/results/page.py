"""The page: a template with the raw numbers filled in."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from . import tables
from .figures import ANSWERING, CLIENT, SERVING, STEP
from .goals import GOALS
from .raw import FILES, Raw

PLOTS: dict[str, tuple[str, Callable[[Raw], bool]]] = {
    "headers": ("Instructions of each parser and formatter", lambda raw: bool(raw.instructions)),
    "steps": ("A whole step against httparse", lambda raw: bool(raw.instructions)),
    "bodies": ("The way of a body", lambda raw: bool(raw.costs)),
    "one": ("1 GiB in one request, time over a raw copy", lambda raw: bool(raw.runs("copy", "one"))),
    "chunks-8m": ("1 GiB in 8 MiB chunks, time over a raw copy", lambda raw: bool(raw.runs("copy", "chunks-8m"))),
    "chunks-256k": (
        "256 MiB in 256 KiB chunks, time over a raw copy",
        lambda raw: bool(raw.runs("copy", "chunks-256k")),
    ),
    "small": ("Small requests per second", lambda raw: any(raw.runs("server", case) for case in tables.SMALL)),
    "memory": (
        "Memory of the server",
        lambda raw: any(raw.runs("server", f"memory-{of}") for of in ("object", "chunk")),
    ),
    "maps": ("Bytes per session", lambda raw: bool(raw.part("memory"))),
    "sessions": ("Time per request against open sessions", lambda raw: bool(raw.part("sessions"))),
    "independence": ("Instructions against object size and persisted bytes", lambda raw: has_counts(raw)),
    "slow": ("Memory of slow uploads", lambda raw: bool(raw.part("slow"))),
}
"""By the name of the file: what it shows, and whether there is anything to show."""


CASES = {"server": STEP, "client": CLIENT, "serving": SERVING, "answering": ANSWERING}
"""By the word of the template: what is taken apart."""
QUARTILES = {
    "status": ("server", "pong", "status", False, "seconds"),
    "one-sync-cpu": ("server", "copy", "one", True, "cpu"),
}
"""By the word of the template: the ratios whose quartiles the prose has."""


def has_counts(raw: Raw) -> bool:
    return any("instructions" in line for line in raw.part("object") + raw.part("persisted"))


def fill(template: str, raw: Raw) -> str:
    """The page. Each `{{word argument}}` of the template is replaced."""
    words: dict[str, Callable[[str], str]] = {
        "about": lambda _: about(raw),
        "summary": lambda _: summary(raw),
        "goals": lambda part: tables.goals(raw, int(part)),
        "plot": lambda name: plot(raw, name),
        "headers": lambda _: tables.costs(raw, tables.is_header),
        "steps": lambda _: tables.costs(raw, tables.is_step),
        "callees": lambda case: tables.callees(raw, CASES[case]),
        "aligned": lambda _: tables.aligned(raw),
        "quartiles": lambda name: tables.quartiles(raw, QUARTILES[name]),
        "waits": lambda _: tables.waits(raw),
        "warming": lambda _: tables.warming(raw),
        "bodies": lambda _: tables.costs(raw, tables.is_body),
        "bulk": lambda sync: tables.bulk(raw, sync == "sync"),
        "small": lambda _: tables.small(raw),
        "server-memory": lambda _: tables.server_memory(raw),
        "maps": lambda _: tables.maps(raw),
        "sessions": lambda _: tables.axis(raw, "sessions", lambda count: f"{count:,}"),
        "independence": lambda part: tables.axis(raw, part, tables.amount),
        "slow": lambda _: tables.slow(raw),
    }

    def replaced(found: re.Match[str]) -> str:
        word, argument = found.group(1), found.group(2) or ""
        if word not in words:
            raise SystemExit(f"expected one of {', '.join(words)} in the template, got {word}")
        return words[word](argument)

    text = re.sub(r"\{\{([a-z-]+)(?: ([a-z0-9-]+))?\}\}", replaced, template)
    return re.sub(r"\n{3,}", "\n\n", text)


def plot(raw: Raw, name: str) -> str:
    what, is_there = PLOTS[name]
    return f"![{what}](performance/{name}.svg)" if is_there(raw) else ""


def about(raw: Raw) -> str:
    """Where and with what each file was made."""
    rows = []
    for name in FILES:
        line = raw.about.get(name)
        if line:
            machine = line["machine"]
            parts = [
                f"{key}: {f'{value / 2**30:.1f} GiB' if key == 'memory' and isinstance(value, int) else value}"
                for key, value in machine.items()
                if value is not None
            ]
            versions = [f"{key} {value}" for key, value in line.get("versions", {}).items()]
            rows.append(
                [
                    f"`{name}.jsonl`",
                    str(line.get("date", "")),
                    "; ".join(parts),
                    ", ".join(versions),
                    f"`{line['command']}`" if "command" in line else "",
                ]
            )
    return tables.table(["numbers", "date", "machine", "versions", "command"], rows).replace("--:", "---")


def summary(raw: Raw) -> str:
    """How many goals are reached, part by part."""
    rows = []
    for part in sorted({goal.part for goal in GOALS}):
        verdicts = [goal.verdict(raw) for goal in GOALS if goal.part == part and goal.wanted() != "none"]
        counts = [verdicts.count(verdict) for verdict in ("reached", "**missed**", "not measured")]
        rows.append([f"part {part}", *map(str, counts)])
    return tables.table(["", "reached", "missed", "not measured"], rows)


def missing_plots(raw: Raw, folder: Path) -> list[str]:
    """The plots that the page shows and that are not there."""
    return [name for name, (_, is_there) in PLOTS.items() if is_there(raw) and not (folder / f"{name}.svg").exists()]
