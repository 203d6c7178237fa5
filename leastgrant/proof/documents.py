"""What a boundary or an attachable policy allows, where its document is known.

A policy limits whoever has it as far as it allows nothing worth having: no step of a known way to more permissions, and
no action that reads data, writes policies, passes or assumes roles or decrypts, but on what the stacks may own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.iam.arn import ARN
from leastgrant.iam.document import Policy, parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import newly_allowed
from leastgrant.iam.pattern import Pattern
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


def harm(arn: str, documents: Documents, own: Sequence[Pattern], writer: Permissions) -> str | None:
    """Return why a policy limits nobody; None if it does.

    Args:
        arn: The policy's.
        documents: The policies that are known.
        own: What the stacks may own: on that, everything is harmless.
        writer: Who must not be able to write the policy.
    """
    if not ARN.matches(arn):
        return f"what {arn!r} allows is not known: it is no ARN"
    if not is_of_aws(arn):
        for action in _WRITES:
            if next(newly_allowed(_everything("NotResource", [Pattern.literal(arn)]), writer, [action]), None):
                return f"it may write {arn} itself, by {action}"
    document = documents.get(arn) or _of_aws(arn)
    if document is None:
        return f"what {arn} allows is not known"
    within = _everything("Resource", own) if own else Permissions([])
    allowed = Permissions([document])
    for action in _worth_having(document):
        if next(newly_allowed(within, allowed, [action]), None):
            return f"{arn} allows {action}, beyond what the stacks may own"
    return None


def _of_aws(arn: str) -> Policy | None:
    document = managed_policy(arn)
    return None if document is None else parse_policy(document, arn)


def _everything(element: str, arns: Sequence[Pattern]) -> Permissions:
    """Allow everything on these ARNs (`Resource`), or on all others (`NotResource`)."""
    statement = {"Effect": "Allow", "Action": "*", element: [*map(str, arns)]}
    return Permissions([parse_policy({"Version": "2012-10-17", "Statement": statement}, "everything")])


def _worth_having(document: Policy) -> Iterator[str]:
    """Yield the actions to ask for: those that are worth having anywhere, and what else the document names."""
    yield from _WORTH_HAVING
    for statement in document.statements:
        for pattern in () if statement.actions.negated else statement.actions.patterns:
            yield from (str(known) for known in authorization.expand(str(pattern)) if is_sensitive(str(known)))
