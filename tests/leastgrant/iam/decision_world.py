"""A small world in which a decision can be held against every request: generated policies, and brute force."""

from __future__ import annotations

import math
from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from leastgrant.iam.document import parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import Witness, newly_allowed
from tests.leastgrant.iam.policy_model import Context, Document, allowed, allowed_of, keys_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from leastgrant.iam.search import Undecided

Pair: TypeAlias = "tuple[list[Document], list[Document], list[Document] | None]"
"""The statements of a policy before and after, and of a boundary, if there is one."""
ACTION = "s3:GetObject"
_MOST = 150
"""Contexts of one pair of policies that are tried."""
_SINGLE = {
    "aws:username": ["", "a", "b", "ab", "A"],
    "aws:PrincipalTag/t": ["", "a", "b", "ba"],
    "s3:max-keys": ["1", "1.5", "2", "10", "x"],
    "aws:SourceArn": ["arn:aws:sns:r:1:t", "arn:aws:sns:r:1:t:s", "arn:aws:sqs:r:2:t", "b"],
    "aws:SourceIp": ["10.0.0.1", "10.128.0.1", "11.0.0.0", "::1", "x"],
    "aws:CurrentTime": ["2026-01-01T00:00:00Z", "2026-01-01T12:00:00Z", "2026-01-03T00:00:00Z"],
    "aws:SecureTransport": ["true", "TRUE", "false"],
}
_SEVERAL = {"aws:TagKeys": ["a", "b", "ab", "B"]}
_NAMES = ["a", "b", "ab", "A", "aa", "ba", "x", "a/b"]
RESOURCES = ["*", *(f"arn:aws:s3:::{name}" for name in _NAMES)]

_TEXTS = st.sampled_from(
    ["a", "b", "ab", "A", "", "a*", "?b", "*", "${aws:username}", "${aws:username, 'a'}", "${aws:PrincipalTag/t}b"]
)
_TEXT_OPERATORS = [
    f"{not_}"
    for base in ("StringEquals", "StringEqualsIgnoreCase", "StringLike")
    for not_ in (base, base.replace("String", "StringNot"))
]


def _block(operators: list[str], keys: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    inner = st.tuples(st.sampled_from(keys), st.lists(values, min_size=1, max_size=2, unique=True))
    suffixes = st.sampled_from(["", "", "IfExists"])
    return st.tuples(st.tuples(st.sampled_from(operators), suffixes).map("".join), inner.map(lambda i: dict([i])))


_SETS = [f"{quantifier}:{base}" for quantifier in ("ForAllValues", "ForAnyValue") for base in _TEXT_OPERATORS]
_BLOCKS = (
    _block(_TEXT_OPERATORS, ["aws:username", "aws:PrincipalTag/t"], _TEXTS),
    _block([*_SETS, *_SETS, *_TEXT_OPERATORS], ["aws:TagKeys"], _TEXTS),
    _block(["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericGreaterThanEquals", "StringEquals"],
           ["s3:max-keys"], st.sampled_from(["1", "2", "9"])),
    _block(["ArnLike", "ArnNotLike"], ["aws:SourceArn"],
           st.sampled_from(["arn:aws:sns:*:1:t*", "arn:*:s*:r:?:t", "arn:aws:*:r:1:*", "arn:*:*:r:1:${aws:username}"])),
    _block(["StringLike", "StringNotLike"], ["aws:SourceArn"], st.sampled_from(["arn:aws:s?s:*t", "arn:*:s", "b"])),
    _block(["IpAddress", "NotIpAddress"], ["aws:SourceIp"], st.sampled_from(["10.0.0.0/8", "10.0.0.0/9", "::/0"])),
    _block(["DateLessThan", "DateGreaterThan"], ["aws:CurrentTime"],
           st.sampled_from(["2026-01-01T06:00:00Z", "2026-01-02T00:00:00Z"])),
    _block(["Bool"], ["aws:SecureTransport"], st.sampled_from(["true", "false"])),
    st.tuples(st.just("Null"), st.tuples(
        st.sampled_from([*_SINGLE, *_SEVERAL]), st.sampled_from(["true", "false"]).map(lambda v: [v])
    ).map(lambda item: dict([item]))),
)  # fmt: skip
_RESOURCES = st.sampled_from(
    [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::a*",
        "arn:aws:s3:::?b",
        "arn:aws:s3:::a",
        "arn:aws:s3:::${aws:username}*",
        "arn:aws:s3:::${aws:username, 'a'}",
        "arn:aws:s3:::${aws:PrincipalTag/t}${aws:username}",
    ]
)


@st.composite
def statements(draw: st.DrawFn, blocks: st.SearchStrategy[Any]) -> Document:
    """A statement about the one action, with conditions of some kinds."""
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        "Action": ACTION,
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(_RESOURCES, min_size=1, max_size=2, unique=True)
        ),
        "Condition": dict(draw(st.lists(blocks, max_size=2))),
    }


