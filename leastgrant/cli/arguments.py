"""Arguments that several commands take, and the options that they give."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli.parser import ArgumentError, Options, Parser
from leastgrant.knowledge.tools import COMMANDS, DEFAULTS
from leastgrant.proof import uses
from leastgrant.proof.tools import Assets
from leastgrant.template import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leastgrant.iam.pattern import Pattern

PROVIDER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
"""What aws-actions/configure-aws-credentials asks GitHub's provider for (GitHub Docs, "Configuring OpenID Connect in
Amazon Web Services")."""


class PlaceOptions(Options):
    """Where it is deployed."""

    account: str | None = None
    region: str | None = None
    partition: str | None = None

    def check(self) -> None:
        """Refuse a region that is not of the partition.

        Raises:
            ArgumentError: it is not, or there is none.
        """
        self._check_region(self.region)

    def _check_region(self, region: str | None) -> None:
        try:
            Environment(self.partition, region)
        except ValueError as error:
            raise ArgumentError(f"leastgrant {self.command}: argument --region: {error}") from None


class InputOptions(PlaceOptions):
    """What templates, roles and uses are read by; the default where a command has no such argument."""

    app: Sequence[Path] = ()
    stack_name: Sequence[str] = ()
    parameter: Sequence[tuple[str, str]] = ()
    nested: Sequence[tuple[str, Path]] = ()
    export: Sequence[tuple[str, str]] = ()
    uses: Path | None = None
    tool: Sequence[str] = ()
    assets: Assets | None = None
    existing: Sequence[str] = ()
    own_bucket: Sequence[str] = ()
    stack_tags: bool = False
    stack_tag: Sequence[tuple[str, str]] = ()
    role_stack_name: str | None = None
    managed_policy: Sequence[tuple[str, Path]] = ()


class RoleOptions(InputOptions):
    """A role, and what is deployed with it."""

    role: Sequence[str] = ()
    role_arn: Pattern | None = None


class OwnOptions(RoleOptions):
    """What the stacks own besides."""

    namespace: Sequence[Pattern] = ()
    belongs: Sequence[Pattern] = ()


class ProofOptions(OwnOptions):
    """What a role is proved by; the default where a command has no such argument."""

    all: bool = False
    trusted_subject: Sequence[str] = ()
    trusted_audience: Sequence[str] = ()
    trusted_claim: Sequence[tuple[str, str]] = ()
    trusted_provider: str = PROVIDER


class AcknowledgingOptions(Options):
    """Which findings are meant to be."""

    acknowledge: Sequence[tuple[str, str]] = ()


def add_example(parser: Parser, text: str) -> None:
    """Add how the command is called, below its arguments."""
    parser.epilog = f"example:\n  {text}"


def add_role(parser: Parser, *, required: bool) -> None:
    """Add the role, by its template or its policies."""
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        required=required,
        metavar="ROLE[#LogicalId]",
        help="the role that CloudFormation acts with: a template that declares it (with #LogicalId if it declares "
        "several), or a policy, a list of policies or a folder of policies, JSON or YAML (repeat it for policies that "
        "are kept elsewhere: they are one role)",
    )
    add_role_stack(parser)
    add_role_arn(parser)


def add_own(parser: Parser) -> None:
    """Add what says what the stacks own, and what the policies that bound them allow."""
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        type=arn_pattern,
        metavar="ARN_PATTERN",
        help="what the stacks may own, such as 'arn:aws:*:eu-west-1:123456789012:*shop-*'; a grant that reaches "
        "outside is a finding (repeat it; without any: the account and region)",
    )
    parser.add_argument(
        "--belongs",
        action="append",
        default=[],
        type=arn_pattern,
        metavar="ARN_PATTERN",
        help="what belongs to the stacks besides, and the role need not reach, such as a secret made by hand that a "
        "function reads: a function that may read it gives nobody more than what is the stacks' own (repeat it)",
    )
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=managed_policy,
        metavar="ARN=FILE",
        help="the document of a policy that the role's conditions name, as a boundary or to be attached: one that is "
        "not known limits nobody (repeat it; those of the templates and AWS's common ones are known)",
    )


def add_role_stack(parser: Parser) -> None:
    """Add the stack of the role's template."""
    parser.add_argument(
        "--role-stack-name",
        type=environment("stack_name"),
        metavar="NAME",
        help="the stack of the role's template, if the template refers to it",
    )


def add_role_arn(parser: Parser) -> None:
    """Add the role's ARN."""
    parser.add_argument(
        "--role-arn",
        type=arn_pattern,
        metavar="ARN",
        help="the role's own ARN, if no template tells it; without it, every role that it may change counts as itself",
    )


