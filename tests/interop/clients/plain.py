"""A client of the standard library alone: it sends chunks and gives up at the first surprise."""

import http.client
import re
from urllib.parse import urlsplit

import driver


def upload(task: driver.Task) -> str:
    """Uploads the file."""
    connection = http.client.HTTPConnection(urlsplit(task.endpoint).netloc, timeout=20)
    connection.request("POST", f"/upload/storage/v1/b/{driver.BUCKET}/o?uploadType=resumable&name={task.name}", b"")
    answer = connection.getresponse()
    answer.read()
    session = urlsplit(answer.headers["Location"])
    data = task.file.read_bytes()
    at = 0
    while True:
        chunk = data[at : at + task.chunk]
        span = f"{at}-{at + len(chunk) - 1}" if chunk else "*"
        fields = {"Content-Range": f"bytes {span}/{len(data)}"}
        connection.request("PUT", f"{session.path}?{session.query}", chunk, fields)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            return f"{len(data)} bytes"
        match = re.fullmatch(r"bytes=0-(\d+)", answer.headers["Range"] or "")
        if answer.status != 308 or match is None or at >= len(data):
            raise RuntimeError(f"got {answer.status} {answer.headers['Range']}")
        at = int(match[1]) + 1


driver.run(upload)
