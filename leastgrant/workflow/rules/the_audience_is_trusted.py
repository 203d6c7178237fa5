"""A job that assumes the role has a token for an audience that the role trusts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def the_audience_is_trusted(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find audiences that the role does not trust, and those that cannot be told."""
    trusted = [one for one in contract.trust.audiences if contract.trust.admits_audience(one)]
    fix = f"take `audience` out, or ask for `{trusted[0] if trusted else 'sts.amazonaws.com'}`"
    china = Pattern.literal("sts.amazonaws.com")
    is_in_china = contract.facts.role_arn.startswith("arn:aws-cn:") and not trusted
    for run, assumption in contract.logins:
        line = assumption.line("audience")
        for audience in assumption.audience:
            if is_in_china and audience == china:
                yield finding(
                    WorkflowKind.AUDIENCE,
                    run,
                    f"asks for a token for `{audience}`, and AWS's China regions have another",
                    "set `audience: sts.amazonaws.com.cn`",
                    line=line,
                )
            elif not audience.is_literal:
                message = f"asks for a token for `{audience}`, which cannot be told before the run"
                yield finding(WorkflowKind.UNKNOWN, run, message, fix, line=line)
            elif not _is_trusted(contract, "".join(map(str, audience.tokens)), trusted):
                message = f"asks for a token for `{audience}`, and the role trusts no such audience"
                yield finding(WorkflowKind.AUDIENCE, run, message, fix, line=line)


def _is_trusted(contract: Contract, audience: str, trusted: Sequence[str]) -> bool:
    """Whether it is, or would be if the trust let in anybody: that it does not is told of the subject."""
    return contract.trust.admits_audience(audience) or (not trusted and contract.trust.names_audience(audience))
