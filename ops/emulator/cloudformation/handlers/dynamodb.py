"""Amazon DynamoDB."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, Properties, Tags, all_tags, only

if TYPE_CHECKING:
    from collections.abc import Mapping

_ON_CREATION = (
    "AttributeDefinitions",
    "BillingMode",
    "DeletionProtectionEnabled",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
)


class TableHandler(Handler):
    """A table, with its indexes."""

    type_name = "AWS::DynamoDB::Table"
    modelled = frozenset(
        {
            *_ON_CREATION,
            "PointInTimeRecoverySpecification",
            "SSESpecification",
            "StreamSpecification",
            "TableName",
            "Tags",
            "TimeToLiveSpecification",
        }
    )

    @property
    def _dynamodb(self) -> Any:
        return self.services.client("dynamodb")

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make the table, then what is set on a table that is there."""
        given = {key: properties[key] for key in _ON_CREATION if key in properties}
        given |= {"BillingMode": "PROVISIONED", **given}
        self._dynamodb.create_table(
            TableName=name, Tags=_listed(all_tags(properties, tags)), **given, **_sse(properties)
        )
        self._stream(name, {}, properties)
        self._recovery(name, properties)
        self._time_to_live(name, properties)
        return self._physical(name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs; of the indexes one at a time, as DynamoDB has it."""
        name = physical.name
        self._indexes(name, before, after)
        for key, default in (("BillingMode", "PROVISIONED"), ("DeletionProtectionEnabled", False)):
            if before.get(key, default) != after.get(key, default):
                self._dynamodb.update_table(TableName=name, **{key: after.get(key, default)})
        if _sse(before) != _sse(after):
            self._dynamodb.update_table(TableName=name, **(_sse(after) or {"SSESpecification": {"Enabled": False}}))
        self._stream(name, before, after)
        if before.get("PointInTimeRecoverySpecification") != after.get("PointInTimeRecoverySpecification"):
            self._recovery(name, {"PointInTimeRecoverySpecification": {}, **after})
        if before.get("TimeToLiveSpecification") != after.get("TimeToLiveSpecification"):
            self._time_to_live(name, {"TimeToLiveSpecification": _no_time_to_live(before), **after})
        self._tag(physical, all_tags(before, tags), all_tags(after, tags))
        return self._physical(name)

    def delete(self, physical: Physical) -> None:
        """Delete the table, with what is in it."""
        try:
            self._dynamodb.delete_table(TableName=physical.name)
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """The table of a name."""
        try:
            return self._physical(identifier["TableName"])
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Its name."""
        return {"TableName": properties["TableName"]} if "TableName" in properties else None

    def _physical(self, name: str) -> Physical:
        arn = self._dynamodb.describe_table(TableName=name)["Table"]["TableArn"]
        return Physical(name, name, arn, {"Arn": arn})

    def _indexes(self, name: str, before: Properties, after: Properties) -> None:
        old = {index["IndexName"]: index for index in before.get("GlobalSecondaryIndexes", ())}
        new = {index["IndexName"]: index for index in after.get("GlobalSecondaryIndexes", ())}
        changes = [{"Delete": {"IndexName": index}} for index in old if old[index] != new.get(index)]
        changes += [{"Create": new[index]} for index in new if new[index] != old.get(index)]
        for change in changes:
            self._dynamodb.update_table(
                TableName=name,
                AttributeDefinitions=after["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=[change],
            )

    def _stream(self, name: str, before: Properties, after: Properties) -> None:
        old, new = before.get("StreamSpecification"), after.get("StreamSpecification")
        if old == new:
            return
        if old:
            self._dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
        if new:
            view = only("StreamViewType", new, "StreamSpecification")
            self._dynamodb.update_table(TableName=name, StreamSpecification={"StreamEnabled": True, **view})

    def _recovery(self, name: str, properties: Properties) -> None:
        wanted = properties.get("PointInTimeRecoverySpecification")
        if wanted is not None:
            known = only("PointInTimeRecoveryEnabled", wanted, "PointInTimeRecoverySpecification")
            self._dynamodb.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False, **known}
            )

    def _time_to_live(self, name: str, properties: Properties) -> None:
        wanted = properties.get("TimeToLiveSpecification")
        if wanted:
            known = only("AttributeName Enabled", wanted, "TimeToLiveSpecification")
            self._dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=dict(known))

    def _tag(self, physical: Physical, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        gone = sorted(before.keys() - after.keys())
        if gone:
            self._dynamodb.untag_resource(ResourceArn=physical.arn, TagKeys=gone)
        self._dynamodb.tag_resource(ResourceArn=physical.arn, Tags=_listed(after))


def _sse(properties: Properties) -> dict[str, Any]:
    wanted = properties.get("SSESpecification")
    if wanted is None:
        return {}
    known = only("KMSMasterKeyId SSEEnabled SSEType", wanted, "SSESpecification")
    rest = {key: value for key, value in known.items() if key != "SSEEnabled"}
    return {"SSESpecification": {"Enabled": known["SSEEnabled"], **rest}}


def _no_time_to_live(properties: Properties) -> dict[str, Any]:
    return {**properties.get("TimeToLiveSpecification", {}), "Enabled": False}


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
