"""Fuzzing for a while: `python -m tests.fuzz [--seconds S] [--seed N]`, or one case again with `--case NUMBER`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fuzz.cases import SMALL, Case, case, run

if TYPE_CHECKING:
    from collections.abc import Iterable


def _numbers(seed: int, until: float) -> Iterable[str]:
    for number in count():
        if time.monotonic() > until:
            return
        yield f"{seed}:{number}"


def main() -> int:
    """Returns 1 if anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60, help="how long (default: 60)")
    parser.add_argument("--seed", type=int, default=0, help="of the cases (default: 0)")
    parser.add_argument("--case", metavar="SEED:NUMBER", help="this one alone; its files are kept, and shown")
    options = parser.parse_args()
    if options.case:
        return _again(case(options.case))
    found = Counter[str]()
    ends = Counter[str]()
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for number in _numbers(options.seed, time.monotonic() + options.seconds):
            one = case(number)
            result = run(one, Path(folder))
            ends[f"{one.kind}: {result.status}"] += 1
            if one.size <= SMALL:
                slowest = max(slowest, (result.seconds, number))
            if result.fault:
                last = result.fault.strip().splitlines()[-1]
                found[last] += 1
                print(f"--case {number} ({one.kind}, {one.arguments[0]}): {last}", flush=True)
    print(f"{ends.total():,} cases of seed {options.seed}: {dict(sorted(ends.items()))}")
    print(f"the slowest of up to {SMALL:,} bytes: {slowest[0]:.2f} s of CPU, --case {slowest[1]}")
    print(f"{found.total():,} faults")
    return 1 if found else 0


def _again(one: Case) -> int:
    folder = Path(tempfile.mkdtemp())
    result = run(one, folder)
    print(f"{one.kind}: {one.size:,} bytes in {folder}: {' '.join(one.arguments)}")
    print(result.out[-2_000:], result.err, f"status {result.status}, {result.seconds:.2f} s of CPU", sep="\n")
    print(result.fault or "no fault")
    return 1 if result.fault else 0


if __name__ == "__main__":
    sys.exit(main())
