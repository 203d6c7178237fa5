"""A role that CloudFormation acts with as a service role: it passes itself to each nested stack.

Sources: "AWS CloudFormation service role", AWS CloudFormation User Guide; that a nested stack is handed the parent's
role by a call that asks for `iam:PassRole` on it, github.com/aws-solutions-library-samples/data-lakes-on-aws issue 275
and github.com/aws-samples/sample-autonomous-cloud-coding-agents issue 865.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leastgrant.iam.document import Effect, Principal, PrincipalKind, parse_trust_policy
from leastgrant.knowledge import Tier, authorization
from leastgrant.template.nested import STACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.iam.document import TrustPolicy
    from leastgrant.proof.needs import Need
    from leastgrant.role import Role

_CLOUDFORMATION = Principal(PrincipalKind.SERVICE, "cloudformation.amazonaws.com")
_PASSING = "iam:PassRole"
_SERVICE_ROLE = "cloudformation:rolearn"
_REASON = "CloudFormation may assume the role, so a stack is deployed with it, and it passes itself to the nested stack"

TRUST = parse_trust_policy(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudformation.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    },
    "the trust of a service role",
)
"""What makes a role one that CloudFormation acts with."""


def is_service_role(trust: TrustPolicy) -> bool:
    """Tell whether CloudFormation may assume the role, on conditions or not."""
    return any(
        statement.effect is Effect.ALLOW
        and statement.principals.match(_CLOUDFORMATION)
        and statement.actions.match("sts:assumerole")
        for statement in trust.statements
    )


def as_passed_by(role: Role, needs: Iterable[Need]) -> Iterator[Need]:
    """Yield the needs, with what is known of the role that nested stacks are handed.

    One that CloudFormation may assume hands on itself, another nothing; of a bare policy neither is known.
    """
    for need in needs:
        if role.trust is None or need.subject.type != STACK:
            yield need
        elif need.action != _PASSING:
            yield _with_service_role(need, role) if authorization.takes(need.action, _SERVICE_ROLE) else need
        elif is_service_role(role.trust):
            for arn in role.arns or (need.resource,):
                yield replace(need, resource=arn, tier=Tier.REQUIRED, reason=_REASON)


def _with_service_role(need: Need, role: Role) -> Need:
    """Return the need with the role that the request names: the stack's own, if there is one."""
    if role.trust is None or (is_service_role(role.trust) and len(role.arns) != 1):
        return need
    named = role.arns if is_service_role(role.trust) else ()
    return replace(need, known=replace(need.known, keys=(*need.known.keys, (_SERVICE_ROLE, (named,)))))
