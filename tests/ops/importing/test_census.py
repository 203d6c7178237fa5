"""All keys of all pages are counted, whatever their types."""

from typing import Any

from ops.importing.census import take_census
from ops.project.deployment import Deployment
from tests.ops.scripted_aws import scripted

KEYS = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "size", "KeyType": "RANGE"}]
ITEMS: list[dict[str, Any]] = [{"PK": {"B": b"\x00\xff"}, "size": {"N": str(number)}} for number in range(5)]


def census(deployment: Deployment, items: list[dict[str, Any]]) -> Any:
    def scan(asked: Any) -> dict[str, Any]:
        assert asked["ConsistentRead"] is True
        assert asked["ProjectionExpression"] == "#key0, #key1"
        assert asked["ExpressionAttributeNames"] == {"#key0": "PK", "#key1": "size"}
        if "ExclusiveStartKey" not in asked:
            return {"Items": items[:2], "Count": 2, "LastEvaluatedKey": items[1]}
        return {"Items": items[2:], "Count": len(items) - 2}

    return take_census(scripted(deployment, DescribeTable={"Table": {"KeySchema": KEYS}}, Scan=scan).account, "t")


def test_pages_and_order(deployment: Deployment) -> None:
    found = census(deployment, ITEMS)
    assert found.items == 5
    assert found == census(deployment, ITEMS[::-1])
    assert str(found).startswith("5 items, keys ")


def test_another_key_is_another_digest(deployment: Deployment) -> None:
    other = [*ITEMS[:4], {**ITEMS[4], "size": {"N": "99"}}]
    assert census(deployment, other).items == 5
    assert census(deployment, other) != census(deployment, ITEMS)
