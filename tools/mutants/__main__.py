"""`make mutants`: run mutmut, and hold what survives against the list.

Exit status 0: nothing else survives; 1: something does; 2: mutmut has no answer.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.mutants.survivors import Mutant, read_reasons, stale, unexplained

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).parent / "survivors.toml"
NOTICED = ("killed", "caught by type check", "timeout")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run mutmut on what is named, or on all, and say what survives."""
    parser = argparse.ArgumentParser(prog="make mutants")
    parser.add_argument("names", nargs="*", help="of mutants, as patterns: 'leastgrant.iam.evaluation.*'")
    names: list[str] = parser.parse_args(arguments).names
    if _mutmut("run", *names, shown=True).returncode:
        print("make mutants: mutmut has no answer, see above", file=sys.stderr)
        return 2
    survivors = [_mutant(name) for name in surviving(_mutmut("results").stdout)]
    reasons = read_reasons(SURVIVORS)
    found = [f"survives: {mutant.name}\n{mutant.diff}" for mutant in unexplained(survivors, reasons)]
    if not names:
        found += [
            f"no mutant survives as {one!r}: take it out of {SURVIVORS.name}" for one in stale(survivors, reasons)
        ]
    print("\n".join([*found, f"{len(survivors)} survive, {len(found)} to be looked at"]))
    return 1 if found else 0


def surviving(results: str) -> list[str]:
    """Find in the output of `mutmut results` the mutants that no test noticed, or that none was asked about."""
    told = (line.strip().rpartition(": ") for line in results.splitlines() if ": " in line)
    return [name for name, _, status in told if status not in (*NOTICED, "not checked")]


def _mutant(name: str) -> Mutant:
    return Mutant(name, _mutmut("show", name).stdout.partition("\n")[2])


def _mutmut(*arguments: str, shown: bool = False) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=ROOT, text=True, check=False, stdout=None if shown else subprocess.PIPE)  # noqa: S603  mutmut


if __name__ == "__main__":
    sys.exit(main())
