"""PyPI google-api-python-client: `next_chunk` on the storage API of its own discovery document."""

import json
import os
import socket
from importlib import resources

import driver
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload, MediaUpload, build_http

ATTEMPTS = 5
PATIENCE = 5.0


class Stream(MediaUpload):
    """A source of unknown length: the library's own classes all find it by seeking."""

    def __init__(self, task: driver.Task) -> None:
        self._file = task.file.open("rb")
        self._chunk = task.chunk

    def chunksize(self) -> int:
        """Bytes in one request."""
        return self._chunk

    def mimetype(self) -> str:
        """The type of the object."""
        return "application/octet-stream"

    def size(self) -> None:
        """Not known."""

    def resumable(self) -> bool:
        """A resumable upload."""
        return True

    def getbytes(self, begin: int, end: int) -> bytes:
        """So many bytes from there."""
        self._file.seek(begin)
        return self._file.read(end)


def upload(task: driver.Task) -> str:
    """Uploads the file; with its own retries, if the environment says so."""
    # What `build_http` takes its time-out from.
    socket.setdefaulttimeout(PATIENCE)
    num_retries = 1 if os.environ["DRIVER_MODE"] == "retries" else 0
    documents = resources.files("googleapiclient.discovery_cache.documents")
    document = json.loads((documents / "storage.v1.json").read_text())
    document["rootUrl"] = task.endpoint + "/"
    document["baseUrl"] = task.endpoint + "/storage/v1/"
    service = build_from_document(document, http=build_http())
    media: MediaUpload = Stream(task)
    if task.total is not None:
        media = MediaFileUpload(task.file, "application/octet-stream", chunksize=task.chunk, resumable=True)
    request = service.objects().insert(bucket=driver.BUCKET, name=task.name, media_body=media)
    response, failures = None, 0
    while response is None:
        try:
            _, response = request.next_chunk(num_retries=num_retries)
        except (HttpError, OSError) as error:
            failures += 1
            is_final = isinstance(error, HttpError) and error.resp.status < 500
            if is_final or failures == ATTEMPTS:
                raise
    return f"{response['size']} bytes"


driver.run(upload)
