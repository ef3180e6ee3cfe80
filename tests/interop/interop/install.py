"""Brings the clients and servers here, in the versions that this folder names, once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from .launch import HERE, Tools

ROOT = HERE.parent.parent
TARGET = ROOT / "target" / "interop"
SECONDS = 900


class Missing(Exception):
    """Something cannot be had here."""


@dataclass
class Installed:
    """What is here, and what is not."""

    tools: Tools
    versions: dict[str, str] = field(default_factory=dict)
    """By `Client.package`."""
    missing: dict[str, str] = field(default_factory=dict)
    """Why the packages of a registry are not here."""


def install(*, rust: bool, say: Callable[[str], None]) -> Installed:
    """Installs what is not here yet."""
    TARGET.mkdir(parents=True, exist_ok=True)
    folder = TARGET / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    venv, node, built = TARGET / "venv", TARGET / "node", TARGET / "rust"
    tools = Tools(venv / "bin" / "python", node, ROOT / "target" / "debug" / "examples", built / "release", folder)
    installed = Installed(tools)
    say("building the examples")
    _run(["cargo", "build", "--quiet", "--locked", "--example", "server", "--example", "upload"], ROOT, quiet=False)
    steps: dict[str, Callable[[], dict[str, str]]] = {
        "pypi": lambda: _pypi(venv, say),
        "npm": lambda: _npm(node, say),
        "debian": lambda: _curl(say),
        "crates": lambda: _crates(built, say),
    }
    if not rust:
        del steps["crates"]
        installed.missing["crates"] = "it takes minutes to build: ask for it with --rust"
    for registry, step in steps.items():
        try:
            installed.versions |= {f"{registry}:{name}": version for name, version in step().items()}
        except Missing as error:
            installed.missing[registry] = str(error)
    return installed


def _pypi(venv: Path, say: Callable[[str], None]) -> dict[str, str]:
    wanted = HERE / "requirements.txt"
    if not _is_current(venv, wanted):
        say("installing from PyPI (a minute or two)")
        shutil.rmtree(venv, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(venv)], TARGET)
        _run([str(venv / "bin" / "pip"), "install", "--quiet", "--requirement", str(wanted)], TARGET)
        _mark(venv, wanted)
    lines = _run([str(venv / "bin" / "pip"), "list", "--format", "json"], TARGET)
    return {package["name"]: package["version"] for package in json.loads(lines)}


def _npm(node: Path, say: Callable[[str], None]) -> dict[str, str]:
    if shutil.which("npm") is None:
        raise Missing("there is no npm")
    lock = HERE / "package-lock.json"
    if not _is_current(node, lock):
        say("installing from npm")
        node.mkdir(exist_ok=True)
        for file in (HERE / "package.json", lock):
            shutil.copy(file, node)
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel", "error"], node)
        _mark(node, lock)
    packages = json.loads(lock.read_text())["packages"]
    return {path.removeprefix("node_modules/"): about["version"] for path, about in packages.items() if path}


def _curl(say: Callable[[str], None]) -> dict[str, str]:
    if shutil.which("curl") is None:
        if shutil.which("apt-get") is None:
            raise Missing("there is neither curl nor apt-get")
        say("installing curl")
        _run(["apt-get", "install", "--yes", "--quiet", "curl"], TARGET)
    return {"curl": _run(["curl", "--version"], TARGET).split()[1]}


def _crates(built: Path, say: Callable[[str], None]) -> dict[str, str]:
    say("building the Rust client (some minutes)")
    manifest = HERE / "gcloud-storage" / "Cargo.toml"
    _run(["cargo", "build", "--quiet", "--release", "--locked", "--manifest-path", str(manifest)], TARGET, built)
    lock = (manifest.parent / "Cargo.lock").read_text()
    version = lock.partition('name = "gcloud-storage"\nversion = "')[2].partition('"')[0]
    return {"gcloud-storage": version}


def _is_current(folder: Path, wanted: Path) -> bool:
    stamp = folder / "installed"
    return stamp.exists() and stamp.read_text() == _hash(wanted)


def _mark(folder: Path, wanted: Path) -> None:
    (folder / "installed").write_text(_hash(wanted))


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _run(command: list[str], folder: Path, target: Path | None = None, *, quiet: bool = True) -> str:
    """What a command says; its failure means that what it installs is missing."""
    env = os.environ | ({"CARGO_TARGET_DIR": str(target)} if target else {})
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if quiet else None,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(str(error)) from error
    if done.returncode != 0:
        lines = (done.stderr or "").strip().splitlines() or ["it says nothing"]
        raise Missing(f"`{' '.join(command[:3])} ...` failed: {lines[-1][:200]}")
    return done.stdout
