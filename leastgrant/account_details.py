"""The roles of an account, as `aws iam get-account-authorization-details` writes them.

Source: "GetAccountAuthorizationDetails", IAM API Reference: documents are JSON, or JSON with percent-encoding.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote

from leastgrant.documents.document import read_file
from leastgrant.errors import InputError
from leastgrant.iam.document import parse_policy, parse_trust_policy
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge.managed_policies import managed_policy, managed_policy_version
from leastgrant.role import Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from leastgrant.iam.document import Policy


class AccountDetailsError(InputError):
    """The details of an account cannot be used, in one line."""


def roles_of_account(path: Path) -> dict[str, Role]:
    """Read the roles of an account, by ARN, with all of their policies.

    Raises:
        AccountDetailsError: the file is not what the command writes.
        TemplateError: the file cannot be read.
    """
    tree = read_file(path).tree
    if not isinstance(tree, dict) or not isinstance(tree.get("RoleDetailList"), list):
        raise AccountDetailsError(
            f"{path}: has no RoleDetailList; write it with `aws iam get-account-authorization-details`"
        )
    if tree.get("IsTruncated") is True:
        raise AccountDetailsError(f"{path}: IsTruncated is true, so roles are missing; have the CLI page through all")
    try:
        managed = dict(_managed(cast("dict[str, object]", tree)))
        return dict(_role(role, managed, path) for role in _objects(cast("dict[str, object]", tree), "RoleDetailList"))
    except PolicyError as error:
        raise AccountDetailsError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError) as error:
        raise AccountDetailsError(
            f"{path}: is not as `aws iam get-account-authorization-details` writes it: {error!r}"
        ) from None


def _managed(details: Mapping[str, object]) -> Iterator[tuple[str, Policy]]:
    for policy in _objects(details, "Policies"):
        for version in _objects(policy, "PolicyVersionList"):
            if version["IsDefaultVersion"] is True:
                yield str(policy["Arn"]), parse_policy(_document(version["Document"]), str(policy["PolicyName"]))


def _role(role: Mapping[str, object], managed: Mapping[str, Policy], path: Path) -> tuple[str, Role]:
    name, arn = str(role["RoleName"]), str(role["Arn"])
    policies = [
        parse_policy(_document(policy["PolicyDocument"]), str(policy["PolicyName"]))
        for policy in _objects(role, "RolePolicyList")
    ]
    unread: list[str] = []
    for attached in _objects(role, "AttachedManagedPolicies"):
        found = _known(str(attached["PolicyArn"]), managed)
        if found is None:
            unread.append(str(attached["PolicyArn"]))
        else:
            policies.append(found)
    boundary = role.get("PermissionsBoundary")
    limit = None
    if boundary is not None:
        limited_by = str(cast("dict[str, object]", boundary)["PermissionsBoundaryArn"])
        limit = _known(limited_by, managed)
        unread += [] if limit else [limited_by]
    trust = parse_trust_policy(_document(role["AssumeRolePolicyDocument"]), f"{name}.AssumeRolePolicyDocument")
    return arn, Role(
        name,
        tuple(policies),
        trust,
        limit,
        arns=(Pattern.literal(arn),),
        unread=tuple(unread),
        managed=managed,
        template=str(path),
    )


def _known(arn: str, managed: Mapping[str, Policy]) -> Policy | None:
    if arn in managed:
        return managed[arn]
    document = managed_policy(arn)
    name = arn.rpartition("/")[2]
    return None if document is None else parse_policy(document, f"{name} {managed_policy_version(arn)}")


def _document(value: object) -> object:
    return json.loads(unquote(value)) if isinstance(value, str) else value


def _objects(value: Mapping[str, object], key: str) -> list[dict[str, object]]:
    """Return a list of objects; a list that is left out is empty."""
    items = value.get(key, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast("list[object]", items)):
        raise ValueError(f"{key} is no list of objects")
    return cast("list[dict[str, object]]", items)
