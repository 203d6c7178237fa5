"""The commands and their arguments."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from leastgrant import __version__
from leastgrant.errors import InputError
from leastgrant.knowledge import authorization
from leastgrant.knowledge.schema import is_listed
from leastgrant.knowledge.tools import COMMANDS, DEFAULTS
from leastgrant.proof.finding import Kind
from leastgrant.proof.link import MOST_MANAGED, Link, Per, Room
from leastgrant.proof.needs import Operation
from leastgrant.proof.tools import Assets
from leastgrant.proof.uses import arn_pattern
from leastgrant.template import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leastgrant.iam.pattern import Pattern


LINKS = tuple(link.value for link in Link)
KINDS = tuple(kind.value for kind in Kind)
OPERATIONS = tuple(operation.value for operation in Operation)


class ArgumentError(InputError):
    """The arguments cannot be used, in one line."""


class Options(argparse.Namespace):
    """What was given; the default where a command has no such argument."""

    command: str
    role: Sequence[str] = ()
    app: Sequence[Path] = ()
    stack_name: Sequence[str] = ()
    role_stack_name: str | None = None
    role_arn: Pattern | None = None
    account: str | None = None
    region: str | None = None
    partition: str | None = None
    parameter: Sequence[tuple[str, str]] = ()
    nested: Sequence[tuple[str, Path]] = ()
    export: Sequence[tuple[str, str]] = ()
    uses: Path | None = None
    tool: Sequence[str] = ()
    assets: Assets | None = None
    service_role: bool = False
    existing: Sequence[str] = ()
    own_bucket: Sequence[str] = ()
    stack_tags: bool = False
    stack_tag: Sequence[tuple[str, str]] = ()
    namespace: Sequence[Pattern] = ()
    belongs: Sequence[Pattern] = ()
    managed_policy: Sequence[tuple[str, Path]] = ()
    trusted_subject: Sequence[str] = ()
    trusted_audience: Sequence[str] = ()
    trusted_claim: Sequence[tuple[str, str]] = ()
    trusted_provider: str = ""
    acknowledge: Sequence[tuple[str, str]] = ()
    format: str = "text"
    output: Path | None = None
    managed: bool = False
    all: bool = False
    message: str | None = None
    action: str = ""
    arn: Pattern | None = None
    baseline: str = ""
    candidate: str = ""
    workflow: Sequence[Path] = ()
    repository: str = ""
    repository_id: str | None = None
    default_branch: str = ""
    session_name: str | None = None
    assumed_by: Sequence[str] = ()
    token_for_other: Sequence[str] = ()
    regions: Sequence[str] = ()
    variable: Sequence[tuple[str, str]] = ()
    secret: Sequence[tuple[str, str]] = ()
    environment: Sequence[str] = ()
    forks_get_tokens: bool = False
    issuer: str = ""
    subject_claims: str = ""
    approval: str | None = None
    before_approval: Sequence[str] = ()
    reviewed: Sequence[str] = ()
    runner: Sequence[str] = ()
    steps: Path | None = None
    assembly: Path = Path()
    old: Path = Path()
    bootstrap: Path | None = None
    exec_policy: Sequence[tuple[str, Path]] = ()
    account_details: Sequence[Path] = ()
    ci_role: Sequence[str] = ()
    ci_role_arn: str | None = None
    boundary: Path | None = None
    scp: Sequence[Path] = ()
    rcp: Sequence[Path] = ()
    organization: str | None = None
    link: Sequence[str] = ()
    only: Sequence[str] = ()
    operation: Sequence[str] = ()
    only_stack: Sequence[str] = ()
    templates: Sequence[tuple[str, Path]] = ()
    deploy_role: Sequence[str] = ()
    deploy_role_arn: str | None = None
    exec_role: Sequence[str] = ()
    exec_role_arn: str | None = None
    deployed_with: str = "aws-cli"
    generate: Path | None = None
    room: str = Room.NONE.value
    per: str = Per.APP.value
    most_policies: int = MOST_MANAGED
    trail: Sequence[str] = ()
    cdk_out: Path | None = None
    session: Sequence[str] = ()
    fleet: Path = Path()
    map: Path | None = None
    jobs: int = 0
    root: Path = Path()
    cdk_environment: str | None = None
    cdk: Path | None = None
    port: int = 0
    transcript: Path | None = None


def parse_arguments(arguments: Sequence[str] | None) -> Options:
    """Parse the arguments; None: those of the process.

    Raises:
        ArgumentError: they cannot be used.
        SystemExit: help or the version was asked for, and printed.
    """
    parser = _parser()
    options = parser.parse_args(arguments, namespace=Options())
    try:
        for region in options.regions or (options.region,):
            Environment(options.partition, region)
    except ValueError as error:
        raise ArgumentError(f"{parser.prog} {options.command}: argument --region: {error}") from None
    return options


class _Once(argparse.Action):
    """An argument given once; a second value, by which the first would silently be forgotten, is refused."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        given: set[str] = namespace.__dict__.setdefault("given", set())
        if option_string is not None and self.dest in given:
            parser.error(f"argument {option_string}: is given twice; keep one")
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.register("action", None, _Once)

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)")


