"""The project's own workflows, held against the deploy role as synthesised: who can assume it, and nobody else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from leastgrant import role_of_template
from leastgrant.report import workflow_text
from leastgrant.workflow import DeclaredStep, Facts, WorkflowError, check, is_proved, load_workflow
from ops.project.assembly import Assembly, AssemblyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant import Role
    from leastgrant.workflow import Workflow, WorkflowFinding
    from ops.project.assembly import SynthesisedStack
    from settings import Settings

WORKFLOWS: Final = Path(".github/workflows")
PREPARE: Final = "deploy-dataops-v1.yml:prepare"
"""The job that prepares what is approved: it assumes the deploy role before the approval, and executes nothing. There
is none where an environment alone is trusted: AWS then lets in nobody before the approval."""
DEPLOY: Final = "deploy-dataops-v1.yml:deploy"
SESSION_NAME: Final = "dataops-v1-deploy"
"""How each session of the deploy role is called, so that the account's trail shows whose a call is."""
APPROVAL: Final = "dataops-v1"
"""The environment whose reviewers let a deployment through."""
_SUMMARISED: Final = "python3 .github/scripts/summarised.py"
_OPS: Final = "python -m ops"


def _step(name: str, *commands: str, condition: str | None = None) -> DeclaredStep:
    """Declare a step that runs these commands, each word of them."""
    return DeclaredStep(name, commands, condition, exact=True)


def _action(name: str, uses: str, /, **inputs: str) -> DeclaredStep:
    """Declare a step that uses an action with these inputs."""
    return DeclaredStep(name, uses=uses, inputs={key.replace("_", "-"): value for key, value in inputs.items()})


_CHECKOUT: Final = _action("actions/checkout", "actions/checkout", persist_credentials="false")
_SEALED: Final = (
    _action(
        "Download what the checks sealed",
        "actions/download-artifact",
        name="cdk.out",
        path="${{ runner.temp }}/sealed",
    ),
    _step(
        "Verify the digest",
        "cd $RUNNER_TEMP/sealed",
        "printf %s  cdk.out.tar\\n $DIGEST > ../sealed.sha256",
        "python3 $GITHUB_WORKSPACE/.github/scripts/summarised.py The digest"
        " sha256sum --check --strict ../sealed.sha256",
        "tar --extract --file cdk.out.tar --directory $GITHUB_WORKSPACE cdk.out",
    ),
    _step("Install the tools", "make tools", "printf %s\\n $PWD/.venv/bin $PWD/node_modules/.bin >> $GITHUB_PATH"),
)
_ENDED: Final = _step("Say how it ended", "python3 .github/scripts/ended.py", condition="always()")


def steps_of(settings: Settings) -> Mapping[str, tuple[DeclaredStep, ...]]:
    """Return the steps of the jobs that hold the deploy role, in order; what else ran in them would hold it too."""
    app = settings.app_stack_name
    login = _action(
        "Log in",
        "aws-actions/configure-aws-credentials",
        role_to_assume=f"arn:{settings.partition}:iam::{settings.account}:role/{settings.deploy_role_name}",
        role_session_name=SESSION_NAME,
        aws_region=settings.region,
    )
    prepare = (
        _step("Preflight", f"{_SUMMARISED} Preflight {_OPS} preflight --as-deploy-role"),
        _step(
            "Prepare the change set",
            f"{_SUMMARISED} The change set cdk deploy DataOps --app cdk.out --require-approval never --progress events"
            " --method prepare-change-set --change-set-name $CHANGE_SET",
        ),
        _step(
            "Review the change set",
            f"{_SUMMARISED} The review {_OPS} review {app} --change-set $CHANGE_SET --document review.json",
            "jq --raw-output change_set= + .change_set.id, execution= + .change_set.execution_status"
            " review.json >> $GITHUB_OUTPUT",
        ),
    )
    prepared_by = "steps.review" if settings.github_environment else "needs.prepare"
    execute = (
        _step(
            "Execute the change set",
            f"{_SUMMARISED} The execution {_OPS} execute {app} --change-set $CHANGE_SET",
            condition=f"{prepared_by}.outputs.execution == 'AVAILABLE'",
        ),
        _step(
            "Watch",
            f"{_SUMMARISED} How it went {_OPS} watch {app}",
            condition="${{ !cancelled() && steps.execute.outcome != 'skipped' }}",
        ),
        _step("Verify the code", f"{_SUMMARISED} The code {_OPS} verify-code"),
        _step("Seed", f"{_SUMMARISED} Seeding .github/scripts/seed"),
        _step("Smoke", f"{_SUMMARISED} The smoke tests {_OPS} smoke"),
        _ENDED,
    )
    before = _step(
        "Ask whether it can be approved", f"{_SUMMARISED} The commit python3 .github/scripts/approval.py --before"
    )
    approved = _step(
        "Ask whether the approval is current", f"{_SUMMARISED} The approval python3 .github/scripts/approval.py"
    )
    if settings.github_environment:
        return {DEPLOY: (_CHECKOUT, approved, *_SEALED, login, *prepare, *execute)}
    return {
        PREPARE: (_CHECKOUT, before, *_SEALED, login, *prepare, _ENDED),
        DEPLOY: (_CHECKOUT, approved, *_SEALED, login, *execute),
    }


@dataclass(frozen=True, slots=True)
class WorkflowCheck:
    """What was found."""

    workflows: tuple[Workflow, ...]
    findings: tuple[WorkflowFinding, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing was found but notes."""
        return is_proved(self.findings)

    @property
    def notes(self) -> int:
        """How many notes there are."""
        return sum(finding.is_note for finding in self.findings)

    def text(self) -> str:
        """Return each finding, with how to fix it."""
        return workflow_text(self.workflows, self.findings)


def check_workflows(assembly: Assembly, settings: Settings, directory: Path = WORKFLOWS) -> WorkflowCheck:
    """Hold the workflows in a directory against the role of an assembly.

    Raises:
        AssemblyError: the assembly has no such role.
        WorkflowError: a workflow cannot be read, or there is none.
        InputError: the role cannot be read.
    """
    workflows = tuple(load_workflow(path) for path in sorted(directory.glob("*.y*ml")))
    if not workflows:
        raise WorkflowError(str(directory), None, (), "has no workflow; run this in the project's folder")
    role = role_of_template(_role_stack(assembly, settings).resolved)
    return WorkflowCheck(workflows, check(workflows, role, facts_of(role, settings)))


def _role_stack(assembly: Assembly, settings: Settings) -> SynthesisedStack:
    for stack in assembly.stacks:
        if stack.name == settings.role_stack_name:
            return stack
    raise AssemblyError(f"has no stack {settings.role_stack_name!r}, which the settings name; run 'make synth' again")


def facts_of(role: Role, settings: Settings) -> Facts:
    """Return the facts that the workflows are held to."""
    steps = steps_of(settings)
    return Facts(
        repository=f"{settings.github_owner}/{settings.github_repo}",
        repository_id=settings.github_repository_id or None,
        default_branch=settings.github_branch,
        regions=(settings.region,),
        role_arn=f"arn:{settings.partition}:iam::{settings.account}:role/{settings.deploy_role_name}",
        max_session_seconds=role.max_session_seconds,
        session_name=SESSION_NAME,
        assumed_by=tuple(steps),
        approval=settings.github_environment or APPROVAL,
        before_approval=tuple(job for job in steps if job == PREPARE),
        steps=steps,
    )
