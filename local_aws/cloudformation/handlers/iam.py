"""AWS::IAM::Role.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Identity and Access Management API
Reference. A role has no tags `aws:cloudformation:*`, as its provider schema says.

moto refuses policies of the version 2008-10-17, which is what a policy without a version has: it is given them as of
2012-10-17, which differs in policy variables alone ("IAM JSON policy elements: Version").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import none_if, undone_by
from local_aws.cloudformation.handlers.reading import as_written
from local_aws.cloudformation.handlers.tags import TagChange, as_mapping, as_pairs, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = "NoSuchEntity"
_AN_HOUR: Final = 3600
"""The default of `MaxSessionDuration`."""


class IamRole(ResourceHandler):
    """A role with its trust and its policies."""

    type_name = "AWS::IAM::Role"
    modelled: ClassVar[Modelled] = {
        "AssumeRolePolicyDocument": None,
        "Description": None,
        "ManagedPolicyArns": None,
        "MaxSessionDuration": None,
        "Path": None,
        "PermissionsBoundary": None,
        "Policies": {"PolicyDocument": None, "PolicyName": None},
        "RoleName": None,
        "Tags": {"Key": None, "Value": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a role with its policies."""
        boundary = properties.get("PermissionsBoundary")
        made = self._client.create_role(
            RoleName=name,
            Path=properties.get("Path", "/"),
            AssumeRolePolicyDocument=_text(properties["AssumeRolePolicyDocument"]),
            Tags=as_pairs(wanted_tags(self.type_name, properties, tags)),
            **_settings(properties),
            **({"PermissionsBoundary": boundary} if boundary else {}),
        )
        physical = _physical(made["Role"])
        with undone_by(lambda: self.delete(physical, properties)):
            self._attach(name, {}, properties)
            self._put_policies(name, {}, properties)
        return physical

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        name = physical.name
        if before["AssumeRolePolicyDocument"] != after["AssumeRolePolicyDocument"]:
            trust = _text(after["AssumeRolePolicyDocument"])
            self._client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
        if _settings(before) != _settings(after):
            self._client.update_role(RoleName=name, **_settings(after))
        self._bound(name, before.get("PermissionsBoundary"), after.get("PermissionsBoundary"))
        self._attach(name, before, after)
        self._put_policies(name, before, after)
        self._tag(name, wanted_tags(self.type_name, after, tags))
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a role; its policies go first, as IAM wants."""
        del properties
        name = physical.name
        try:
            for policy in self._client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                self._client.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
            for policy in self._client.list_role_policies(RoleName=name)["PolicyNames"]:
                self._client.delete_role_policy(RoleName=name, PolicyName=policy)
            self._client.delete_role(RoleName=name)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the role with this `RoleName`."""
        try:
            return _physical(self._client.get_role(RoleName=identifier["RoleName"])["Role"])
        except ClientError as error:
            return none_if(error, _MISSING)

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return the role with its policies, as IAM tells of it."""
        name, client = physical.name, self._client
        try:
            role: dict[str, Any] = client.get_role(RoleName=name)["Role"]
        except ClientError as error:
            return none_if(error, _MISSING)
        attached = client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        names: list[str] = client.list_role_policies(RoleName=name)["PolicyNames"]
        written = _policies(properties)
        policies = [
            {
                "PolicyName": policy,
                "PolicyDocument": as_written(
                    written.get(policy, {"Version": ""}),
                    client.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"],
                ),
            }
            for policy in (*(one for one in written if one in names), *(one for one in names if one not in written))
        ]
        told = {
            **role,
            "ManagedPolicyArns": [one["PolicyArn"] for one in attached],
            "PermissionsBoundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        }
        found = {key: as_written(value, told.get(key)) for key, value in properties.items() if key != "Tags"}
        return {
            **{key: value for key, value in found.items() if value is not None},
            **({"Policies": policies} if "Policies" in properties else {}),
        }

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `RoleName`."""
        return {"RoleName": properties["RoleName"]} if "RoleName" in properties else None

    @property
    def _client(self) -> Any:
        return self.services.client("iam")

    def _bound(self, name: str, before: str | None, after: str | None) -> None:
        if before == after:
            return
        if after is None:
            self._client.delete_role_permissions_boundary(RoleName=name)
        else:
            self._client.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=after)

    def _attach(self, name: str, before: Properties, after: Properties) -> None:
        old: list[str] = before.get("ManagedPolicyArns", [])
        new: list[str] = after.get("ManagedPolicyArns", [])
        for arn in new:
            if arn not in old:
                self._client.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in old:
            if arn not in new:
                self._client.detach_role_policy(RoleName=name, PolicyArn=arn)

    def _put_policies(self, name: str, before: Properties, after: Properties) -> None:
        old, new = _policies(before), _policies(after)
        for policy, document in new.items():
            if old.get(policy) != document:
                text = _text(document)
                self._client.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
        for policy in old:
            if policy not in new:
                self._client.delete_role_policy(RoleName=name, PolicyName=policy)

    def _tag(self, name: str, wanted: Tags) -> None:
        change = TagChange.between(as_mapping(self._client.list_role_tags(RoleName=name)["Tags"]), wanted)
        if change.removed:
            self._client.untag_role(RoleName=name, TagKeys=change.removed)
        if change.added:
            self._client.tag_role(RoleName=name, Tags=as_pairs(change.added))


def _settings(properties: Properties) -> dict[str, Any]:
    return {
        "Description": properties.get("Description", ""),
        "MaxSessionDuration": properties.get("MaxSessionDuration", _AN_HOUR),
    }


def _policies(properties: Properties) -> dict[str, Any]:
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties.get("Policies", ())}


def _physical(role: Mapping[str, Any]) -> Physical:
    name, arn = role["RoleName"], role["Arn"]
    return Physical(name, name, arn, {"Arn": arn, "RoleId": role["RoleId"]})


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps({**document, "Version": "2012-10-17"})
