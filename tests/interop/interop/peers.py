"""The servers: the example's, and those that we did not write."""

from __future__ import annotations

import http.client
import os
import select
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from . import process
from .launch import HERE, Tools

PATIENCE = 30.0

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Server:
    """One server under way."""

    name: str
    command: list[str]
    folder: Path
    log: Path
    address: tuple[str, int] = ("127.0.0.1", 0)
    says_address: bool = True
    """Whether its first line of output ends with `http://HOST:PORT`; else it listens on the port it was given."""
    creation: str = "/upload/storage/v1/b/demo/o?uploadType=resumable&name=NAME"
    """Where the client example asks for a session of an object called NAME."""
    is_ours: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Starts it, and waits until it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self.says_address else log,
                stderr=log,
                cwd=self.folder,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        deadline = time.monotonic() + PATIENCE
        if self.says_address:
            assert self.process.stdout is not None
            if not select.select([self.process.stdout], [], [], PATIENCE)[0]:
                raise RuntimeError(f"{self.name} says nothing; its log is {self.log}")
            line = self.process.stdout.readline().decode().strip()
            host, _, port = line.rpartition("http://")[2].rpartition(":")
            if not port.isdigit():
                raise RuntimeError(f"expected {self.name} to say its address, got {line!r}; its log is {self.log}")
            self.address = (host, int(port))
        while True:
            try:
                self.ask("GET", "/")
                return
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} does not listen; its log is {self.log}") from error
                time.sleep(0.05)

    def stop(self) -> None:
        """Ends it."""
        if self.process is not None:
            process.kill(self.process)

    def problem(self) -> str | None:
        """What is wrong with it, if something is."""
        if self.process is None or self.process.poll() is not None:
            return f"{self.name} has ended; its log is {self.log}"
        if b"panicked" in self.log.read_bytes():
            return f"{self.name} has panicked; its log is {self.log}"
        return None

    def ask(self, method: str, target: str, fields: dict[str, str] | None = None, body: bytes = b"") -> Answer:
        """One request: the status, the fields and the body of its answer."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
        try:
            connection.request(method, target, body or None, {"Content-Length": str(len(body))} | (fields or {}))
            answer = connection.getresponse()
            return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()

    def object(self, name: str) -> bytes | None:
        """The bytes of an object, if there is one."""
        target = f"/storage/v1/b/demo/o/{quote(name, safe='')}?alt=media"
        status, _, body = self.ask("GET", target)
        if status not in (200, 404):
            raise RuntimeError(f"expected an object or 404, got {status}")
        return body if status == 200 else None


def make(name: str, tools: Tools) -> Server:
    """A server that is not started yet."""
    folder = tools.folder / f"server-{name}"
    log = tools.folder / f"{name}.log"
    ours = [str(tools.examples / "server"), "--listen", "127.0.0.1:0"]
    match name:
        case "strict":
            return Server(name, ours, folder, log, is_ours=True)
        case "lenient":
            return Server(name, [*ours, "--lenient"], folder, log, is_ours=True)
        case "gcs":
            return Server(name, [*ours, "--policy", "gcs"], folder, log, is_ours=True)
        case "gcp-storage-emulator":
            with socket.create_server(("127.0.0.1", 0)) as probe:
                address = probe.getsockname()
            program = str(tools.python.parent / name)
            options = ["--host", address[0], "--port", str(address[1]), "--default-bucket", "demo", "--in-memory"]
            return Server(name, [program, "start", *options], folder, log, address, says_address=False)
        case _:
            command = ["node", str(HERE / "servers" / "uploadx.cjs"), str(folder)]
            return Server(name, command, tools.node, log, creation="/files?name=NAME")
