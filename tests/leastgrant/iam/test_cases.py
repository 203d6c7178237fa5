"""The contexts in which conditions are compared show every combination of outcomes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.cases import cases
from leastgrant.iam.conditions import Condition, parse_conditions

NONE: frozenset[str] = frozenset()


def conditions_of(blocks: list[tuple[str, list[str]]]) -> list[Condition]:
    return [
        condition
        for operator, values in blocks
        for condition in parse_conditions({operator: {"k:k": values}}, "p", variables=True)
    ]


def blocks_of(operators: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.lists(st.tuples(st.sampled_from(operators), st.lists(values, min_size=1, max_size=2)), max_size=3)


_strings = blocks_of(["StringLike", "StringNotEquals", "StringNotLike"], st.text("ab*?", max_size=3))
_numbers = blocks_of(
    ["NumericEquals", "NumericLessThan", "NumericGreaterThanEquals"], st.sampled_from(["1", "1.5", "2", "3"])
)
_networks = blocks_of(
    ["IpAddress", "NotIpAddress"], st.sampled_from(["0.0.0.0/8", "0.1.0.0/16", "255.0.0.0/8", "::/0"])
)
WORLDS: list[tuple[st.SearchStrategy[Any], st.SearchStrategy[str]]] = [
    (_strings, st.text("abc", max_size=4)),
    (_numbers, st.sampled_from(["0", "1", "1.2", "1.5", "1.7", "2", "2.5", "3", "4", "x"])),
    (
        _networks,
        st.sampled_from(["0.0.0.1", "0.1.2.3", "0.2.0.0", "1.0.0.0", "255.1.1.1", "254.255.255.255", "::1", "x"]),
    ),
]


@pytest.mark.parametrize(("blocks", "values"), WORLDS)
@given(data=st.data())
def test_each_outcome_of_a_single_value_is_shown(
    blocks: st.SearchStrategy[Any], values: st.SearchStrategy[str], data: st.DataObject
) -> None:
    conditions = conditions_of(data.draw(blocks))
    present = tuple(data.draw(st.lists(values, max_size=1)))
    shown = {tuple(c.holds(context) for c in conditions) for context in cases(conditions, NONE, {})}
    assert tuple(c.holds({"k:k": present}) for c in conditions) in shown


_quantified = st.tuples(
    st.sampled_from(["ForAllValues:", "ForAnyValue:"]), st.sampled_from(["StringLike", "StringNotLike"])
).map("".join)


@given(
    st.lists(st.tuples(_quantified, st.lists(st.text("ab*", max_size=2), min_size=1)), min_size=1, max_size=2),
    _strings,
    st.lists(st.text("abc", max_size=3), max_size=3),
)
def test_each_outcome_of_several_values_is_shown(quantified: Any, others: Any, present: list[str]) -> None:
    conditions = conditions_of(quantified + others[:1])
    shown = {tuple(c.holds(context) for c in conditions) for context in cases(conditions, NONE, {})}
    assert tuple(c.holds({"k:k": tuple(present)}) for c in conditions) in shown


@pytest.mark.parametrize(
    "blocks",
    [
        [("StringLike", ["a*"]), ("StringLike", ["*b"])],
        [("NumericGreaterThan", ["1"]), ("NumericLessThan", ["2"])],
        [("DateGreaterThan", ["2026-01-01"]), ("DateLessThan", ["2026-01-02"])],
        [("IpAddress", ["10.0.0.0/8"]), ("NotIpAddress", ["10.0.0.0/9"])],
        [("Null", ["false"]), ("StringNotLike", ["?"])],
    ],
)
def test_conditions_are_shown_to_hold_together(blocks: list[tuple[str, list[str]]]) -> None:
    conditions = conditions_of(blocks)
    assert any(all(c.holds(context) for c in conditions) for context in cases(conditions, NONE, {}))


def test_what_is_known_stays() -> None:
    conditions = conditions_of([("StringEquals", ["a"])])
    assert list(cases(conditions, NONE, {"k:k": ("b",)})) == [{"k:k": ("b",)}]


def test_each_value_of_a_variable_counts() -> None:
    conditions = conditions_of([("StringLike", ["a", "b*"])])
    values = {context["k:k"] for context in cases(conditions, frozenset({"k:k"}), {})}
    assert values >= {(), ("a",), ("b",)}