def _parser() -> _Parser:
    parser = _Parser(
        prog="leastgrant",
        description="Prove, before the deployment, that a role grants everything CloudFormation will call for your "
        "templates, and nothing else. No AWS credentials are needed: everything is read from files.",
        epilog="Exit status: 0 proved, 1 something was found, 2 the input cannot be used (stderr says why).",
    )
    parser.add_argument("--version", action="version", version=f"leastgrant {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _check(commands)
    _needs(commands)
    _generate(commands)
    _explain(commands)
    _denied(commands)
    _new_access(commands)
    _reach(commands)
    _workflow(commands)
    _cdk(commands)
    _chain(commands)
    _diff(commands)
    _trail(commands)
    _fleet(commands)
    _mcp(commands)
    _rehearse(commands)
    return parser


if TYPE_CHECKING:
    _Commands = argparse._SubParsersAction[_Parser]  # pyright: ignore[reportPrivateUsage]  (argparse has no public name for it)


_PROVIDER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
"""What aws-actions/configure-aws-credentials asks GitHub's provider for (GitHub Docs, "Configuring OpenID Connect in
Amazon Web Services")."""


def _check(commands: _Commands) -> None:
    parser = _command(
        commands,
        "check",
        "prove a role against the templates deployed with it",
        "leastgrant check --role role.yaml#DeployRole --app app.yaml --stack-name shop \\\n"
        "    --account 123456789012 --region eu-west-1",
    )
    _add_role(parser, required=True)
    _add_deployed(parser, required=True)
    _add_own(parser)
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
        default=_PROVIDER,
        metavar="HOST",
        help="the OIDC provider that issues them (default: %(default)s)",
    )
    _add_acknowledge(parser)
    _add_output(parser, ("text", "json", "markdown", "sarif", "html"))


def _needs(commands: _Commands) -> None:
    parser = _command(
        commands,
        "needs",
        "list what CloudFormation calls for templates, with the source of each fact",
        "leastgrant needs --app app.yaml --stack-name shop --account 123456789012 --region eu-west-1",
    )
    _add_deployed(parser, required=True)
    _add_output(parser, ("text", "json"))


def _generate(commands: _Commands) -> None:
    parser = _command(
        commands,
        "generate",
        "write the least policy that grants every required need",
        "leastgrant generate --app app.yaml --stack-name shop --account 123456789012 --region eu-west-1",
    )
    _add_deployed(parser, required=True)
    _add_role_arn(parser)
    parser.add_argument(
        "--service-role",
        action="store_true",
        help="the role is one that CloudFormation assumes: it passes itself to nested stacks (with --role-arn)",
    )
    parser.add_argument(
        "--managed",
        action="store_true",
        help="write a list of managed policies, for what is too large for the 10,240 characters of inline policies",
    )
    _add_output(parser, ())


