"""Shows that the runs see a server that breaks a promise, and find nothing wrong with one that does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from . import liar, trial
from .cases import CASES
from .launch import Tools
from .peers import Server
from .registry import Client

PLAIN = Client("plain", "here:", "plain.py")


def bite(tools: Tools) -> list[str]:
    """What should have been found and was not."""
    with ThreadPoolExecutor() as pool:
        lies = {"": ("chunks", ""), **liar.LIES}
        return [problem for problem in pool.map(lambda it: _bite(tools, it[0], *it[1]), lies.items()) if problem]


def _bite(tools: Tools, lie: str, case: str, shown: str) -> str:
    cases = {case.name: case for case in CASES}
    host = liar.start(lie)
    address = ("127.0.0.1", host.server_port)
    server = Server(f"liar-{lie}", [], tools.folder, tools.folder / "liar", address, is_ours=True)
    try:
        result = trial.run(PLAIN, cases[case], server, tools)
    finally:
        host.shutdown()
        host.server_close()
    wrong = "; ".join(result.wrong)
    if shown in wrong and bool(wrong) == bool(lie):
        return ""
    return f"a server that {lie or 'is honest'}: expected {shown!r}, found {wrong!r}; {result.explain()}"
