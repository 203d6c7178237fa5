"""May the deployment start? Each check asks AWS for itself, so that a call that is denied hides no other answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from leastgrant.text import printable
from ops.checks.artifact_bucket_is_ours import artifact_bucket_is_ours
from ops.checks.iam_agrees import iam_agrees
from ops.checks.names_are_free import names_are_free
from ops.checks.provider_exists import provider_exists
from ops.checks.record_is_true import record_is_true
from ops.checks.result import CheckResult, CheckVerdict, result_of
from ops.checks.role_covers_needs import role_covers_needs
from ops.checks.role_is_as_deployed import role_is_as_deployed
from ops.checks.role_is_current import role_is_current
from ops.checks.secret_exists import secret_exists
from ops.checks.stack_can_be_updated import stack_can_be_updated
from ops.checks.template_asks_nothing import template_asks_nothing
from ops.role.deployed import read_deployed_role
from ops.role.live import read_live_role
from ops.role.synthesised import synthesised_role
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from ops.aws.account import Account
    from ops.checks.result import Check
    from ops.project.deployment import Deployment
    from ops.role.documents import RoleDocuments

_THREADS = 8
_MOST = 20  # lines of a check's details: of a role that is older by much there are hundreds


@dataclass(frozen=True, slots=True)
class Preflight:
    """What every check came to."""

    results: Sequence[CheckResult]
    most: int | None = None
    """The most lines that are shown of each check's details; None: all."""

    @property
    def status(self) -> ExitStatus:
        """Good only if all is known to be good."""
        return (
            ExitStatus.GOOD
            if all(result.finding.verdict is CheckVerdict.GOOD for result in self.results)
            else ExitStatus.FOUND
        )

    def text(self) -> str:
        """Return a table of the checks, then the details of each."""
        rows = [(result.name, result.finding.verdict.value, result.finding.sentence) for result in self.results]
        return (
            "\n".join([*table(("check", "verdict", "what was found"), rows), *self._details(), "", self._end()]) + "\n"
        )

    def _details(self) -> Iterator[str]:
        for result in self.results:
            if result.finding.details:
                yield ""
                yield f"{result.name}:"
                shown = result.finding.details[: self.most]
                yield from (f"  {printable(line)}" for line in shown)
                if left := len(result.finding.details) - len(shown):
                    yield f"  and {left:,} more, which --all shows"

    def _end(self) -> str:
        if self.status is ExitStatus.GOOD:
            return "The deployment may start."
        return "Do not deploy before each of these is understood."

    def document(self) -> PreflightDocument:
        """Return the checks, in order."""
        return PreflightDocument(
            tuple(
                CheckDocument(one.name, one.finding.verdict, one.finding.sentence, one.finding.details)
                for one in self.results
            )
        )


class CheckDocument(Struct, frozen=True):
    """A check, as JSON."""

    name: str
    verdict: CheckVerdict
    sentence: str
    details: tuple[str, ...]


class PreflightDocument(Struct, frozen=True):
    """The preflight, as JSON."""

    checks: tuple[CheckDocument, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add who asks, and how much is shown."""
    parser.add_argument("--all", action="store_true", help="show all details of each check")
    parser.add_argument(
        "--as-deploy-role", action="store_true", help="ask only what the deploy role may ask: nothing of IAM"
    )


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> Preflight:
    """Ask everything at once.

    Raises:
        InputError: the cloud assembly cannot be read.
    """
    make_clients(account)
    most = None if options.all else _MOST
    if options.as_deploy_role:
        checks = _checks_of_deploy_role(deployment, account)
        return Preflight(tuple(map(result_of, checks.keys(), checks.values())), most)
    # read here, once, before there are threads
    synthesised, _ = synthesised_role(deployment), deployment.needs_of_the_role
    with ThreadPoolExecutor(_THREADS) as pool:
        live = pool.submit(read_live_role, account.iam, synthesised.name)  # first: other checks wait for it
        deployed = pool.submit(read_deployed_role, account.cloudformation, deployment.settings)
        checks = _checks(deployment, account, synthesised, live, deployed)
        return Preflight(tuple(pool.map(result_of, checks.keys(), checks.values())), most)


def make_clients(account: Account) -> None:
    """Make every client in this thread: a session is not for several threads, a client is (Boto3, "Clients")."""
    _ = account.cloudformation, account.dynamodb, account.events, account.functions
    _ = account.iam, account.s3, account.secrets


def _checks_of_deploy_role(deployment: Deployment, account: Account) -> Mapping[str, Check]:
    """Return the checks that the deploy role may make itself: those of its app."""
    app = deployment.app
    return {
        f"stack {app.name}": partial(stack_can_be_updated, account.cloudformation, app.name),
        f"template {app.name}": partial(template_asks_nothing, app),
        f"names of {app.name}": partial(names_are_free, account, app.name, app.resolved),
        "artifact bucket": partial(artifact_bucket_is_ours, account.s3, deployment.settings),
    }


def _checks(
    deployment: Deployment,
    account: Account,
    synthesised: RoleDocuments,
    live: Future[RoleDocuments | None],
    deployed: Future[RoleDocuments | None],
) -> Mapping[str, Check]:
    settings, needs, app = deployment.settings, deployment.needs_of_the_role, deployment.app
    stacks = (deployment.role_stack, app)
    return {
        **{
            f"stack {stack.name}": partial(stack_can_be_updated, account.cloudformation, stack.name) for stack in stacks
        },
        **{f"template {stack.name}": partial(template_asks_nothing, stack) for stack in stacks},
        "deploy role: as synthesised": lambda: role_is_current(live.result(), synthesised, deployed.result),
        "deploy role: as deployed": lambda: role_is_as_deployed(settings, live.result(), deployed.result()),
        "deploy role: covers the needs": lambda: role_covers_needs(live.result(), synthesised.name, needs),
        "deploy role: IAM agrees": lambda: iam_agrees(account.iam, live.result(), synthesised.name, needs),
        **{f"names of {stack.name}": partial(names_are_free, account, stack.name, stack.resolved) for stack in stacks},
        f"record of {app.name}": lambda: record_is_true(account, app.name, app.resolved, deployment.record),
        "secret: GitHub token": partial(secret_exists, account.secrets, settings.github_token_secret_name),
        "secret: password": partial(secret_exists, account.secrets, settings.basic_auth_password_secret_name),
        "OIDC provider": partial(provider_exists, account.iam, settings),
        "artifact bucket": partial(artifact_bucket_is_ours, account.s3, settings),
    }
