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
    from leastgrant import Role
    from leastgrant.workflow import Workflow, WorkflowFinding
    from ops.project.assembly import SynthesisedStack
    from settings import Settings

WORKFLOWS: Final = Path(".github/workflows")
ASSUMED_BY: Final = ("deploy-dataops-v1.yml:deploy",)
"""The jobs that must be able to assume the deploy role, as `FILE.yml:JOB`, and no others."""
SESSION_NAME: Final = "dataops-v1-deploy"
"""How each session of the deploy role is called, so that the account's trail shows whose a call is."""
APPROVAL: Final = "dataops-v1"
"""The environment whose reviewers let a deployment through."""
_SUMMARISED: Final = "python3 .github/scripts/summarised.py"
_OPS: Final = "python -m ops"
STEPS: Final = (
    DeclaredStep("actions/checkout"),
    DeclaredStep(
        "Ask whether the approval is current", (f"{_SUMMARISED} The approval python3 .github/scripts/approval.py",)
    ),
    DeclaredStep("Download what the checks sealed"),
    DeclaredStep(
        "Verify the digest",
        (
            "cd $RUNNER_TEMP/sealed",
            "printf ",
            "python3 $GITHUB_WORKSPACE/.github/scripts/summarised.py The digest sha256sum --check --strict",
            "tar --extract --file cdk.out.tar --directory $GITHUB_WORKSPACE cdk.out",
        ),
    ),
    DeclaredStep("Install the tools", ("make tools", "printf ")),
    DeclaredStep("Log in"),
    DeclaredStep("Preflight", (f"{_SUMMARISED} Preflight {_OPS} preflight --as-deploy-role",)),
    DeclaredStep(
        "Prepare the change set",
        (f"{_SUMMARISED} The change set cdk deploy DataOps --app cdk.out --require-approval never",),
    ),
    DeclaredStep(
        "Review the change set",
        (
            f"{_SUMMARISED} The review {_OPS} review dataops-v1 --change-set $CHANGE_SET",
            f"{_OPS} review dataops-v1 --change-set $CHANGE_SET --json",
            "jq ",
        ),
    ),
    DeclaredStep(
        "Execute the change set",
        (f"{_SUMMARISED} The deployment cdk deploy DataOps --app cdk.out --require-approval never",),
        "steps.review.outputs.execution == 'AVAILABLE'",
    ),
    DeclaredStep(
        "Watch",
        (f"{_SUMMARISED} How it went {_OPS} watch dataops-v1",),
        "${{ !cancelled() && steps.execute.outcome != 'skipped' }}",
    ),
    DeclaredStep("Seed", (f"{_SUMMARISED} Seeding .github/scripts/seed",)),
    DeclaredStep("Smoke", (f"{_SUMMARISED} The smoke tests {_OPS} smoke",)),
    DeclaredStep("Say how it ended", ("python3 .github/scripts/ended.py",), "always()"),
)
"""The steps of the job that holds the deploy role, in order; what else ran in it would hold the role too."""


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
    return Facts(
        repository=f"{settings.github_owner}/{settings.github_repo}",
        default_branch=settings.github_branch,
        regions=(settings.region,),
        role_arn=f"arn:{settings.partition}:iam::{settings.account}:role/{settings.deploy_role_name}",
        max_session_seconds=role.max_session_seconds,
        session_name=SESSION_NAME,
        assumed_by=ASSUMED_BY,
        approval=APPROVAL,
        steps=dict.fromkeys(ASSUMED_BY, STEPS),
    )
