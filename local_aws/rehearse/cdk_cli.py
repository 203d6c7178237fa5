"""The real CDK CLI, run against the emulator with somebody's credentials."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastgrant import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_aws.gateway import Recorded

PATIENCE: Final = 600
"""Seconds for one command."""


class CommandError(InputError):
    """A tool cannot be run, or does not end; in one line."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    command: str
    status: int
    output: str
    """Standard output and standard error."""
    recorded: tuple[Recorded, ...] = ()
    """The calls that AWS got meanwhile."""


def find_cdk(given: Path | None) -> Path:
    """Return the CDK CLI: that which is given, the one in `node_modules` here or above, or the one on the path.

    Raises:
        CommandError: there is none.
    """
    if given is not None:
        if not os.access(given, os.X_OK) or given.is_dir():
            raise CommandError(f"--cdk {given}: is no program; name the CDK CLI, such as node_modules/.bin/cdk")
        return given.absolute()
    here = Path.cwd()
    installed = (folder / "node_modules" / ".bin" / "cdk" for folder in (here, *here.parents))
    found = next((path for path in installed if os.access(path, os.X_OK)), None) or shutil.which("cdk")
    if found is None:
        raise CommandError("there is no CDK CLI here; npm install aws-cdk, or name it with --cdk")
    return Path(found)


def tool_environment(home: Path, who: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a tool: neither the person's AWS configuration nor the CLI's cache is in it."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "NO_COLOR": "1",
        **who,
    }


def run_tool(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, patience: float = PATIENCE
) -> tuple[int, str]:
    """Run a tool where there is no terminal; return its status and what it printed.

    Raises:
        subprocess.TimeoutExpired: it does not end.
        OSError: it cannot be started.
    """
    ended = subprocess.run(  # noqa: S603  (a tool that the project or its user names)
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        timeout=patience,
        check=False,
        text=True,
    )
    return ended.returncode, ended.stdout


def bootstrap_template(cdk: Path, home: Path) -> str:
    """Return the bootstrap template of the CDK CLI.

    Raises:
        CommandError: it does not print it.
    """
    try:
        printed = subprocess.run(  # noqa: S603  (the CDK CLI that the user names)
            [str(cdk), "bootstrap", "--show-template"],
            cwd=home,
            env=tool_environment(home, {}),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
            text=True,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"{cdk}: cannot be run: {error}") from None
    if printed.returncode != 0 or not printed.stdout.strip():
        said = " ".join(printed.stderr.split())[-300:]
        raise CommandError(f"{cdk} bootstrap --show-template: exit status {printed.returncode}: {said}")
    return printed.stdout
