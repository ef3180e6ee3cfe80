"""Programs that are started, and that end: by themselves, or with everything that they have started."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ended:
    """How a program has ended."""

    code: int | None
    """None: it was killed."""
    out: str
    err: str
    seconds: float


def run(
    command: list[str],
    *,
    folder: Path,
    env: dict[str, str],
    seconds: float,
    stdin: Path | None = None,
    enough: Callable[[], bool] = lambda: False,
) -> Ended:
    """Runs a program to its end, but no longer than so many seconds and not once `enough` is true."""
    start = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    out, err = folder / "stdout", folder / "stderr"
    with out.open("wb") as to_out, err.open("wb") as to_err, (stdin or Path(os.devnull)).open("rb") as source:
        process = subprocess.Popen(
            command, stdin=source, stdout=to_out, stderr=to_err, env=env, cwd=env.get("PWD"), start_new_session=True
        )
        code = None
        while time.monotonic() - start < seconds and not enough():
            try:
                code = process.wait(0.05)
                break
            except subprocess.TimeoutExpired:
                continue
        kill(process)
    return Ended(code, _text(out), _text(err), time.monotonic() - start)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a program and all that it has started in its group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(1 << 20).decode(errors="replace")
