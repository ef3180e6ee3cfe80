"""One measured run: a server on an empty folder, the load, and what the system says of the server's processes."""

from __future__ import annotations

import json
import mmap
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from peers import LARGE, TARGET, Server, free_port

PATIENCE = 30.0
"""How long a server may take until it listens."""
LIMIT = 60.0
"""How long one run may take."""

WARM = 4 << 30
"""How much memory is touched before a run that writes much, if there is twice as much."""
WRITING = (*LARGE, "small-256k")
"""The cases that write much."""


class Failed(Exception):
    """A run that came to nothing."""


def warm() -> float:
    """Touches the memory that files will take, in large blocks, and leaves them free; how many seconds that takes.

    A virtual machine may give what is free back to its host, and then the first use of each page takes longer. Which runs that meets
    is chance, and it is less where small blocks are asked for, which are rarely given back.
    """
    free = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    size = min(WARM, int(free[1]) * 1024 // 2) if free else WARM
    begun = time.monotonic()
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            memory[at] = 1
    return time.monotonic() - begun


def measure(
    server: Server,
    load: str,
    data: Path,
    case: str,
    *,
    sync: bool,
    options: list[str],
    around: Sequence[str] = (),
    is_warm: bool = True,
) -> dict[str, Any]:
    """The seconds, the requests, the server's processor time, its peak of memory, and how long it took to warm the memory; with
    a command `around` the load."""
    folder = data / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # What an earlier run has left to be written would be written now.
    os.sync()
    warming = warm() if is_warm and case in WRITING else 0
    with _running(server, folder, sync) as (process, addr):
        for pid in _family(process.pid):
            Path(f"/proc/{pid}/clear_refs").write_text("5")
        before = _cpu(process.pid)
        command = [*around, load, "load", server.dialect, addr, case, *options]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)
        if ran.returncode != 0:
            raise Failed(f"{server.name}, {case}: {ran.stderr.strip()}")
        cpu, memory = _cpu(process.pid) - before, _peak(process.pid)
    shutil.rmtree(folder)
    return {**json.loads(ran.stdout), "cpu": round(cpu, 3), "memory": memory, "warming": round(warming, 3)}


@contextmanager
def _running(server: Server, folder: Path, sync: bool) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The server, and where it listens."""
    port = free_port()
    command = server.command(folder, port, sync)
    # The servers from npm are started where their packages are.
    with subprocess.Popen(command, cwd=TARGET, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process, _listening(server, process, port)
        finally:
            process.kill()


def _listening(server: Server, process: subprocess.Popen[str], port: int) -> str:
    if server.name not in ("nginx", "rustus"):
        line = process.stdout.readline() if process.stdout else ""
        found = re.match(r"listening on http://(\S+)", line)
        if not found:
            raise Failed(f"{server.name}: expected to be told where it listens, got {line!r}")
        return found[1]
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return f"127.0.0.1:{port}"
    raise Failed(f"{server.name}: expected it to listen on port {port}, got nothing")


def _family(pid: int) -> list[int]:
    """A process and those that it has started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:
            # A thread that has ended since.
            continue
        for child in children:
            found += _family(int(child))
    return found


def _cpu(pid: int) -> float:
    """Seconds of processor time, of the system and of the program, also those of children that are gone."""
    ticks = 0
    for member in _family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> int:
    """The most memory that was resident at once since it was asked to count anew, in bytes."""
    total = 0
    for member in _family(pid):
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{member}/status").read_text())
        total += int(found[1]) * 1024 if found else 0
    return total


def machine(data: Path) -> dict[str, Any]:
    """What it was measured on."""
    model = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    kind = ["findmnt", "--noheadings", "--output", "FSTYPE,OPTIONS", "--target", str(data)]
    return {
        "cpu": model[1] if model else "unknown",
        "cores": os.cpu_count(),
        "memory": int(memory[1]) * 1024 if memory else None,
        "kernel": os.uname().release,
        "filesystem": subprocess.run(kind, capture_output=True, text=True, check=False).stdout.strip(),
    }
