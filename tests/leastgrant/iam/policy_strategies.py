"""Policies and requests over a small world, so that they meet often."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

ACTIONS = ["s3:GetObject", "s3:PutObject", "events:PutRule"]
CONTEXT_VALUES = {
    "aws:username": ["ab", "b"],
    "aws:TagKeys": ["a", "b", "ab"],
    "s3:max-keys": ["1", "2", "10"],
    "aws:SourceArn": ["arn:aws:sns:r:1:t", "arn:aws:sns:r:1:t:s", "b"],
}

action_patterns = st.sampled_from([*ACTIONS, "*", "s3:*", "S3:get*", "*:*", "events:???rule"])
names = st.text("ab*?", max_size=4)
resource_patterns = st.one_of(
    st.sampled_from(["*", "arn:aws:s3:::${aws:username}*", "arn:aws:s3:::${aws:username, 'a'}"]),
    names.map(lambda name: f"arn:aws:s3:::{name or 'a'}"),
)
resources = st.one_of(st.just("*"), st.text("ab", min_size=1, max_size=4).map(lambda name: f"arn:aws:s3:::{name}"))

_strings = st.sampled_from(["a", "b", "ab", "A", "a*", "?b", "${aws:username}", "${aws:username, 'a'}"])
_string_operators = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
]
_operators = [
    prefix + base + suffix
    for prefix in ("", "ForAllValues:", "ForAnyValue:")
    for base in _string_operators
    for suffix in ("", "IfExists")
]


def _block(operators: list[str], keys: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    inner = st.dictionaries(st.sampled_from(keys), st.lists(values, min_size=1, max_size=2), min_size=1, max_size=1)
    return st.tuples(st.sampled_from(operators), inner)


conditions = st.lists(
    st.one_of(
        _block(_operators, ["aws:username", "AWS:TagKeys"], _strings),
        _block(
            ["NumericEquals", "NumericLessThan", "NumericGreaterThanEquals"],
            ["s3:max-keys"],
            st.sampled_from("129"),
        ),
        _block(
            ["ArnLike", "ArnNotEquals"],
            ["aws:SourceArn"],
            st.sampled_from(["arn:aws:sns:*:1:t*", "arn:*:s*:r:?:t"]),
        ),
        _block(["Null"], list(CONTEXT_VALUES), st.sampled_from(["true", "false"])),
    ),
    max_size=2,
).map(dict)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "Effect": draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "Action", "NotAction"])): draw(
            st.lists(action_patterns, min_size=1, max_size=2)
        ),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(
            st.lists(resource_patterns, min_size=1, max_size=2)
        ),
        "Condition": draw(conditions),
    }


policies = st.lists(statements(), min_size=1, max_size=4).map(lambda s: {"Version": "2012-10-17", "Statement": s})
contexts = st.fixed_dictionaries(
    {},
    optional={
        key.lower(): st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)
        for key, values in CONTEXT_VALUES.items()
    },
)
