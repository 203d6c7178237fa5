"""Valid policies that are hard to decide: many conditions on few keys, variables, patterns and quantifiers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from leastgrant.documents.source import Json

MOST = 2_000
"""Bytes."""
_TEXT_KEYS = ("aws:username", "aws:PrincipalTag/a", "aws:PrincipalTag/b", "aws:userid", "s3:prefix", "aws:TagKeys")
_TEXT_OPERATORS = (
    *("StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "StringEqualsIgnoreCase", "StringLike"),
    *("ForAnyValue:StringLike", "ForAllValues:StringLike", "ForAllValues:StringNotEquals", "StringLikeIfExists"),
)
_OTHERS = (
    ("ArnLike", "aws:SourceArn", ("arn:aws:s3:::*", "arn:*:s*:*:1:t*", "arn:aws:sns:*:*:${aws:username}")),
    ("ArnNotLike", "aws:PrincipalArn", ("arn:aws:iam::*:role/a*", "arn:*:iam::1:user/${aws:userid}", "arn:*:*:*:*:*b")),
    ("IpAddress", "aws:SourceIp", ("10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/24", "::/0")),
    ("NotIpAddress", "aws:SourceIp", ("10.0.0.0/9", "172.16.0.0/12")),
    ("NumericLessThan", "s3:max-keys", ("10", "100", "5.5")),
    ("DateGreaterThan", "aws:CurrentTime", ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")),
    ("Bool", "aws:SecureTransport", ("true", "false")),
    ("Null", "aws:TagKeys", ("true", "false")),
    ("Null", "aws:PrincipalTag/a", ("true", "false")),
)  # fmt: skip
_ACTIONS = ("s3:*", "s3:GetObject", "*", "iam:PassRole", "iam:Put*", "sqs:*")


def nasty(random: Random) -> Json:
    """A policy of at most `MOST` bytes."""
    count = random.randint(1, 6)
    while True:
        document: Json = {"Version": "2012-10-17", "Statement": [_statement(random) for _ in range(count)]}
        if len(json.dumps(document)) <= MOST:
            return document
        count = max(1, count - 1)


def pair(random: Random) -> tuple[Json, Json]:
    """Two policies: mostly one, and what a change or two make of it."""
    before = nasty(random)
    if random.random() < 0.2:
        return before, nasty(random)
    changed = json.loads(json.dumps(before))
    for _ in range(random.choice((1, 1, 2))):
        _change(changed["Statement"], random)
    after: Json = changed
    return (before, after) if random.random() < 0.5 else (after, before)


def _change(statements: list[dict[str, Json]], random: Random) -> None:
    """Something that may matter or not: another statement, or a value, a condition or a resource more or less."""
    statement = random.choice(statements)
    conditions = statement.get("Condition")
    match random.randrange(5):
        case 0:
            statements[random.randrange(len(statements))] = _statement(random)
        case 1:
            operator, key, values = _condition(random)
            statement["Condition"] = {**(conditions if isinstance(conditions, dict) else {}), operator: {key: values}}
        case 2 if isinstance(conditions, dict) and conditions:
            conditions.pop(random.choice([*conditions]))
        case 3:
            statements.append({**_statement(random), "Effect": "Deny"})
        case _:
            name = "Resource" if "Resource" in statement else "NotResource"
            resources = statement[name]
            statement[name] = [*(resources if isinstance(resources, list) else [resources]), _resource(random)]


def _statement(random: Random) -> dict[str, Json]:
    conditions: dict[str, Json] = {}
    for _ in range(random.choice((0, 1, 2, 2, 3, 4))):
        operator, key, values = _condition(random)
        block = conditions.setdefault(operator, {})
        if isinstance(block, dict):
            block[key] = values
    resources: list[Json] = [_resource(random) for _ in range(random.choice((1, 1, 2, 3)))]
    return {
        "Effect": random.choice(("Allow", "Allow", "Deny")),
        "Action": random.choice(_ACTIONS),
        random.choice(("Resource", "Resource", "Resource", "NotResource")): resources,
        **({"Condition": conditions} if conditions else {}),
    }


def _condition(random: Random) -> tuple[str, str, list[Json]]:
    if random.random() < 0.4:
        operator, key, values = random.choice(_OTHERS)
        return operator, key, [*random.sample(values, random.randint(1, min(2, len(values))))]
    key = random.choice(_TEXT_KEYS)
    return random.choice(_TEXT_OPERATORS), key, [_text(random) for _ in range(random.choice((1, 1, 2, 4)))]


def _text(random: Random) -> Json:
    pieces = (
        "a",
        "b",
        "ab",
        "*",
        "?",
        "-",
        "*a",
        "b*",
        "${aws:username}",
        "${aws:PrincipalTag/a}",
        "${aws:userid, 'x'}",
    )
    return "".join(random.choice(pieces) for _ in range(random.choice((1, 1, 2, 3, 5))))


def _resource(random: Random) -> Json:
    if random.random() < 0.2:
        return "*"
    return f"arn:aws:s3:::{_text(random)}" if random.random() < 0.7 else f"arn:aws:sqs:*:*:{_text(random)}"
