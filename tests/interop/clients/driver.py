"""What every Python client's program shares: its arguments, and one line of JSON that says how it ended."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

BUCKET = "demo"


class Task(argparse.Namespace):
    """What to upload, and where to."""

    endpoint: str
    name: str
    file: Path
    length: str
    chunk: int

    @property
    def total(self) -> int | None:
        """The size, if the client is to know it."""
        return self.file.stat().st_size if self.length == "known" else None


def run(upload: Callable[[Task], Any]) -> None:
    """Runs one upload and prints how it ended: `{"ok": true, "result": ...}` or `{"ok": false, "error": ...}`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--endpoint", required=True, help="http://HOST:PORT of the server")
    parser.add_argument("--name", required=True, help="the name of the object")
    parser.add_argument("--file", required=True, type=Path)
    parser.add_argument("--length", required=True, choices=["known", "unknown"])
    parser.add_argument("--chunk", required=True, type=int, help="bytes in one request")
    task = parser.parse_args(namespace=Task())
    try:
        outcome = {"ok": True, "result": str(upload(task))}
    except Exception as error:  # whatever the library throws is its answer
        traceback.print_exc()
        outcome = {"ok": False, "error": f"{type(error).__name__}: {error}"[:400]}
    print(json.dumps(outcome))
    sys.exit(0 if outcome["ok"] else 1)