def _explain(commands: _Commands) -> None:
    parser = _command(
        commands,
        "explain",
        "say who needs an action and why, what would need it, and which statements grant it; or what a finding means",
        "leastgrant explain events:DescribeRule\n"
        "  leastgrant explain events:DescribeRule 'arn:aws:events:*:*:rule/shop-*' --role role.yaml --app app.yaml \\\n"
        "    --stack-name shop --account 123456789012 --region eu-west-1",
    )
    parser.add_argument(
        "action",
        type=_action_or_finding,
        metavar="ACTION|FINDING-ID",
        help="an IAM action, such as events:DescribeRule, or a finding by its id, such as missing or workflow-subject",
    )
    parser.add_argument(
        "arn", nargs="?", type=_arn_pattern, metavar="ARN", help="only what concerns this ARN or ARN pattern"
    )
    _add_role(parser, required=False)
    _add_deployed(parser, required=False)
    _add_output(parser, ())


def _denied(commands: _Commands) -> None:
    parser = _command(
        commands,
        "denied",
        "say what a denied call is for, which layer refused it, and what grants it",
        "leastgrant denied 'User: ... is not authorized to perform: events:DescribeRule on resource: ...'\n"
        "  cdk deploy 2>&1 | leastgrant denied --template app.yaml --role role.yaml --stack-name shop",
    )
    parser.add_argument(
        "message",
        nargs="?",
        metavar="MESSAGE|FILE",
        help="what AWS said, or the file that has it: a message of the AWS CLI, an SDK or CloudFormation, a log of a "
        "deployment, CloudFormation's or CloudTrail's events as JSON, a decoded authorization message (default: "
        "standard input)",
    )
    _add_role(parser, required=False)
    _add_deployed(parser, required=False)
    _add_output(parser, ("text", "json"))
    parser.add_argument("--json", dest="format", action="store_const", const="json", help="as --format json")


def _new_access(commands: _Commands) -> None:
    parser = _command(
        commands,
        "new-access",
        "show what a candidate role allows that a baseline does not, and what it no longer allows",
        "leastgrant new-access --baseline role.main.yaml --candidate role.yaml",
    )
    for name in ("baseline", "candidate"):
        parser.add_argument(
            f"--{name}",
            required=True,
            metavar="ROLE[#LogicalId]",
            help=f"the {name}: a template that declares a role, or a policy, a list or a folder of policies",
        )
    _add_place(parser, required=False)
    _add_role_stack(parser)
    _add_output(parser, ("text", "json"))


def _reach(commands: _Commands) -> None:
    parser = _command(
        commands,
        "reach",
        "say what a role can do to the data of the templates, and to itself",
        "leastgrant reach --role role.yaml#DeployRole --app app.yaml --stack-name shop \\\n"
        "    --account 123456789012 --region eu-west-1",
    )
    _add_role(parser, required=True)
    _add_deployed(parser, required=True)
    _add_own(parser)
    _add_output(parser, ("text", "json"))