@st.composite
def pairs(draw: st.DrawFn, keys: Collection[str] | None = None) -> Pair:
    """Policies of a few kinds of condition, often with a statement in common; on all keys, or on some."""
    few = st.one_of(draw(st.lists(st.sampled_from(_BLOCKS), min_size=1, max_size=2)))
    if keys is not None:
        few = few.filter(lambda block: {*block[1]} <= {*keys})
    common = draw(st.lists(statements(few), max_size=1))
    old = common + draw(st.lists(statements(few), max_size=2))
    new = common + draw(st.lists(statements(few), min_size=1, max_size=2))
    return old, new, draw(st.none() | st.none() | st.lists(statements(few), min_size=1, max_size=2))


def _permissions(policy: list[Document], boundary: list[Document] | None) -> Permissions:
    documents = ({"Version": "2012-10-17", "Statement": part} for part in (policy, boundary or []))
    own, limit = (parse_policy(document, "p") if document["Statement"] else None for document in documents)
    return Permissions([own] if own else [], limit)


def decide(old: list[Document], new: list[Document], boundary: list[Document] | None) -> list[Witness | Undecided]:
    """What is decided of the one action."""
    return list(newly_allowed(_permissions(old, boundary), _permissions(new, boundary), [ACTION]))


def turned(pair: Pair) -> Iterator[Pair]:
    """The pair both ways, with the boundary and without."""
    old, new, boundary = pair
    yield from ((old, new, boundary), (new, old, boundary))
    if boundary:
        yield from ((old, new, None), (new, old, None))


def _contexts(keys: frozenset[str]) -> Iterator[Context]:
    choices: list[list[tuple[str, ...]]] = []
    known = {name.lower(): values for name, values in (_SINGLE | _SEVERAL).items()}
    for key in sorted(keys):
        singles: list[tuple[str, ...]] = [(), *((value,) for value in known[key])]
        several = combinations(known[key], 2) if key == "aws:tagkeys" else ()
        choices.append([*singles, *several])
    every = math.prod(map(len, choices))
    chosen = product(*choices)
    if every > _MOST:  # not all, but always the same
        random = Random(every)  # noqa: S311
        chosen = (tuple(map(random.choice, choices)) for _ in range(_MOST))
    for values in chosen:
        yield dict(zip(sorted(keys), values, strict=True))


def brute_force(
    old: list[Document], new: list[Document], boundary: list[Document] | None
) -> tuple[str, Context] | None:
    """A request of the small world that is newly allowed."""
    keys = keys_of([*old, *new, *(boundary or [])])
    limit = {"Statement": boundary} if boundary else None
    for context in _contexts(keys):
        after = list(allowed_of(RESOURCES, ACTION, context, [{"Statement": new}], limit))
        before = {*allowed_of(after, ACTION, context, [{"Statement": old}], limit)} if after else set[str]()
        for resource in after:
            if resource not in before:
                return resource, context
    return None


def gains(resource: str, context: Context, old: list[Document], new: list[Document], limit: Document | None) -> bool:
    """Whether a request is allowed after and not before, by the plain model."""
    return allowed(ACTION, resource, context, [{"Statement": new}], limit) and not allowed(
        ACTION, resource, context, [{"Statement": old}], limit
    )


def hold_against_brute_force(old: list[Document], new: list[Document], boundary: list[Document] | None) -> str:
    """What was decided; an AssertionError, if it is wrong."""
    answers = decide(old, new, boundary)
    limit = {"Statement": boundary} if boundary else None
    found = [answer for answer in answers if isinstance(answer, Witness)]
    for witness in found:
        assert gains(witness.request.resource, dict(witness.request.context), old, new, limit), witness
    if found:
        return "gain"
    real = brute_force(old, new, boundary)
    if answers:
        return "undecided"
    assert real is None, real
    return "none"
