"""What is measured: the servers of this project, what they are held against, and how each is started."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from machine import commit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "target" / "loopback"
"""Where the peers are installed."""

LARGE = ("one", "chunks-8m", "chunks-256k")
SMALL = ("status", "one-byte", "small-256k")
CASES = LARGE + SMALL
SECONDS = 1800
"""How long an installation may take."""

RUSTUS = "0.5.10"


class Missing(Exception):
    """Something cannot be had here."""


@dataclass(frozen=True)
class Server:
    """Who is measured."""

    name: str
    dialect: str
    """What the load says to it: a word of `loopback load`."""
    command: Callable[[Path, int, bool], list[str]]
    """How it is started on an empty folder: with a port that is free, and with or without syncs."""
    cases: tuple[str, ...] = CASES
    synced: tuple[str, ...] = LARGE + SMALL[1:]
    """In which cases it is also told to sync. A question writes nothing that could be synced."""


@dataclass
class Installed:
    """What is here, and what is not."""

    servers: list[Server] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a server is not measured."""
    load: str = ""
    """The program that loads them all."""


def install(only: str | None) -> Installed:
    """Builds and installs what is not here yet; `only` names the one server that is wanted beside the limits."""
    TARGET.mkdir(parents=True, exist_ok=True)
    programs = _build()
    installed = Installed(_ours(programs), {}, {}, programs["loopback"])
    installed.versions["rustc"] = _run(["rustc", "--version"])
    installed.versions["resumable"] = commit()
    axum = re.search(r'name = "axum"\nversion = "(.+)"', (ROOT / "Cargo.lock").read_text())
    installed.versions["axum"] = axum[1] if axum else "unknown"
    peers: dict[str, Callable[[Installed], Server]] = {
        "nginx": _nginx,
        "rustus": _rustus,
        "tus-server": _tus,
        "uploadx": _uploadx,
    }
    for name, step in peers.items():
        if only not in (None, name):
            continue
        try:
            installed.servers.append(step(installed))
        except Missing as error:
            installed.missing[name] = str(error)
    if only:
        installed.servers = [it for it in installed.servers if it.name in (only, "copy", "pong")]
    return installed


def traced() -> Installed:
    """Those of this project whose system calls are looked at."""
    programs = _build()
    servers = [it for it in _ours(programs) if it.name in ("copy", "copy-record-beside", "copy-record-within", "server")]
    return Installed(servers, {}, {}, programs["loopback"])


def _build() -> dict[str, str]:
    """Builds the programs of this project; where each is."""
    command = ["cargo", "build", "--release", "--locked", "--message-format", "json"]
    command += ["--example", "server", "--example", "axum", "--bench", "loopback"]
    print("building the programs of this project", file=sys.stderr)
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    built = [json.loads(line) for line in lines]
    return {it["target"]["name"]: it["executable"] for it in built if it.get("executable")}


def _ours(programs: dict[str, str]) -> list[Server]:
    bench = programs["loopback"]

    def example(name: str, *options: str) -> Callable[[Path, int, bool], list[str]]:
        def command(root: Path, port: int, sync: bool) -> list[str]:
            switch = [] if sync else ["--no-sync"]
            return [programs[name], "--listen", f"127.0.0.1:{port}", "--root", str(root), *switch, *options]

        return command

    def part(*words: str) -> Callable[[Path, int, bool], list[str]]:
        return lambda root, _, sync: [bench, *words, "--root", str(root), *(["--sync"] if sync else [])]

    return [
        Server("copy", "copy", part("copy"), tuple(it for it in CASES if it != "status")),
        Server("copy-aligned", "copy", part("copy", "--aligned"), LARGE, synced=LARGE),
        Server("copy-record-beside", "copy", part("copy", "--record", "beside"), ("chunks-256k",), synced=("chunks-256k",)),
        Server("copy-record-within", "copy", part("copy", "--record", "within"), ("chunks-256k",), synced=("chunks-256k",)),
        Server("pong", "pong", lambda *_: [bench, "pong"], ("status",)),
        Server("server", "google", example("server", "--no-md5", "--quiet")),
        Server("server-md5", "google", example("server", "--quiet"), LARGE, synced=()),
        Server("axum", "google", example("axum", "--no-md5", "--quiet")),
        Server("handler", "handler", part("axum"), synced=()),
        Server("handler-direct", "handler", part("axum", "--direct")),
    ]


def _nginx(installed: Installed) -> Server:
    if shutil.which("nginx") is None:
        try:
            _run(["apt-get", "install", "--yes", "--no-install-recommends", "nginx-light"])
        except (Missing, OSError) as error:
            raise Missing(f"apt-get could not install nginx-light: {error}") from None
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    ran = subprocess.run([program, "-v"], capture_output=True, text=True, check=True)
    installed.versions["nginx"] = ran.stderr.strip().rpartition("/")[2]

    def command(root: Path, port: int, _: bool) -> list[str]:
        for folder in ("files", "temp"):
            (root / folder).mkdir()
        text = (HERE / "peers" / "nginx.conf").read_text()
        config = root / "nginx.conf"
        config.write_text(text.replace("ROOT", str(root)).replace("PORT", str(port)))
        return [program, "-p", str(root), "-e", "stderr", "-c", str(config)]

    return Server("nginx", "put", command, synced=())


def _rustus(installed: Installed) -> Server:
    program = TARGET / "bin" / "rustus"
    if not program.exists():
        print("building rustus (some minutes)", file=sys.stderr)
        command = ["cargo", "install", "rustus", "--version", RUSTUS, "--locked", "--root", str(TARGET)]
        _run([*command, "--target-dir", str(TARGET / "build")])
    installed.versions["rustus"] = _run([str(program), "--version"]).removeprefix("rustus ")

    def command(root: Path, port: int, sync: bool) -> list[str]:
        where = ["--data-dir", str(root / "data"), "--info-dir", str(root / "info"), "--log-level", "ERROR"]
        # Without this it refuses bodies above 256 KiB, and then neither reads nor closes.
        size = ["--max-body-size", str(2 << 30)]
        switch = ["--force-fsync", "true"] if sync else []
        return [str(program), "--host", "127.0.0.1", "--port", str(port), *where, *size, *switch]

    return Server("rustus", "tus", command)


def _tus(installed: Installed) -> Server:
    return _node(installed, "tus-server", "tus", "tus.cjs", "@tus/server", "@tus/file-store")


def _uploadx(installed: Installed) -> Server:
    return _node(installed, "uploadx", "uploadx", "uploadx.cjs", "@uploadx/core")


def _node(installed: Installed, name: str, dialect: str, script: str, *packages: str) -> Server:
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        raise Missing("there is no node, or no npm")
    mark, lock = TARGET / "installed.json", HERE / "peers" / "package-lock.json"
    if not mark.exists() or mark.read_text() != lock.read_text():
        for file in (lock, HERE / "peers" / "package.json"):
            shutil.copy(file, TARGET)
        _run(["npm", "ci", "--no-audit", "--no-fund"], TARGET)
        shutil.copy(lock, mark)
    for package in packages:
        described = TARGET / "node_modules" / package / "package.json"
        installed.versions[package] = json.loads(described.read_text())["version"]
    installed.versions["node"] = _run([node, "--version"])

    def command(root: Path, _: int, __: bool) -> list[str]:
        return [node, str(HERE / "peers" / script), str(root)]

    return Server(name, dialect, command, synced=())


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: list[str], folder: Path = ROOT) -> str:
    """What a command prints."""
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
    if ran.returncode != 0:
        raise Missing(f"{' '.join(command)}: {ran.stderr.strip()[-300:]}")
    return ran.stdout.strip()