def _workflow(commands: _Commands) -> None:
    parser = _command(
        commands,
        "workflow",
        "prove that GitHub workflows and a role's trust policy fit each other",
        "leastgrant workflow --role role.yaml#DeployRole --account 123456789012 --region eu-west-1 \\\n"
        "    --repository acme/shop --default-branch main .github/workflows/*.yml",
    )
    parser.add_argument(
        "workflow", nargs="+", type=Path, metavar="WORKFLOW", help="the repository's workflow files, all of them"
    )
    parser.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="ROLE[#LogicalId]",
        help="a template that declares the role (repeat it: each job is held against the role that it means)",
    )
    _add_role_stack(parser)
    _add_role_arn(parser)
    _add_place(parser, required=False, several_regions=True)
    parser.add_argument(
        "--repository",
        required=True,
        metavar="OWNER/NAME",
        help="the repository; OWNER@ID/NAME@ID if its tokens have the immutable form",
    )
    parser.add_argument(
        "--repository-id", metavar="ID", help="its id, if the role's trust asks for repository_id and its name is plain"
    )
    parser.add_argument("--default-branch", required=True, metavar="BRANCH", help="its default branch")
    parser.add_argument("--session-name", metavar="NAME", help="how each session must be called")
    parser.add_argument(
        "--assumed-by",
        action="append",
        default=[],
        metavar="FILE.yml:JOB",
        help="a job that must be able to assume the role; then no other job may (repeat it)",
    )
    parser.add_argument(
        "--token-for-other",
        action="append",
        default=[],
        metavar="FILE.yml:JOB",
        help="a job that needs a token for something else than this role (repeat it)",
    )
    parser.add_argument(
        "--variable",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="a configuration variable of the repository, which workflows read as vars.NAME; NAME@ENVIRONMENT=VALUE is "
        "that of an environment (repeat it)",
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="the value of a secret of the repository that need not be one, such as a role's ARN; "
        "NAME@ENVIRONMENT=VALUE is that of an environment (repeat it)",
    )
    parser.add_argument(
        "--environment",
        action="append",
        default=[],
        metavar="NAME",
        help="an environment of the repository, if all are given (repeat it)",
    )
    parser.add_argument(
        "--forks-get-tokens",
        action="store_true",
        help="the repository is private, and sends write tokens to workflows of forks' pull requests",
    )
    parser.add_argument(
        "--subject-claims",
        default="repo,context",
        metavar="KEY,...",
        help="what subjects are made of, if the repository has a template of its own, such as "
        "repo,context,job_workflow_ref",
    )
    parser.add_argument(
        "--issuer",
        default="token.actions.githubusercontent.com",
        metavar="HOST[/PATH]",
        help="who issues the tokens, if not github.com: that of GitHub Enterprise Server or of the enterprise",
    )
    parser.add_argument(
        "--approval",
        metavar="ENVIRONMENT",
        help="the environment whose approval each job that assumes the role waits for, by itself or in a job it needs",
    )
    parser.add_argument(
        "--before-approval",
        action="append",
        default=[],
        metavar="JOB",
        help="a job, as FILE.yml:JOB, that has the role before the approval; --steps declares its steps (repeat it)",
    )
    parser.add_argument(
        "--reviewed",
        action="append",
        default=[],
        metavar="ENVIRONMENT",
        help="an environment in which a job waits for a person to let it through (repeat it)",
    )
    parser.add_argument(
        "--runner",
        action="append",
        default=[],
        metavar="LABEL",
        help="a runner, beside GitHub's own, that may run a job which assumes the role (repeat it)",
    )
    parser.add_argument(
        "--steps",
        type=Path,
        metavar="FILE",
        help="the steps of jobs that assume the role, by FILE.yml:JOB, YAML or JSON",
    )
    _add_output(parser, ("text", "json", "sarif"))


def _cdk(commands: _Commands) -> None:
    parser = _command(
        commands,
        "cdk",
        "prove the roles that a CDK app is deployed through, or write the least policies of its execution roles",
        "leastgrant cdk cdk.out --generate policies\n"
        "  leastgrant cdk cdk.out --bootstrap bootstrap.yaml --exec-policy policies --link deploy --link files \\\n"
        "    --link images --link lookup --link execution",
    )
    _add_app(parser)
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=_managed_policy,
        metavar="ARN=FILE",
        help="the document of a managed policy that a role of the bootstrap template has (repeat it)",
    )
    parser.add_argument(
        "--account-details",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="the roles of an account, as aws iam get-account-authorization-details writes them (repeat it)",
    )
    _add_ci_role(parser)
    _add_walls(parser)
    parser.add_argument(
        "--link",
        action="append",
        default=[],
        choices=LINKS,
        help="prove this link alone (repeat it; default: all of them)",
    )
    parser.add_argument(
        "--stack",
        dest="only_stack",
        action="append",
        default=[],
        metavar="NAME",
        help="show what concerns this stack (repeat it)",
    )
    _add_shown(parser)
    _add_generate(parser)
    _add_per(parser)
    _add_output(parser, ("text", "json", "markdown", "sarif", "html"))


