"""AWS::SecretsManager::Secret.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Secrets Manager API Reference. Not modelled:
keys of KMS, and replicas. moto cannot take a description away: that is done in its model.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError
from moto.secretsmanager.models import secretsmanager_backends

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import none_if
from local_aws.cloudformation.handlers.tags import TagChange, as_mapping, as_pairs, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = "ResourceNotFoundException"
_AROUND: Final = ("GenerateStringKey", "SecretStringTemplate")
"""What is done with a generated password; all else says how it is generated."""
_VALUE: Final = ("GenerateSecretString", "SecretString")


class SecretsManagerSecret(ResourceHandler):
    """A secret with its value."""

    type_name = "AWS::SecretsManager::Secret"
    modelled: ClassVar[Modelled] = {
        "Description": None,
        "GenerateSecretString": dict.fromkeys(
            (
                *_AROUND,
                "ExcludeCharacters",
                "ExcludeLowercase",
                "ExcludeNumbers",
                "ExcludePunctuation",
                "ExcludeUppercase",
                "IncludeSpace",
                "PasswordLength",
                "RequireEachIncludedType",
            )
        ),
        "Name": None,
        "SecretString": None,
        "Tags": {"Key": None, "Value": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a secret; without a value if the template gives none."""
        made = self._client.create_secret(
            Name=name,
            Description=properties.get("Description", ""),
            Tags=as_pairs(wanted_tags(self.type_name, properties, tags)),
            **self._value(properties),
        )
        return _physical(made)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs.

        A value is generated anew only if its `GenerateSecretString` has changed, in whatever way (issues 1161 and 2210
        of aws-cloudformation/cloudformation-coverage-roadmap); one that was put by hand stays.
        """
        if any(before.get(name) != after.get(name) for name in _VALUE):
            value = self._value(after)
            if value:
                self._client.put_secret_value(SecretId=physical.arn, **value)
        if before.get("Description") != after.get("Description"):
            self._describe(physical, after.get("Description", ""))
        self._tag(physical, wanted_tags(self.type_name, after, tags))
        return physical

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a secret at once, without a recovery window."""
        del properties
        try:
            self._client.delete_secret(SecretId=physical.arn or physical.name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the secret with this `Id`, its ARN; its name will do, for a template knows no more."""
        try:
            secret = self._client.describe_secret(SecretId=identifier["Id"])
        except ClientError as error:
            return none_if(error, _MISSING)
        return None if "DeletedDate" in secret else _physical(secret)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `Name`, where the ARN belongs: the ARN ends at random."""
        return {"Id": properties["Name"]} if "Name" in properties else None

    @property
    def _client(self) -> Any:
        return self.services.client("secretsmanager")

    def _value(self, properties: Properties) -> dict[str, str]:
        if "SecretString" in properties:
            return {"SecretString": properties["SecretString"]}
        if "GenerateSecretString" not in properties:
            return {}
        wanted: dict[str, Any] = properties["GenerateSecretString"]
        parameters = {name: value for name, value in wanted.items() if name not in _AROUND}
        password = self._client.get_random_password(**parameters)["RandomPassword"]
        if "GenerateStringKey" not in wanted:
            return {"SecretString": password}
        around = {**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: password}
        return {"SecretString": json.dumps(around)}

    def _describe(self, physical: Physical, description: str) -> None:
        self._client.update_secret(SecretId=physical.arn, Description=description)
        if not description:
            backend = secretsmanager_backends[self.services.account][self.services.region]
            secret: Any = backend.secrets[str(physical.arn)]
            secret.description = ""

    def _tag(self, physical: Physical, wanted: Tags) -> None:
        there = as_mapping(self._client.describe_secret(SecretId=physical.arn).get("Tags", ()))
        change = TagChange.between(there, wanted)
        if change.removed:
            self._client.untag_resource(SecretId=physical.arn, TagKeys=change.removed)
        if change.added:
            self._client.tag_resource(SecretId=physical.arn, Tags=as_pairs(change.added))


def _physical(secret: Mapping[str, Any]) -> Physical:
    return Physical(secret["Name"], secret["ARN"], secret["ARN"], {"Id": secret["ARN"]})
