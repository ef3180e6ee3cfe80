"""How a client is started for one upload, and how it says what came of it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from . import process
from .registry import Client

HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Tools:
    """Where programs are."""

    python: Path
    node: Path
    """The folder with `node_modules`."""
    examples: Path
    """The folder with the built examples."""
    rust: Path
    """The folder with the built driver of the Rust client, which need not be there."""
    folder: Path
    """For files of this run."""


@dataclass(frozen=True)
class Upload:
    """One upload that a client is asked for."""

    client: Client
    endpoint: str
    creation: str
    """The path and query of the URL that creates a session; `NAME` stands for the object's."""
    name: str
    source: Path
    length: str


def command(upload: Upload, tools: Tools) -> tuple[list[str], Path | None]:
    """The command, and what it reads as its standard input."""
    client = upload.client
    if client.is_ours:
        is_known = upload.length == "known"
        url = upload.endpoint + upload.creation.replace("NAME", upload.name)
        options = ["--chunk-size", str(client.chunk), "--backoff-ms", "100", "--max-attempts", "6"]
        example = str(tools.examples / "upload")
        return [example, str(upload.source) if is_known else "-", url, *options], None if is_known else upload.source
    arguments = [
        *("--endpoint", upload.endpoint, "--name", upload.name, "--file", str(upload.source)),
        *("--length", upload.length, "--chunk", str(client.chunk)),
    ]
    program = HERE / "clients" / client.program
    match program.suffix:
        case ".mjs":
            return ["node", str(program), *arguments], None
        case ".py":
            is_pypi = client.package.startswith("pypi:")
            return [str(tools.python) if is_pypi else sys.executable, str(program), *arguments], None
        case _:
            return [str(tools.rust / client.program), *arguments], None


def env(client: Client, tools: Tools, folder: Path) -> dict[str, str]:
    """A home of its own, and nothing that leads to a cloud."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "PWD": str(tools.node if client.program.endswith(".mjs") else folder),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DRIVER_MODE": client.mode,
        "NO_GCE_CHECK": "true",
        "GCE_METADATA_HOST": "127.0.0.1:1",
        "REDIVIS_API_TOKEN": "token",
    }


def outcome(client: Client, ended: process.Ended) -> tuple[str, str]:
    """What the client says came of it, in one word, and in its own."""
    if ended.code is None:
        return "hangs", f"no end after {ended.seconds:.0f} s"
    if client.is_ours:
        last = ended.err.strip().rpartition("\n")[2]
        if ended.code == 0:
            return "ok", last
        if ended.code == 1 and last.startswith("error: "):
            return "fails", last
    else:
        try:
            said = json.loads(ended.out.strip().rpartition("\n")[2])
            return ("ok", said["result"]) if said["ok"] else ("fails", said["error"])
        except ValueError:
            pass
    return "crash", f"exit code {ended.code}, the standard error ends with {ended.err[-300:]!r}"
