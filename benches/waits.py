#!/usr/bin/env python3
"""Where the time of a synced chunk of 256 KiB goes: in which system calls, and between them.

The server example and a raw copy, one without a record of how far it has come, one with a record beside the bytes, and one
with a record within their file. Each takes the 256 MiB of `chunks-256k` in rounds of shuffled order, while `perf trace` adds
up what each system call takes, which slows all of them down. It writes a line of JSON for each run to
`docs/performance/waits.jsonl`, and needs perf (Debian: linux-perf), which must be allowed to look at the whole system.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "loopback"))

from machine import RAW, about
from measure import measure
from peers import TARGET, synced

SECTION = re.compile(r"^ .+ \((\d+)\), \d+ events, .*$", re.MULTILINE)
CALL = re.compile(r"^ +(\w+) +(\d+) +(?:\d+ +)?(\d+\.\d+) ", re.MULTILINE)
"""Its name, how often it was made, and how many milliseconds that took."""


def main() -> None:
    assert __doc__
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, metavar="N")
    arguments = parser.parse_args()
    if shutil.which("perf") is None:
        raise SystemExit("expected perf, got none: apt-get install linux-perf")
    installed = synced()
    order = random.Random(seed := random.SystemRandom().randrange(1 << 32))
    with (RAW / "waits.jsonl").open("w", encoding="utf-8") as file, tempfile.TemporaryDirectory() as folder:
        print(json.dumps(about() | {"seed": seed}), file=file, flush=True)
        summary = Path(folder) / "summary"
        tracer = ["perf", "trace", "--all-cpus", "--summary", "--output", str(summary), "--"]
        for number in range(1, arguments.rounds + 1):
            for server in order.sample(installed.servers, len(installed.servers)):
                run = measure(
                    server, installed.load, TARGET / "data", "chunks-256k", sync=True, options=[], around=tracer
                )
                run = {"server": server.name, "case": "chunks-256k", "sync": True, "round": number} | run
                run["calls"] = calls(summary.read_text())
                print(json.dumps(run), file=file, flush=True)
            print(f"round {number} of {arguments.rounds}", file=sys.stderr)


def calls(summary: str) -> dict[str, dict[str, Any]]:
    """The system calls of the thread that has written the file: how often each was made, and its seconds."""
    threads = SECTION.split(summary)[2::2]
    found = [
        {name: {"count": int(count), "seconds": float(spent) / 1000} for name, count, spent in CALL.findall(thread)}
        for thread in threads
    ]
    return max(found, key=lambda thread: thread.get("fdatasync", {"count": 0})["count"])


if __name__ == "__main__":
    main()
