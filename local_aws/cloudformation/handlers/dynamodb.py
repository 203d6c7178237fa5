"""AWS::DynamoDB::Table.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon DynamoDB API Reference.

moto's `UpdateTable` leaves out encryption, and the capacity that ends with a change to on-demand: both are set in its
model. Not modelled: local indexes, customer managed keys, table classes, contributor insights, resource policies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from botocore.exceptions import ClientError
from moto.dynamodb.models import dynamodb_backends

from leastgrant.template import Physical
from local_aws.cloudformation.handler import ResourceHandler
from local_aws.cloudformation.handlers.errors import failure, none_if, undone_by
from local_aws.cloudformation.handlers.reading import as_written
from local_aws.cloudformation.handlers.tags import TagChange, as_mapping, as_pairs, wanted_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.cloudformation.handler import Modelled, Properties, Tags

_MISSING: Final = "ResourceNotFoundException"
_PLAIN: Final = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "ProvisionedThroughput")
"""Properties that are parameters of `CreateTable` as they are."""
_CAPACITY: Final = {"ReadCapacityUnits": None, "WriteCapacityUnits": None}
_KEYS: Final = {"AttributeName": None, "KeyType": None}
_ON_DEMAND: Final = "PAY_PER_REQUEST"


class DynamoDBTable(ResourceHandler):
    """A table; its indexes are changed one at a time, as CloudFormation does."""

    type_name = "AWS::DynamoDB::Table"
    modelled: ClassVar[Modelled] = {
        "AttributeDefinitions": {"AttributeName": None, "AttributeType": None},
        "BillingMode": None,
        "DeletionProtectionEnabled": None,
        "GlobalSecondaryIndexes": {
            "IndexName": None,
            "KeySchema": _KEYS,
            "Projection": {"NonKeyAttributes": None, "ProjectionType": None},
            "ProvisionedThroughput": _CAPACITY,
        },
        "KeySchema": _KEYS,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": None},
        "ProvisionedThroughput": _CAPACITY,
        "SSESpecification": {"SSEEnabled": None},
        "StreamSpecification": {"StreamViewType": None},
        "TableName": None,
        "Tags": {"Key": None, "Value": None},
        "TimeToLiveSpecification": {"AttributeName": None, "Enabled": None},
    }

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Make a table."""
        parameters = {key: properties[key] for key in _PLAIN if key in properties}
        self._client.create_table(
            TableName=name,
            BillingMode=_billing(properties),
            DeletionProtectionEnabled=_protected(properties),
            SSESpecification={"Enabled": _encrypted(properties)},
            StreamSpecification=_stream(properties),
            Tags=as_pairs(wanted_tags(self.type_name, properties, tags)),
            **parameters,
        )
        with undone_by(lambda: self._client.delete_table(TableName=name)):
            self._recover(name, properties)
            if "TimeToLiveSpecification" in properties:
                self._expire(name, properties["TimeToLiveSpecification"])
        return self._physical(name)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Change what differs."""
        name = physical.name
        self._index(name, before, after)
        if _capacity(before) != _capacity(after):
            self._bill(name, after)
        if _protected(before) != _protected(after):
            self._client.update_table(TableName=name, DeletionProtectionEnabled=_protected(after))
        if _encrypted(before) != _encrypted(after):
            self._encrypt(name, on=_encrypted(after))
        if _stream(before) != _stream(after):
            self._stream(name, _stream(before), _stream(after))
        self._recover(name, after)
        self._change_expiry(name, before.get("TimeToLiveSpecification"), after.get("TimeToLiveSpecification"))
        self._tag(physical, wanted_tags(self.type_name, after, tags))
        return self._physical(name)

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Remove a table with what is in it."""
        del properties
        try:
            self._client.delete_table(TableName=physical.name)
        except ClientError as error:
            none_if(error, _MISSING)

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the table with this `TableName`."""
        try:
            return self._physical(identifier["TableName"])
        except ClientError as error:
            return none_if(error, _MISSING)

    def live(self, physical: Physical, properties: Properties) -> Properties | None:
        """Return how the table is billed, and whether it is protected."""
        try:
            table = self._client.describe_table(TableName=physical.name)["Table"]
        except ClientError as error:
            return none_if(error, _MISSING)
        told = {**table, "BillingMode": table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")}
        told = {name: told.get(name) for name in ("BillingMode", "DeletionProtectionEnabled", "TableName")}
        found = {name: as_written(value, told.get(name)) for name, value in properties.items()}
        return {name: value for name, value in found.items() if value is not None}

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return its `TableName`."""
        return {"TableName": properties["TableName"]} if "TableName" in properties else None

    @property
    def _client(self) -> Any:
        return self.services.client("dynamodb")

    def _physical(self, name: str) -> Physical:
        table = self._client.describe_table(TableName=name)["Table"]
        attributes = {"Arn": table["TableArn"]}
        if "StreamSpecification" in table:
            attributes["StreamArn"] = table["LatestStreamArn"]
        return Physical(name, name, table["TableArn"], attributes)

    def _index(self, name: str, before: Properties, after: Properties) -> None:
        changes = _index_changes(before, after)
        if len([change for change in changes if "Update" not in change]) > 1:
            raise _invalid("Cannot perform more than one GSI creation or deletion in a single update")
        if changes:
            self._client.update_table(
                TableName=name,
                AttributeDefinitions=after["AttributeDefinitions"],
                GlobalSecondaryIndexUpdates=changes,
            )

    def _bill(self, name: str, after: Properties) -> None:
        capacity = {"ProvisionedThroughput": after["ProvisionedThroughput"]} if "ProvisionedThroughput" in after else {}
        self._client.update_table(TableName=name, BillingMode=_billing(after), **capacity)
        if _billing(after) == _ON_DEMAND:
            self._in_moto(name).throughput.update(ReadCapacityUnits=0, WriteCapacityUnits=0)

    def _encrypt(self, name: str, *, on: bool) -> None:
        """Use the key `aws/dynamodb` or, which is the default, one that DynamoDB owns."""
        table, services = self._in_moto(name), self.services
        key = table._get_default_encryption_key(services.account, services.region) if on else None
        table.sse_specification = {"Enabled": on, "KMSMasterKeyId": key}

    def _stream(self, name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change the stream: its view cannot be, so it ends, and another begins."""
        if before["StreamEnabled"]:
            self._client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
            self._in_moto(name).latest_stream_label = None
        if after["StreamEnabled"]:
            self._client.update_table(TableName=name, StreamSpecification=after)

    def _recover(self, name: str, properties: Properties) -> None:
        recovery = properties.get("PointInTimeRecoverySpecification", {"PointInTimeRecoveryEnabled": False})
        self._client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)

    def _change_expiry(self, name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        if before == after:
            return
        if after is not None:
            self._expire(name, after)
        elif before is not None and before["Enabled"]:
            self._expire(name, {**before, "Enabled": False})

    def _expire(self, name: str, specification: dict[str, Any]) -> None:
        self._client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)

    def _tag(self, physical: Physical, wanted: Tags) -> None:
        listed = self._client.list_tags_of_resource(ResourceArn=physical.arn)["Tags"]
        change = TagChange.between(as_mapping(listed), wanted)
        gone = [*change.removed, *change.added]  # moto would keep the old value beside the new one
        if gone:
            self._client.untag_resource(ResourceArn=physical.arn, TagKeys=gone)
        if change.added:
            self._client.tag_resource(ResourceArn=physical.arn, Tags=as_pairs(change.added))

    def _in_moto(self, name: str) -> Any:
        """Return the table in moto's model, for what its API leaves out."""
        return dynamodb_backends[self.services.account][self.services.region].tables[name]


def _index_changes(before: Properties, after: Properties) -> list[dict[str, Any]]:
    """Return what `UpdateTable` is asked for: an index is made, removed, or has its capacity changed."""
    old, new = _indexes(before), _indexes(after)
    changes: list[dict[str, Any]] = [{"Delete": {"IndexName": name}} for name in old.keys() - new.keys()]
    for name, index in new.items():
        if name not in old:
            changes.append({"Create": index})
        elif _without_capacity(old[name]) != _without_capacity(index):
            raise _invalid(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights"
                " Specification. You can create a new GSI with a different name."
            )
        elif old[name] != index and "ProvisionedThroughput" in index:
            capacity = index["ProvisionedThroughput"]
            changes.append({"Update": {"IndexName": name, "ProvisionedThroughput": capacity}})
    return changes


def _indexes(properties: Properties) -> dict[str, dict[str, Any]]:
    return {index["IndexName"]: index for index in properties.get("GlobalSecondaryIndexes", ())}


def _without_capacity(index: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in index.items() if name != "ProvisionedThroughput"}


def _billing(properties: Properties) -> str:
    return properties.get("BillingMode", "PROVISIONED")


def _capacity(properties: Properties) -> tuple[str, object]:
    return _billing(properties), properties.get("ProvisionedThroughput")


def _protected(properties: Properties) -> bool:
    return properties.get("DeletionProtectionEnabled", False)


def _encrypted(properties: Properties) -> bool:
    return properties.get("SSESpecification", {}).get("SSEEnabled", False)


def _stream(properties: Properties) -> dict[str, Any]:
    if "StreamSpecification" not in properties:
        return {"StreamEnabled": False}
    return {"StreamEnabled": True, **properties["StreamSpecification"]}


def _invalid(message: str) -> ClientError:
    """Make an error as of aws/aws-cdk issue 14920 and aws-cloudformation/cloudformation-coverage-roadmap."""
    return failure("UpdateTable", "ValidationException", message)
