"""Debian's curl: `-T` sends the file in one request, `-T` with `-C` the rest of it."""

import json
import os
import re
import subprocess
import time

import driver

ATTEMPTS = 5


def curl(*arguments: str) -> tuple[int, str, str]:
    """One request: the status (0 if there was no answer), Location and Range."""
    show = "%{http_code}\\n%header{location}\\n%header{range}"
    command = ["curl", "--silent", "--show-error", "--max-time", "20", "-o", os.devnull, "-w", show, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    status, location, kept = done.stdout.split("\n")
    return int(status) if done.returncode == 0 else 0, location, kept


def upload(task: driver.Task) -> str:
    """Uploads the file; a failure costs a status request and the rest of the file."""
    url = f"{task.endpoint}/upload/storage/v1/b/{driver.BUCKET}/o?uploadType=resumable"
    about = ["-H", "Content-Type: application/json", "-d", json.dumps({"name": task.name})]
    status, session, _ = curl("-X", "POST", *about, url)
    if status != 200:
        raise RuntimeError(f"expected a session, got {status}")
    if task.total is None:
        with task.file.open("rb") as source:
            command = ["curl", "--silent", "--show-error", "--fail", "-o", os.devnull, "-T", "-", session]
            subprocess.run(command, stdin=source, check=True)
        return "a stream"
    kept = 0
    for _ in range(ATTEMPTS):
        status, _, told = curl("-T", str(task.file), "-C", str(kept), session)
        if status not in (200, 201):
            time.sleep(0.2)
            status, _, told = curl("-X", "PUT", "-H", f"Content-Range: bytes */{task.total}", "-d", "", session)
        if status in (200, 201):
            return f"{task.total} bytes"
        if status != 308:
            continue
        match = re.fullmatch(r"bytes=0-(\d+)", told)
        kept = int(match[1]) + 1 if match else 0
    raise RuntimeError(f"expected success, got {status} at the end")


driver.run(upload)
