"""PyPI google-resumable-media: chunks by hand, and `recover()` after a failure, as its documentation shows."""

import driver
import requests
from google.resumable_media import InvalidResponse
from google.resumable_media.requests import ResumableUpload

RECOVERIES = 5


def upload(task: driver.Task) -> str:
    """Uploads the file."""
    url = f"{task.endpoint}/upload/storage/v1/b/{driver.BUCKET}/o?uploadType=resumable"
    transport = requests.Session()
    resumable = ResumableUpload(url, task.chunk)
    with task.file.open("rb") as stream:
        resumable.initiate(
            transport,
            stream,
            {"name": task.name},
            "application/octet-stream",
            total_bytes=task.total,
            stream_final=False,
        )
        recoveries = 0
        while not resumable.finished:
            try:
                resumable.transmit_next_chunk(transport)
            except (InvalidResponse, requests.ConnectionError):
                recoveries += 1
                if recoveries > RECOVERIES:
                    raise
                resumable.recover(transport)
    return f"{resumable.bytes_uploaded} bytes"


driver.run(upload)
