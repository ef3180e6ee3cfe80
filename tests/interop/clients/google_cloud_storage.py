"""PyPI google-cloud-storage: `Blob.upload_from_file`, resumable or multipart, and `Blob.open("wb")`."""

import os

import driver
from google.api_core.client_options import ClientOptions
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage import blob as blob_module
from google.cloud.storage.retry import DEFAULT_RETRY


def upload(task: driver.Task) -> str:
    """Uploads the file in the way that the environment names."""
    mode = os.environ["DRIVER_MODE"]
    if mode != "multipart":
        # Below 8 MiB it would send everything in one multipart request.
        blob_module._MAX_MULTIPART_SIZE = -1
    client = storage.Client("project", AnonymousCredentials(), client_options=ClientOptions(api_endpoint=task.endpoint))
    blob = client.bucket(driver.BUCKET).blob(task.name, chunk_size=task.chunk)
    retry: Retry = DEFAULT_RETRY.with_delay(0.2, 1).with_timeout(8)
    with task.file.open("rb") as stream:
        if mode == "writer":
            with blob.open("wb", chunk_size=task.chunk, retry=retry) as writer:
                while piece := stream.read(100_003):
                    writer.write(piece)
        else:
            blob.upload_from_file(stream, size=task.total, retry=retry)
    return f"{blob.size} bytes"


driver.run(upload)
