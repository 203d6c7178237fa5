"""What the acts play with: the emulator, the CDK CLI, `ops`, and the people who use them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from errno import EIO
from io import FileIO
from threading import Timer
from typing import TYPE_CHECKING, Any, Final

from local_aws.callers import Credentials
from local_aws.rehearse.cdk_cli import Ran, run_tool, tool_environment
from rehearsal.outcome import Basis, Observation, RehearsalFailed
from rehearsal.places import CDK, ROOT

__all__ = ["Ran", "Stage"]

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from local_aws import Emulator
    from rehearsal.assemblies import Variants
    from settings import Settings

_PATIENCE: Final = 120  # seconds for one command


@dataclass
class Stage:
    """The rehearsal as it goes on."""

    aws: Emulator
    settings: Settings
    variants: Variants
    directory: Path
    """Temporary, of the rehearsal's own."""
    say: Callable[[str], None]
    outcomes: list[Observation] = field(default_factory=list[Observation])
    act: str = ""
    ran: list[Ran] = field(default_factory=list[Ran])

    @contextmanager
    def playing(self, act: str) -> Generator[None]:
        """Play one act: what is found in it is put under its name."""
        self.act, began = act, time.monotonic()
        self.say(f"{act} ...")
        yield
        self.say(f"  done ({time.monotonic() - began:.1f} s)")

    def see(self, what: str, seen: str, *, good: bool, basis: Basis = Basis.EVIDENCE) -> None:
        """Note what happened.

        Raises:
            RehearsalFailed: it is not what had to happen.
        """
        self.outcomes.append(Observation(self.act, what, seen, good, basis))
        self.say(f"  {'ok' if good else 'WRONG'}  {what}: {seen}")
        if not good:
            raise RehearsalFailed(f"{self.act}: {what}: {seen}")

    def operator(self) -> dict[str, str]:
        """Return the environment of the operator's tools."""
        return self.aws.environment(self.aws.operator)

    def job(self, subject: str | None = None) -> dict[str, str]:
        """Return the environment of the workflow's deploy job: its tools log in themselves, with the job's token.

        Args:
            subject: Of the token; None: that of a push to the trusted branch.
        """
        token = self.directory / "token"
        token.write_text(self._token(subject), encoding="utf-8")
        return {
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_REGION": self.settings.region,
            "AWS_ROLE_ARN": self.role_arn,
            "AWS_ROLE_SESSION_NAME": self._session_name,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        }

    def logged_in(self, subject: str | None = None) -> Credentials:
        """Return the credentials that a job gets for its token.

        Args:
            subject: Of the token; None: that of a push to the trusted branch.

        Raises:
            ClientError: the role's trust does not accept it.
        """
        given = self.client("sts").assume_role_with_web_identity(
            RoleArn=self.role_arn,
            RoleSessionName=self._session_name,
            WebIdentityToken=self._token(subject),
        )["Credentials"]
        return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

    @property
    def role_arn(self) -> str:
        """The deploy role's ARN."""
        settings = self.settings
        return f"arn:{settings.partition}:iam::{settings.account}:role/{settings.deploy_role_name}"

    @property
    def _session_name(self) -> str:
        return f"{self.settings.app_stack_name}-deploy"

    @property
    def _trusted(self) -> str:
        settings = self.settings
        environment, branch = settings.github_environment, f"ref:refs/heads/{settings.github_branch}"
        context = f"environment:{environment}" if environment else branch
        return f"repo:{settings.github_owner}/{settings.github_repo}:{context}"

    def _token(self, subject: str | None) -> str:
        """Make the token of a job: of this repository, and of the workflow that is trusted, if one is."""
        settings = self.settings
        repository = f"{settings.github_owner}/{settings.github_repo}"
        ref = f"refs/heads/{settings.github_branch}"
        workflow = f"{repository}/.github/workflows/{settings.github_workflow}@{ref}"
        claims = {"ref": ref, "job_workflow_ref": workflow, "repository_id": settings.github_repository_id}
        return self.aws.login.token(subject or self._trusted, claims={"repository": repository, **claims})

    def cdk(self, who: dict[str, str], *arguments: str, app: Path | None = None) -> Ran:
        """Run the real CDK CLI, on an assembly that is there."""
        return self._run(
            [
                str(CDK),
                *arguments,
                "--app",
                str(app or self.variants.original),
                "--output",
                str(self.directory / "out"),
            ],
            who,
            f"cdk {' '.join(arguments)}",
        )

    def ops(self, who: dict[str, str], *arguments: str, assembly: Path | None = None) -> Ran:
        """Run a command of `ops`, in a process of its own."""
        chosen = ["--assembly", str(assembly or self.variants.original)]
        command = [sys.executable, "-m", "ops", arguments[0], *chosen, *arguments[1:]]
        return self._run(command, who, f"python -m ops {' '.join(arguments)}")

    def ops_asked(self, who: dict[str, str], typed: str, *arguments: str) -> Ran:
        """Run a command of `ops` that asks a person, at a terminal of its own, where this is typed."""
        command = [sys.executable, "-m", "ops", arguments[0], "--assembly", str(self.variants.original), *arguments[1:]]
        return self._run(command, who, f"python -m ops {' '.join(arguments)}", typed=typed)

    def client(self, service: str) -> Any:
        """Make a client of the operator's, to look at the account with."""
        return self.aws.client(service, self.aws.operator)

    def status(self, stack: str) -> str:
        """Return a stack's status, once no operation runs."""
        self.aws.cloudformation.settle()
        return self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]

    def _run(self, command: list[str], who: dict[str, str], shown: str, *, typed: str | None = None) -> Ran:
        environment = tool_environment(self.directory, {"PYTHONPATH": str(ROOT), **who})
        before = len(self.aws.gateway.recorded)
        try:
            if typed is None:
                status, output = run_tool(command, environment, ROOT, _PATIENCE)
            else:
                status, output = _asked(command, environment, typed)
        except subprocess.TimeoutExpired:
            raise RehearsalFailed(f"{shown}: no end after {_PATIENCE} s") from None
        self.ran.append(Ran(shown, status, output, tuple(self.aws.gateway.recorded[before:])))
        return self.ran[-1]


def _asked(command: list[str], environment: dict[str, str], typed: str) -> tuple[int, str]:
    """Run one at a terminal of its own, where a line is typed; return its status and what the terminal shows."""
    person, terminal = os.openpty()
    with FileIO(person, "r+") as screen:
        running = subprocess.Popen(  # noqa: S603  (the project's own tools)
            command, cwd=ROOT, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
        )
        os.close(terminal)
        screen.write(f"{typed}\n".encode())
        kill = Timer(_PATIENCE, running.kill)
        kill.start()
        shown = b"".join(_until_closed(screen))
        kill.cancel()
        return running.wait(), shown.decode().replace("\r\n", "\n")


def _until_closed(screen: FileIO) -> Iterator[bytes]:
    """Read what is written to a terminal until nobody has it open: Linux then gives EIO, others an end."""
    try:
        while some := screen.read(65536):
            yield some
    except OSError as error:
        if error.errno != EIO:
            raise
