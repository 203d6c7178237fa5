"""A live table beside its declaration: what is the same, what may differ, and what stops an import."""

from typing import Any

import pytest

from ops.orphans.compared import Compared, ImportEffect
from ops.orphans.live_table import LiveTable
from ops.orphans.orphan import Importability, Orphan
from ops.orphans.table import RULES, compare_table
from ops.stack.fixed_names import FixedName

KEY = "arn:aws:kms:eu-west-1:817685572750:key/1234"


def keys(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in types.items()]


def index(name: str, *attributes: str, **more: Any) -> dict[str, Any]:
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*attributes]} if attributes else {}
    return {
        "IndexName": name,
        "KeySchema": keys(PK="HASH"),
        "Projection": projection or {"ProjectionType": "ALL"},
        **more,
    }


UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
DECLARED: dict[str, Any] = {
    "TableName": "t",
    "KeySchema": keys(PK="HASH", SK="RANGE"),
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
    "GlobalSecondaryIndexes": [index("one"), index("two", "a", "b")],
    "BillingMode": "PAY_PER_REQUEST",
    "SSESpecification": {"SSEEnabled": True},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "Tags": [{"Key": "App", "Value": "x"}],
}
LIVE: dict[str, Any] = {
    **DECLARED,
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("SK", "PK")],
    "GlobalSecondaryIndexes": [index("two", "b", "a"), index("one")],
    "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": KEY},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35},
    "DeletionProtectionEnabled": False,
    "TableClass": "STANDARD",
}


def compared(live: dict[str, Any], declared: dict[str, Any], **state: tuple[str, ...]) -> dict[str, Compared]:
    table = LiveTable(live, state.get("unsettled", ()), state.get("replicas", ()))
    return {one.property: one for one in compare_table(table, declared)}


def differing(live: dict[str, Any], declared: dict[str, Any], **state: tuple[str, ...]) -> dict[str, Compared]:
    found = compared(live, declared, **state)
    return {name: one for name, one in found.items() if one.outcome is not ImportEffect.SAME}


def test_order_and_defaults_do_not_count() -> None:
    assert not differing(LIVE, DECLARED)
    assert compared(LIVE, DECLARED).keys() == {rule.property for rule in RULES}


@pytest.mark.parametrize(
    ("live", "declared", "property_name", "shown"),
    [
        ({"KeySchema": keys(PK="HASH")}, {}, "KeySchema", ("nothing of it", "RANGE: SK")),
        ({"KeySchema": keys(id="HASH", SK="RANGE")}, {}, "KeySchema", ("HASH: id", "HASH: PK")),
        (
            {"AttributeDefinitions": [{"AttributeName": name, "AttributeType": "N"} for name in ("PK", "SK")]},
            {},
            "AttributeDefinitions",
            ("PK: N; SK: N", "PK: S; SK: S"),
        ),
        (
            {"GlobalSecondaryIndexes": [index("one")]},
            {},
            "GlobalSecondaryIndexes",
            ("nothing of it", "two: PK HASH; INCLUDE a, b"),
        ),
        (
            {"GlobalSecondaryIndexes": [index("one"), index("two")]},
            {},
            "GlobalSecondaryIndexes",
            ("two: PK HASH; ALL", "two: PK HASH; INCLUDE a, b"),
        ),
        ({"LocalSecondaryIndexes": [index("l")]}, {}, "LocalSecondaryIndexes", ("l: PK HASH; ALL", "nothing of it")),
        (
            {},
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
            "PointInTimeRecoverySpecification",
            ("days: 35", "nothing of it"),
        ),
        (
            {},
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true", "RecoveryPeriodInDays": 7}},
            "PointInTimeRecoverySpecification",
            ("days: 35", "days: 7"),
        ),
        (
            {},
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}},
            "TimeToLiveSpecification",
            ("nothing of it", "attribute: until"),
        ),
        (
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "expires"}},
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}},
            "TimeToLiveSpecification",
            ("attribute: expires", "attribute: until"),
        ),
        ({}, {"ImportSourceSpecification": {}}, "ImportSourceSpecification", ("not asked", "declared")),
        ({}, {"KinesisStreamSpecification": {}}, "KinesisStreamSpecification", ("not asked", "declared")),
    ],
)
def test_what_stops_an_import(
    live: dict[str, Any], declared: dict[str, Any], property_name: str, shown: tuple[str, str]
) -> None:
    found = differing({**LIVE, **live}, {**DECLARED, **declared})[property_name]
    assert found.outcome is ImportEffect.STOPS
    assert (found.live, found.template) == shown
    assert found.consequence


