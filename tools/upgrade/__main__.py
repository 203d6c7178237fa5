"""`make upgrade`: moves the pinned versions, runs everything again, and says what changed.

It starts on a clean tree alone, so that `git restore .` undoes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.upgrade.compare import differences, read_state
from tools.upgrade.pins import HELD, Pin, PinSource, locked, moved, pins, source_of, tagged
from tools.upgrade.versions import choose

_DONE, _FAILED, _PROBLEM = 0, 1, 2
_STEPS: Final = ("snapshots", "lint", "test", "test-recording", "docs")
"""What is run again, each whether or not another fails."""
_FIRST: Final = ("lock ARGS=--upgrade", "knowledge ARGS=--installed")
"""What the others are run on: the upgrade ends if one fails."""
_PATIENCE: Final = 60  # seconds for one look-up


class UpgradeFailed(Exception):  # noqa: N818  (named after what happened)
    """The upgrade cannot go on; the message is one line."""


@dataclass(frozen=True, slots=True)
class EndedCommand:
    """A command that has ended."""

    status: int
    output: str


def main() -> int:
    """Upgrade; 0: done, and all that was run passed; 1: something did not; 2: it could not begin."""
    try:
        _refuse_changes()
        before = _state()
    except UpgradeFailed as error:
        print(f"upgrade: {error}", file=sys.stderr)
        return _PROBLEM
    versions = _versions()
    try:
        _say("Versions")
        move()
        for target in _FIRST:
            _made(target)
    except UpgradeFailed as error:
        print(f"upgrade: {error}", file=sys.stderr)
        _describe()
        return _FAILED
    failed = _run_again(before, versions)
    _describe()
    return _FAILED if failed else _DONE


def _run_again(before: str, versions: dict[str, str]) -> list[str]:
    """Run everything, and say what changed; returns what failed."""
    passed = {target: _make(target) for target in _STEPS}
    try:
        changed = [f"  {line}" for line in differences(read_state(before), read_state(_state()))]
    except UpgradeFailed as error:
        changed, passed["synth"] = [], EndedCommand(1, str(error))
    failed = [target for target, ended in passed.items() if ended.status]
    for target in failed:
        _say(f"\nmake {target} FAILED:", passed[target].output.strip()[-4000:])
    _say("\nMoved", *_moved(versions, _versions()))
    _say("\nWhat it changes", *changed)
    _say("\nRun again", *(f"  make {target}: {'FAILED' if target in failed else 'passed'}" for target in passed))
    return failed


def _refuse_changes() -> None:
    """Refuse changes of one's own, which would mix with what the upgrade changes."""
    ended = _run("git", "status", "--porcelain")
    if ended.status:
        raise UpgradeFailed(f"git status: {ended.output.strip()}; run it in a clone of the repository")
    if ended.output:
        first = ended.output.splitlines()[0].strip()
        raise UpgradeFailed(f"the working tree has changes ({first}); commit them or put them away first")


def _state() -> str:
    """Return what the synthesis comes to, as `tools.upgrade.state` writes it.

    Raises:
        UpgradeFailed: there is none.
    """
    synthesised = _make("synth")
    if synthesised.status:
        raise UpgradeFailed(f"make synth failed: {synthesised.output.strip()[-2000:]}")
    return _output(".venv/bin/python", "-m", "tools.upgrade.state", "cdk.out")


def move() -> None:
    """Write the pins anew.

    Raises:
        UpgradeFailed: it is not known what there is of a package.
    """
    for name, reason in HELD.items():
        _say(f"  {name}: held: {reason}")
    unknown: dict[str, str] = {}
    planned = [(path, _plan(path, unknown)) for path in _files()]  # all are looked up before any file is written
    for path, to in planned:
        path.write_text(moved(path.read_text(encoding="utf-8"), source_of(path.name), to), encoding="utf-8")
    for name, reason in unknown.items():
        _say(f"  {name}: NOT LOOKED UP: {reason}")
    if unknown:
        _say("  pinned actions: not looked up, see above; .github/dependabot.yml is to move them")


def _files() -> list[Path]:
    return [Path("pyproject.toml"), Path("package.json"), *sorted(Path(".github/workflows").glob("*.y*ml"))]


