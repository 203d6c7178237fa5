"""A table of the account, in the terms in which a template would declare it.

Source: "AWS::DynamoDB::Table" in the AWS CloudFormation Template Reference, and in the Amazon DynamoDB API Reference
`TableDescription`, `DescribeContinuousBackups`, `DescribeTimeToLive` and `ListTagsOfResource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ops.aws.account import Account

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LiveTable:
    """A table as it is."""

    properties: Json
    """As a template would declare them; what is off or default is left out or said, as the template may do both."""
    unsettled: tuple[str, ...]
    """What of it is not `ACTIVE`: the table or an index, with its status."""
    replicas: tuple[str, ...]
    """The regions of its replicas: it is a global table, which has another type in a template."""


def read_table(account: Account, name: str) -> LiveTable:
    """Read the table of that name.

    Raises:
        BotoCoreError, ClientError: as any call; also if there is no such table.
    """
    table = cast("Json", account.dynamodb.describe_table(TableName=name)["Table"])
    properties: dict[str, Any] = {
        "KeySchema": table["KeySchema"],
        "AttributeDefinitions": table["AttributeDefinitions"],
        **_throughput(table),
        **{kind: [_index(table, one) for one in table[kind]] for kind in _INDEXES if table.get(kind)},
        **_encryption(table),
        **_stream(table),
        "DeletionProtectionEnabled": table.get("DeletionProtectionEnabled", False),
        "TableClass": table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
        "PointInTimeRecoverySpecification": _recovery(account, name),
        **_time_to_live(account, name),
        "Tags": _tags(account, table["TableArn"]),
    }
    return LiveTable(properties, tuple(_unsettled(table)), tuple(one["RegionName"] for one in _list(table, "Replicas")))


_INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")


def _throughput(table: Json) -> Json:
    if _on_demand(table):
        return {"BillingMode": "PAY_PER_REQUEST"}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": _units(table)}


def _on_demand(table: Json) -> bool:
    return table.get("BillingModeSummary", {}).get("BillingMode") == "PAY_PER_REQUEST"


def _units(provisioned: Json) -> Json:
    throughput = provisioned["ProvisionedThroughput"]
    return {name: throughput[name] for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _index(table: Json, index: Json) -> Json:
    declared = {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
    if _on_demand(table) or "ProvisionedThroughput" not in index:  # a local index has the table's throughput
        return declared
    return {**declared, "ProvisionedThroughput": _units(index)}


def _encryption(table: Json) -> Json:
    """Return the encryption; without a description it is by a key that DynamoDB owns: `SSEEnabled` is false."""
    described = table.get("SSEDescription", {})
    if described.get("Status") not in {"ENABLED", "ENABLING", "UPDATING"}:
        return {"SSESpecification": {"SSEEnabled": False}}
    key = described.get("KMSMasterKeyArn")
    return {"SSESpecification": {"SSEEnabled": True, **({"KMSMasterKeyId": key} if key else {})}}


def _stream(table: Json) -> Json:
    stream = table.get("StreamSpecification", {})
    if not stream.get("StreamEnabled"):
        return {}
    return {"StreamSpecification": {"StreamViewType": stream["StreamViewType"]}}


def _recovery(account: Account, name: str) -> Json:
    backups = account.dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    described = cast("Json", backups.get("PointInTimeRecoveryDescription", {}))
    if described.get("PointInTimeRecoveryStatus") != "ENABLED":
        return {"PointInTimeRecoveryEnabled": False}
    days = described.get("RecoveryPeriodInDays")
    return {"PointInTimeRecoveryEnabled": True, **({"RecoveryPeriodInDays": days} if days else {})}


def _time_to_live(account: Account, name: str) -> Json:
    described = account.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    if described.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        return {}
    return {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": described.get("AttributeName", "")}}


def _tags(account: Account, arn: str) -> list[Json]:
    """Return the tags of the account: the `aws:` ones are AWS's own, and no template can set them."""
    pages = account.dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
    tags = [cast("Json", tag) for page in pages for tag in page.get("Tags", [])]
    return sorted((tag for tag in tags if not tag["Key"].startswith("aws:")), key=lambda tag: tag["Key"])


def _list(table: Json, name: str) -> list[Json]:
    return cast("list[Json]", table.get(name) or [])


def _unsettled(table: Json) -> list[str]:
    statuses = {"the table": table["TableStatus"]}
    statuses |= {one["IndexName"]: one["IndexStatus"] for one in _list(table, "GlobalSecondaryIndexes")}
    return [f"{what}: {status}" for what, status in statuses.items() if status != "ACTIVE"]
