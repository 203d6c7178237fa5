"""The names that a template fixes, and how to ask AWS whether one is taken.

A resource with a fixed name cannot be made if the name is taken. A resource without one gets a random name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from botocore.exceptions import ClientError

from leastgrant.iam import Pattern
from leastgrant.knowledge import type_schema
from leastgrant.template import ABSENT, IDENTITIES, alternatives
from ops.aws.errors import code_of

if TYPE_CHECKING:
    from leastgrant.template import ResolvedResource, ResolvedTemplate
    from ops.aws.account import Account


@dataclass(frozen=True, slots=True)
class FixedName:
    """A resource whose name the template fixes."""

    logical_id: str
    type: str
    name: str

    def __str__(self) -> str:
        """Return the resource in words."""
        return f"{self.logical_id} ({self.type} {self.name})"


@dataclass(frozen=True, slots=True)
class UncheckedName:
    """A resource of which it cannot be told whether its name is taken."""

    logical_id: str
    type: str
    reason: str

    def __str__(self) -> str:
        """Return the resource in words, and the reason."""
        return f"{self.logical_id} ({self.type}): {self.reason}"


def fixed_names(template: ResolvedTemplate) -> Iterator[FixedName | UncheckedName]:
    """Yield the resources of a template that have a fixed name, and those that may have one that is not known here."""
    for resource in template:
        name = _name(resource)
        if name is not None:
            yield name


def _name(resource: ResolvedResource) -> FixedName | UncheckedName | None:
    logical_id, type_name = resource.declared.logical_id, resource.declared.type
    if type_name not in IDENTITIES:
        unknown = UncheckedName(logical_id, type_name, "it is not known how resources of this type are named")
        return None if _is_given_its_name(resource) else unknown
    key = IDENTITIES[type_name].name_property
    value = ABSENT if key is None else resource.properties.get(key, ABSENT)
    if value is ABSENT:
        return None
    if type_name not in LOOK_UPS:
        return UncheckedName(logical_id, type_name, f"{key} is set, and ops cannot ask whether such a name is taken")
    if type_name == _RULE and resource.properties.get("EventBusName", ABSENT) is not ABSENT:
        return UncheckedName(logical_id, type_name, "it is on an event bus of its own, where ops does not look")
    if len(alternatives(value)) == 1 and isinstance(value, Pattern) and value.is_literal:
        return FixedName(logical_id, type_name, "".join(str(token) for token in value.tokens))
    return UncheckedName(logical_id, type_name, f"{key} is not known before the deployment")


def _is_given_its_name(resource: ResolvedResource) -> bool:
    """Tell whether AWS alone names it: by its schema the template cannot, and it does not set what is called a name."""
    schema = type_schema(resource.declared.type)
    if schema is None or not schema.primary_identifier:
        return False
    named = any(key.endswith("Name") and value is not ABSENT for key, value in resource.properties.items())
    return schema.read_only.issuperset(schema.primary_identifier) and not named


_RULE = "AWS::Events::Rule"

LookUp: TypeAlias = Callable[["Account", str], object]
"""Asks for the resource of a name."""


def _policy_arn(account: Account, name: str) -> str:
    return f"arn:{account.settings.partition}:iam::{account.settings.account}:policy/{name}"


LOOK_UPS: Mapping[str, LookUp] = {
    "AWS::DynamoDB::Table": lambda account, name: account.dynamodb.describe_table(TableName=name),
    _RULE: lambda account, name: account.events.describe_rule(Name=name),
    "AWS::IAM::ManagedPolicy": lambda account, name: account.iam.get_policy(PolicyArn=_policy_arn(account, name)),
    "AWS::IAM::Role": lambda account, name: account.iam.get_role(RoleName=name),
    "AWS::Lambda::Function": lambda account, name: account.functions.get_function_configuration(FunctionName=name),
    "AWS::S3::Bucket": lambda account, name: account.s3.head_bucket(Bucket=name),
    "AWS::SecretsManager::Secret": lambda account, name: account.secrets.describe_secret(SecretId=name),
}
"""How to ask, by type. DescribeSecret also finds a secret that is scheduled for deletion, which keeps its name."""

_ABSENT = frozenset({"ResourceNotFoundException", "NoSuchEntity", "NoSuchBucket", "404"})
"""The services' codes for what does not exist (each service's API Reference, at the operations above)."""


def is_taken(account: Account, name: FixedName) -> bool:
    """Tell whether there is a resource of that type and name.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    try:
        LOOK_UPS[name.type](account, name.name)
    except ClientError as error:
        if code_of(error) in _ABSENT:
            return False
        if name.type == "AWS::S3::Bucket" and code_of(error) == "403":
            return True  # "you do not have permission to access it" (HeadBucket): somebody's bucket has the name
        raise
    return True
