"""AWS Secrets Manager."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, Properties, Tags, all_tags, only

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPTIONS = "ExcludeCharacters ExcludeLowercase ExcludeNumbers ExcludePunctuation ExcludeUppercase IncludeSpace"
_GENERATED = f"{_OPTIONS} PasswordLength RequireEachIncludedType"


class SecretHandler(Handler):
    """A secret whose value is generated, once."""

    type_name = "AWS::SecretsManager::Secret"
    modelled = frozenset({"Description", "GenerateSecretString", "Name", "Tags"})

    @property
    def _secrets(self) -> Any:
        return self.services.client("secretsmanager")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Generate the value, and make the secret."""
        given: dict[str, Any] = {key: properties[key] for key in ("Description",) if key in properties}
        options = properties.get("GenerateSecretString")
        if options is not None:
            known = only(_GENERATED, options, "GenerateSecretString")
            given["SecretString"] = self._secrets.get_random_password(**known)["RandomPassword"]
        listed = [{"Key": key, "Value": value} for key, value in all_tags(properties, tags).items()]
        arn = self._secrets.create_secret(Name=name, Tags=listed, **given)["ARN"]
        return _physical(name, arn)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change description and tags; the value stays as it was generated."""
        if before.get("Description") != after.get("Description"):
            self._secrets.update_secret(SecretId=physical.arn, Description=after.get("Description", ""))
        old, new = all_tags(before, tags), all_tags(after, tags)
        gone = sorted(old.keys() - new.keys())
        if gone:
            self._secrets.untag_resource(SecretId=physical.arn, TagKeys=gone)
        listed = [{"Key": key, "Value": value} for key, value in new.items()]
        self._secrets.tag_resource(SecretId=physical.arn, Tags=listed)
        return physical

    def delete(self, physical: Physical) -> None:
        """Delete the secret at once, so that its name is free again."""
        if self.find({"Id": physical.name}) is not None:
            self._secrets.delete_secret(SecretId=physical.arn, ForceDeleteWithoutRecovery=True)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The secret of an ARN or a name."""
        try:
            found = self._secrets.describe_secret(SecretId=identifier["Id"])
        except self._secrets.exceptions.ResourceNotFoundException:
            return None
        return _physical(found["Name"], found["ARN"])

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its name, as its ARN ends at random."""
        return {"Id": properties["Name"]} if "Name" in properties else None


def _physical(name: str, arn: str) -> Physical:
    return Physical(name, arn, arn, {"Id": arn})