def _chain(commands: _Commands) -> None:
    parser = _command(
        commands,
        "chain",
        "prove the roles that templates are deployed through, or write the least policies of their execution role",
        "leastgrant chain --stack shop=shop.yaml --account 123456789012 --region eu-west-1 \\\n"
        "    --exec-role roles.yaml#Execution --deploy-role roles.yaml#Deploy",
    )
    parser.add_argument(
        "--stack",
        dest="templates",
        action="append",
        required=True,
        type=_stack_template,
        metavar="NAME=TEMPLATE",
        help="a stack and its template, JSON or YAML (repeat it, each after those whose exports it imports)",
    )
    parser.add_argument(
        "--account", required=True, type=_environment("account"), metavar="ID", help="the account, 12 digits"
    )
    parser.add_argument("--region", required=True, metavar="R", help="the region, such as eu-west-1")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_parameter,
        metavar="KEY=VALUE",
        help="a template parameter, for every template that declares it; without it the default counts (repeat it)",
    )
    for name, what in (("exec", "CloudFormation assumes"), ("deploy", "runs the tool, and passes the execution role")):
        parser.add_argument(
            f"--{name}-role",
            action="append",
            default=[],
            metavar="ROLE[#LogicalId]",
            help=f"the role that {what}, as check takes --role",
        )
        parser.add_argument(
            f"--{name}-role-arn", type=_role_arn, metavar="ARN", help="its ARN, if no template tells it"
        )
    parser.add_argument(
        "--exec-policy",
        action="append",
        default=[],
        type=_exec_policy,
        metavar="FILE",
        help="what the execution role may do too: a policy, a list or a folder of policies, a template of managed "
        "policies, or the folder that --generate wrote (repeat it)",
    )
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=_managed_policy,
        metavar="ARN=FILE",
        help="the document of a managed policy that a role has (repeat it)",
    )
    _add_ci_role(parser)
    parser.add_argument("--boundary", type=Path, metavar="FILE", help="the permissions boundary of the execution role")
    _add_walls(parser)
    parser.add_argument(
        "--tool",
        dest="deployed_with",
        choices=[name for name in (*DEFAULTS, *COMMANDS) if not name.startswith("cdk")],
        default="aws-cli",
        metavar="TOOL",
        help="what deploys the stacks with the deploy role (default: %(default)s)",
    )
    parser.add_argument("--assets", type=_assets, metavar="BUCKET[/PREFIX]", help="where the tool uploads to")
    parser.add_argument(
        "--link",
        action="append",
        default=[],
        choices=[Link.CI.value, Link.DEPLOY.value, Link.EXECUTION.value],
        help="prove this link alone (repeat it; default: those whose role is given, and execution)",
    )
    _add_shown(parser)
    parser.add_argument(
        "--only-stack", action="append", default=[], metavar="NAME", help="show what concerns this stack (repeat it)"
    )
    _add_generate(parser)
    _add_output(parser, ("text", "json", "markdown", "sarif", "html"))


def _diff(commands: _Commands) -> None:
    parser = _command(
        commands,
        "diff",
        "show who gains and loses what between two synthesised states of a CDK app, and why",
        "leastgrant diff cdk.out.main cdk.out --format markdown",
    )
    parser.add_argument("old", type=Path, metavar="OLD_CDK_OUT", help="what cdk synth wrote before the change")
    parser.add_argument("assembly", type=Path, metavar="NEW_CDK_OUT", help="what it writes now")
    _add_unstated_place(parser)
    _add_output(parser, ("text", "json", "markdown"))


def _add_unstated_place(parser: _Parser) -> None:
    parser.add_argument(
        "--account", type=_environment("account"), metavar="ID", help="the account of the stacks that state none"
    )
    parser.add_argument("--region", metavar="R", help="the region of the stacks that state none")


