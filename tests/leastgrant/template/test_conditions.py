"""Conditions: three-valued logic against all completions of what is not known, and their forms."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.template import Environment, TemplateError, parse, resolve
from leastgrant.template.conditions import And, Condition, Equals, Named, Not, Or, holds, named

NAMES = ("A", "B", "C")
named_ones = st.sampled_from(NAMES).map(Named)
conditions = st.recursive(
    named_ones,
    lambda of: (
        of.map(Not)
        | st.lists(of, min_size=2, max_size=3)
        .map(tuple)
        .flatmap(lambda operands: st.sampled_from([And(operands), Or(operands)]))
    ),
    max_leaves=6,
)
outcomes = st.sampled_from([True, False, None])


def no_operands(left: object, right: object) -> bool | None:
    raise AssertionError((left, right))


def boolean(condition: Condition, known: dict[str, bool]) -> bool:
    """The two-valued definition."""
    match condition:
        case Named(name):
            return known[name]
        case Not(operand):
            return not boolean(operand, known)
        case And(operands):
            return all(boolean(operand, known) for operand in operands)
        case Or(operands):
            return any(boolean(operand, known) for operand in operands)
        case Equals():
            raise AssertionError(condition)


@given(conditions, st.fixed_dictionaries(dict.fromkeys(NAMES, outcomes)))
def test_a_known_outcome_is_that_of_every_completion(condition: Condition, known: dict[str, bool | None]) -> None:
    outcome = holds(condition, known, no_operands)
    choices = [[True, False] if known[name] is None else [bool(known[name])] for name in NAMES]
    every = {boolean(condition, dict(zip(NAMES, chosen, strict=True))) for chosen in product(*choices)}
    assert outcome is None or every == {outcome}
    if None not in known.values():
        assert outcome is not None
    assert set(named(condition)) <= set(NAMES)


TEMPLATE = """
Parameters:
  Known: {{Type: String, Default: prod}}
  Open: {{Type: String}}
  Allowed: {{Type: String, AllowedValues: [a, b]}}
  List: {{Type: CommaDelimitedList, Default: "x, y"}}
Mappings:
  M: {{prod: {{size: big}}}}
Conditions:
  T: !Equals [1, 1]
  F: !Equals [a, b]
  U: !Equals [!Ref Open, prod]
  X: {0}
Resources:
  R: {{Type: A::B::C}}
"""


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("!Equals [!Ref Known, prod]", True),
        ("!Equals [!Ref Known, test]", False),
        ("!Equals [!Ref Open, prod]", None),
        ("!Equals [!Sub 'a-${Open}', b]", False),
        ("!Equals [!Sub 'a-${Open}', a-b]", None),
        ("!Equals [!Ref Allowed, c]", False),
        ("!Equals [!Ref Allowed, a]", None),
        ("!Equals [true, 'true']", True),
        ("!Equals [1, '1']", True),
        ("!Equals [!FindInMap [M, !Ref Known, size], big]", True),
        ("!Equals [!Select [1, !Ref List], y]", True),
        ("!Equals [!Join ['', !Ref List], '']", False),
        ("!Equals [!Ref AWS::Region, eu-west-1]", True),
        ("!Equals [!Ref AWS::AccountId, '123456789012']", None),
        ("!Not [Condition: F]", True),
        ("!Not [!Condition U]", None),
        ("!And [!Condition T, !Condition U]", None),
        ("!And [!Condition F, !Condition U]", False),
        ("!Or [!Condition T, !Condition U]", True),
        ("!Or [!Condition F, !Condition U]", None),
    ],
)
def test_outcomes(condition: str, outcome: bool | None) -> None:
    template = parse(TEMPLATE.format(condition), "t")
    assert resolve(template, Environment(region="eu-west-1")).conditions["X"] is outcome


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("true", "t:13: Conditions.X: must be a map with one key, Fn::Equals, Fn::And"),
        ("!Equals [a]", "t:13: Conditions.X.Fn::Equals: is no condition with 1 operands; Fn::Equals takes 2"),
        ("!And [!Condition T]", "t:13: Conditions.X.Fn::And: is no condition with 1 operands"),
        ("!Not [!Condition T, !Condition T]", "t:13: Conditions.X.Fn::Not: is no condition with 2 operands"),
        ("!Condition Missing", "t:13: Conditions.X.Condition: no condition 'Missing' here"),
        (
            "!Equals [!Ref R, a]",
            "t:13: Conditions.X.Fn::Equals[0].Ref: there is no parameter or resource 'R'",
        ),
        (
            "!Equals [!If [T, a, b], a]",
            "t:13: Conditions.X.Fn::Equals[0].Fn::If[0]: no condition 'T' here",
        ),
        (
            "!Not [!Condition X]",
            "t:13: Conditions.X: depends on itself: X -> X; remove one of these references",
        ),
    ],
)
def test_refuses(condition: str, message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        resolve(parse(TEMPLATE.format(condition), "t"), Environment())
    assert str(refused.value).startswith(message)
