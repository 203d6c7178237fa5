"""The contract between GitHub workflows, a role's trust policy, and the role.

    workflows = [load_workflow(path) for path in Path(".github/workflows").glob("*.y*ml")]
    facts = Facts("acme/shop", default_branch="main", regions=("eu-west-1",), role_arn="arn:aws:iam::...:role/deployer")
    for finding in check(workflows, role, facts):
        print(finding.where, finding.message, finding.fix)

`role` is a `leastgrant.role.Role`. It imports neither CDK nor an AWS client.
"""

from leastgrant.workflow.checking import check, check_roles
from leastgrant.workflow.contract import Contract
from leastgrant.workflow.declaration import load_steps
from leastgrant.workflow.facts import DeclaredStep, Facts
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind, is_proved
from leastgrant.workflow.model import Workflow
from leastgrant.workflow.parse import load_workflow, parse_workflow, workflow_files
from leastgrant.workflow.tree import WorkflowError

__all__ = [
    "Contract",
    "DeclaredStep",
    "Facts",
    "Workflow",
    "WorkflowError",
    "WorkflowFinding",
    "WorkflowKind",
    "check",
    "check_roles",
    "is_proved",
    "load_steps",
    "load_workflow",
    "parse_workflow",
    "workflow_files",
]
