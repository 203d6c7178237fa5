"""AWS::IAM::ManagedPolicy.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Identity and Access Management API
Reference. An update makes a new version and the default of it; of the five that a policy may have, the oldest goes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import none_if, undone_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = "NoSuchEntity"
_MOST_VERSIONS: Final = 5


class IamManagedPolicy(ResourceHandler):
    """A managed policy, attached to what its template names."""

    type_name = "AWS::IAM::ManagedPolicy"
    modelled: ClassVar[Modelled] = {
        "Description": None,
        "Groups": None,
        "ManagedPolicyName": None,
        "Path": None,
        "PolicyDocument": None,
        "Roles": None,
        "Users": None,
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a policy. It has no tags of CloudFormation's."""
        del tags
        made = self._client.create_policy(
            PolicyName=name,
            Path=properties.get("Path", "/"),
            Description=properties.get("Description", ""),
            PolicyDocument=json.dumps(properties["PolicyDocument"]),
        )
        physical = _physical(made["Policy"]["Arn"])
        with undone_by(lambda: self.delete(physical, properties)):
            self._attach(physical, {}, properties)
        return physical

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change its document."""
        del tags
        if before["PolicyDocument"] != after["PolicyDocument"]:
            versions = self._client.list_policy_versions(PolicyArn=physical.arn)["Versions"]
            others = [version["VersionId"] for version in versions if not version["IsDefaultVersion"]]
            if len(versions) >= _MOST_VERSIONS:
                self._client.delete_policy_version(PolicyArn=physical.arn, VersionId=others[-1])
            self._client.create_policy_version(
                PolicyArn=physical.arn, PolicyDocument=json.dumps(after["PolicyDocument"]), SetAsDefault=True
            )
        self._attach(physical, before, after)
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Detach it, and remove it with its versions."""
        self._attach(physical, properties, {})
        try:
            for version in self._client.list_policy_versions(PolicyArn=physical.arn)["Versions"]:
                if not version["IsDefaultVersion"]:
                    self._client.delete_policy_version(PolicyArn=physical.arn, VersionId=version["VersionId"])
            self._client.delete_policy(PolicyArn=physical.arn)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the policy with this `PolicyArn`."""
        try:
            return _physical(self._client.get_policy(PolicyArn=identifier["PolicyArn"])["Policy"]["Arn"])
        except ClientError as error:
            return none_if(error, _MISSING)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return None: its template does not say its ARN."""
        del properties
        return None

    def _attach(self, physical: Physical, before: Properties, after: Properties) -> None:
        for kind in ("Group", "Role", "User"):
            old: list[str] = before.get(f"{kind}s") or []
            new: list[str] = after.get(f"{kind}s") or []
            client = self._client
            detach, attach = (getattr(client, f"{verb}_{kind.lower()}_policy") for verb in ("detach", "attach"))
            for name in (one for one in old if one not in new):
                try:
                    detach(**{f"{kind}Name": name, "PolicyArn": physical.arn})
                except ClientError as error:
                    none_if(error, _MISSING)
            for name in (one for one in new if one not in old):
                attach(**{f"{kind}Name": name, "PolicyArn": physical.arn})

    @property
    def _client(self) -> Any:
        return self.services.client("iam")


def _physical(arn: str) -> Physical:
    return Physical(arn.rpartition("/")[2], arn, arn, {"PolicyArn": arn})
