"""Check the workflows, or the GitLab pipelines, that assume a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.cli.arguments import ArgumentError
from leastgrant.cli.commands.common import FOUND, PROVED
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.output import write
from leastgrant.report import workflow_json, workflow_sarif, workflow_text
from leastgrant.workflow import Facts, check_roles, is_proved, load_steps, load_workflow, workflow_files
from leastgrant.workflow.gitlab import PipelineFacts, check_pipelines, load_pipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from leastgrant.cli.arguments import Options
    from leastgrant.iam.pattern import Pattern
    from leastgrant.role import Role
    from leastgrant.workflow import Workflow, WorkflowFinding
    from leastgrant.workflow.gitlab import Pipeline

_GITHUB = "token.actions.githubusercontent.com"
_GITLAB = "gitlab.com"
_CLAIMS = "repo,context"


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
    write(_WORKFLOW_REPORTS[options.format](workflows, findings), options.output)
    return PROVED if is_proved(findings) else FOUND


def _refuse_of_one_role(options: Options) -> None:
    """Refuses what is said of one role, where there are several."""
    of_one = {"--role-arn": options.role_arn, "--assumed-by": options.assumed_by, "--steps": options.steps}
    for option, given in of_one.items():
        if given:
            raise ArgumentError(f"{option}: is said of one role, and {len(options.role)} are given; give one --role")


_WORKFLOW_REPORTS: Mapping[str, Callable[[Sequence[Workflow | Pipeline], Sequence[WorkflowFinding]], str]] = {
    "text": workflow_text,
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
            issuer=_issuer(options, _GITHUB),
            approval=options.approval,
            before_approval=tuple(options.before_approval),
            reviewed=tuple(options.reviewed),
            runners=tuple(options.runner),
            steps=load_steps(options.steps) if options.steps else {},
        )
    except ValueError as error:
        raise ArgumentError(f"workflow: {error}") from None
