"""A job whose token the role trusts assumes this role, and no other by mistake; what role it is, is known."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.setting import options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.assumption import Assumption
    from leastgrant.workflow.runs import Run


def the_role_is_this_one(contract: Contract) -> Iterator[WorkflowFinding]:
    """Yield the roles that cannot be told, in one finding; and the trusted jobs that assume other roles, in one."""
    if unsure := list(chain.from_iterable(one.unsure for one in contract.of_all_roles)):
        yield _unknown(contract, unsure)
    others = [(run, one) for run, one in contract.assumed if contract.takes_the_place(run, one)]
    if others:
        yield _others(contract, others)


def _unknown(contract: Contract, unsure: Sequence[tuple[Run, Assumption]]) -> WorkflowFinding:
    arn = contract.facts.role_arn
    texts = list(dict.fromkeys(assumption.text("role-to-assume") for _, assumption in unsure))
    options = options_of(texts, arn)
    if contract.beside:
        options = options_of(texts, "...")
    holds = f"say what {'it holds' if options[1:] == [] else 'each holds'} ({', '.join(f'`{o}`' for o in options)})"
    told = f"{holds}, or" if options else "write the role's ARN out, or say"
    is_it = "which of the roles that were given that is" if contract.beside else f"whether that is `{arn}`"
    as_if = "judged as if it were one that trusts the job" if contract.beside else "judged as if it were"
    return finding(
        WorkflowKind.UNKNOWN,
        [run for run, _ in unsure],
        f"assumes {' or '.join(f'`{text}`' if text else 'a role' for text in texts)}, and {is_it} cannot be told "
        f"before the run{', which is not declared to' if contract.facts.assumed_by else f': {as_if}'}",
        f"{told} which jobs assume the role (`--assumed-by`)",
        line=unsure[0][1].line("role-to-assume"),
    )


def _others(contract: Contract, others: list[tuple[Run, Assumption]]) -> WorkflowFinding:
    assumption = others[0][1]
    arn = contract.facts.role_arn
    roles = dict.fromkeys(str(role) for _, one in others for role in one.role)
    return finding(
        WorkflowKind.ROLE,
        [one for one, _ in others],
        f"assumes {', '.join(f'`{role}`' for role in roles)}, and its token is one that `{arn}` trusts",
        f"assume `{arn}` if that is meant, or let the trust ask for what only the jobs of this role have, such as an "
        "environment",
        line=assumption.line("role-to-assume"),
    )
