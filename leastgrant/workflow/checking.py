"""Workflows and a role, held against one another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.role import RoleError
from leastgrant.workflow.contract import Contract, Runs
from leastgrant.workflow.finding import WorkflowKind, in_order
from leastgrant.workflow.rules.an_assuming_job_is_trusted import an_assuming_job_is_trusted
from leastgrant.workflow.rules.an_assuming_job_may_request_a_token import an_assuming_job_may_request_a_token
from leastgrant.workflow.rules.it_has_the_declared_steps import it_has_the_declared_steps
from leastgrant.workflow.rules.it_installs_what_is_locked import it_installs_what_is_locked
from leastgrant.workflow.rules.it_runs_on_a_runner_of_github import it_runs_on_a_runner_of_github
from leastgrant.workflow.rules.it_waits_for_the_approval import it_waits_for_the_approval
from leastgrant.workflow.rules.no_other_job_may_request_a_token import no_other_job_may_request_a_token
from leastgrant.workflow.rules.no_outsider_starts_it import no_outsider_starts_it
from leastgrant.workflow.rules.nothing_is_left_open import nothing_is_left_open
from leastgrant.workflow.rules.the_audience_is_trusted import the_audience_is_trusted
from leastgrant.workflow.rules.the_declared_jobs_assume_it import the_declared_jobs_assume_it
from leastgrant.workflow.rules.the_region_is_the_declared_one import the_region_is_the_declared_one
from leastgrant.workflow.rules.the_role_is_assumed_with_the_token import the_role_is_assumed_with_the_token
from leastgrant.workflow.rules.the_role_is_this_one import the_role_is_this_one
from leastgrant.workflow.rules.the_session_is_as_long_as_the_role_allows import (
    the_session_is_as_long_as_the_role_allows,
)
from leastgrant.workflow.rules.the_session_is_named_as_declared import the_session_is_named_as_declared
from leastgrant.workflow.rules.the_trust_is_no_wider_than_its_jobs import the_trust_is_no_wider_than_its_jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leastgrant.role import Role
    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.finding import WorkflowFinding
    from leastgrant.workflow.model import Workflow

RULES: tuple[Callable[[Contract], Iterator[WorkflowFinding]], ...] = (
    an_assuming_job_is_trusted,
    an_assuming_job_may_request_a_token,
    the_audience_is_trusted,
    the_role_is_this_one,
    the_role_is_assumed_with_the_token,
    the_region_is_the_declared_one,
    the_session_is_as_long_as_the_role_allows,
    the_session_is_named_as_declared,
    no_other_job_may_request_a_token,
    no_outsider_starts_it,
    the_trust_is_no_wider_than_its_jobs,
    the_declared_jobs_assume_it,
    it_waits_for_the_approval,
    it_runs_on_a_runner_of_github,
    it_installs_what_is_locked,
    it_has_the_declared_steps,
    nothing_is_left_open,
)


def check(workflows: Sequence[Workflow], role: Role, facts: Facts) -> tuple[WorkflowFinding, ...]:
    """Find what does not fit between the workflows of a repository, a role's trust policy and what is declared.

    Findings come first, then notes (`is_note`): first those on the trust, then those on jobs that are refused, then
    those on tokens that nobody needs, each in the order of the files.

    Args:
        workflows: All of the repository, as what is left out may request tokens too.
        role: With its trust policy.
        facts: What is declared.

    Raises:
        WorkflowError: the workflows cannot be related to one another.
        RoleError: the role's trust policy is not known.
        PatternTooComplex: the patterns of the trust policy are too complex to compare.
    """
    return check_roles(workflows, ((role, facts),))


def check_roles(workflows: Sequence[Workflow], roles: Sequence[tuple[Role, Facts]]) -> tuple[WorkflowFinding, ...]:
    """Return the same for several roles, each job held against the one that it means.

    Args:
        workflows: All of the repository.
        roles: Each with the facts, which differ in `role_arn` and `max_session_seconds` alone.

    Raises:
        WorkflowError, RoleError, PatternTooComplex: as `check`.
    """
    shared = Runs(workflows, roles[0][1])
    alone = [_contract(workflows, role, facts, shared) for role, facts in roles]
    alone = [replace(one, is_first=number == 0) for number, one in enumerate(alone)]
    contracts = [replace(one, beside=tuple(other for other in alone if other is not one)) for one in alone]
    found = [finding for contract in contracts for finding in _found(contract)]
    return in_order(found, [workflow.file for workflow in workflows])


def _contract(workflows: Sequence[Workflow], role: Role, facts: Facts, shared: Runs) -> Contract:
    if role.trust is None:
        raise RoleError(f"{role.template or role.name}: has no trust policy; give the role's template")
    return Contract(workflows, role.name, role.trust, facts, role.template or role.name, role.line, shared)


def _found(contract: Contract) -> Iterator[WorkflowFinding]:
    if issuer := contract.trust.other_issuer():
        yield _of_other_issuer(contract, issuer)
        return
    for rule in RULES:
        yield from rule(contract)


def _of_other_issuer(contract: Contract, issuer: str) -> WorkflowFinding:
    return contract.about_role(
        WorkflowKind.UNKNOWN,
        f"the role trusts the tokens of `{issuer}`, and none of `{contract.facts.issuer}`: nothing was held against it",
        f"if that is whose tokens the jobs have, say so (`--issuer {issuer}`), or else trust `{contract.facts.issuer}`",
    )
