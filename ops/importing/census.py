"""What a table holds: how many items, and under which keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ops.aws.account import Account


@dataclass(frozen=True, slots=True)
class Census:
    """The items of a table at one time."""

    items: int
    digest: str
    """SHA-256 of the keys, in order."""

    def __str__(self) -> str:
        """Write it in words."""
        return f"{self.items:,} item{'' if self.items == 1 else 's'}, keys {self.digest[:12]}"


def take_census(account: Account, table: str) -> Census:
    """Read every key, with a consistent scan of all pages; the other attributes stay where they are.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    schema = account.dynamodb.describe_table(TableName=table)["Table"].get("KeySchema", [])
    names = {f"#key{number}": key["AttributeName"] for number, key in enumerate(schema)}
    pages = account.dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ConsistentRead=True,
        ProjectionExpression=", ".join(names),
        ExpressionAttributeNames=names,
    )
    keys = sorted(json.dumps(item, sort_keys=True, default=bytes.hex) for page in pages for item in page["Items"])
    return Census(len(keys), sha256("\n".join(keys).encode()).hexdigest())