def _add_ci_role(parser: _Parser) -> None:
    parser.add_argument(
        "--ci-role",
        action="append",
        default=[],
        metavar="ROLE[#LogicalId]",
        help="the role that starts the deployment, as check takes --role",
    )
    parser.add_argument("--ci-role-arn", type=_role_arn, metavar="ARN", help="its ARN, if no template tells it")
    parser.add_argument("--uses", type=Path, metavar="FILE", help="what else the CI role is for, as check takes it")


def _add_walls(parser: _Parser) -> None:
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


def _add_shown(parser: _Parser) -> None:
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
    _add_acknowledge(parser)


def _add_generate(parser: _Parser) -> None:
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


def _add_per(parser: _Parser) -> None:
    parser.add_argument(
        "--per",
        choices=[per.value for per in Per],
        default=Per.APP.value,
        help="write policies for all stacks of an environment (app), for each stack (stack), or for all of an account, "
        "the same for the roles of its regions (account; give it for the proof too) (default: %(default)s)",
    )


def _trail(commands: _Commands) -> None:
    parser = _command(
        commands,
        "trail",
        "hold CloudTrail's events against what templates need and a role grants",
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
    _add_role(parser, required=False)
    _add_deployed(parser, required=False)
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
    _add_output(parser, ("text", "json", "markdown"))


def _fleet(commands: _Commands) -> None:
    parser = _command(
        commands,
        "fleet",
        "prove all roles of accounts against all stacks: a table of roles by excess, open ways and missing",
        "leastgrant fleet stacks/ --account-details 123456789012.json --map roles.yaml",
    )
    parser.add_argument(
        "fleet",
        type=Path,
        metavar="DIR",
        help="a folder with cloud assemblies, templates named after their stacks, what aws cloudformation get-template "
        "prints, in folders named after account and region, and what describe-stacks prints, for roles and tags",
    )
    parser.add_argument(
        "--account-details",
        action="append",
        required=True,
        type=Path,
        metavar="FILE",
        help="the roles of an account, as aws iam get-account-authorization-details writes them (repeat it)",
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help="which role deploys a stack, whatever assemblies and exports tell: the role's ARN by the stack's name, or "
        "by ACCOUNT/REGION/NAME, YAML or JSON",
    )
    parser.add_argument(
        "--account", type=_environment("account"), metavar="ID", help="the account of the stacks that none is told of"
    )
    parser.add_argument("--region", metavar="R", help="the region of the stacks that none is told of")
    parser.add_argument(
        "--jobs", type=_jobs, default=0, metavar="N", help="how many processes work (default: one for each processor)"
    )
    _add_output(parser, ("text", "json", "markdown"))


def _mcp(commands: _Commands) -> None:
    parser = _command(
        commands,
        "mcp",
        "serve agents on stdin and stdout, by the Model Context Protocol; takes leastgrant[mcp]",
        "leastgrant mcp --root ~/shop",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the folder whose files may be read; none outside of it are, and none are written (default: this one)",
    )


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes; write 1 to {_MOST_JOBS}")
    return int(text)


_MOST_JOBS = 61
"""What Windows can wait for ("ProcessPoolExecutor", Python docs)."""


def _rehearse(commands: _Commands) -> None:
    parser = _command(
        commands,
        "rehearse",
        "deploy a CDK app on this machine, with its roles: what is refused, and what a rollback leaves",
        "leastgrant rehearse cdk.out --exec-policy policies",
    )
    _add_app(parser)
    parser.add_argument(
        "--ci-role",
        action="append",
        default=[],
        metavar="ROLE[#LogicalId]",
        help="the role that runs cdk, as check takes --role (default: one that may assume the roles of the app)",
    )
    parser.add_argument(
        "--environment",
        dest="cdk_environment",
        metavar="ACCOUNT/REGION",
        help="the environment whose stacks are deployed, if the app has several",
    )
    parser.add_argument(
        "--cdk", type=Path, metavar="FILE", help="the CDK CLI (default: the one in node_modules, or on the path)"
    )
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="of localhost, for the AWS (default: any that is free)"
    )
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="a file for what every command printed")


