"""The names that a regular expression matches, as patterns."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.gitlab.names import names_like


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        (r"^main$", ["main"]),
        (r"^(main|dev)$", ["main", "dev"]),
        (r"^release\/.*$", ["release/*"]),
        (r"^release-", ["release-*"]),
        ("feature", ["*feature*"]),
        (r"^v.+$", ["v?*"]),
        (r"^v?1$", ["v1", "1"]),
        (r"^a|b$", ["a*", "*b"]),
        (r"^.{3}$", ["???"]),
    ],
)
def test_what_patterns_can_say(text: str, patterns: list[str]) -> None:
    names = names_like(text)
    assert names.is_exact
    assert [str(one) for one in names.patterns] == patterns


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        (r"^v\d+\.\d+$", ["v?*.?*"]),
        (r"^[0-9]{2}$", ["??"]),
        (r"^a+b*$", ["a*"]),
        (r"(?=x)", ["*"]),
        (r"^x(?!y)", ["*"]),
    ],
)
def test_what_patterns_can_only_include(text: str, patterns: list[str]) -> None:
    names = names_like(text)
    assert not names.is_exact
    assert [str(one) for one in names.patterns] == patterns
    assert names.matches_any_like("no such name" if patterns != ["*"] else "x") is (
        False if patterns != ["*"] else None
    )


@pytest.mark.parametrize("text", ["(", "(a+)+$", "(a|a)*$", ".*" * 40 + "x", "a{99999999999}"])
def test_what_is_no_expression_or_takes_too_long_is_not_decided(text: str) -> None:
    names = names_like(text)
    assert names.matches("a" * 60) is None
    assert names.matches("x") is None
    assert names.matches_any_like("x") is None


_PARTS = st.sampled_from(
    ["a", "b", "/", r"\.", ".", ".*", ".+", "a*", "b+", "[ab]", r"\d", r"\w+", "(a|b)", "a?", "^", "$"]
)


@given(st.lists(_PARTS, max_size=6), st.text("ab/.1", max_size=8))
def test_the_patterns_have_each_name_that_the_expression_matches(parts: list[str], name: str) -> None:
    text = "".join(parts)
    names = names_like(text)
    matches = re.search(text, name) is not None
    is_in = any(pattern.matches(name) for pattern in names.patterns)
    assert is_in or not matches
    assert names.matches(name) in (matches, None)
    if names.is_exact:
        assert is_in is matches
    assert all(isinstance(one, Pattern) for one in names.widened)
