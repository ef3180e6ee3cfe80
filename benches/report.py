"""Makes `docs/performance.md` and its plots from the raw numbers in `docs/performance/`.

The figures on the page are computed here, and the goals stand in `results/goals.py`; the prose is that of
`docs/performance.in.md`. The plots need matplotlib, which comes into a virtual environment under `target/report/`.
With `--check` nothing is written and nothing is installed: it fails if the page is not what the raw numbers give, or a
goal has no figure any more.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
import venv
from pathlib import Path

# Before the modules are read: nothing is to be left beside them.
sys.dont_write_bytecode = True

from results import goals, page, raw

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "benches" / "results" / "requirements.txt"
VENV = ROOT / "target" / "report" / "venv"


def main() -> None:
    parser = argparse.ArgumentParser(description="Makes docs/performance.md and its plots from the raw numbers.")
    parser.add_argument("--check", action="store_true", help="only compare the page with what the numbers give")
    parser.add_argument(
        "--raw",
        type=Path,
        default=ROOT / "docs" / "performance",
        metavar="DIR",
        help="where the raw numbers are and the plots go; the page goes beside it",
    )
    parser.add_argument("--draw", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    numbers = raw.read(arguments.raw)
    if arguments.draw:
        from results import plots

        plots.draw(numbers, arguments.raw)
        return
    template = ROOT / "docs" / "performance.in.md"
    target = arguments.raw.parent / f"{arguments.raw.name}.md"
    text = page.fill(template.read_text(encoding="utf-8"), numbers)
    if arguments.check:
        check(target, text, page.missing_plots(numbers, arguments.raw))
        if unmeasured := goals.unmeasured(numbers):
            raise SystemExit(f"expected a figure for each goal, got none for: {'; '.join(unmeasured)}")
        return
    subprocess.run([python(), __file__, "--draw", "--raw", arguments.raw], check=True)
    target.write_text(text, encoding="utf-8")


def check(target: Path, text: str, missing: list[str]) -> None:
    found = target.read_text(encoding="utf-8") if target.exists() else ""
    if found != text:
        lines = difflib.unified_diff(
            found.splitlines(), text.splitlines(), str(target), "the raw numbers", lineterm="", n=0
        )
        print("\n".join(lines))
        raise SystemExit(f"expected {target} to say what the raw numbers give: run benches/report.py")
    if missing:
        raise SystemExit(f"expected a plot for each of {', '.join(missing)}, got none: run benches/report.py")


def python() -> Path:
    """An interpreter that has what the plots need."""
    program, installed = VENV / "bin" / "python", VENV / "requirements.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        venv.create(VENV, clear=True, with_pip=True)
        subprocess.run([program, "-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS], check=True)
        installed.write_text(wanted, encoding="utf-8")
    return program


if __name__ == "__main__":
    main()
