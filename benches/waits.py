#!/usr/bin/env python3
"""Where the time of a synced chunk of 256 KiB goes: in which system calls, and between them.

The server example and raw copies: one without a record of how far it has come, one with a record beside the bytes, and one
with a record within their file. Each takes the 256 MiB of `chunks-256k` in rounds of shuffled order, while `perf trace` adds
up what each system call takes, which slows all of them down. It writes a line of JSON for each run to
`docs/performance/waits.jsonl`, and needs perf (Debian: linux-perf), which must be allowed to look at the whole system.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "loopback"))

from machine import RAW, commit, said
from measure import Failed, machine, measure
from peers import TARGET, traced

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
    installed = traced()
    data = TARGET / "data"
    data.mkdir(parents=True, exist_ok=True)
    order = random.Random(seed := random.SystemRandom().randrange(1 << 32))
    head = {
        "machine": machine(data),
        "versions": {"resumable": commit(), "rustc": said("rustc", "--version"), "perf": said("perf", "--version")},
        "date": time.strftime("%Y-%m-%d"),
        "seed": seed,
        "command": shlex.join(["python3", "benches/waits.py", *sys.argv[1:]]),
    }
    with (RAW / "waits.jsonl").open("w", encoding="utf-8") as file, tempfile.TemporaryDirectory() as folder:
        print(json.dumps(head), file=file, flush=True)
        summary = Path(folder) / "summary"
        tracer = ["perf", "trace", "--all-cpus", "--summary", "--output", str(summary), "--"]
        for number in range(1, arguments.rounds + 1):
            for server in order.sample(installed.servers, len(installed.servers)):
                run = {"server": server.name, "case": "chunks-256k", "sync": True, "round": number}
                try:
                    run |= measure(server, installed.load, data, "chunks-256k", sync=True, options=[], around=tracer)
                    run["calls"] = calls(summary.read_text(), run["requests"])
                except (Failed, subprocess.TimeoutExpired) as error:
                    print(f"FAILED: {error}", file=sys.stderr)
                    continue
                print(json.dumps(run), file=file, flush=True)
            print(f"round {number} of {arguments.rounds}", file=sys.stderr)


def calls(summary: str, chunks: int) -> dict[str, dict[str, Any]]:
    """The system calls of the thread that has synced the chunks: how often each was made, and its seconds."""
    threads = SECTION.split(summary)[2::2]
    found = [
        {name: {"count": int(count), "seconds": float(spent) / 1000} for name, count, spent in CALL.findall(thread)}
        for thread in threads
    ]
    syncing = [thread for thread in found if thread.get("fdatasync", {"count": 0})["count"] >= chunks]
    if len(syncing) != 1 or "LOST" in summary:
        raise Failed(f"expected one thread in the summary that has synced {chunks} chunks, got {len(syncing)}")
    return syncing[0]


if __name__ == "__main__":
    main()
