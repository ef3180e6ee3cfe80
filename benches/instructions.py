"""How many instructions each case of `costs` takes, counted by valgrind, as lines of JSON.

Words on the command line pick the cases that have one of them in their name.
What 2 N rounds take above N is N times what one round takes, so start-up and set-up do not count.
"""

import json
import re
import subprocess
import sys


def collected(program: str, case: str, rounds: int) -> int:
    """The instructions of a whole run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--count", case, str(rounds)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    found = re.search(r"Collected : (\d+)", text)
    if not found:
        raise SystemExit(f"expected callgrind to say what it collected, got: {text}")
    return int(found.group(1))


def count(program: str, case: str) -> float:
    """The instructions of one round."""
    rounds = 20 if case.startswith("body") else 1000
    return (collected(program, case, 2 * rounds) - collected(program, case, rounds)) / rounds


def build() -> str:
    """Builds the benchmark; where it is."""
    command = ["cargo", "bench", "--bench", "costs", "--no-run", "--message-format", "json"]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    programs = [json.loads(line).get("executable") for line in lines if '"costs"' in line]
    return next(program for program in programs if program)


def main() -> None:
    program, wanted = build(), sys.argv[1:]
    names = subprocess.run([program, "--names"], check=True, capture_output=True, text=True).stdout.splitlines()
    cases = [case for case in names if not wanted or any(word in case for word in wanted)]
    if not cases:
        raise SystemExit(f"expected words that stand in the names of cases, got {wanted} for {names}")
    for case in cases:
        print(json.dumps({"case": case, "instructions": count(program, case)}), flush=True)


if __name__ == "__main__":
    main()