def _add_app(parser: _Parser) -> None:
    """Add a CDK app, and what it is deployed through."""
    parser.add_argument("assembly", type=Path, metavar="CDK_OUT", help="the folder that cdk synth writes")
    _add_unstated_place(parser)
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
        type=_parameter,
        metavar="KEY=VALUE",
        help="a parameter of the bootstrap template; without it what cdk bootstrap gives, or the default (repeat it)",
    )
    parser.add_argument(
        "--exec-policy",
        action="append",
        default=[],
        type=_exec_policy,
        metavar="[ENVIRONMENT=]FILE",
        help="what the execution role may do instead of what the bootstrap template says: a policy, a list or a folder "
        "of policies, a template of managed policies, or the folder that --generate wrote; ENVIRONMENT, "
        "ACCOUNT or ACCOUNT/REGION, says whose (repeat it)",
    )
    parser.add_argument(
        "--boundary", type=Path, metavar="FILE", help="the permissions boundary that cdk bootstrap is told to set"
    )


def _command(commands: _Commands, name: str, purpose: str, example: str) -> _Parser:
    return commands.add_parser(
        name,
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def _add_role(parser: _Parser, *, required: bool) -> None:
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
    _add_role_stack(parser)
    _add_role_arn(parser)


def _add_own(parser: _Parser) -> None:
    """Add what says what the stacks own, and what the policies that bound them allow."""
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        type=_arn_pattern,
        metavar="ARN_PATTERN",
        help="what the stacks may own, such as 'arn:aws:*:eu-west-1:123456789012:*shop-*'; a grant that reaches "
        "outside is a finding (repeat it; without any: the account and region)",
    )
    parser.add_argument(
        "--belongs",
        action="append",
        default=[],
        type=_arn_pattern,
        metavar="ARN_PATTERN",
        help="what belongs to the stacks besides, and the role need not reach, such as a secret made by hand that a "
        "function reads: a function that may read it gives nobody more than what is the stacks' own (repeat it)",
    )
    parser.add_argument(
        "--managed-policy",
        action="append",
        default=[],
        type=_managed_policy,
        metavar="ARN=FILE",
        help="the document of a policy that the role's conditions name, as a boundary or to be attached: one that is "
        "not known limits nobody (repeat it; those of the templates and AWS's common ones are known)",
    )


def _add_role_stack(parser: _Parser) -> None:
    parser.add_argument(
        "--role-stack-name",
        type=_environment("stack_name"),
        metavar="NAME",
        help="the stack of the role's template, if the template refers to it",
    )


def _add_role_arn(parser: _Parser) -> None:
    parser.add_argument(
        "--role-arn",
        type=_arn_pattern,
        metavar="ARN",
        help="the role's own ARN, if no template tells it; without it, every role that it may change counts as itself",
    )


def _add_deployed(parser: _Parser, *, required: bool) -> None:
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
        type=_environment("stack_name"),
        metavar="NAME",
        help="the stack of the --app before it: generated names begin with it (repeat it for each --app)",
    )
    _add_place(parser, required=required)
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
        type=_assets,
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


def _add_place(parser: _Parser, *, required: bool, several_regions: bool = False) -> None:
    parser.add_argument(
        "--account", required=required, type=_environment("account"), metavar="ID", help="the account, 12 digits"
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
        "--partition", type=_environment("partition"), metavar="P", help="the partition (default: the region's)"
    )
    parser.add_argument(
        "--export",
        action="append",
        default=[],
        type=_parameter,
        metavar="NAME=VALUE",
        help="what another stack exports, for Fn::ImportValue; exports of the templates given are known (repeat it)",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        type=_parameter,
        metavar="KEY=VALUE",
        help="a template parameter, for every template that declares it; without it the default counts (repeat it)",
    )


def _add_acknowledge(parser: _Parser) -> None:
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


def _add_output(parser: _Parser, formats: Sequence[str]) -> None:
    if formats:
        parser.add_argument("--format", choices=formats, default=formats[0], help=f"(default: {formats[0]})")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write to a file instead of stdout")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= _LAST_PORT):
        raise argparse.ArgumentTypeError(f"must be 0 to {_LAST_PORT}, not {text}")
    return int(text)


