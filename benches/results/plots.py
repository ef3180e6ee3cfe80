"""The plots: SVG whose text is text, on no background, in colours that can be read on light and on dark."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.ticker import FuncFormatter, NullFormatter

from . import tables
from .figures import MIB, STEP
from .goals import SIZES, number
from .page import PLOTS
from .raw import Raw, spread

INK = "#7d8590"
OURS, OTHERS, THIRD, FOURTH = "#2f81f7", "#a37b2c", "#3a9a5b", "#b0519b"
COLOURS = (OURS, OTHERS, THIRD, FOURTH, INK)
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "resumable",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "grid.color": INK,
    "legend.frameon": False,
    **{
        key: INK
        for key in ("text.color", "axes.edgecolor", "axes.labelcolor", "axes.titlecolor", "xtick.color", "ytick.color")
    },
}
OTHER_PARSERS = (" by ", "write!", "httparse")


def draw(raw: Raw, folder: Path) -> None:
    """Writes each plot for which there are numbers."""
    drawers = {
        "headers": headers,
        "steps": steps,
        "bodies": bodies,
        "small": small,
        "memory": memory,
        "maps": maps,
        "sessions": sessions,
        "independence": independence,
        "slow": slow,
        **{case: lambda raw, case=case: ratios(raw, case) for case in SIZES},
    }
    for name, (title, is_there) in PLOTS.items():
        if is_there(raw):
            with matplotlib.rc_context(STYLE):
                figure = drawers[name](raw)
                figure.axes[0].set_title(title, loc="left")
                path = folder / f"{name}.svg"
                figure.savefig(path, transparent=True, bbox_inches="tight", metadata={"Date": None})
                pyplot.close(figure)
            if path.stat().st_size > 60 * 1024:
                raise SystemExit(f"expected {path} to have at most 60 KiB, got {path.stat().st_size} bytes")


def axes(rows: int = 12, columns: int = 1) -> Any:
    return pyplot.subplots(1, columns, figsize=(8, 1.2 + 0.26 * rows), squeeze=columns == 1)


def bars(values: dict[str, float], unit: str, spreads: dict[str, tuple[float, float]] | None = None) -> Any:
    """One bar for each name, ours in another colour, with its value."""
    figure, plot = axes(len(values))
    names = list(values)
    places = range(len(names) - 1, -1, -1)
    colours = [INK if any(word in name for word in OTHER_PARSERS) else OURS for name in names]
    around = [(values[name] - spreads[name][0], spreads[name][1] - values[name]) for name in names] if spreads else None
    plot.barh(
        places,
        list(values.values()),
        color=colours,
        height=0.7,
        xerr=list(zip(*around)) if around else None,
        ecolor=INK,
    )
    plot.set_yticks(places, [name.replace("$", r"\$") for name in names])
    plot.grid(axis="y", visible=False)
    plot.set_xlabel(unit)
    for place, name in zip(places, names):
        end = spreads[name][1] if spreads else values[name]
        plot.text(end, place, f"  {number(values[name])}", va="center", fontsize=8)
    return figure


def headers(raw: Raw) -> Any:
    return bars({case: count for case, count in raw.instructions.items() if tables.is_header(case)}, "instructions")


def steps(raw: Raw) -> Any:
    return bars(
        {case: count for case, count in raw.instructions.items() if tables.is_step(case)},
        f"instructions; “{STEP}” has all but I/O",
    )


def bodies(raw: Raw) -> Any:
    """Speeds: cases of 64 x 64 KiB, or of 64 KiB. Where nothing is looked at but lengths, a speed would say nothing."""
    lengths = ("by length", "to the session", "to nobody")
    cases = [case for case in raw.costs if tables.is_body(case) and not case.endswith(lengths)]
    sizes = {case: 4096 if "64 x" in case else 64 for case in cases}
    values, spreads = {}, {}
    for case, size in sizes.items():
        low, middle, high = spread(raw.costs[case]["nanoseconds"])
        values[case], spreads[case] = size * 1024 / middle, (size * 1024 / high, size * 1024 / low)
    return bars(values, "GB/s, with quartiles", spreads)


def ratios(raw: Raw, case: str) -> Any:
    """Box plots of time over (b)."""
    found = [
        (server, sync, raw.over(server, "copy", case, sync))
        for server in tables.SERVERS
        if server != "copy"
        for sync in (False, True)
    ]
    found = [(server, sync, values) for server, sync, values in found if values]
    figure, plot = axes(len(found))
    places = range(len(found) - 1, -1, -1)
    boxes = plot.boxplot(
        [values for *_, values in found],
        positions=places,
        orientation="horizontal",
        widths=0.6,
        patch_artist=True,
        flierprops={"markersize": 3, "markeredgecolor": INK},
        manage_ticks=False,
    )
    for part in ("whiskers", "caps", "medians"):
        for line in boxes[part]:
            line.set_color(INK)
    for box, (server, _, _) in zip(boxes["boxes"], found):
        box.set(facecolor=OURS if server in ("server", "axum") else "none", edgecolor=INK)
    plot.set_yticks(
        places,
        [f"{tables.SERVERS[server].replace('`', '')}, {'fsync' if sync else 'no fsync'}" for server, sync, _ in found],
    )
    plot.axvline(1, color=INK, linewidth=1)
    plot.set_xscale("log")
    low, high = plot.get_xlim()
    plot.set_xticks([tick for tick in (0.5, 1, 2, 5, 10, 20, 50, 100) if low <= tick <= high])
    plain(plot.xaxis)
    plot.set_xlabel("time over a raw copy with the same fsyncs; box: quartiles")
    return figure


def small(raw: Raw) -> Any:
    figure, plot = axes(14)
    servers = [server for server in tables.SERVERS if any(raw.runs(server, case, False) for case in tables.SMALL)]
    for offset, (case, text) in enumerate(tables.SMALL.items()):
        places, values, around = [], [], []
        for place, server in enumerate(servers):
            rates = spread([line["requests"] / line["seconds"] for line in raw.runs(server, case, False)])
            if rates:
                places.append(len(servers) - place - 0.27 * (offset - 1))
                values.append(rates[1])
                around.append((rates[1] - rates[0], rates[2] - rates[1]))
        if values:
            plot.barh(
                places, values, height=0.25, color=COLOURS[offset], label=text, xerr=list(zip(*around)), ecolor=INK
            )
            for place, value, (_, up) in zip(places, values, around):
                plot.text(value + up, place, f"  {value:,.0f}", va="center", fontsize=6)
    plot.set_yticks(range(len(servers), 0, -1), [tables.SERVERS[server].replace("`", "") for server in servers])
    plain(plot.xaxis)
    plot.grid(axis="y", visible=False)
    plot.set_xlabel("requests per second on one connection, with quartiles")
    beside(plot)
    return figure


def memory(raw: Raw) -> Any:
    figure, plot = axes()
    for colour, case in zip(COLOURS, ("memory-object", "memory-chunk")):
        runs = raw.runs("server", case)
        sizes = sorted({line["bytes"] for line in runs})
        peaks = [median(line["memory"] for line in runs if line["bytes"] == size) / MIB for size in sizes]
        plot.plot(sizes, peaks, marker="o", color=colour, label=f"against the {case.removeprefix('memory-')}")
    powers(plot, {line["bytes"] for case in ("memory-object", "memory-chunk") for line in raw.runs("server", case)})
    plot.set_ylim(bottom=0)
    plot.set_ylabel("MiB at the peak")
    beside(plot)
    return figure


def maps(raw: Raw) -> Any:
    figure, plot = axes()
    # Some lie on each other.
    for width, colour, (name, text) in zip((6, 4.5, 3, 1.5, 1.5), COLOURS, tables.MAPS.items()):
        lines = sorted(raw.part("memory", map=name), key=lambda line: line["sessions"])
        plot.plot(
            [line["sessions"] for line in lines],
            [line["allocated"] / line["sessions"] for line in lines],
            "-" if "capacity" in name else "--",
            marker="o",
            markersize=width,
            linewidth=width,
            color=colour,
            label=text.replace("`", ""),
        )
    plot.axhline(144, color=INK, linewidth=1)
    plot.text(1, 144, "1.5 times 96", va="bottom", fontsize=8)
    plot.set_xscale("log")
    plain(plot.xaxis)
    plot.set_ylim(0, 500)
    plot.set_xlabel("open sessions")
    plot.set_ylabel("bytes allocated per session")
    beside(plot)
    return figure


def sessions(raw: Raw) -> Any:
    figure, plot = axes()
    for colour, case in zip(COLOURS, ("append", "status", "look-up", "look-up-append")):
        lines = sorted(
            (line for line in raw.part("sessions", case=case) if "nanoseconds" in line), key=lambda line: line["at"]
        )
        places, spreads = [line["at"] for line in lines], [spread(line["nanoseconds"]) for line in lines]
        plot.plot(
            places,
            [middle for _, middle, _ in spreads],
            marker="o",
            markersize=4,
            color=colour,
            label=tables.CASES[case],
        )
        plot.fill_between(
            places, [low for low, *_ in spreads], [high for *_, high in spreads], color=colour, alpha=0.2, linewidth=0
        )
    plot.set_xscale("log")
    plot.set_yscale("log")
    plain(plot.xaxis)
    plain(plot.yaxis)
    plot.set_xlabel("open sessions")
    plot.set_ylabel("ns per request, with quartiles")
    beside(plot)
    return figure


def independence(raw: Raw) -> Any:
    figure, plot = axes()
    for colour, case in zip(COLOURS, ("append", "status", "fields")):
        for style, part in (("-", "object"), ("--", "persisted")):
            lines = sorted(
                (line for line in raw.part(part, case=case) if "instructions" in line), key=lambda line: line["at"]
            )
            lines = [line for line in lines if line["at"]]
            plot.plot(
                [line["at"] for line in lines],
                [line["instructions"] for line in lines],
                style,
                marker="o",
                markersize=4,
                color=colour,
                label=f"{tables.CASES[case]}; {'object size' if part == 'object' else part}",
            )
    powers(plot, {line["at"] for line in raw.part("object")})
    plot.set_ylim(bottom=0)
    plot.set_ylabel("instructions per request")
    beside(plot)
    return figure


def slow(raw: Raw) -> Any:
    figure, plot = axes()
    lines = sorted(raw.part("slow"), key=lambda line: line["uploads"])
    plot.plot([line["uploads"] for line in lines], [line["resident"] / MIB for line in lines], marker="o", color=OURS)
    for line in lines[-3:]:
        place = line["uploads"], line["resident"] / MIB
        plot.annotate(f"{line['threads']} threads", place, (6, -10), textcoords="offset points", fontsize=8)
    plot.set_ylim(bottom=0)
    plot.set_xlabel("slow uploads at once")
    plot.set_ylabel("resident MiB of the axum example")
    return figure


def powers(plot: Any, sizes: set[int]) -> None:
    """A scale of bytes."""
    plot.set_xscale("log", base=2)
    ticks = sorted(size for size in sizes if size)
    plot.set_xticks(ticks, [tables.amount(size) for size in ticks], rotation=30, ha="right")


def plain(axis: Any) -> None:
    """Numbers as one reads them."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def beside(plot: Any) -> None:
    plot.legend(loc="upper left", bbox_to_anchor=(1.01, 1), fontsize=8)
