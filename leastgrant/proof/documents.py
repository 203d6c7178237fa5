"""What a boundary or an attachable policy allows, where its document is known.

A policy limits whoever has it as far as it allows nothing worth having: no step of a known way to more permissions, and
no action that reads data, writes policies, passes or assumes roles or decrypts, but on what the stacks may own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import ARN
from leastgrant.iam.document import Policy, parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import Witness, newly_allowed
from leastgrant.iam.pattern import Budget, Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.managed_policies import is_of_aws, managed_policy
from leastgrant.knowledge.sensitive import PASSES_AND_DECRYPTS, READS_DATA, is_sensitive
from leastgrant.proof.escalation_catalogue import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Documents: TypeAlias = Mapping[str, Policy]
"""Policies by their ARNs."""
NO_DOCUMENTS: Documents = MappingProxyType({})

_WRITES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:CreatePolicy")
_WORTH_HAVING = tuple(
    dict.fromkeys([*(step.action for way in WAYS for step in way.steps), *sorted(READS_DATA | PASSES_AND_DECRYPTS)])
)


@dataclass(frozen=True, slots=True)
class Harm:
    """Why a policy limits nobody, or why that is not decided."""

    reason: str
    decided: bool = True

    def __str__(self) -> str:
        """Return the reason."""
        return self.reason


def harm(
    arn: str, documents: Documents, own: Sequence[Pattern], writer: Permissions, budget: Budget | None = None
) -> Harm | None:
    """Why a policy limits nobody; None if it does.

    Args:
        arn: The policy's.
        documents: The policies that are known.
        own: What the stacks may own: on that, everything is harmless.
        writer: Who must not be able to write the policy.
        budget: The work; without one, each question has its own.
    """
    if not ARN.matches(arn):
        return Harm(f"what {arn!r} allows is not known: it is no ARN")
    doubts: list[Harm] = []
    if not is_of_aws(arn):
        others = _everything("NotResource", [Pattern.literal(arn)])
        for action in _WRITES:
            found = _more(others, writer, action, budget)
            if found is True:
                return Harm(f"it may write {arn} itself, by {action}")
            if found:
                doubts.append(Harm(f"it is not decided whether it may write {arn} itself, by {action}: {found}", False))
    document = documents.get(arn) or _of_aws(arn)
    if document is None:
        return Harm(f"what {arn} allows is not known")
    found = harm_of(Permissions([document]), arn, own, budget)
    return found if found is not None and found.decided else next(filter(None, (*doubts, found)), None)


def harm_of(allowed: Permissions, name: str, own: Sequence[Pattern], budget: Budget | None = None) -> Harm | None:
    """Why permissions are worth having; None if they are not.

    Args:
        allowed: The permissions.
        name: How to call them.
        own: What the stacks may own: on that, everything is harmless.
        budget: The work; without one, each question has its own.
    """
    within = _everything("Resource", own) if own else Permissions([])
    doubts: list[Harm] = []
    for action in _worth_having(allowed):
        found = _more(within, allowed, action, budget)
        if found is True:
            return Harm(f"{name} allows {action}, beyond what the stacks may own")
        if found:
            why = f"it is not decided whether {name} allows {action}, beyond what the stacks may own: {found}"
            doubts.append(Harm(why, False))
    return doubts[0] if doubts else None


def _more(within: Permissions, allowed: Permissions, action: str, budget: Budget | None) -> bool | str:
    """Whether more of an action is allowed; or why that is not decided."""
    doubt = ""
    for answer in newly_allowed(within, allowed, [action], budget=budget):
        if isinstance(answer, Witness):
            return True
        doubt = doubt or answer.reason
    return doubt


def _of_aws(arn: str) -> Policy | None:
    document = managed_policy(arn)
    return None if document is None else parse_policy(document, arn)


def _everything(element: str, arns: Sequence[Pattern]) -> Permissions:
    """Allow everything on these ARNs (`Resource`), or on all others (`NotResource`)."""
    statement = {"Effect": "Allow", "Action": "*", element: [*map(str, arns)]}
    return Permissions([parse_policy({"Version": "2012-10-17", "Statement": statement}, "everything")])


def _worth_having(allowed: Permissions) -> Iterator[str]:
    """Yield the actions to ask for: those that are worth having anywhere, and what else the statements name."""
    yield from _WORTH_HAVING
    for statement in allowed.statements:
        for pattern in () if statement.actions.negated else statement.actions.patterns:
            yield from (str(known) for known in authorization.expand(str(pattern)) if is_sensitive(str(known)))
