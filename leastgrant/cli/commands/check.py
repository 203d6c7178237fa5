"""Prove a role, and report it."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import (
    AUDIENCE,
    PROVIDER,
    AcknowledgingOptions,
    ProofOptions,
    add_acknowledge,
    add_deployed,
    add_example,
    add_output,
    add_own,
    add_role,
)
from leastgrant.cli.commands.common import FOUND, PROVED, acknowledged
from leastgrant.cli.commands.proof import proof_of
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.terminal import has_colour, has_links, width
from leastgrant.report import html_report, json_report, markdown_report, sarif_report, text_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leastgrant.cli.parser import Parser
    from leastgrant.proof.prove import Proof


class Options(AcknowledgingOptions, ProofOptions):
    """The arguments of the command."""


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    proof = acknowledged(proof_of(options, read_inputs(options, options.role)), options)
    write(_REPORTS[options.format](proof) if options.format in _REPORTS else _text(proof, options), options.output)
    return PROVED if proof.proved else FOUND


_REPORTS: Mapping[str, Callable[[Proof], str]] = {
    "json": json_report,
    "markdown": markdown_report,
    "sarif": sarif_report,
    "html": html_report,
}


def _text(proof: Proof, options: Options) -> str:
    colour, links = has_colour(options.output), has_links(options.output)
    return text_report(proof, width=width(options.output), colour=colour, links=links, everything=options.all)


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant check --role role.yaml#DeployRole --app app.yaml --stack-name shop \\\n"
        "    --account 123456789012 --region eu-west-1",
    )
    add_role(parser, required=True)
    add_deployed(parser, required=True)
    add_own(parser)
    parser.add_argument(
        "--all",
        action="store_true",
        help="what a change of the templates, or its rollback, calls must be granted too; and name the calls that are "
        "not granted, and that no deployment needs",
    )
    parser.add_argument(
        "--trusted-subject",
        action="append",
        default=[],
        metavar="SUB",
        help="the `sub` of an OIDC token that may assume the role, such as repo:me/shop:ref:refs/heads/main; the "
        "role must trust these and no others (repeat it; without any, only trust in anybody from outside is a finding)",
    )
    parser.add_argument(
        "--trusted-audience",
        action="append",
        default=[],
        metavar="AUD",
        help=f"the `aud` of these tokens (default: {AUDIENCE})",
    )
    parser.add_argument(
        "--trusted-claim",
        action="append",
        default=[],
        type=_claim,
        metavar="KEY=VALUE",
        help="another claim that these tokens have and the role must ask for, such as repository_id=1296269 or "
        "job_workflow_ref=me/shop/.github/workflows/deploy.yml@refs/heads/main (repeat it; of one key, any value)",
    )
    parser.add_argument(
        "--trusted-provider",
        default=PROVIDER,
        metavar="HOST",
        help="the OIDC provider that issues them (default: %(default)s)",
    )
    add_acknowledge(parser)
    add_output(parser, ("text", "json", "markdown", "sarif", "html"))


def _claim(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9_./-]+", key) or key in ("aud", "sub") or not value:
        raise argparse.ArgumentTypeError(f"{text!r} gives no claim beside aud and sub a value; write KEY=VALUE")
    return key, value
