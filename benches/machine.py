"""Where numbers were made, and with what: the first line of each file of raw numbers."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RAW = ROOT / "docs" / "performance"
"""Where the raw numbers are kept."""


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
            "resumable": commit(),
            "rustc": said("rustc", "--version").split()[1],
            "valgrind": said("valgrind", "--version").removeprefix("valgrind-"),
        },
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "command": shlex.join(["python3", f"benches/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
    }


def commit() -> str:
    """The commit, and whether anything differs from it but earlier numbers and what is made of them."""
    differs = said("git", "status", "--porcelain", "--", ".", ":!docs", ":!*.md")
    return said("git", "rev-parse", "--short=12", "HEAD") + ("-dirty" if differs else "")


def said(*command: str) -> str:
    """What a command printed."""
    return subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
