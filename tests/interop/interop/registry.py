"""The clients: how each is started, and in which way it sends."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024


@dataclass(frozen=True)
class Client:
    """One way of one client to upload."""

    name: str
    package: str
    """Where it comes from and what it is called there: `pypi:NAME`, `npm:NAME`, `debian:NAME`, `crates:NAME`."""
    program: str
    """The driver's file under `clients/`; without an ending, a built program."""
    mode: str = ""
    """What the driver gets as DRIVER_MODE."""
    lengths: tuple[str, ...] = ("known", "unknown")
    """Which it can do; what it likes best comes first."""
    chunk: int = 256 * KIB
    is_whole: bool = False
    """It creates no session: the object comes in one request, which has nothing to go on from."""
    lenient: tuple[str, ...] = ()
    """Cases in which it sends what only `--lenient` understands."""

    @property
    def is_ours(self) -> bool:
        """Whether it is the client example."""
        return self.program == "upload"


CLIENTS = (
    Client("google-resumable-media", "pypi:google-resumable-media", "google_resumable_media.py"),
    Client("google-cloud-storage upload", "pypi:google-cloud-storage", "google_cloud_storage.py", "upload"),
    Client(
        "google-cloud-storage writer", "pypi:google-cloud-storage", "google_cloud_storage.py", "writer", ("unknown",)
    ),
    Client(
        "google-cloud-storage multipart",
        "pypi:google-cloud-storage",
        "google_cloud_storage.py",
        "multipart",
        ("known",),
        is_whole=True,
    ),
    Client(
        "google-api-python-client",
        "pypi:google-api-python-client",
        "google_api_python_client.py",
        lenient=("stream-boundary",),
    ),
    Client(
        "google-api-python-client num_retries",
        "pypi:google-api-python-client",
        "google_api_python_client.py",
        "retries",
        ("known",),
    ),
    Client("redivis", "pypi:redivis", "redivis_client.py", lengths=("known",), lenient=("empty",)),
    Client("pyarrow", "pypi:pyarrow", "pyarrow_client.py", lengths=("unknown",)),
    Client(
        "@google-cloud/storage chunks",
        "npm:@google-cloud/storage",
        "google_cloud_storage.mjs",
        "chunks",
        ("unknown", "known"),
        lenient=("empty", "empty-stream"),
    ),
    Client(
        "@google-cloud/storage single",
        "npm:@google-cloud/storage",
        "google_cloud_storage.mjs",
        "single",
        ("unknown", "known"),
    ),
    Client(
        "@google-cloud/storage multipart",
        "npm:@google-cloud/storage",
        "google_cloud_storage.mjs",
        "multipart",
        ("unknown",),
        is_whole=True,
    ),
    # Above 1 MiB it asks for 100-continue.
    Client("curl", "debian:curl", "curl_client.py", chunk=512 * KIB),
)

EXAMPLES = (
    Client("examples/upload file", "here:", "upload", lengths=("known",)),
    Client("examples/upload stream", "here:", "upload", lengths=("unknown",)),
)
"""Our own."""

RUST = Client("gcloud-storage", "crates:gcloud-storage", "gcloud-storage-driver")
"""Takes minutes to build, so it has to be asked for."""
