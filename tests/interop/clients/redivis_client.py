"""PyPI redivis: its `perform_resumable_upload`, which puts the whole file into one request."""

import driver
from redivis.common.retryable_upload import perform_resumable_upload


def upload(task: driver.Task) -> str:
    """Uploads the file."""
    with task.file.open("rb") as stream:
        perform_resumable_upload(
            stream,
            size=task.total,
            temp_upload_url=f"{task.endpoint}/upload/storage/v1/b/{driver.BUCKET}/o?uploadType=resumable&name={task.name}",
        )
    return f"{task.total} bytes"


driver.run(upload)
