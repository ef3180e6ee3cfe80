#!/usr/bin/env python3
"""The example servers on loopback, end to end, against the least that can be done and against other servers.

It builds the examples in release, installs the peers under `target/loopback` in the versions that this project names,
and runs every case against every server in rounds of shuffled order: a fixed order favours some. Each run has a server
of its own on an empty folder. What came of it goes into a file, a line of JSON for each run, and a table is printed.

What is sent in each case is said in `benches/loopback/load/mod.rs`. How the servers differ:

- `copy` is a raw TCP copy to a file with the same syncs of the bytes, `pong` a read and a write for each request: the limits.
  `copy-aligned` reads bytes to a multiple of 64, as `server` does; `copy` to where its buffer happens to be allocated.
  `copy-record-beside` and `copy-record-within` also keep a record of how far they have come: see `benches/loopback/copy.rs`.
- `server` and `axum` are the examples with `--no-md5`, `server-md5` is the example with the sum, not synced. Beside the
  bytes they keep a record of each upload: synced, a chunk costs a sync of the bytes and one of the record.
- `handler` is a minimal axum handler that writes through tokio's files and does not sync, `handler-direct` one that writes
  itself.
- `rustus` speaks tus and keeps each body in memory until it is whole. Where it is to sync (`--force-fsync`) it syncs the bytes
  once a request, and not its record.
- `nginx` knows no uploads in parts: each chunk is a file of its own, and a question is HEAD. It never syncs.
- `tus-server` and `uploadx` never sync either.

Before a run that writes much, more memory is touched, unless it is to be `--cold`: see `warm` in `benches/loopback/measure.py`.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, TextIO

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "loopback"))

from measure import Failed, machine, measure
from peers import CASES, ROOT, TARGET, Installed, Server, install
from table import show

KIB, MIB = 1 << 10, 1 << 20
GROWTH = {
    "memory-object": [(size * MIB, 8 * MIB) for size in (1, 4, 16, 64, 256, 1024)],
    "memory-chunk": [(1024 * MIB, size * KIB) for size in (256, 1024, 4096, 16384, 65536, 262144)],
}
"""Sizes of objects and of chunks with which our server's peak of memory must not grow."""

Run = tuple[Server, str, bool]


def main() -> None:
    options = _options()
    installed = install(options.only)
    for name, why in installed.missing.items():
        print(f"NOT MEASURED: {name}: {why}", file=sys.stderr)
    if options.only and options.only not in [it.name for it in installed.servers]:
        raise SystemExit(f"expected the name of a server that is here, got {options.only}")
    options.data = options.data.resolve()
    options.data.mkdir(parents=True, exist_ok=True)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = []
    with options.output.open("w") as file:
        head = {
            "machine": machine(options.data),
            "versions": installed.versions,
            "missing": installed.missing,
            "date": time.strftime("%Y-%m-%d"),
            "seed": options.seed,
            "command": shlex.join(["python3", "benches/loopback.py", *sys.argv[1:]]),
        }
        print(json.dumps(head), file=file, flush=True)
        print(f"seed {options.seed}", file=sys.stderr)
        rounds(installed, options, file, lines)
        if options.case in (None, *GROWTH) and options.only in (None, "server"):
            growth(installed, options, file, lines)
    show(lines)


def rounds(installed: Installed, options: argparse.Namespace, file: TextIO, lines: list[dict[str, Any]]) -> None:
    """Every case with every server, in a new order in each round."""
    runs: list[Run] = []
    for server in installed.servers:
        for case in server.cases:
            for sync in (False, True) if case in server.synced else (False,):
                if options.case in (None, case):
                    runs.append((server, case, sync))
    order = random.Random(options.seed)
    for number in range(1, options.rounds + 1):
        order.shuffle(runs)
        begun = time.monotonic()
        for server, case, sync in runs:
            run = {"server": server.name, "case": case, "sync": sync, "round": number}
            lines += _one(run, installed, server, options, file, [])
        print(f"round {number} of {options.rounds}: {time.monotonic() - begun:.0f} s", file=sys.stderr)


def growth(installed: Installed, options: argparse.Namespace, file: TextIO, lines: list[dict[str, Any]]) -> None:
    """The peak of our server's memory for objects and for chunks of different sizes."""
    server = next(it for it in installed.servers if it.name == "server")
    order = random.Random(options.seed)
    for number in range(1, options.rounds + 1):
        for case, sizes in GROWTH.items():
            if options.case not in (None, case):
                continue
            for size, chunk in order.sample(sizes, len(sizes)):
                run = {"server": server.name, "case": case, "sync": False, "round": number}
                run["bytes"] = size if case == "memory-object" else chunk
                lines += _one(run, installed, server, options, file, ["--bytes", str(size), "--chunk", str(chunk)])


def _one(
    run: dict[str, Any],
    installed: Installed,
    server: Server,
    options: argparse.Namespace,
    file: TextIO,
    more: list[str],
) -> list[dict[str, Any]]:
    """A measured run, or none: what fails is said and does not end the rounds."""
    case = run["case"] if run["case"] in CASES else "one"
    try:
        run |= measure(
            server, installed.load, options.data, case, sync=run["sync"], options=more, is_warm=not options.cold
        )
    except (Failed, subprocess.TimeoutExpired) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return []
    print(json.dumps(run), file=file, flush=True)
    return [run]


def _options() -> argparse.Namespace:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    parser.add_argument("--only", metavar="SERVER", help="measure this server and the limits alone")
    parser.add_argument("--case", choices=[*CASES, *GROWTH], metavar="CASE", help=", ".join([*CASES, *GROWTH]))
    parser.add_argument("--cold", action="store_true", help="do not touch the memory before a run")
    parser.add_argument("--data", type=Path, default=TARGET / "data", metavar="DIR", help="a folder on the disk to measure")
    output = ROOT / "docs" / "performance" / "loopback.jsonl"
    parser.add_argument("--output", type=Path, default=output, metavar="FILE", help="where the lines of JSON go")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32), help="of the order of runs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
