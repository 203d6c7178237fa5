"""A job whose token the role trusts assumes this role, and no other by mistake; what role it is, is known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding, listed
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.assumption import Assumption
    from leastgrant.workflow.runs import Run

_SETTING = re.compile(r"\b(secrets|vars)\.([A-Za-z_]\w*)")


def the_role_is_this_one(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find roles that cannot be told, each once; and the trusted jobs that assume other roles, in one finding."""
    by_text: dict[str, list[tuple[Run, Assumption]]] = {}
    for run, assumption in contract.unsure:
        by_text.setdefault(_text(assumption), []).append((run, assumption))
    for text, unsure in by_text.items():
        yield _unknown(contract, text, unsure)
    others = [(run, one) for run, one in contract.assumed if contract.takes_the_place(run, one)]
    if others:
        yield _others(contract, others)


def _text(assumption: Assumption) -> str:
    node = assumption.step.inputs.get("role-to-assume")
    return "" if node is None or not node.text else node.text


def _unknown(contract: Contract, text: str, unsure: list[tuple[Run, Assumption]]) -> WorkflowFinding:
    run, assumption = unsure[0]
    arn = contract.facts.role_arn
    shown = f"`{text}`" if text and assumption.outer is None else " or ".join(f"`{role}`" for role in assumption.role)
    setting = _SETTING.search(text)
    option = {"secrets": "--secret", "vars": "--variable"}[setting[1]] if setting else ""
    told = f"say what it holds (`{option} {setting[2]}={arn}`)" if setting else "write the role's ARN out"
    as_if = ", which is not declared to" if contract.facts.assumed_by else ": judged as if it were"
    return finding(
        WorkflowKind.UNKNOWN,
        run,
        f"{listed(one for one, _ in unsure)} assumes {shown}, and whether that is `{arn}` cannot be told before the "
        f"run{as_if}",
        f"{told}, or which jobs assume the role (`--assumed-by`)",
        line=assumption.line("role-to-assume"),
    )


def _others(contract: Contract, others: list[tuple[Run, Assumption]]) -> WorkflowFinding:
    run, assumption = others[0]
    arn = contract.facts.role_arn
    roles = dict.fromkeys(str(role) for _, one in others for role in one.role)
    return finding(
        WorkflowKind.ROLE,
        run,
        f"{listed(one for one, _ in others)} assumes {', '.join(f'`{role}`' for role in roles)}, and its token is one "
        f"that `{arn}` trusts",
        f"assume `{arn}` if that is meant, or let the trust ask for what only the jobs of this role have, such as an "
        "environment",
        line=assumption.line("role-to-assume"),
    )