def _plan(path: Path, unknown: dict[str, str]) -> dict[Pin, Pin]:
    """Plan which pins of a file become which others; put actions that could not be looked up among the unknown."""
    to: dict[Pin, Pin] = {}
    for pin in dict.fromkeys(pins(path.read_text(encoding="utf-8"), source_of(path.name))):
        if pin.name in unknown:
            continue
        try:
            published = _published(pin)
        except UpgradeFailed as error:
            if pin.source is not PinSource.GIT:
                raise
            unknown[pin.name] = str(error)
            continue
        try:
            choice = choose(pin.name, pin.version, published)
        except ValueError as error:
            raise UpgradeFailed(f"{path}: {error}") from None
        to[pin] = Pin(pin.source, pin.name, choice.version, published[choice.version])
        step = f"{pin.version} is the newest" if choice.version == pin.version else f"{pin.version} -> {choice.version}"
        beyond = f" ({choice.next_major} is another major version: not taken)" if choice.next_major else ""
        _say(f"  {pin.name}: {step}{beyond}")
    return to


def _published(pin: Pin) -> dict[str, str | None]:
    """Look up the versions that there are, of an action each with its commit; what is pinned is among them.

    Raises:
        UpgradeFailed: they cannot be looked up.
    """
    commits: dict[str, str | None] = {}
    match pin.source:
        case PinSource.PIP:
            listed = _output(".venv/bin/python", "-m", "pip", "index", "versions", pin.name)
            found = next((line for line in listed.splitlines() if line.startswith("Available versions:")), ":")
            commits = dict.fromkeys(found.partition(":")[2].replace(" ", "").split(","))
        case PinSource.NPM:
            commits = dict.fromkeys(json.loads(_output("npm", "view", pin.name, "versions", "--json")))
        case PinSource.GIT:
            commits = dict(tagged(_output("git", "ls-remote", "--tags", f"https://github.com/{pin.name}")))
    return {pin.version: pin.commit} | commits


def _output(*command: str) -> str:
    """Run a command; return what it prints.

    Raises:
        UpgradeFailed: it fails, or does not end.
    """
    try:
        ended = subprocess.run(command, capture_output=True, check=False, text=True, timeout=_PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UpgradeFailed(f"{' '.join(command)}: no answer after {_PATIENCE} s") from None
    except OSError as error:
        raise UpgradeFailed(f"{command[0]}: {error.strerror}; install it") from None
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or ["no reason given"]
        raise UpgradeFailed(f"{' '.join(command)}: {said[-1]}")
    return ended.stdout


def _versions() -> dict[str, str]:
    """Read the versions of all Python packages that are installed, and what npm locks."""
    found: dict[str, str] = {}
    for path in sorted(Path().glob("requirements*.txt")):
        found |= locked(path.read_text(encoding="utf-8"))
    packages = json.loads(Path("package-lock.json").read_text(encoding="utf-8"))["packages"]
    return found | {name.removeprefix("node_modules/"): one["version"] for name, one in packages.items() if name}


def _moved(before: dict[str, str], after: dict[str, str]) -> list[str]:
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return [f"  {name}: {before.get(name, 'new')} -> {after.get(name, 'gone')}" for name in names] or ["  nothing"]


def _describe() -> None:
    """List which files are changed, and how to go back."""
    changed = _run("git", "status", "--short").output.rstrip()
    _say("\nChanged files", changed or "  none")
    if changed:
        _say("Commit them, or go back: git restore . && make synth")


def _made(target: str) -> None:
    ended = _make(target)
    if ended.status:
        raise UpgradeFailed(f"make {target} failed:\n{ended.output.strip()[-2000:]}")


def _make(target: str) -> EndedCommand:
    return _run("make", "--no-print-directory", *target.split())


def _run(*command: str) -> EndedCommand:
    print(f"$ {' '.join(command)}", file=sys.stderr, flush=True)
    try:
        ended = subprocess.run(  # noqa: S603  (the project's own commands)
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True
        )
    except OSError as error:
        raise UpgradeFailed(f"{command[0]}: {error.strerror}; install it") from None
    return EndedCommand(ended.returncode, ended.stdout)


def _say(*lines: str) -> None:
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    sys.exit(main())
