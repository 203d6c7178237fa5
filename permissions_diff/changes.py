"""What changes between two states of the project: of access, and of the jobs that can assume the deploy role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant import AccessChange, Sign, access_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from permissions_diff.baseline import ProjectState


def changes_between(before: ProjectState, after: ProjectState) -> tuple[AccessChange, ...]:
    """Compare both stacks' roles, what else gives access, and the jobs that can assume the deploy role.

    Raises:
        InputError: a side cannot be compared.
    """
    return (*_of_jobs(before, after), *access_changes(before.access, after.access))


def _of_jobs(before: ProjectState, after: ProjectState) -> Iterator[AccessChange]:
    """Yield the jobs that can assume the deploy role, each with the subject that the role trusts."""
    old, new = _jobs(before), _jobs(after)
    for sign, jobs, others in ((Sign.GAINED, new, old), (Sign.LOST, old, new)):
        for (job, subject), where in jobs.items():
            if (job, subject) not in others:
                yield AccessChange(
                    f"job {job}, as {subject}", sign, "sts:AssumeRoleWithWebIdentity", "the deploy role", where
                )


def _jobs(side: ProjectState) -> dict[tuple[str, str], str]:
    contract = side.contract
    return {
        (run.name, subject): f"{run.workflow.file}:{run.permissions.line if run.permissions else run.job.line}"
        for run in contract.with_token
        for subject in contract.trusted_of(run)
    }
