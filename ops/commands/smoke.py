"""Is the deployed app healthy? The smoke tests: the docs app over HTTP, the work engine by invoking it."""

from __future__ import annotations

import argparse
import math
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from leastgrant.text import counted, printable
from ops.app.docs_app import front_page, login_page
from ops.app.probe import retry
from ops.app.work_engine import HEALTH, TEMPLATES, health, templates
from ops.stack.outputs import stack_outputs
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ops.app.probe import ProbeResult
    from ops.aws.account import Account
    from ops.project.deployment import Deployment

_URL: Final = "DocsFullAppUrl"
_FUNCTION: Final = "WorkEngineFunctionName"
_SECRET: Final = "WorkEnginePortalSecretName"  # noqa: S105  (the name of the output that names the secret)


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """One smoke test."""

    name: str
    asked: str
    result: ProbeResult

    @property
    def passed(self) -> bool:
        """Whether it is as it should be."""
        return self.result.fault is None


@dataclass(frozen=True, slots=True)
class Smoke:
    """What was asked and answered."""

    steps: Sequence[SmokeTest]

    @property
    def status(self) -> ExitStatus:
        """Good if every step passed."""
        return ExitStatus.GOOD if all(step.passed for step in self.steps) else ExitStatus.FOUND

    def text(self) -> str:
        """Return a table of the steps, then what each asked and was answered."""
        rows = [
            (step.name, "good" if step.passed else "FAILED", step.result.fault or "as it should be")
            for step in self.steps
        ]
        lines = table(("smoke test", "verdict", "what was found"), rows)
        return "\n".join([*lines, *self._details()]) + "\n"

    def _details(self) -> Iterator[str]:
        for step in self.steps:
            yield ""
            yield printable(f"{step.name}: {step.asked}")
            yield printable(f"  answered, after {counted(step.result.attempts, 'attempt')}: {step.result.said}")
            if step.result.excerpt:
                yield f"  {step.result.excerpt}"

    def document(self) -> SmokeDocument:
        """Return the steps, in order."""
        return SmokeDocument(
            tuple(
                SmokeTestDocument(
                    name=step.name,
                    asked=step.asked,
                    answered=step.result.said,
                    excerpt=step.result.excerpt,
                    attempts=step.result.attempts,
                    passed=step.passed,
                    fault=step.result.fault,
                )
                for step in self.steps
            )
        )


class SmokeTestDocument(Struct, frozen=True):
    """A smoke test, as JSON."""

    name: str
    asked: str
    answered: str
    excerpt: str
    attempts: int
    passed: bool
    fault: str | None


class SmokeDocument(Struct, frozen=True):
    """The smoke tests, as JSON."""

    steps: tuple[SmokeTestDocument, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add how long to wait, and how often to ask."""
    parser.add_argument(
        "--timeout", type=_seconds, default=30.0, metavar="SECONDS", help="for each answer of the docs app (30)"
    )
    parser.add_argument(
        "--attempts", type=_attempts, default=4, metavar="NUMBER", help="of each test, as a cold start may fail (4)"
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= 900:  # noqa: PLR2004  (no Lambda function runs longer: AWS Lambda, "Quotas")
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from above 0 to 900")
    return seconds


def _attempts(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 20:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 20")
    return int(text)


def run(
    deployment: Deployment, account: Account, options: argparse.Namespace, pause: Callable[[float], None] = time.sleep
) -> Smoke:
    """Ask the docs app and the work engine that the stack's outputs name.

    Raises:
        OpsError: there is no such stack, or it lacks an output.
        BotoCoreError, ClientError: the outputs could not be read. What fails later is the step's.
    """
    outputs = stack_outputs(account.cloudformation, deployment.settings.app_stack_name, _URL, _FUNCTION, _SECRET)
    url, function, secret = outputs[_URL].rstrip("/"), outputs[_FUNCTION], outputs[_SECRET]
    tests: list[tuple[str, str, Callable[[], ProbeResult]]] = [
        ("login page", f"GET {url}/login", partial(login_page, url, options.timeout)),
        ("front page", f"GET {url}/", partial(front_page, url, options.timeout)),
        ("work engine: health", f"invoke {function}: GET {HEALTH}", partial(health, account, function)),
        (
            "work engine: templates",
            f"invoke {function}: GET {TEMPLATES}, as the portal, with the value of the secret {secret}",
            partial(templates, account, function, secret),
        ),
    ]
    return Smoke([SmokeTest(name, asked, retry(test, options.attempts, pause)) for name, asked, test in tests])
