"""What the codecs and the machines cost: the times of the benchmark `costs`, and its instructions, counted by valgrind.

It writes lines of JSON to `costs.jsonl`, `instructions.jsonl` and `callees.jsonl` in `docs/performance/`, the first of
which says where and with what they were made. The last file has the functions that a whole step calls, each including the
functions that it calls in turn. With words on the command line it only prints the instructions of the cases that have one
of them in their name. What 2 N rounds take above N is N times what one round takes, so start-up and set-up do not count.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True

import callgrind
from machine import RAW, ROOT, about, said
from results.figures import CLIENT, STEP

STEPS = {STEP: "costs::steps::server_step", CLIENT: "costs::steps::client_step"}
"""The cases that are taken apart, and the function that each of them is."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures what the codecs and the machines cost.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="print the instructions of these cases, and nothing else")
    parser.add_argument("--rounds", type=int, default=45, metavar="N", help="of the times, each in another order (45)")
    arguments = parser.parse_args()
    program = build()
    cases = said(program, "--names").splitlines()
    if arguments.words:
        found = [case for case in cases if any(word in case for word in arguments.words)]
        if not found:
            raise SystemExit(f"expected words that stand in the names of cases, got {arguments.words} for {cases}")
        count(program, found, sys.stdout)
        return
    for name in ("costs", "instructions", "callees"):
        with (RAW / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            print(json.dumps(about()), file=file, flush=True)
            if name == "costs":
                subprocess.run([program, "--rounds", str(arguments.rounds)], check=True, stdout=file)
            elif name == "instructions":
                count(program, cases, file)
            else:
                for case, function in STEPS.items():
                    print(json.dumps({"case": case, "instructions": callees(program, case, function)}), file=file)


def count(program: str, cases: list[str], file: Any) -> None:
    """Writes the instructions of one round of each case."""
    for case in cases:
        rounds = 20 if case.startswith("body") else 1000
        instructions = (collected(program, case, 2 * rounds) - collected(program, case, rounds)) / rounds
        print(json.dumps({"case": case, "instructions": instructions}), file=file, flush=True)


def collected(program: str, case: str, rounds: int) -> int:
    """The instructions of a whole run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--count", case, str(rounds)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"Collected : (\d+)", text)
    if not found:
        raise SystemExit(f"expected callgrind to say what it collected, got: {text}")
    return int(found.group(1))


def callees(program: str, case: str, function: str) -> dict[str, float]:
    """The instructions of one round of a case, for each function that `function` calls, and for itself (with what the
    compiler has put into it)."""
    rounds = 1000
    few, many = calls(program, case, function, rounds), calls(program, case, function, 2 * rounds)
    if not many:
        raise SystemExit(f"expected callgrind to name {function}, got nothing of it")
    found = {name: (cost - few.get(name, 0)) / rounds for name, cost in many.items()}
    return {name: cost for name, cost in found.items() if cost}


def calls(program: str, case: str, function: str, rounds: int) -> dict[str, int]:
    """The same of a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--compress-strings=no"]
        subprocess.run([*command, program, "--count", case, str(rounds)], check=True, capture_output=True)
        return callgrind.callees(out.read_text(encoding="utf-8"), function)


def build() -> str:
    """Builds the benchmark; where it is."""
    command = ["cargo", "bench", "--locked", "--bench", "costs", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"costs"' in line]
    return next(program for program in programs if program)


if __name__ == "__main__":
    main()