@pytest.mark.parametrize(
    ("live", "declared", "property_name", "shown"),
    [
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": UNITS,
                "GlobalSecondaryIndexes": [
                    index("one", ProvisionedThroughput=UNITS),
                    index("two", "a", "b", ProvisionedThroughput=UNITS),
                ],
            },
            {},
            "BillingMode",
            (
                "mode: PROVISIONED; table: 5 read, 1 write; one: 5 read, 1 write; two: 5 read, 1 write",
                "mode: PAY_PER_REQUEST",
            ),
        ),
        (
            {"SSESpecification": {"SSEEnabled": False}},
            {},
            "SSESpecification",
            ("key: owned by DynamoDB", "key: in KMS"),
        ),
        (
            {},
            {"SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": "5678"}},
            "SSESpecification",
            (f"key: in KMS {KEY}", "key: in KMS 5678"),
        ),
        (
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
            {},
            "PointInTimeRecoverySpecification",
            ("nothing of it", "days: 35"),
        ),
        (
            {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}},
            {},
            "PointInTimeRecoverySpecification",
            ("days: 7", "days: 35"),
        ),
        (
            {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "until"}},
            {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "until"}},
            "TimeToLiveSpecification",
            ("attribute: until", "nothing of it"),
        ),
        (
            {"StreamSpecification": {"StreamViewType": "KEYS_ONLY"}},
            {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}},
            "StreamSpecification",
            ("view: KEYS_ONLY", "view: NEW_IMAGE"),
        ),
        ({"DeletionProtectionEnabled": True}, {}, "DeletionProtectionEnabled", ("on: yes", "nothing of it")),
        (
            {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
            {},
            "TableClass",
            ("class: STANDARD_INFREQUENT_ACCESS", "class: STANDARD"),
        ),
        (
            {"Tags": [{"Key": "App", "Value": "y"}, {"Key": "Owner", "Value": "z"}]},
            {},
            "Tags",
            ("App: y; Owner: z", "App: x"),
        ),
    ],
)
def test_what_changes_in_place_is_imported_as_it_is_live(
    live: dict[str, Any], declared: dict[str, Any], property_name: str, shown: tuple[str, str]
) -> None:
    is_live, is_declared = {**LIVE, **live}, {**DECLARED, **declared}
    found = differing(is_live, is_declared)
    assert found.keys() == {property_name}
    assert found[property_name].outcome is ImportEffect.IN_PLACE
    assert (found[property_name].live, found[property_name].template) == shown
    orphan = Orphan(
        FixedName("T", "AWS::DynamoDB::Table", "t"), {"Properties": is_declared}, is_live, tuple(found.values())
    )
    assert orphan.decision is Importability.IMPORTABLE
    assert not differing(is_live, dict(orphan.imported["Properties"]))
    assert orphan.imported["Properties"]["TableName"] == "t"


@pytest.mark.parametrize("key", [KEY, "1234"])
def test_a_key_by_arn_or_by_id(key: str) -> None:
    assert not differing(LIVE, {**DECLARED, "SSESpecification": {"SSEEnabled": True, "KMSMasterKeyId": key}})


def test_what_is_unlike_is_not_taken_from_the_live_table() -> None:
    found = tuple(differing({**LIVE, "Tags": []}, DECLARED).values())
    orphan = Orphan(FixedName("T", "AWS::DynamoDB::Table", "t"), {"Properties": DECLARED}, {**LIVE, "Tags": []}, found)
    assert orphan.imported == {"Properties": {**DECLARED, "Tags": []}}


def test_a_table_that_is_not_ready() -> None:
    assert differing(LIVE, DECLARED, unsettled=("the table: DELETING",))["TableStatus"].outcome is ImportEffect.STOPS


def test_a_global_table() -> None:
    found = differing(LIVE, DECLARED, replicas=("us-east-1",))["Replicas"]
    assert (found.outcome, found.live) == (ImportEffect.STOPS, "us-east-1")


def test_a_type_that_is_not_compared() -> None:
    assert Orphan(FixedName("B", "AWS::S3::Bucket", "b"), {}, {}, ()).decision is Importability.NOT_COMPARED
