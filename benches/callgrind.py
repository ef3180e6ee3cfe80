"""What callgrind writes to its files."""

from __future__ import annotations

import re


def callees(text: str, function: str) -> dict[str, int]:
    """The instructions of each function that `function` calls, with what that calls in turn, and of itself (with what the
    compiler has put into it).

    `text` is a file with `--compress-strings=no`: a line `fn=` begins a function, and the line after `calls=` has what the
    function of the last `cfn=` has taken.
    """
    found: dict[str, int] = {}
    here = called = ""
    for line in text.splitlines():
        if line.startswith("fn="):
            here, called = line.removeprefix("fn="), ""
        elif line.startswith("cfn="):
            called = line.removeprefix("cfn=")
        elif here == function and (cost := re.fullmatch(r"[+\-*]?\d* (\d+)", line)):
            found[called or function] = found.get(called or function, 0) + int(cost.group(1))
            called = ""
    return found
