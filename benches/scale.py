"""Everything that the benchmark `scale` measures, and how many instructions its requests take, counted by valgrind.

It builds the benchmark and the axum example, and writes lines of JSON to a file (`docs/performance/scale.jsonl`), the
first of which says where and with what they were made. It takes about five minutes, and a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("memory", "time", "independence", "slow", "instructions")
TIMED = "*requests*timed*"
"""The function whose instructions count, with all that it calls."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what many, large and slow uploads cost.")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this; may be given several times")
    parser.add_argument("--rounds", type=int, default=15, help="of the times, each in another order (15)")
    parser.add_argument("--seconds", type=int, default=15, help="for how long uploads are slow (15)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "performance" / "scale.jsonl", metavar="FILE")
    arguments = parser.parse_args()
    program = build()
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with arguments.output.open("w", encoding="utf-8") as output:
        print(json.dumps(about()), file=output)
        for part in arguments.only or PARTS:
            print(f"-- {part}", file=sys.stderr, flush=True)
            output.flush()
            if part == "instructions":
                count(program, output)
            else:
                options = {"memory": [], "slow": ["--seconds", str(arguments.seconds)]}
                words = options.get(part, ["--rounds", str(arguments.rounds)])
                subprocess.run([program, part, *words], check=True, stdout=output)


def build() -> str:
    """Builds the benchmark and the server that it starts; where the benchmark is."""
    cargo = ["cargo", "build", "--release", "--locked", "--example", "axum"]
    subprocess.run(cargo, check=True, cwd=ROOT)
    cargo = ["cargo", "bench", "--locked", "--bench", "scale", "--no-run", "--message-format", "json"]
    lines = subprocess.run(cargo, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"scale"' in line]
    return next(program for program in programs if program)


def about() -> dict[str, Any]:
    """The machine, and what is on it."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "machine": {
            "cpu": cpu.group(1) if cpu else "unknown",
            "cores": os.cpu_count(),
            "memory": int(memory.group(1)) * 1024 if memory else None,
            "kernel": f"{os.uname().sysname} {os.uname().release}",
        },
        "versions": {
            "resumable": said("git", "rev-parse", "--short=12", "HEAD"),
            "rustc": said("rustc", "--version").split()[1],
            "valgrind": said("valgrind", "--version").removeprefix("valgrind-"),
        },
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "command": shlex.join(["python3", "benches/scale.py", *sys.argv[1:]]),
    }


def said(*command: str) -> str:
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()


def count(program: str, output: Any) -> None:
    """Writes the instructions of a request in each case."""
    for name in said(program, "names").splitlines():
        part, case, at = name.split()
        valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--toggle-collect={TIMED}"]
        ran = subprocess.run([*valgrind, program, "count", part, case, at], check=True, capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", ran.stderr)
        if not found or int(found.group(1)) == 0:
            raise SystemExit(f"expected callgrind to count what {TIMED} does, got: {ran.stderr}")
        line = {"part": part, "case": case, "at": int(at), "instructions": int(found.group(1)) / int(ran.stdout)}
        print(json.dumps(line), file=output, flush=True)


if __name__ == "__main__":
    main()
