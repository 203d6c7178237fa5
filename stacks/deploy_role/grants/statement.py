"""What every grant here is: actions of an enum, on ARNs of a stack's namespace, in one statement with its purpose.

The classes follow CDK's own `*Grants` (`TableGrants.from_table(table).read_data(grantee)`): made from what they grant
access to, with a method for each use, which takes the grantee first and returns the grant. Where CDK's take action
names and ARNs as text, these take enum members and a `StackNamespace`, so that a wildcard has nowhere to go.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from aws_cdk import aws_iam as iam

from stacks.namespace import StackArn, StackNamespace, Tie

Conditions = Mapping[str, Mapping[str, object]]
"""IAM condition operators, each with its condition keys and values."""


def is_single_action(text: str) -> bool:
    """Tell whether a text has the form of one IAM action, without wildcards."""
    return re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", text) is not None


class GrantableAction(StrEnum):
    """An IAM action that a grant can express; each service's grants list their own.

    Raises:
        ValueError: a member is no single action, when its class is made.
    """

    def __new__(cls, action: str) -> Self:
        """Refuse what is no single action."""
        if not is_single_action(action):
            raise ValueError(f"{cls.__name__}: a grantable action is one IAM action, without wildcards, not {action!r}")
        member = str.__new__(cls, action)
        member._value_ = action
        return member

    @property
    def service(self) -> str:
        """The service prefix, such as `events`."""
        return self.value.partition(":")[0]


class UnscopedAction(GrantableAction):
    """An IAM action without resource types in the Service Authorization Reference: `*` is the narrowest there is."""


def has_no_resource(action: str) -> bool:
    """Tell whether an action is an `UnscopedAction`."""
    return any(action == unscoped for kind in UnscopedAction.__subclasses__() for unscoped in kind)


@dataclass(frozen=True, slots=True)
class StackGrant:
    """One statement that was granted: CDK's grant, and what it was made from."""

    grant: iam.Grant
    statement_id: str
    actions: tuple[GrantableAction, ...]
    resources: tuple[StackArn, ...]
    """None: on every resource, since the actions can be narrowed to none."""
    purpose: str
    """Who needs it, for what: a row of docs/deploy-role.md."""


def resources_of(granted: Iterable[StackGrant]) -> tuple[StackArn, ...]:
    """List every ARN that something is granted on, once: what a role reaches."""
    return tuple(dict.fromkeys(arn for grant in granted for arn in grant.resources))


def patterns_of(granted: Iterable[StackGrant]) -> dict[str, str]:
    """Map every pattern that something is granted on, `*` included, to the reason why it is no narrower."""
    granted = tuple(granted)
    patterns = {arn.arn: arn.reason for arn in resources_of(granted) if arn.is_pattern}
    if unscoped := [action.value for grant in granted if not grant.resources for action in grant.actions]:
        have = "has" if len(unscoped) == 1 else "have"
        patterns["*"] = f"{', '.join(unscoped)} {have} no resource type: IAM accepts nothing narrower."
    return patterns


class StackGrants:
    """Grants on what belongs to one CloudFormation stack.

    Raises:
        TypeError: the namespace is not a `StackNamespace`; text in its place could hold a wildcard.
    """

    def __init__(self, namespace: StackNamespace) -> None:
        if type(namespace) is not StackNamespace:
            raise TypeError(f"a grant takes its ARNs from a StackNamespace, not from {namespace!r}")
        self._namespace = namespace

    @classmethod
    def from_namespace(cls, namespace: StackNamespace) -> Self:
        """Make the grants on what belongs to that stack."""
        return cls(namespace)


def own_account(namespace: StackNamespace) -> Conditions:
    """Make the condition that a resource is of the stack's account, for ARNs that do not say so, such as S3's."""
    return {"StringEquals": {"aws:ResourceAccount": namespace.account}}


def grant(
    grantee: iam.IGrantable,
    statement_id: str,
    actions: Iterable[GrantableAction],
    resources: Iterable[StackArn],
    *,
    purpose: str,
    conditions: Conditions | None = None,
) -> StackGrant:
    """Allow actions of one service on resources of that service.

    Raises:
        TypeError: an action or a resource is text, so could be anything.
        ValueError: there is no action or no resource, or they are of different services or ties.
    """
    actions, resources = tuple(actions), tuple(resources)
    for action in actions:
        if not isinstance(action, GrantableAction) or isinstance(action, UnscopedAction):
            raise TypeError(f"{statement_id}: an action on a resource is a GrantableAction, not {action!r}")
    for resource in resources:
        if not isinstance(resource, StackArn):
            raise TypeError(f"{statement_id}: a resource is a StackArn, not {resource!r}")
    services = {action.service for action in actions}
    if len(services) != 1 or {resource.service for resource in resources} != services:
        raise ValueError(
            f"{statement_id}: give actions and resources of one service, not {list(actions)} on"
            f" {[str(resource) for resource in resources]}"
        )
    tie, *other_ties = {resource.tie for resource in resources}
    if other_ties:
        raise ValueError(f"{statement_id}: give resources that one condition ties to the stack, or its name alone")
    arns = [resource.arn for resource in resources]
    added = _add_statement(grantee, statement_id, actions, arns, _under(tie, conditions))
    return StackGrant(added, statement_id, actions, resources, purpose)


def _under(tie: Tie | None, conditions: Conditions | None) -> Conditions | None:
    """Join the conditions of a statement and the tie of its resources."""
    if tie is None:
        return conditions
    both = {operator: dict(keys) for operator, keys in (conditions or {}).items()}
    for operator, keys in tie.conditions.items():
        both.setdefault(operator, {}).update(keys)
    return both


def grant_unscoped(
    grantee: iam.IGrantable, statement_id: str, *actions: UnscopedAction, purpose: str, tie: Tie | None = None
) -> StackGrant:
    """Allow actions that IAM cannot narrow to a resource; a tie narrows them to what is the stack's.

    Raises:
        TypeError: the action is text, or one that can be narrowed.
    """
    for action in actions:
        if not isinstance(action, UnscopedAction):
            raise TypeError(f"{statement_id}: only an UnscopedAction is granted on every resource, not {action!r}")
    added = _add_statement(grantee, statement_id, actions, ["*"], _under(tie, None))
    return StackGrant(added, statement_id, actions, (), purpose)


def _add_statement(
    grantee: iam.IGrantable,
    statement_id: str,
    actions: Iterable[GrantableAction],
    arns: list[str],
    conditions: Conditions | None,
) -> iam.Grant:
    added = iam.Grant.add_to_principal(
        grantee=grantee,
        actions=sorted({action.value for action in actions}),
        resource_arns=arns,
        conditions=conditions,
    )
    for statement in added.principal_statements:
        statement.sid = statement_id
    return added
