"""What a template reads besides itself: exports, zones, and values of Parameter Store and Secrets Manager."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import ClientError

from local_aws.cloudformation.inputs import ValueRefused, invalid

if TYPE_CHECKING:
    from local_aws.cloudformation.handler import Services

_REFERENCE: Final = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


@dataclass(frozen=True)
class Lookups:
    """What is looked up for the templates of one account and region."""

    services: Callable[[], Services]
    exports: Callable[[], Mapping[str, str]]
    """Their values, by name."""

    def exported(self, name: str) -> str:
        """Return an export's value.

        Raises:
            AwsError: no stack exports it.
        """
        found = self.exports().get(name)
        if found is None:
            raise ValueRefused(f"No export named {name} found.")
        return found

    def zones(self, region: str) -> list[str]:
        """Return the availability zones of a region, in their order."""
        services = self.services()
        session = cast("Any", services.session)
        client = (
            services.client("ec2") if region in ("", services.region) else session.client("ec2", region_name=region)
        )
        zones: Any = client.describe_availability_zones()["AvailabilityZones"]
        return sorted(zone["ZoneName"] for zone in zones)

    def parameters(self, names: list[str]) -> Mapping[str, str]:
        """Return values of Parameter Store, by the names that have one."""
        if not names:
            return {}
        found = self.services().client("ssm").get_parameters(Names=names, WithDecryption=True)["Parameters"]
        return {one["Name"]: one["Value"] for one in found}

    def without_references(self, value: Any) -> Any:
        """Put in the values that dynamic references stand for.

        "Get values stored in other services using dynamic references", AWS CloudFormation User Guide.

        Raises:
            AwsError: there is no such value.
        """
        if isinstance(value, str):
            return _REFERENCE.sub(lambda match: self._referred(match[1], match[2]), value)
        if isinstance(value, list):
            return [self.without_references(item) for item in cast("list[Any]", value)]
        if isinstance(value, Mapping):
            members = cast("Mapping[str, Any]", value)
            return {name: self.without_references(member) for name, member in members.items()}
        return value

    def _referred(self, service: str, key: str) -> str:
        return self._secret(key) if service == "secretsmanager" else self._stored(key)

    def _stored(self, name: str) -> str:
        found = self.parameters([name])
        if not found:
            raise invalid(f"Unable to fetch parameters [{name}] from parameter store for this account.")
        return next(iter(found.values()))

    def _secret(self, key: str) -> str:
        """Return a secret's text, or a member of it: `id[:SecretString[:member[:stage[:version]]]]`."""
        whole = re.match(r"arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:[^:]+", key)
        name = whole[0] if whole else key.partition(":")[0]
        _, member, stage, version, *_ = *key[len(name) + 1 :].split(":"), "", "", "", ""
        chosen = {"VersionStage": stage, "VersionId": version}
        try:
            found = (
                self.services()
                .client("secretsmanager")
                .get_secret_value(SecretId=name, **{one: text for one, text in chosen.items() if text})
            )
        except ClientError as error:
            raise invalid(str(error.response.get("Error", {}).get("Message"))) from None
        text = str(found["SecretString"])
        if not member:
            return text
        try:
            return str(json.loads(text)[member])
        except (ValueError, KeyError, TypeError):
            problem = f"Could not find a value associated with JSONKey in SecretString for secret {name}"
            raise invalid(problem) from None
