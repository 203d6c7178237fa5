"""Conditions: each rule of the guide, with a case on either side."""

from __future__ import annotations

import time
from typing import Any

import pytest

from leastgrant.iam.conditions import parse_conditions
from leastgrant.iam.evaluation import context_of

ROLE = "arn:aws:iam::123456789012:role/app-x"


def holds(operator: str, wanted: Any, present: Any, **others: str | list[str]) -> bool:
    (condition,) = parse_conditions({operator: {"test:Key": wanted}}, "policy", variables=True)
    context = {} if present is None else {"TEST:key": present}
    return condition.holds(context_of(context | {f"aws:{key}": value for key, value in others.items()}))


@pytest.mark.parametrize(
    ("operator", "wanted", "matching", "other"),
    [
        ("StringEquals", ["a", "b*"], "b*", "bc"),
        ("StringEqualsIgnoreCase", "Ab", "aB", "ab "),
        ("StringLike", "a*b?", "axxb.", "axxb"),
        ("StringLike", "a${*}", "a*", "ab"),
        ("NumericEquals", "10", "10.0", "11"),
        ("NumericLessThan", 10, "9.5", "10"),
        ("NumericLessThanEquals", 10, "10", "10.1"),
        ("NumericGreaterThan", "1e1", "11", "ten"),
        ("NumericGreaterThanEquals", "10", "10", "-10"),
        ("DateEquals", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:01Z"),
        ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"),
        ("DateLessThanEquals", "1767225600", "2026-01-01", "1767225601"),
        ("DateGreaterThan", "2026-01-01", "1767225601", "yesterday"),
        ("DateGreaterThanEquals", "2026-01-01T00:00:00Z", "2026-01-01", "2025-01-01"),
        ("Bool", True, "TRUE", "false"),
        ("BinaryEquals", "QUI=", "QUI=", "QUJD"),
        ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "203.0.113.255", "203.0.114.0"),
        ("IpAddress", ["203.0.113.0/24", "2001:db8::/32"], "2001:db8::1", "2001:db9::1"),
        ("IpAddress", "203.0.113.7", "203.0.113.7", "not an address"),
        ("ArnEquals", "arn:aws:iam::*:role/*", ROLE, "arn:aws:iam::123456789012:user/x"),
        ("ArnLike", "arn:aws:s:*:1:f/*", "arn:aws:s:r:1:f/a:b", "arn:aws:s:r:9:store/a:1:f/a"),
    ],
)
def test_operators_and_their_negations(operator: str, wanted: Any, matching: str, other: str) -> None:
    negated = {"IpAddress": "NotIpAddress"}.get(operator)
    for family in ("String", "Numeric", "Date", "Arn"):
        suffix = operator.removeprefix(family)
        if suffix != operator and suffix in ("Equals", "EqualsIgnoreCase", "Like"):
            negated = f"{family}Not{suffix}"
    assert holds(operator, wanted, matching)
    assert not holds(operator, wanted, other)
    assert not holds(operator, wanted, None)
    assert holds(f"{operator}IfExists", wanted, None)
    assert not holds(f"{operator}IfExists", wanted, other)
    if negated:
        assert not holds(negated, wanted, matching)
        assert holds(negated, wanted, other)
        assert holds(negated, wanted, None)


@pytest.mark.parametrize(
    ("operator", "present", "result"),
    [
        ("ForAllValues:StringEquals", ["a", "b"], True),
        ("ForAllValues:StringEquals", ["a", "c"], False),
        ("ForAllValues:StringEquals", None, True),
        ("ForAllValues:StringEquals", [], True),
        ("ForAnyValue:StringEquals", ["a", "c"], True),
        ("ForAnyValue:StringEquals", ["c"], False),
        ("ForAnyValue:StringEquals", None, False),
        ("ForAnyValue:StringEqualsIfExists", None, False),
        ("ForAllValues:StringNotEquals", ["c", "d"], True),
        ("ForAllValues:StringNotEquals", ["a", "c"], False),
        ("ForAnyValue:StringNotEquals", ["a", "c"], True),
        ("ForAnyValue:StringNotEquals", ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", None, False),
        ("StringEquals", ["a", "b"], False),
        ("StringNotEquals", ["c", "d"], False),
        ("StringNotEquals", ["b"], False),
    ],
)
def test_values_taken_together(operator: str, present: Any, result: bool) -> None:
    assert holds(operator, ["a", "b"], present) == result


@pytest.mark.parametrize(
    ("wanted", "present", "result"),
    [
        ("true", None, True),
        ("true", "a", False),
        (False, "a", True),
        (False, [], False),
        (["true", "false"], "a", True),
    ],
)
def test_null(wanted: Any, present: Any, result: bool) -> None:
    assert holds("Null", wanted, present) == result


@pytest.mark.parametrize(
    ("operator", "wanted", "others", "result"),
    [
        ("StringEquals", "${aws:username}", {"username": "a"}, True),
        ("StringEquals", "${AWS:UserName}", {"username": "b"}, False),
        ("StringEquals", "${aws:username}", {}, False),
        ("StringNotEquals", "${aws:username}", {}, True),
        ("StringEquals", "${aws:username, 'a'}", {}, True),
        ("StringEquals", "${aws:username, 'a'}", {"username": "b"}, False),
        ("StringEquals", "${aws:username}", {"username": ["a", "b"]}, False),
        ("StringEquals", "${aws:username, 'a'}", {"username": ["b", "c"]}, True),
        ("StringLike", "${aws:username}", {"username": "*"}, False),
    ],
)
def test_variables(operator: str, wanted: str, others: dict[str, str | list[str]], result: bool) -> None:
    assert holds(operator, wanted, "a", **others) == result


def test_a_date_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        assert holds("DateEquals", "2026-01-01T00:00:00", "2026-01-01T00:00:00Z")
    time.tzset()


def test_a_variable_in_an_arn_stays_in_its_component() -> None:
    assert holds("ArnLike", "arn:aws:iam::123456789012:role/${aws:username}", ROLE, username="app-x")
    assert not holds("ArnLike", "arn:aws:iam::123456789012:role/${aws:username}", ROLE)
