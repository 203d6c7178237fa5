"""Hold what CloudTrail recorded of a role against what the templates need and the role grants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.assembly import read_assembly
from leastgrant.cli.arguments import RoleOptions, add_deployed, add_example, add_output, add_role
from leastgrant.cli.commands.common import FOUND, PROVED, stack_tags
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.progress import Progress
from leastgrant.cli.terminal import width
from leastgrant.evidence.compare import Whose, evidence_of
from leastgrant.evidence.incident import incidents
from leastgrant.evidence.trail import read_events, trail_files
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.prove import prove
from leastgrant.proof.request import Tags
from leastgrant.report.evidence import evidence_json, evidence_markdown, evidence_text
from leastgrant.role import Role
from leastgrant.text import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leastgrant.cli.parser import Parser
    from leastgrant.evidence.compare import Evidence
    from leastgrant.evidence.incident import Incident
    from leastgrant.proof.prove import Proof
    from leastgrant.template import ResolvedTemplate


class Options(RoleOptions):
    """The arguments of the command."""

    trail: Sequence[str]
    cdk_out: Path | None = None
    session: Sequence[str] = ()


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    files = trail_files(options.trail)
    proof, deployed = _proof(options)
    whose = Whose(_role_arn(proof.role), tuple(map(Pattern.parse, options.session)))
    with Progress("Reading the trail", files.size, "B") as progress:
        found = evidence_of(read_events(files, progress.advance), proof, whose, with_role=bool(options.role))
    if not found.events:
        raise ArgumentError(
            f"{' '.join(options.trail)}: has no events, so it shows nothing; give what CloudTrail delivers"
        )
    if files.left_out:
        found.left_out = first_few([str(path) for path in files.left_out], "file")
    report, rows = _REPORTS.get(options.format), incidents(found, deployed)
    write(report(found, rows) if report else evidence_text(found, rows, width(options.output)), options.output)
    return PROVED if found.holds else FOUND


_REPORTS: Mapping[str, Callable[[Evidence, Sequence[Incident]], str]] = {
    "json": evidence_json,
    "markdown": evidence_markdown,
}


def _proof(options: Options) -> tuple[Proof, tuple[ResolvedTemplate, ...]]:
    inputs = read_inputs(options, *([options.role] if options.role else []))
    (role,) = inputs.roles or (Role("no role", ()),)
    role = replace(role, arns=(options.role_arn,) if options.role_arn else role.arns)
    deployed, tags = inputs.deployed, stack_tags(options)
    if options.cdk_out is None:
        _refuse_without_place(options)
        return prove(role, deployed, uses=inputs.uses, stack_tags=tags), deployed
    if deployed:
        raise ArgumentError("--cdk-out: names the stacks, as --app does; keep one of them")
    deployed, of_stacks = _of_assembly(options, options.cdk_out, role)
    return prove(role, deployed, uses=inputs.uses, stack_tags=of_stacks), deployed


def _refuse_without_place(options: Options) -> None:
    if not options.app:
        raise ArgumentError("--app: is needed, or --cdk-out: what was predicted is read from the templates")
    for option, given in (("--account", options.account), ("--region", options.region)):
        if given is None:
            raise ArgumentError(f"{option}: is needed with --app")


def _of_assembly(options: Options, folder: Path, role: Role) -> tuple[tuple[ResolvedTemplate, ...], Mapping[str, Tags]]:
    """Return the stacks of an assembly that the role deploys: those that name it, if any does."""
    assembly = read_assembly(folder, account=options.account, region=options.region)
    arn = _role_arn(role)
    resolved = assembly.resolved()
    own = [one for one in resolved if arn is not None and arn.matches(one[0].execution_role or "")] or resolved
    tags = {stack.name: Tags.literal(stack.tags) for stack, _ in own}
    return tuple(template for _, template in own), tags


def _role_arn(role: Role) -> Pattern | None:
    return role.arns[0] if len(role.arns) == 1 else None


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant trail AWSLogs/ --role role.yaml#DeployRole --app app.yaml --stack-name shop \\\n"
        "    --account 123456789012 --region eu-west-1\n"
        "  leastgrant trail events.csv --cdk-out cdk.out --role-arn arn:aws:iam::123456789012:role/deployer",
    )
    parser.add_argument(
        "trail",
        nargs="+",
        metavar="TRAIL",
        help="CloudTrail's events: log files, JSON or gzip, one a line or in a list, a folder of them, what aws "
        "cloudtrail lookup-events prints, the result of the query in docs/evidence.md as CSV; - is stdin",
    )
    add_role(parser, required=False)
    add_deployed(parser, required=False)
    parser.add_argument(
        "--cdk-out",
        type=Path,
        metavar="DIR",
        help="instead of --app: the folder that cdk synth writes; of its stacks those that CloudFormation deploys with "
        "the role, or all if it is named by none",
    )
    parser.add_argument(
        "--session",
        action="append",
        default=[],
        metavar="NAME",
        help="the name of the role's sessions that count, such as 'deploy-*' (repeat it; default: all)",
    )
    add_output(parser, ("text", "json", "markdown"))
