"""`python -m rehearsal`: plays the deployment, with progress, and ends with a table of what happened."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Final, NoReturn

from botocore.exceptions import ClientError

from leastgrant import InputError
from local_aws import Emulator
from ops.project.deployment import Deployment
from rehearsal.acts import play, play_to_the_incident
from rehearsal.assemblies import CODE, NOTHING_IS_LIVE, synthesised
from rehearsal.outcome import RehearsalFailed
from rehearsal.pipeline_calls import calls_table
from rehearsal.recording import judge, record
from rehearsal.report import report
from rehearsal.stage import ROOT, Stage
from settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Acts = Callable[[Stage], None]

_GOOD, _FAILED, _PROBLEM = 0, 1, 2
_LAST_PORT = 65_535


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RehearsalFailed(f"{message} (see --help)")


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the rehearsal; 0: all happened as it had to; 1: something did not; 2: it could not begin."""
    parser = _Parser(prog="rehearsal", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of localhost, for the emulator (any that is free)")
    parser.add_argument("--transcript", type=Path, help="a file for what every command printed")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--calls", action="store_true", help="record what the deploy job calls with the role, instead")
    instead.add_argument("--hold", action="store_true", help="stop after the incident, for the runbook to be tried")
    try:
        options = parser.parse_args(arguments)
        return _rehearsed(options.port, options.transcript, _acts(options))
    except (RehearsalFailed, InputError) as error:
        return _refuse(str(error))


def _acts(options: argparse.Namespace) -> Acts:
    return _show_calls if options.calls else _hold if options.hold else play


def _rehearsed(port: int, transcript: Path | None, acts: Acts) -> int:
    """Play it, once all that it needs is there.

    Raises:
        RehearsalFailed: the port, the transcript's file or the synthesis is not to be had.
        SettingsError: the settings cannot be read.
    """
    began = time.monotonic()
    if not 0 <= port <= _LAST_PORT:
        raise RehearsalFailed(f"--port: must be 0 to {_LAST_PORT}, not {port}")
    settings = Settings.from_file(ROOT / "cdk.json")
    if transcript is not None and not transcript.parent.is_dir():
        raise RehearsalFailed(f"--transcript: {transcript.parent} is no directory; name a file in one that there is")
    try:
        with Emulator(settings.account, settings.region, port) as aws, TemporaryDirectory() as name:
            directory = Path(name)
            _say("Synthesising with the rehearsal's functions ...")
            context = NOTHING_IS_LIVE if acts is _show_calls else ()
            stage = Stage(aws, settings, synthesised(directory, *context), directory, _say)
            return _played(stage, began, transcript, acts)
    except OSError as error:
        raise RehearsalFailed(f"--port {port}: {error.strerror}; leave --port out to take one that is free") from None


def _played(stage: Stage, began: float, transcript: Path | None, acts: Acts) -> int:
    failure: str | None = None
    try:
        acts(stage)
    except (RehearsalFailed, ClientError) as error:
        failure = str(error)
    print(report(stage.outcomes, time.monotonic() - began), end="")
    if transcript is not None:
        said = (f"$ {ran.command}\n{ran.output}\n[exit status {ran.status}]\n" for ran in stage.ran)
        transcript.write_text("\n".join(said), encoding="utf-8")
    if failure is None:
        return _GOOD
    print(f"rehearsal: {failure}", file=sys.stderr)
    if stage.ran:
        print(f"the last command was: {stage.ran[-1].command}\n{stage.ran[-1].output}", file=sys.stderr)
    return _FAILED


def _show_calls(stage: Stage) -> None:
    calls = record(stage)
    print(calls_table(calls, Deployment(stage.settings, stage.variants.original).uses))
    judge(stage, calls)


def _hold(stage: Stage) -> None:
    """Play the operator's day up to the first gate, and leave the rest to whoever is at the terminal."""
    play_to_the_incident(stage)
    environment = {**stage.operator(), "AWS_DEFAULT_REGION": stage.settings.region, "SETTINGS": " ".join(CODE)}
    exports = "\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment.items())
    print(_HELD.format(exports=exports), flush=True)
    with suppress(KeyboardInterrupt):
        Event().wait()


_HELD: Final = """
The account is as it was after the incident. In another terminal, in this folder:

{exports}

These credentials are an administrator's, of this emulator alone. Then follow docs/runbook.md, from `make preflight` on.
Ctrl-C here ends it; nothing is kept.
"""


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _refuse(problem: str) -> int:
    print(f"rehearsal: {problem}", file=sys.stderr)
    return _PROBLEM


if __name__ == "__main__":
    sys.exit(main())
