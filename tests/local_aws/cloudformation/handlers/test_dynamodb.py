"""Tables, from the template to DynamoDB's own answers."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from local_aws.cloudformation.handler import Services
from local_aws.cloudformation.handlers.dynamodb import DynamoDBTable

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/tasks"
EVERYTHING = {"ProjectionType": "ALL"}


def index(name: str, key: str = "status") -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "Projection": EVERYTHING,
    }


def attributes(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


BARE: dict[str, Any] = {
    "TableName": "tasks",
    "AttributeDefinitions": attributes("PK"),
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
PROPERTIES: dict[str, Any] = {
    **BARE,
    "AttributeDefinitions": attributes("PK", "date", "status"),
    "GlobalSecondaryIndexes": [index("by-status"), index("by-date", "date")],
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "Tags": [{"Key": "App", "Value": "DataOps"}],
}
ENCRYPTED = {"SSEEnabled": True}
"""Only where it matters: moto makes a key for it, which takes its time."""


@pytest.fixture
def handler(services: Services) -> DynamoDBTable:
    return DynamoDBTable(services)


@pytest.fixture
def client(services: Services) -> Any:
    return services.client("dynamodb")


def described(client: Any) -> dict[str, Any]:
    return client.describe_table(TableName="tasks")["Table"]


def recovery(client: Any) -> str:
    backups = client.describe_continuous_backups(TableName="tasks")["ContinuousBackupsDescription"]
    return backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]


def tags_of(client: Any) -> dict[str, str]:
    listed = client.list_tags_of_resource(ResourceArn=ARN)["Tags"]
    assert len({tag["Key"] for tag in listed}) == len(listed)
    return {tag["Key"]: tag["Value"] for tag in listed}


def test_a_table_is_made_found_and_deleted(handler: DynamoDBTable, client: Any, tags: dict[str, str]) -> None:
    physical = handler.create("tasks", {**PROPERTIES, "SSESpecification": ENCRYPTED}, tags)
    assert (physical.name, physical.ref, physical.arn, physical.attributes) == ("tasks", "tasks", ARN, {"Arn": ARN})
    assert handler.find({"TableName": "tasks"}) == physical
    assert handler.identifier(PROPERTIES) == {"TableName": "tasks"}
    assert handler.identifier({}) is None
    table = described(client)
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-status", "by-date"]
    assert not table["DeletionProtectionEnabled"]
    assert recovery(client) == "ENABLED"
    assert tags_of(client) == {"App": "DataOps", "Stage": "prod"}
    handler.delete(physical, {})
    handler.delete(physical, {})
    assert handler.find({"TableName": "tasks"}) is None


def test_all_else_can_be_given_at_once(handler: DynamoDBTable, client: Any) -> None:
    properties = {
        **BARE,
        "DeletionProtectionEnabled": True,
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
    }
    physical = handler.create("tasks", properties, {})
    table = described(client)
    assert table["DeletionProtectionEnabled"]
    assert physical.attributes["StreamArn"] == table["LatestStreamArn"]
    expiry = client.describe_time_to_live(TableName="tasks")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    assert recovery(client) == "DISABLED"
    with pytest.raises(ClientError, match="DeletionProtectionEnabled is set to True"):
        handler.delete(physical, {})


def test_a_table_of_the_same_name_is_refused(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", PROPERTIES, {})
    with pytest.raises(ClientError, match=r"ResourceInUseException.* Table already exists: tasks"):
        handler.create("tasks", BARE, {})
    assert recovery(client) == "ENABLED"


def test_a_table_that_cannot_be_finished_is_taken_back(handler: DynamoDBTable) -> None:
    wrong = {"AttributeName": "", "Enabled": True}
    with pytest.raises(ParamValidationError):
        handler.create("tasks", {**BARE, "TimeToLiveSpecification": wrong}, {})
    assert handler.find({"TableName": "tasks"}) is None


def change(handler: DynamoDBTable, before: dict[str, Any], **after: Any) -> dict[str, Any]:
    """Update the table, and give its new properties."""
    physical = handler.find({"TableName": "tasks"})
    assert physical is not None
    properties = {name: value for name, value in {**before, **after}.items() if value is not None}
    keys = {key["AttributeName"] for one in properties.get("GlobalSecondaryIndexes", ()) for key in one["KeySchema"]}
    properties["AttributeDefinitions"] = attributes("PK", *sorted(keys))
    handler.update(physical, before, properties, {})
    return properties


def test_an_index_comes_and_goes(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", PROPERTIES, {})
    one = change(handler, PROPERTIES, GlobalSecondaryIndexes=[index("by-status")])
    assert [i["IndexName"] for i in described(client)["GlobalSecondaryIndexes"]] == ["by-status"]
    change(handler, one, GlobalSecondaryIndexes=[index("by-status"), index("by-day", "date")])
    assert [i["IndexName"] for i in described(client)["GlobalSecondaryIndexes"]] == ["by-status", "by-day"]


@pytest.mark.parametrize(
    "indexes", [[index("other")], [index("by-status"), index("by-date", "date"), index("a"), index("b")], None]
)
def test_indexes_change_one_at_a_time(handler: DynamoDBTable, client: Any, indexes: list[Any] | None) -> None:
    handler.create("tasks", PROPERTIES, {})
    with pytest.raises(ClientError, match="Cannot perform more than one GSI creation or deletion in a single update"):
        change(handler, PROPERTIES, GlobalSecondaryIndexes=indexes)
    assert len(described(client)["GlobalSecondaryIndexes"]) == 2


def test_an_index_cannot_get_other_keys(handler: DynamoDBTable) -> None:
    handler.create("tasks", PROPERTIES, {})
    with pytest.raises(ClientError, match="Cannot update GSI's properties other than Provisioned Throughput"):
        change(handler, PROPERTIES, GlobalSecondaryIndexes=[index("by-status", "date"), index("by-date", "date")])


def test_billing_and_capacity(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", BARE, {})
    few, many = ({"ReadCapacityUnits": units, "WriteCapacityUnits": units} for units in (1, 5))
    provisioned = change(handler, BARE, BillingMode=None, ProvisionedThroughput=few)
    assert described(client)["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    more = change(handler, provisioned, ProvisionedThroughput=many)
    assert described(client)["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    with_index = change(handler, more, GlobalSecondaryIndexes=[{**index("by-date"), "ProvisionedThroughput": few}])
    change(handler, with_index, GlobalSecondaryIndexes=[{**index("by-date"), "ProvisionedThroughput": many}])
    assert described(client)["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    change(handler, more, BillingMode="PAY_PER_REQUEST", ProvisionedThroughput=None)
    assert described(client)["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert described(client)["ProvisionedThroughput"]["WriteCapacityUnits"] == 0


def test_what_is_not_in_the_template_any_more_goes_back_to_the_default(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", PROPERTIES, {})
    without = change(handler, PROPERTIES, PointInTimeRecoverySpecification=None, Tags=None)
    assert recovery(client) == "DISABLED"
    assert tags_of(client) == {}
    change(handler, without, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    assert recovery(client) == "ENABLED"


def test_encryption_begins_and_ends(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", BARE, {})
    encrypted = change(handler, BARE, SSESpecification=ENCRYPTED)
    assert described(client)["SSEDescription"]["KMSMasterKeyArn"].startswith("arn:aws:kms:")
    change(handler, encrypted, SSESpecification=None)
    assert "SSEDescription" not in described(client)


def test_protection_and_tags_change(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", PROPERTIES, {})
    after = change(handler, PROPERTIES, DeletionProtectionEnabled=True, Tags=[{"Key": "App", "Value": "Other"}])
    assert described(client)["DeletionProtectionEnabled"]
    assert tags_of(client) == {"App": "Other"}
    change(handler, after, DeletionProtectionEnabled=None)
    assert not described(client)["DeletionProtectionEnabled"]


def test_a_stream_changes_and_ends(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", BARE, {})
    keys = change(handler, BARE, StreamSpecification={"StreamViewType": "KEYS_ONLY"})
    images = change(handler, keys, StreamSpecification={"StreamViewType": "NEW_IMAGE"})
    assert described(client)["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    change(handler, images, StreamSpecification=None)
    assert "StreamSpecification" not in described(client)


def test_expiry_begins_and_ends(handler: DynamoDBTable, client: Any) -> None:
    handler.create("tasks", BARE, {})
    expiring = {"AttributeName": "expires", "Enabled": True}
    with_expiry = change(handler, BARE, TimeToLiveSpecification=expiring)
    assert client.describe_time_to_live(TableName="tasks")["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    change(handler, with_expiry, TimeToLiveSpecification=None)
    assert client.describe_time_to_live(TableName="tasks")["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
