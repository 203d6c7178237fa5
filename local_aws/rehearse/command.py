"""What `leastgrant rehearse` runs: it plays a deployment, and prints what happened."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from local_aws import Emulator
from local_aws.rehearse import bootstrap
from local_aws.rehearse.cdk_cli import CommandError, find_cdk
from local_aws.rehearse.outcome import Verdict
from local_aws.rehearse.play import Play
from local_aws.rehearse.report import report

if TYPE_CHECKING:
    from leastgrant import Rehearsal

_GOOD, _FOUND = 0, 1


def run(rehearsal: Rehearsal) -> int:
    """Play it; 0: all happened as it had to; 1: something was refused or failed.

    Raises:
        InputError: it could not begin.
    """
    cdk = find_cdk(rehearsal.cdk)
    _check(rehearsal)
    aws = Emulator(rehearsal.place.account, rehearsal.place.region, rehearsal.port)
    try:
        aws.__enter__()
    except OSError as error:
        problem = os.strerror(error.errno or 0)
        raise CommandError(f"--port {rehearsal.port}: {problem}; leave it out to take one that is free") from None
    with aws, TemporaryDirectory() as name:
        play = Play(aws, rehearsal, cdk, Path(name), _say)
        play.play()
        print(report(play.outcomes, play.failures, play.resources), end="")
    if rehearsal.transcript is not None:
        said = (f"$ {ran.command}\n{ran.output}\n[exit status {ran.status}]\n" for ran in play.ran)
        rehearsal.transcript.write_text("\n".join(said), encoding="utf-8")
    return _FOUND if any(outcome.verdict is Verdict.WRONG for outcome in play.outcomes) else _GOOD


def _check(rehearsal: Rehearsal) -> None:
    """See that all that it needs is there, before anything is started.

    Raises:
        CommandError: it is not.
    """
    transcript = rehearsal.transcript
    if transcript is not None and not transcript.parent.is_dir():
        raise CommandError(f"--transcript: {transcript.parent} is no directory; name a file in one that there is")
    without = next((one for one in rehearsal.assembly.stacks if one.deploy_role is None), None)
    if without is not None and rehearsal.ci is None:
        whose = f"stack {without.name} is deployed with the permissions of whoever runs cdk"
        raise CommandError(f"{rehearsal.assembly.folder}: {whose}; give them with --ci-role")
    if rehearsal.bootstrap is not None and not bootstrap.qualifiers(rehearsal):
        raise CommandError("--bootstrap: the app names no role of a bootstrap stack; leave it out")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
