"""Arguments of the commands that prove a delivery chain, and the options that they give."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import (
    AcknowledgingOptions,
    PlaceOptions,
    add_acknowledge,
    environment,
    parameter,
    role_arn,
)
from leastgrant.proof.finding import Kind
from leastgrant.proof.link import MOST_MANAGED, Link, Per, Room
from leastgrant.proof.needs import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leastgrant.cli.parser import Parser
    from leastgrant.proof.tools import Assets

LINKS = tuple(link.value for link in Link)
KINDS = tuple(kind.value for kind in Kind)
OPERATIONS = tuple(operation.value for operation in Operation)


class ChainOptions(AcknowledgingOptions, PlaceOptions):
    """A delivery chain; the default where a command has no such argument."""

    parameter: Sequence[tuple[str, str]] = ()
    exec_policy: Sequence[tuple[str, Path]] = ()
    managed_policy: Sequence[tuple[str, Path]] = ()
    ci_role: Sequence[str] = ()
    ci_role_arn: str | None = None
    uses: Path | None = None
    boundary: Path | None = None
    scp: Sequence[Path] = ()
    rcp: Sequence[Path] = ()
    organization: str | None = None
    assets: Assets | None = None
    link: Sequence[str] = ()
    only: Sequence[str] = ()
    operation: Sequence[str] = ()
    only_stack: Sequence[str] = ()
    all: bool = False
    generate: Path | None = None
    most_policies: int = MOST_MANAGED
    room: str = Room.NONE.value
    per: str = Per.APP.value


class AppOptions(ChainOptions):
    """The delivery chain of a CDK app."""

    assembly: Path
    bootstrap: Path | None = None
    account_details: Sequence[Path] = ()


class PlainOptions(ChainOptions):
    """The delivery chain of plain templates."""

    templates: Sequence[tuple[str, Path]] = ()
    exec_role: Sequence[str] = ()
    exec_role_arn: str | None = None
    deploy_role: Sequence[str] = ()
    deploy_role_arn: str | None = None
    deployed_with: str = "aws-cli"


def add_app(parser: Parser) -> None:
    """Add a CDK app, and what it is deployed through."""
    parser.add_argument("assembly", type=Path, metavar="CDK_OUT", help="the folder that cdk synth writes")
    add_unstated_place(parser)
    parser.add_argument(
        "--bootstrap",
        type=Path,
        metavar="TEMPLATE",
        help="the bootstrap template, which has the roles that the CLI works with (cdk bootstrap --show-template)",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=parameter,
        metavar="KEY=VALUE",
        help="a parameter of the bootstrap template; without it what cdk bootstrap gives, or the default (repeat it)",
    )
    parser.add_argument(
        "--exec-policy",
        action="append",
        default=[],
        type=exec_policy,
        metavar="[ENVIRONMENT=]FILE",
        help="what the execution role may do instead of what the bootstrap template says: a policy, a list or a folder "
        "of policies, a template of managed policies, or the folder that --generate wrote; ENVIRONMENT, "
        "ACCOUNT or ACCOUNT/REGION, says whose (repeat it)",
    )
    parser.add_argument(
        "--boundary", type=Path, metavar="FILE", help="the permissions boundary that cdk bootstrap is told to set"
    )


def add_unstated_place(parser: Parser) -> None:
    """Add where the stacks are deployed that do not state it."""
    parser.add_argument(
        "--account", type=environment("account"), metavar="ID", help="the account of the stacks that state none"
    )
    parser.add_argument("--region", metavar="R", help="the region of the stacks that state none")


def add_ci_role(parser: Parser) -> None:
    """Add the role that starts the deployment."""
    parser.add_argument(
        "--ci-role",
        action="append",
        default=[],
        metavar="ROLE[#LogicalId]",
        help="the role that starts the deployment, as check takes --role",
    )
    parser.add_argument("--ci-role-arn", type=role_arn, metavar="ARN", help="its ARN, if no template tells it")
    parser.add_argument("--uses", type=Path, metavar="FILE", help="what else the CI role is for, as check takes it")


def add_walls(parser: Parser) -> None:
    """Add the organisation's control policies."""
    for name, what in (("scp", "service"), ("rcp", "resource")):
        parser.add_argument(
            f"--{name}",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help=f"the {what} control policies of one level, the root, a unit or the account: a policy, a list or a "
            "folder of policies (repeat it for each level)",
        )
    parser.add_argument(
        "--organization",
        type=_organization,
        metavar="ID",
        help="the organisation of all accounts, such as o-a1b2c3d4e5, for control policies that ask for it",
    )


def add_shown(parser: Parser) -> None:
    """Add which findings are shown."""
    parser.add_argument(
        "--only", action="append", default=[], choices=KINDS, help="show the findings of this kind (repeat it)"
    )
    parser.add_argument(
        "--operation",
        action="append",
        default=[],
        choices=OPERATIONS,
        help="show what fails in this operation (repeat it)",
    )
    parser.add_argument("--all", action="store_true", help="show every finding below its cause, with its id")
    add_acknowledge(parser)


def add_generate(parser: Parser) -> None:
    """Add what writes policies."""
    parser.add_argument(
        "--generate",
        type=Path,
        metavar="DIR",
        help="write the least policies of the execution roles, a template for each environment, and the commands that "
        "put them to use",
    )
    parser.add_argument(
        "--most-policies",
        type=_most_policies,
        default=MOST_MANAGED,
        metavar="N",
        help="how many managed policies a role may have: the account's quota 'Managed policies per role' (default: "
        "%(default)s, which is AWS's)",
    )
    parser.add_argument(
        "--room",
        choices=[room.value for room in Room],
        default=Room.NONE.value,
        help="types: the execution roles may call what they call now on whatever is named after the app's stacks, so "
        "that it can get more resources of the types that it has (default: %(default)s)",
    )


def add_per(parser: Parser) -> None:
    """Add which stacks share policies."""
    parser.add_argument(
        "--per",
        choices=[per.value for per in Per],
        default=Per.APP.value,
        help="write policies for all stacks of an environment (app), for each stack (stack), or for all of an account, "
        "the same for the roles of its regions (account; give it for the proof too) (default: %(default)s)",
    )


_MOST_POLICIES = 25
"""More than AWS grants on request (20, "IAM and AWS STS quotas", AWS IAM User Guide; it has been raised before)."""


def _most_policies(text: str) -> int:
    if not text.isdecimal() or not MOST_MANAGED <= int(text) <= _MOST_POLICIES:
        raise argparse.ArgumentTypeError(f"{text!r} is no such quota; it is {MOST_MANAGED} to {_MOST_POLICIES}")
    return int(text)


_EXEC_POLICY = re.compile(r"(?:(?P<environment>[0-9]{12}(?:/[a-z0-9-]+)?)=)?(?P<path>.+)", re.DOTALL)


def exec_policy(text: str) -> tuple[str, Path]:
    """Read FILE or ENVIRONMENT=FILE.

    Raises:
        ArgumentTypeError: it is neither.
    """
    given = _EXEC_POLICY.fullmatch(text)
    if given is None:
        raise argparse.ArgumentTypeError("has an empty name; write FILE, or ACCOUNT/REGION=FILE")
    return given["environment"] or "", Path(given["path"])


def _organization(text: str) -> str:
    if not re.fullmatch(r"o-[a-z0-9]{10,32}", text):  # "Organization", AWS Organizations API Reference
        raise argparse.ArgumentTypeError(f"{text!r} is no organisation's id; it looks like o-a1b2c3d4e5")
    return text
