"""AWS IAM. CloudFormation adds no tags of its own to a role (provider schema, `cloudFormationSystemTags`).

moto refuses policies of the version 2008-10-17, which is what a policy without a version has: it is given them as of
2012-10-17, which differs in policy variables alone ("IAM JSON policy elements: Version").
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, Properties, Tags, all_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

_SESSION = 3600


class RoleHandler(Handler):
    """A role, with its policies."""

    type_name = "AWS::IAM::Role"
    modelled = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "Policies",
            "RoleName",
            "Tags",
        }
    )

    @property
    def _iam(self) -> Any:
        return self.services.client("iam")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the role, then its policies."""
        self._iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_text(properties["AssumeRolePolicyDocument"]),
            Path=properties.get("Path", "/"),
            Description=properties.get("Description", ""),
            MaxSessionDuration=int(properties.get("MaxSessionDuration", _SESSION)),
            Tags=[{"Key": key, "Value": value} for key, value in _tags(properties, tags).items()],
        )
        self._policies(name, {}, properties)
        return self._physical(name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        name = physical.name
        if before["AssumeRolePolicyDocument"] != after["AssumeRolePolicyDocument"]:
            document = _text(after["AssumeRolePolicyDocument"])
            self._iam.update_assume_role_policy(RoleName=name, PolicyDocument=document)
        plain = [{key: p.get(key) for key in ("Description", "MaxSessionDuration")} for p in (before, after)]
        if plain[0] != plain[1]:
            self._iam.update_role(
                RoleName=name,
                Description=after.get("Description", ""),
                MaxSessionDuration=int(after.get("MaxSessionDuration", _SESSION)),
            )
        self._policies(name, before, after)
        self._tag(name, _tags(before, tags), _tags(after, tags))
        return physical

    def delete(self, physical: Physical) -> None:
        """Take all policies off the role, and delete it."""
        name = physical.name
        if self.find({"RoleName": name}) is None:
            return
        for policy in self._iam.list_role_policies(RoleName=name)["PolicyNames"]:
            self._iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in self._iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            self._iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        self._iam.delete_role(RoleName=name)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The role of a name."""
        try:
            return self._physical(identifier["RoleName"])
        except self._iam.exceptions.NoSuchEntityException:
            return None

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its name."""
        return {"RoleName": properties["RoleName"]} if "RoleName" in properties else None

    def _physical(self, name: str) -> Physical:
        role = self._iam.get_role(RoleName=name)["Role"]
        return Physical(name, name, role["Arn"], {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    def _policies(self, name: str, before: Properties, after: Properties) -> None:
        old, new = _inline(before), _inline(after)
        for policy in new:
            if new[policy] != old.get(policy):
                self._iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=_text(new[policy]))
        for policy in old.keys() - new.keys():
            self._iam.delete_role_policy(RoleName=name, PolicyName=policy)
        attached, wanted = set(before.get("ManagedPolicyArns", ())), set(after.get("ManagedPolicyArns", ()))
        for arn in sorted(wanted - attached):
            self._iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in sorted(attached - wanted):
            self._iam.detach_role_policy(RoleName=name, PolicyArn=arn)

    def _tag(self, name: str, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        gone = sorted(before.keys() - after.keys())
        if gone:
            self._iam.untag_role(RoleName=name, TagKeys=gone)
        if after and before != after:
            self._iam.tag_role(RoleName=name, Tags=[{"Key": key, "Value": value} for key, value in after.items()])


def _inline(properties: Properties) -> dict[str, Any]:
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties.get("Policies", ())}


def _tags(properties: Properties, tags: Tags) -> dict[str, str]:
    return {key: value for key, value in all_tags(properties, tags).items() if not key.startswith("aws:")}


def _text(document: Mapping[str, Any]) -> str:
    return json.dumps({**document, "Version": "2012-10-17"})
