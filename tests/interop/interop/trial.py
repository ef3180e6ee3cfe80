"""One client in one case: runs it, and says what came of it and whether the server kept its promises."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from . import launch, process
from .cases import Case, content
from .launch import Tools, Upload
from .peers import Server
from .proxy import Proxy
from .registry import Client
from .witness import Session, Witness

MAX_REQUESTS = 60
SECONDS = 40.0


@dataclass
class Result:
    """What came of it."""

    client: str
    case: str
    server: str
    outcome: str
    """`ok`; `fails`: it says that it failed; `false success`; `hangs`; `endless`: it asks without end; `crash`;
    `unbroken`: what was to go wrong did not."""
    published: bool
    """Whether the server had the whole object when the client ended."""
    wrong: list[str] = field(default_factory=list)
    """What must never be: a promise that the server broke, an object that is not what was sent."""
    detail: str = ""
    requests: int = 0
    seconds: float = 0.0
    ladder: list[str] = field(default_factory=list)

    def explain(self) -> str:
        """Everything that is known of it."""
        head = f"{self.client}:{self.case} at {self.server}: {self.outcome}; {self.detail}"
        wrong = (f"  wrong: {it}" for it in self.wrong)
        return "\n".join([head, *wrong, *(f"  {line}" for line in self.ladder)])


def run(client: Client, case: Case, server: Server, tools: Tools) -> Result:
    """Runs the client against the server through a proxy of its own."""
    name = re.sub(r"\W+", "-", f"{client.name} {case.name}").strip("-")
    folder = tools.folder / server.name / name
    folder.mkdir(parents=True, exist_ok=True)
    data = content(case.size(client.chunk), name)
    source = folder / "source"
    source.write_bytes(data)
    fault = case.fault_for(client.chunk)
    proxy = Proxy(server.address, fault, MAX_REQUESTS)
    endpoint = f"http://127.0.0.1:{proxy.port}"
    upload = Upload(client, endpoint, server.creation, name, source, case.length or client.lengths[0])
    command, stdin = launch.command(upload, tools)
    try:
        ended = process.run(
            command,
            folder=folder,
            env=launch.env(client, tools, folder),
            seconds=SECONDS,
            stdin=stdin,
            enough=proxy.overrun.is_set,
        )
    finally:
        proxy.close()
    witness = proxy.witness
    outcome, detail = launch.outcome(client, ended)
    if proxy.overrun.is_set():
        outcome, detail = "endless", f"{witness.requests} requests, and no end"
    if fault is not None and not proxy.fired and outcome != "crash":
        outcome, detail = "unbroken", f"the fault never came to pass; {outcome}: {detail}"
    published = server.object(name)
    if published is None and outcome == "ok":
        outcome = "false success"
    wrong = []
    if published is not None and published != data:
        wrong.append(f"the object is not what was sent: {_difference(published, data)}")
    if client.is_ours and outcome == "false success":
        wrong.append("the client says success, and there is no object")
    if server.is_ours:
        wrong += witness.violations
        if published is None:
            wrong += _go_on(server, name, data, witness)
    is_whole = published == data
    seconds = round(ended.seconds, 1)
    return Result(
        client.name, case.name, server.name, outcome, is_whole, wrong, detail, witness.requests, seconds, witness.lines
    )


def _go_on(server: Server, name: str, data: bytes, witness: Witness) -> list[str]:
    """Nothing is published, so the bytes that were acknowledged must still be there: ends the upload from them."""
    wrong: list[str] = []
    for target, session in witness.sessions.items():
        status, fields, _ = server.ask("PUT", target, {"Content-Range": "bytes */*"})
        if status == 499:
            # The client has cancelled it.
            continue
        if status != 308:
            wrong.append(f"expected the status of an unfinished upload, got {status}")
            continue
        kept = int(fields["range"].rpartition("-")[2]) + 1 if "range" in fields else 0
        wrong += _check_kept(kept, session)
        rest = data[kept:]
        span = f"{kept}-{len(data) - 1}" if rest else "*"
        status, _, text = server.ask("PUT", target, {"Content-Range": f"bytes {span}/{len(data)}"}, rest)
        published = server.object(name)
        if status != 200 or published is None:
            wrong.append(f"expected to finish from {kept} bytes, got {status} {text[:100]!r}")
        elif published != data:
            wrong.append(f"finished from {kept} bytes it is not what was sent: {_difference(published, data)}")
    return wrong


def _check_kept(kept: int, session: Session) -> list[str]:
    if session.complete:
        return ["told success without an object"]
    if not session.told <= kept <= session.sent:
        return [f"kept {kept} bytes when it had told {session.told} and {session.sent} had been sent"]
    return []


def _difference(one: bytes, other: bytes) -> str:
    same = next((at for at, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    return f"{len(one)} bytes for {len(other)}, the same up to {same}"
