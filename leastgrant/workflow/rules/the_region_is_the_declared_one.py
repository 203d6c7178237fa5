"""A job that assumes the role works in the declared region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator


def the_region_is_the_declared_one(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find other regions, none, and those that cannot be told."""
    declared = contract.facts.regions
    named = " or ".join(f"`{one}`" for one in declared)
    for run, assumption in contract.logins:
        for region in assumption.region:
            if any(region == Pattern.literal(one) for one in declared):
                continue
            is_known = not any(map(region.matches, declared))
            shown = f"in `{region}`" if str(region) else "in no region"
            yield finding(
                WorkflowKind.REGION if is_known else WorkflowKind.UNKNOWN,
                run,
                f"{run.called} assumes the role {shown}, and the stacks are in {named}"
                if is_known
                else f"{run.called} assumes the role {shown}, which cannot be told before the run",
                f"set `aws-region: {declared[0]}`",
                line=assumption.line("aws-region"),
            )
