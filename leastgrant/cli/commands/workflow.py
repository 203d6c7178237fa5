"""Check the workflows, or the GitLab pipelines, that assume a role."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from leastgrant.cli.arguments import (
    PROVIDER,
    RoleOptions,
    add_example,
    add_output,
    add_place,
    add_role_arn,
    add_role_stack,
    parameter,
)
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.cli.parser import ArgumentError
from leastgrant.cli.terminal import width
from leastgrant.report import workflow_json, workflow_sarif, workflow_text
from leastgrant.workflow import Facts, check_roles, is_proved, load_steps, load_workflow, workflow_files
from leastgrant.workflow.gitlab import PipelineFacts, check_pipelines, load_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from leastgrant.cli.parser import Parser
    from leastgrant.iam.pattern import Pattern
    from leastgrant.role import Role
    from leastgrant.workflow import Workflow, WorkflowFinding
    from leastgrant.workflow.gitlab import Pipeline

_GITLAB = "gitlab.com"
_CLAIMS = "repo,context"


class Options(RoleOptions):
    """The arguments of the command."""

    workflow: Sequence[Path]
    regions: Sequence[str] = ()
    repository: str
    repository_id: str | None = None
    default_branch: str
    session_name: str | None = None
    assumed_by: Sequence[str] = ()
    token_for_other: Sequence[str] = ()
    variable: Sequence[tuple[str, str]] = ()
    secret: Sequence[tuple[str, str]] = ()
    environment: Sequence[str] = ()
    forks_get_tokens: bool = False
    issuer: str = ""
    subject_claims: str = ""
    gitlab: bool = False
    approval: str | None = None
    before_approval: Sequence[str] = ()
    reviewed: Sequence[str] = ()
    runner: Sequence[str] = ()
    steps: Path | None = None

    def check(self) -> None:
        """Refuse a region that is not of the partition.

        Raises:
            ArgumentError: it is not, or there is none.
        """
        for region in self.regions:
            self._check_region(region)


def run(options: Options) -> int:
    """Run the command; returns the exit status."""
    if not options.regions:
        raise ArgumentError("--region: is needed, as the jobs must work in it")
    options.region = options.regions[0]
    options.account = options.account or _account(options.role_arn)
    roles = read_inputs(options, *([one] for one in options.role)).roles
    if len(roles) > 1:
        _refuse_of_one_role(options)
    workflows: Sequence[Workflow | Pipeline]
    files = list(workflow_files(options.workflow))
    if options.gitlab or any(map(_is_of_gitlab, files)):
        _refuse_of_github(options, files)
        workflows = pipelines = [load_pipeline(path) for path in files]
        findings = check_pipelines(pipelines, [(role, _pipeline_facts(options, role)) for role in roles])
    else:
        workflows = given = [load_workflow(path) for path in files]
        findings = check_roles(given, [(role, _facts(options, role)) for role in roles])
    report = _WORKFLOW_REPORTS.get(options.format)
    text = report(workflows, findings) if report else workflow_text(workflows, findings, width(options.output))
    write(text, options.output)
    return PROVED if is_proved(findings) else FOUND


def _refuse_of_one_role(options: Options) -> None:
    """Refuses what is said of one role, where there are several."""
    of_one = {"--role-arn": options.role_arn, "--assumed-by": options.assumed_by, "--steps": options.steps}
    for option, given in of_one.items():
        if given:
            raise ArgumentError(f"{option}: is said of one role, and {len(options.role)} are given; give one --role")


_WORKFLOW_REPORTS: Mapping[str, Callable[[Sequence[Workflow | Pipeline], Sequence[WorkflowFinding]], str]] = {
    "json": workflow_json,
    "sarif": workflow_sarif,
}


def _account(role_arn: Pattern | None) -> str | None:
    """Return the account of an ARN that is written out."""
    return str(role_arn).split(":")[4] if role_arn and role_arn.is_literal else None


def _is_of_gitlab(path: Path) -> bool:
    """Whether it is called as GitLab calls its pipelines."""
    return path.name.endswith((".gitlab-ci.yml", ".gitlab-ci.yaml"))


def _refuse_of_github(options: Options, files: Sequence[Path]) -> None:
    """Refuses what is said of GitHub alone, and files of both."""
    others = [path for path in files if not _is_of_gitlab(path)]
    if others and not options.gitlab:
        raise ArgumentError(f"{others[0]}: is no .gitlab-ci.yml, and others are; give them apart, or with --gitlab")
    of_github = {
        "--repository-id": options.repository_id,
        "--session-name": options.session_name,
        "--token-for-other": options.token_for_other,
        "--secret": options.secret,
        "--environment": options.environment,
        "--forks-get-tokens": options.forks_get_tokens,
        "--before-approval": options.before_approval,
        "--reviewed": options.reviewed,
        "--runner": options.runner,
        "--steps": options.steps,
    }
    for option, given in of_github.items():
        if given:
            raise ArgumentError(f"{option}: is said of GitHub's workflows, and not of GitLab's pipelines; leave it out")


def _arn(options: Options, role: Role) -> str:
    arns = role.arns if options.role_arn is None else (options.role_arn,)
    if len(arns) != 1 or not arns[0].is_literal:
        raise ArgumentError("--role-arn: the template does not tell the role's whole ARN; give it, or --account")
    return str(arns[0])


def _issuer(options: Options, default: str) -> str:
    return (options.issuer or default).removeprefix("https://").rstrip("/")


def _pipeline_facts(options: Options, role: Role) -> PipelineFacts:
    components = {"subject_components": tuple(options.subject_claims.split(","))} if options.subject_claims else {}
    try:
        return PipelineFacts(
            project=options.repository,
            default_branch=options.default_branch,
            regions=tuple(dict.fromkeys(options.regions)),
            role_arn=_arn(options, role),
            max_session_seconds=role.max_session_seconds,
            assumed_by=tuple(options.assumed_by),
            issuer=_issuer(options, _GITLAB),
            approval=options.approval,
            variables=dict(options.variable),
            **components,
        )
    except ValueError as error:
        raise ArgumentError(f"workflow: {error}") from None


def _facts(options: Options, role: Role) -> Facts:
    try:
        return Facts(
            repository=options.repository,
            repository_id=options.repository_id,
            default_branch=options.default_branch,
            regions=tuple(dict.fromkeys(options.regions)),
            role_arn=_arn(options, role),
            max_session_seconds=role.max_session_seconds,
            session_name=options.session_name,
            assumed_by=tuple(options.assumed_by),
            tokens_for_others=tuple(options.token_for_other),
            variables=dict(options.variable),
            secrets=dict(options.secret),
            environments=tuple(options.environment),
            forks_get_tokens=options.forks_get_tokens,
            subject_claims=tuple((options.subject_claims or _CLAIMS).split(",")),
            issuer=_issuer(options, PROVIDER),
            approval=options.approval,
            before_approval=tuple(options.before_approval),
            reviewed=tuple(options.reviewed),
            runners=tuple(options.runner),
            steps=load_steps(options.steps) if options.steps else {},
        )
    except ValueError as error:
        raise ArgumentError(f"workflow: {error}") from None


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant workflow --role role.yaml#DeployRole --account 123456789012 --region eu-west-1 \\\n"
        "    --repository acme/shop --default-branch main .github/workflows/*.yml\n"
        "  leastgrant workflow --role role.yaml#DeployRole --account 123456789012 --region eu-west-1 \\\n"
        "    --repository acme/team/shop --default-branch main .gitlab-ci.yml",
    )
    parser.add_argument(
        "workflow",
        nargs="+",
        type=Path,
        metavar="WORKFLOW",
        help="the repository's workflow files, all of them, or GitLab's pipeline, which is read with what it includes "
        "of the same project",
    )
    parser.add_argument("--gitlab", action="store_true", help="the files are GitLab's pipelines, whatever their names")
    parser.add_argument(
        "--role",
        action="append",
        required=True,
        metavar="ROLE[#LogicalId]",
        help="a template that declares the role (repeat it: each job is held against the role that it means)",
    )
    add_role_stack(parser)
    add_role_arn(parser)
    add_place(parser, required=False, several_regions=True)
    parser.add_argument(
        "--repository",
        required=True,
        metavar="OWNER/NAME",
        help="the repository; OWNER@ID/NAME@ID if its tokens have the immutable form; of GitLab GROUP/PROJECT",
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
        type=parameter,
        metavar="NAME=VALUE",
        help="a configuration variable of the repository, which workflows read as vars.NAME; NAME@ENVIRONMENT=VALUE is "
        "that of an environment (repeat it)",
    )
    parser.add_argument(
        "--secret",
        action="append",
        default=[],
        type=parameter,
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
        default="",
        metavar="KEY,...",
        help="what subjects are made of, if the repository has a template of its own, such as "
        "repo,context,job_workflow_ref",
    )
    parser.add_argument(
        "--issuer",
        default="",
        metavar="HOST[/PATH]",
        help="who issues the tokens, if not github.com or gitlab.com: that of GitHub Enterprise Server or of the "
        "enterprise, or the host of a self-managed GitLab",
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
    add_output(parser, ("text", "json", "sarif"))
