#!/usr/bin/env python3
"""Where the instructions of a status request go: the functions of the server example that it takes, counted by callgrind.

The example runs under valgrind on an empty folder while the load of the benchmark on loopback asks it for half a second, a
first time for all that happens once. Three lines of JSON go to `docs/performance/status-callees.jsonl`: where they were made,
and for each function of `TAKEN` the instructions a request of what it calls, those with less than ten together.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent / "loopback"))

import callgrind
from machine import RAW, about
from peers import traced
from results.figures import ANSWERING, REST, SERVING

TAKEN = {SERVING: "server::server::service::Service::serve", ANSWERING: "server::server::service::Service::answer"}
"""What is taken apart, and the function that each of them is."""
LEAST = 10


def main() -> None:
    assert __doc__
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    text, requests = profile()
    lines = [about()]
    for case, function in TAKEN.items():
        found = {name: cost / requests for name, cost in callgrind.callees(text, function).items()}
        if not found:
            raise SystemExit(f"expected callgrind to name {function}, got nothing of it")
        shown = {name: round(cost, 1) for name, cost in found.items() if cost >= LEAST}
        shown[REST] = round(sum(cost for cost in found.values() if cost < LEAST), 1)
        lines.append({"case": case, "instructions": shown})
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (RAW / "status-callees.jsonl").write_text(text, encoding="utf-8")


def profile() -> tuple[str, int]:
    """What callgrind has written of the requests, and how many they were."""
    installed = traced()
    server = next(it for it in installed.servers if it.name == "server")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        out = Path(folder) / "out"
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no"]
        command = [*valgrind, *server.command(root, 0, False)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                addr = line.strip().rpartition("http://")[2]
                if not addr:
                    raise SystemExit(f"expected to be told where the server listens, got {line!r}")
                load = [installed.load, "load", server.dialect, addr, "status"]

                def ask() -> int:
                    ran = subprocess.run(load, check=True, capture_output=True, text=True)
                    return int(json.loads(ran.stdout)["requests"])

                ask()
                control(process.pid, "--zero")
                requests = ask()
                control(process.pid, "--dump")
                return Path(f"{out}.1").read_text(encoding="utf-8"), requests
            finally:
                process.kill()


def control(pid: int, what: str) -> None:
    subprocess.run(["callgrind_control", what, str(pid)], check=True, capture_output=True)


if __name__ == "__main__":
    main()