_LAST_PORT = 65_535


def _environment(name: str) -> Callable[[str], str]:
    def value(text: str) -> str:
        try:
            Environment(**{name: text})  # pyright: ignore[reportArgumentType]  one of the texts
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text

    return value


def _parameter(text: str) -> tuple[str, str]:
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


def _assets(text: str) -> Assets:
    bucket, _, prefix = text.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with a bucket's name; write BUCKET or BUCKET/PREFIX")
    return Assets(bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else "")


def _claim(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not re.fullmatch(r"[A-Za-z0-9_./-]+", key) or key in ("aud", "sub") or not value:
        raise argparse.ArgumentTypeError(f"{text!r} gives no claim beside aud and sub a value; write KEY=VALUE")
    return key, value


_MOST_POLICIES = 25
"""More than AWS grants on request (20, "IAM and AWS STS quotas", AWS IAM User Guide; it has been raised before)."""


def _most_policies(text: str) -> int:
    if not text.isdecimal() or not MOST_MANAGED <= int(text) <= _MOST_POLICIES:
        raise argparse.ArgumentTypeError(f"{text!r} is no such quota; it is {MOST_MANAGED} to {_MOST_POLICIES}")
    return int(text)


def _stack_template(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign or not path:
        raise argparse.ArgumentTypeError(f"{text!r} gives no stack a template; write NAME=TEMPLATE")
    return _environment("stack_name")(name), Path(path)


def _tag(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} gives no tag a value; write KEY=VALUE")
    return key, value


def _managed_policy(text: str) -> tuple[str, Path]:
    arn, sign, path = text.partition("=")
    if not sign or not path or not arn.startswith("arn:"):
        raise argparse.ArgumentTypeError(f"{text!r} gives no policy a file; write ARN=FILE")
    return arn, Path(path)


_EXEC_POLICY = re.compile(r"(?:(?P<environment>[0-9]{12}(?:/[a-z0-9-]+)?)=)?(?P<path>.+)", re.DOTALL)


def _exec_policy(text: str) -> tuple[str, Path]:
    given = _EXEC_POLICY.fullmatch(text)
    if given is None:
        raise argparse.ArgumentTypeError("has an empty name; write FILE, or ACCOUNT/REGION=FILE")
    return given["environment"] or "", Path(given["path"])


def _organization(text: str) -> str:
    if not re.fullmatch(r"o-[a-z0-9]{10,32}", text):  # "Organization", AWS Organizations API Reference
        raise argparse.ArgumentTypeError(f"{text!r} is no organisation's id; it looks like o-a1b2c3d4e5")
    return text


_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")


def _role_arn(text: str) -> str:
    if not _ROLE_ARN.fullmatch(text) or "*" in text:
        raise argparse.ArgumentTypeError(f"{text!r} is no role's ARN; write arn:aws:iam::123456789012:role/NAME")
    return text


_ACKNOWLEDGEMENT = re.compile(r"([a-z]+(?:\[.*?\])?)=(.*\S.*)", re.DOTALL)  # an ARN within the id may hold =


def _acknowledgement(text: str) -> tuple[str, str]:
    given = _ACKNOWLEDGEMENT.fullmatch(text)
    if given is None:
        raise argparse.ArgumentTypeError(f"{text!r} gives no finding a reason; write ID=REASON")
    return given[1], given[2]


def _arn_pattern(text: str) -> Pattern:
    try:
        return arn_pattern(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _action_or_finding(text: str) -> str:
    if ":" not in text.partition("[")[0]:
        return text  # no action; of a finding the command knows whether there is one
    known = authorization.action(text)
    if known is None and is_listed(text):
        return text
    if known is None:
        nearest = authorization.nearest(text)
        remedy = f"did you mean {nearest}?" if nearest else "write service:Name"
        raise argparse.ArgumentTypeError(f"IAM has no action {text!r}; {remedy}")
    return str(known)
