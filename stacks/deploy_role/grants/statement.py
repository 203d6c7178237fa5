"""What every grant here is: operations of an enum, on ARNs of a stack's namespace, under one statement id.

The classes follow CDK's own `*Grants` (`TableGrants.from_table(table).read_data(grantee)`): made from what they grant
access to, with a method for each use, which takes the grantee first and returns the `Grant`. Where CDK's take action
names and ARNs as text, these take enum members and a `StackNamespace`, so that a wildcard has nowhere to go.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Self

from aws_cdk import aws_iam as iam

from stacks.namespace import StackArn, StackNamespace

Conditions = Mapping[str, Mapping[str, object]]
"""IAM condition operators, each with its condition keys and values."""


def is_single_action(text: str) -> bool:
    """Whether it has the form of one IAM action, without wildcards."""
    return re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", text) is not None


class Operation(StrEnum):
    """An IAM action that a grant can express; each service's grants list their own.

    Raises:
        ValueError: a member is no single action, when its class is made.
    """

    def __new__(cls, action: str) -> Self:
        """Refuse what is no single action."""
        if not is_single_action(action):
            raise ValueError(f"{cls.__name__}: an operation is one IAM action, without wildcards, not {action!r}")
        member = str.__new__(cls, action)
        member._value_ = action
        return member

    @property
    def service(self) -> str:
        """The service prefix, such as `events`."""
        return self.value.partition(":")[0]


class UnscopedOperation(Operation):
    """An IAM action without resource types in the Service Authorization Reference: `*` is the narrowest there is."""


def has_no_resource(action: str) -> bool:
    """Whether it is an `UnscopedOperation`."""
    return any(action == operation for kind in UnscopedOperation.__subclasses__() for operation in kind)


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
        """The grants on what belongs to that stack."""
        return cls(namespace)


def grant(
    grantee: iam.IGrantable,
    statement_id: str,
    operations: Iterable[Operation],
    resources: Iterable[StackArn],
    conditions: Conditions | None = None,
) -> iam.Grant:
    """Allow operations of one service on resources of that service.

    Raises:
        TypeError: an operation is text, so could be anything.
        ValueError: there is no operation or no resource, or they are of different services.
    """
    operations, arns = list(operations), list(resources)
    for operation in operations:
        if not isinstance(operation, Operation) or isinstance(operation, UnscopedOperation):
            raise TypeError(f"{statement_id}: an operation on a resource is an Operation, not {operation!r}")
    services = {operation.service for operation in operations}
    if len(services) != 1 or {arn.split(":")[2] for arn in arns} != services:
        raise ValueError(f"{statement_id}: give operations and resources of one service, not {operations} on {arns}")
    return _add_statement(grantee, statement_id, operations, arns, conditions)


def grant_unscoped(grantee: iam.IGrantable, statement_id: str, operation: UnscopedOperation) -> iam.Grant:
    """Allow an operation that IAM cannot narrow to a resource.

    Raises:
        TypeError: the operation is text, or one that can be narrowed.
    """
    if not isinstance(operation, UnscopedOperation):
        raise TypeError(f"{statement_id}: only an UnscopedOperation is granted on every resource, not {operation!r}")
    return _add_statement(grantee, statement_id, [operation], ["*"], None)


def _add_statement(
    grantee: iam.IGrantable,
    statement_id: str,
    operations: Iterable[Operation],
    resources: list[str] | list[StackArn],
    conditions: Conditions | None,
) -> iam.Grant:
    added = iam.Grant.add_to_principal(
        grantee=grantee,
        actions=sorted({operation.value for operation in operations}),
        resource_arns=list[str](resources),
        conditions=conditions,
    )
    for statement in added.principal_statements:
        statement.sid = statement_id
    return added