def add_deployed(parser: Parser, *, required: bool) -> None:
    """Add the templates, where they are deployed, and what else the role is for."""
    parser.add_argument(
        "--app",
        "--template",
        action="append",
        default=[],
        required=required,
        type=Path,
        metavar="TEMPLATE",
        help="a template that is deployed with the role, JSON or YAML; SAM takes leastgrant[sam] (repeat it)",
    )
    parser.add_argument(
        "--stack-name",
        action="append",
        default=[],
        required=required,
        type=environment("stack_name"),
        metavar="NAME",
        help="the stack of the --app before it: generated names begin with it (repeat it for each --app)",
    )
    add_place(parser, required=required)
    parser.add_argument(
        "--uses",
        type=Path,
        metavar="FILE",
        help="what other tools do with the role: a list of {name, reason, actions, resources, context}, YAML or "
        "JSON; context, which may be left out, has the condition keys of its requests",
    )
    parser.add_argument(
        "--tool",
        action="append",
        default=[],
        choices=(*DEFAULTS, *COMMANDS),
        metavar="TOOL",
        help=f"what deploys the stacks with the role, whose own calls are needed too: {', '.join(DEFAULTS)}, or a "
        "command, such as 'cdk diff' (repeat it)",
    )
    parser.add_argument(
        "--assets",
        type=assets,
        metavar="BUCKET[/PREFIX]",
        help="where the tool uploads to (default: the bucket that cdk bootstrap makes, for cdk)",
    )
    parser.add_argument(
        "--nested",
        action="append",
        default=[],
        type=_nested,
        metavar="LOGICALID=FILE",
        help="the template of a nested stack that is not found by the assembly's metadata or a local TemplateURL; "
        "STACK/OUTER/LOGICALID where several have the logical id (repeat it)",
    )
    parser.add_argument(
        "--existing",
        action="append",
        default=[],
        metavar="LOGICALID",
        help="a resource that is deployed already, so that it is not created, and its creation not rolled back; "
        "STACK/LOGICALID where several stacks have the logical id (repeat it)",
    )
    parser.add_argument(
        "--own-bucket",
        action="append",
        default=[],
        metavar="NAME",
        help="a bucket of the account, such as the one that code is uploaded to, for conditions on aws:ResourceAccount "
        "(repeat it)",
    )
    parser.add_argument(
        "--stack-tags", action="store_true", help="the stacks have tags, which CloudFormation adds to their resources"
    )
    parser.add_argument(
        "--stack-tag",
        action="append",
        default=[],
        type=_tag,
        metavar="KEY=VALUE",
        help="a tag of the stacks, for conditions that ask for it (repeat it; --stack-tags too if there are others)",
    )


def add_place(parser: Parser, *, required: bool, several_regions: bool = False) -> None:
    """Add the account and the region, or the regions, and what templates read of them."""
    parser.add_argument(
        "--account", required=required, type=environment("account"), metavar="ID", help="the account, 12 digits"
    )
    if several_regions:
        parser.add_argument(
            "--region",
            dest="regions",
            action="append",
            default=[],
            metavar="R",
            help="a region that the jobs may work in, such as eu-west-1 (repeat it)",
        )
    else:
        parser.add_argument("--region", required=required, metavar="R", help="the region, such as eu-west-1")
    parser.add_argument(
        "--partition", type=environment("partition"), metavar="P", help="the partition (default: the region's)"
    )
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        type=parameter,
        metavar="NAME=VALUE",
        help="what another stack exports, for Fn::ImportValue; exports of the templates given are known (repeat it)",
    )
    add_template_parameter(parser)


def add_template_parameter(parser: Parser) -> None:
    """Add the values of the templates' parameters."""
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=parameter,
        metavar="KEY=VALUE",
        help="a template parameter, for every template that declares it; without it the default counts (repeat it)",
    )


def add_acknowledge(parser: Parser) -> None:
    """Add which findings are meant to be."""
    parser.add_argument(
        "--acknowledge",
        action="append",
        default=[],
        type=_acknowledgement,
        metavar="ID=REASON",
        help="a finding that is meant to be, by the id that the report shows, and why, such as "
        "'excess[sqs:PurgeQueue]=we purge by hand'; it no longer counts, and it is an error if it is no longer found "
        "(repeat it)",
    )


def add_output(parser: Parser, formats: Sequence[str]) -> None:
    """Add the formats, the first of which is the default, and the file."""
    if formats:
        parser.add_argument("--format", choices=formats, default=formats[0], help=f"(default: {formats[0]})")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file instead of stdout")


def environment(name: str) -> Callable[[str], str]:
    """Make the type of an argument that is a part of an environment, by its name there."""

    def value(text: str) -> str:
        try:
            Environment(**{name: text})  # pyright: ignore[reportArgumentType]  one of the texts
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return value


def parameter(text: str) -> tuple[str, str]:
    """Read KEY=VALUE.

    Raises:
        ArgumentTypeError: it is none.
    """
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} gives no parameter a value; write KEY=VALUE")
    return key, value


def _nested(text: str) -> tuple[str, Path]:
    key, sign, path = text.partition("=")
    if not key or not path or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} gives no nested stack a template; write LOGICALID=FILE")
    return key, Path(path)


_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Source: "General purpose bucket naming rules", Amazon S3 User Guide."""


def assets(text: str) -> Assets:
    """Read BUCKET or BUCKET/PREFIX.

    Raises:
        ArgumentTypeError: it is none.
    """
    bucket, _, prefix = text.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with a bucket's name; write BUCKET or BUCKET/PREFIX")
    return Assets(bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else "")


def _tag(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} gives no tag a value; write KEY=VALUE")
    return key, value


def managed_policy(text: str) -> tuple[str, Path]:
    """Read ARN=FILE.

    Raises:
        ArgumentTypeError: it is none.
    """
    arn, sign, path = text.partition("=")
    if not sign or not path or not arn.startswith("arn:"):
        raise argparse.ArgumentTypeError(f"{text!r} gives no policy a file; write ARN=FILE")
    return arn, Path(path)


_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")


def role_arn(text: str) -> str:
    """Read a role's ARN, written out.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not _ROLE_ARN.fullmatch(text) or "*" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no role's ARN; write arn:aws:iam::123456789012:role/NAME")
    return text


_ACKNOWLEDGEMENT = re.compile(r"([a-z]+(?:\[.*?\])?)=(.*\S.*)", re.DOTALL)  # an ARN within the id may hold =


def _acknowledgement(text: str) -> tuple[str, str]:
    given = _ACKNOWLEDGEMENT.fullmatch(text)
    if given is None:
        raise argparse.ArgumentTypeError(f"{text!r} gives no finding a reason; write ID=REASON")
    return given[1], given[2]


def arn_pattern(text: str) -> Pattern:
    """Read an ARN or a pattern of ARNs.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        return uses.arn_pattern(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
