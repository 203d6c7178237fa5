"""The step of the action: run leastgrant, show what it says on the job's summary, and keep one comment up to date.

It needs the standard library and what leastgrant needs. What it is told comes by the environment alone, so that nothing
of it is read by a shell.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LIBRARY = Path(__file__).resolve().parents[1]
_FORMATS = {"cdk": ("markdown", "sarif"), "check": ("markdown", "sarif"), "diff": ("markdown",)}
_LARGEST = 60_000
"""Letters of a comment; GitHub takes 65,536."""
BAD_INPUT = 2
_SECONDS = 30
PAGE = 100


@dataclass(frozen=True)
class Result:
    """What leastgrant said."""

    status: int
    """Its exit status."""
    body: str
    """What is shown, as Markdown."""
    why: str = ""
    """What is wrong with the input."""


def main() -> int:
    """Run the step; returns its exit status, that of leastgrant."""
    result = prove()
    if result.status != BAD_INPUT and (sarif := os.environ.get("LEASTGRANT_SARIF")):
        _write_sarif(sarif)
    return _end(result)


def prove() -> Result:
    """Run the command that the environment names, and return what it says."""
    command = os.environ["LEASTGRANT_COMMAND"]
    if command not in _FORMATS:
        return _unusable(f"command: {command!r} is none of {', '.join(_FORMATS)}")
    try:
        arguments = shlex.split(os.environ["LEASTGRANT_ARGUMENTS"])
    except ValueError as error:
        return _unusable(f"arguments: {error}; quote them as in a shell")
    given = [one for one in arguments if one.partition("=")[0] in ("--format", "--output")]
    if given:
        return _unusable(f"arguments: {given[0]} is set by the action; leave it out")
    status, told, why = _leastgrant(command, arguments, "markdown")
    return Result(status, f"{told.rstrip()}\n", why) if status in (0, 1) else _unusable(why, status)


def _unusable(why: str, status: int = BAD_INPUT) -> Result:
    return Result(status, f"leastgrant could not say: {_fenced(why)}\n", why)


def _write_sarif(path: str) -> None:
    command = os.environ["LEASTGRANT_COMMAND"]
    if "sarif" in _FORMATS[command]:
        _leastgrant(command, shlex.split(os.environ["LEASTGRANT_ARGUMENTS"]), "sarif", "--output", path)


def _leastgrant(command: str, arguments: list[str], format_: str, *more: str) -> tuple[int, str, str]:
    """Run it; return its exit status, what it says, and what is wrong with the input."""
    done = subprocess.run(  # noqa: S603  (this library)
        [sys.executable, "-m", "leastgrant", command, *arguments, "--format", format_, *more],
        env={**_without_token(), "PYTHONPATH": str(_LIBRARY), "PYTHONUTF8": "1", "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=False,
        encoding="utf-8",
        errors="backslashreplace",
    )
    return done.returncode, done.stdout, done.stderr.strip()


def _without_token() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "LEASTGRANT_TOKEN"}


def name_of_use() -> str:
    """Return what tells the comment from that of another use."""
    return os.environ.get("LEASTGRANT_NAME") or "leastgrant"


def cut(text: str, longest: int, rest: str) -> str:
    """Return a comment as long as it may be; `rest` says where the whole is."""
    return text if len(text) <= longest else f"{text[:longest]}\n\n... the rest is {rest}.\n"


def _end(result: Result) -> int:
    """Show what was said, and end."""
    name = name_of_use()
    if result.why:
        print(f"::error title={_escaped(name)}::{_escaped(result.why)}")
    _append("GITHUB_STEP_SUMMARY", result.body)
    _append("GITHUB_OUTPUT", f"status={result.status}\n")
    print(result.body)
    number = _pull_request()
    if number is not None and os.environ.get("LEASTGRANT_COMMENT") == "true":
        try:
            _comment(number, f"<!-- leastgrant action: {json.dumps(name)} -->", result.body)
        except OSError as error:  # of a fork, whose token may not; the summary has it all the same
            print(f"::warning title={_escaped(name)}::The comment is not written: {_escaped(str(error))}")
    return result.status


def _fenced(text: str) -> str:
    fence = "`" * 3
    while fence in text:
        fence += "`"
    return f"\n\n{fence}text\n{text}\n{fence}"


def _escaped(text: str) -> str:
    """Write text as a workflow command takes it ("Workflow commands", GitHub Docs)."""
    for letter, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(letter, code)
    return text


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


def _pull_request() -> int | None:
    """Return the number of the pull request that the run is of; None if it is of none."""
    event: dict[str, Any] = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    pull_request: dict[str, Any] = event.get("pull_request") or {}
    return pull_request.get("number")


def _comment(number: int, mark: str, body: str) -> None:
    """Write the comment, or write the one anew that has the mark.

    Raises:
        OSError: GitHub refuses it, or is not reached.
    """
    text = cut(f"{mark}\n{body}", _LARGEST, "on the job's summary")
    issue = f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues"
    comments = every(lambda page: _asked("GET", f"{issue}/{number}/comments?per_page={PAGE}&page={page}"))
    found = next((one["id"] for one in comments if str(one["body"]).startswith(mark)), None)
    if found is None:
        _asked("POST", f"{issue}/{number}/comments", text)
    else:
        _asked("PATCH", f"{issue}/comments/{int(found)}", text)


def every(page_of: Callable[[int], list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Yield what there is, page by page."""
    for page in count(1):
        found = page_of(page)
        yield from found
        if len(found) < PAGE:
            return


def _asked(method: str, path: str, body: str | None = None) -> Any:
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {os.environ['LEASTGRANT_TOKEN']}",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return ask(method, f"{os.environ['GITHUB_API_URL']}{path}", headers, body)


def ask(method: str, url: str, headers: dict[str, str], body: str | None) -> Any:
    """Ask an API, of a comment if there is a body.

    Raises:
        OSError: it refuses, or is not reached.
        ValueError: it answers otherwise than in JSON.
    """
    request = urllib.request.Request(  # noqa: S310  (the forge's own address)
        url,
        None if body is None else json.dumps({"body": body}).encode(),
        {**headers, "Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        return json.loads(answer.read())


if __name__ == "__main__":
    sys.exit(main())
