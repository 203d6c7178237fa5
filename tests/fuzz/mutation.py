"""Other inputs of valid ones: a tree of which some parts are changed as their kind allows, or its text is damaged."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    from leastgrant.documents.source import Json

    Container = dict[str, Json] | list[Json]
    Place = tuple[Container, str | int]

WORDS = (
    *("*", "?", "", "a", "${", "${}", "${*}", "${aws:username}", "${aws:PrincipalTag/t, 'd'}", "${Jobs.Arn}", "Deny"),
    *("arn:aws:s3:::*", "arn:aws:s3:::${aws:username}/*", "arn:aws:iam::123456789012:role/*", "arn:aws:sqs", "arn:"),
    *("iam:*", "s3:*", "*:*", "sts:AssumeRole", "10.0.0.0/8", "::/0", "1e999", "-0", "2026-01-01", "true", "FALSE"),
    *("2012-10-17", "2008-10-17", "aws:TagKeys", "aws:SourceArn", "iam:PassedToService", "iam:PolicyARN", "aws:x"),
    *("{{resolve:ssm:x}}", "{{resolve:secretsmanager:a:b:c:d:e}}", "{{resolve:", "AWS::NoValue", "AWS::Region"),
    *("${{ github.ref }}", "${{", "}}", "${{ matrix.a == '1' && !x }}", "${{ fromJSON(x)[0].*.y }}", "./a.yml", "!x"),
    *("\x00", "\ud800", "\u2028", "é", "AWS::S3::Bucket", "AWS::IAM::Role", "Custom::X", "A" * 200, "9" * 40),
)
KEYS = (
    *("Ref", "Fn::If", "Fn::Sub", "Fn::GetAtt", "Fn::Join", "Fn::Split", "Fn::Select", "Fn::FindInMap", "Fn::Cidr"),
    *("Fn::ImportValue", "Fn::Transform", "Fn::ForEach::X", "Fn::Length", "Fn::ToJsonString", "Fn::GetAZs", "Fn::And"),
    *("Fn::GetStackOutput", "Condition", "Type", "Properties", "DeletionPolicy", "UpdateReplacePolicy", "Metadata"),
    *("StringEquals", "StringLike", "StringNotLike", "ArnLike", "ForAllValues:StringLike", "ForAnyValue:ArnNotLike"),
    *("NumericLessThan", "DateGreaterThan", "NotIpAddress", "BinaryEquals", "Null", "BoolIfExists", "StringNotEquals"),
    *("NotAction", "NotResource", "NotPrincipal", "Principal", "AWS", "Federated", "Service", "CanonicalUser", "Sid"),
    *("if", "on", "uses", "with", "needs", "strategy", "matrix", "environment", "permissions", "id-token", "<<", ""),
    *("aws:username", "aws:PrincipalTag/t", "aws:ResourceTag/a", "aws:SourceIp", "iam:PermissionsBoundary"),
)


def mutated(seed: Json, random: Random, others: Sequence[Json] = ()) -> bytes:
    """A text of an input like the seed; `others` are those of which parts may be put in."""
    tree = copy.deepcopy(seed)
    for _ in range(random.choice((0, 1, 1, 1, 2, 2, 3, 6))):
        places = [*_places(tree)]
        if not places:
            break
        _CHANGES[random.randrange(len(_CHANGES))](random.choice(places), random, [*places, *_places([*others])])
    text = json.dumps(tree, indent=random.choice((None, 1))).encode()
    return _damaged(text, random) if random.random() < _DAMAGED else text


_DAMAGED = 0.1


def _places(tree: Json) -> Iterator[Place]:
    """Every list or map of a tree, with each of its keys."""
    if isinstance(tree, dict):
        for key, child in tree.items():
            yield tree, key
            yield from _places(child)
    elif isinstance(tree, list):
        for index, child in enumerate(tree):
            yield tree, index
            yield from _places(child)


def _get(place: Place) -> Json:
    container, key = place
    return container[key] if isinstance(container, dict) else container[cast("int", key)]  # pyright: ignore


def _put(place: Place, value: Json) -> None:
    container, key = place
    container[key] = value  # pyright: ignore


def _replace(place: Place, random: Random, _: Sequence[Place]) -> None:
    _put(place, random.choice((*WORDS, None, True, 0, -1, 1.5, 10**30, [], {}, [[]], [None], {"": ""})))


def _graft(place: Place, random: Random, places: Sequence[Place]) -> None:
    """A part of elsewhere."""
    _put(place, copy.deepcopy(_get(random.choice(places))))


def _remove(place: Place, _: Random, __: Sequence[Place]) -> None:
    container, key = place
    if isinstance(container, dict):
        container.pop(cast("str", key), None)
    elif cast("int", key) < len(container):
        container.pop(cast("int", key))


def _rename(place: Place, random: Random, _: Sequence[Place]) -> None:
    container, key = place
    if isinstance(container, dict) and key in container:
        container[random.choice((*KEYS, *WORDS))] = container.pop(key)


def _wrap(place: Place, random: Random, _: Sequence[Place]) -> None:
    value = _get(place)
    _put(place, random.choice(([value], {random.choice(KEYS): value}, {random.choice(KEYS): [value, value]})))


def _add(place: Place, random: Random, places: Sequence[Place]) -> None:
    """One item or key more."""
    container, _ = place
    new = copy.deepcopy(_get(random.choice(places))) if random.random() < 0.5 else random.choice(WORDS)
    if isinstance(container, dict):
        container[random.choice(KEYS)] = new
    else:
        container.append(new)


def _spell(place: Place, random: Random, __: Sequence[Place]) -> None:
    """Pieces put into a text, or taken out."""
    value = _get(place)
    if not isinstance(value, str):
        return
    for _ in range(random.choice((1, 1, 2, 6))):
        at, length = random.randint(0, len(value)), random.choice((0, 0, 1, 3))
        value = value[:at] + random.choice((*WORDS, *"*?:/${},-_ aA01")) + value[at + length :]
    _put(place, value[:400])


def _repeat(place: Place, random: Random, _: Sequence[Place]) -> None:
    container, _key = place
    if isinstance(container, list):
        container.extend(copy.deepcopy(container) * random.choice((1, 1, 3)))
        del container[24:]


_CHANGES: tuple[Callable[[Place, Random, Sequence[Place]], None], ...] = (
    *(_replace, _graft, _graft, _graft, _remove, _rename, _wrap, _wrap, _add, _spell, _spell, _spell, _spell, _repeat),
)


def _damaged(text: bytes, random: Random) -> bytes:
    for _ in range(random.choice((1, 2, 5))):
        at, length = random.randint(0, len(text)), random.choice((0, 1, 2, 9))
        text = text[:at] + random.randbytes(random.choice((0, 1, 1, 3))) + text[at + length :]
    return text
