"""A table is read in the terms in which a template declares it."""

from typing import Any

from ops.orphans.live_table import read_table
from ops.project.deployment import Deployment
from tests.ops.scripted_aws import Answer, scripted

ARN = "arn:aws:dynamodb:eu-west-1:817685572750:table/t"
KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
INDEX: dict[str, Any] = {
    "IndexName": "one",
    "KeySchema": KEYS,
    "Projection": {"ProjectionType": "ALL"},
    "IndexStatus": "ACTIVE",
    "ItemCount": 3,
    "ProvisionedThroughput": {**UNITS, "NumberOfDecreasesToday": 1},
}
PLAIN: dict[str, Any] = {
    "TableArn": ARN,
    "TableStatus": "ACTIVE",
    "KeySchema": KEYS,
    "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
    "ProvisionedThroughput": {**UNITS, "NumberOfDecreasesToday": 1},
}


def read(deployment: Deployment, table: dict[str, Any], **answers: Answer) -> Any:
    known: dict[str, Answer] = {
        "DescribeTable": {"Table": {**PLAIN, **table}},
        "DescribeContinuousBackups": {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}},
        "DescribeTimeToLive": {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}},
        "ListTagsOfResource": {"Tags": []},
    }
    return read_table(scripted(deployment, **{**known, **answers}).account, "t")


def test_what_is_off_and_default(deployment: Deployment) -> None:
    assert read(deployment, {}).properties == {
        "KeySchema": KEYS,
        "AttributeDefinitions": PLAIN["AttributeDefinitions"],
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": UNITS,
        "SSESpecification": {"SSEEnabled": False},
        "DeletionProtectionEnabled": False,
        "TableClass": "STANDARD",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False},
        "Tags": [],
    }


def test_what_is_on(deployment: Deployment) -> None:
    table = {
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "GlobalSecondaryIndexes": [INDEX],
        "LocalSecondaryIndexes": [{name: INDEX[name] for name in ("IndexName", "KeySchema", "Projection")}],
        "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:key"},
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        "DeletionProtectionEnabled": True,
        "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
    }
    recovery = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 7}
    backups = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
    live = read(
        deployment,
        table,
        DescribeContinuousBackups={"ContinuousBackupsDescription": backups},
        DescribeTimeToLive={"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLING", "AttributeName": "until"}},
        ListTagsOfResource=tags_on_two_pages,
    )
    declared = {name: INDEX[name] for name in ("IndexName", "KeySchema", "Projection")}
    assert live.properties == {
        "KeySchema": KEYS,
        "AttributeDefinitions": PLAIN["AttributeDefinitions"],
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [declared],
        "LocalSecondaryIndexes": [declared],
        "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "arn:key"},
        "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
        "DeletionProtectionEnabled": True,
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7},
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"},
        "Tags": [{"Key": "App", "Value": "x"}, {"Key": "Owner", "Value": "y"}],
    }
    assert (live.unsettled, live.replicas) == ((), ())


def tags_on_two_pages(asked: Any) -> dict[str, Any]:
    if "NextToken" not in asked:
        own = {"Key": "aws:cloudformation:stack-name", "Value": "dataops-v1"}
        return {"Tags": [{"Key": "Owner", "Value": "y"}, own], "NextToken": "more"}
    return {"Tags": [{"Key": "App", "Value": "x"}]}


def test_the_throughput_of_indexes(deployment: Deployment) -> None:
    live = read(deployment, {"GlobalSecondaryIndexes": [INDEX]})
    assert live.properties["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] == UNITS


def test_what_is_in_between(deployment: Deployment) -> None:
    table = {"TableStatus": "UPDATING", "GlobalSecondaryIndexes": [{**INDEX, "IndexStatus": "DELETING"}]}
    live = read(deployment, {**table, "Replicas": [{"RegionName": "us-east-1"}]})
    assert live.unsettled == ("the table: UPDATING", "one: DELETING")
    assert live.replicas == ("us-east-1",)
