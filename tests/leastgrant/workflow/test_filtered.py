"""Names that a filter lets through and IAM patterns take: the search is held to trying all short names."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.pattern import Pattern, PatternTooComplex
from leastgrant.workflow.filtered import name_between
from leastgrant.workflow.filters import Glob, NameFilter
from tests.leastgrant.workflow.contract import STEP, findings, role, shown

START = "repo:acme/shop:ref:refs/heads/"


def found(globs: list[str], inside: list[str], outside: list[str] | None = None, *, ignoring: bool = False):
    names = NameFilter(tuple(map(Glob, globs)), ignoring=ignoring)
    patterns = ([Pattern.parse(START + one) for one in group] for group in (inside, outside or []))
    return name_between(names, START, *patterns)


@pytest.mark.parametrize(
    ("globs", "inside", "outside", "name"),
    [
        (["v[0-9]+.[0-9]+"], ["v7.*"], [], "v7.0"),
        (["v[0-9]+.[0-9]+"], ["v?"], [], None),
        (["*/feature/*"], ["*/feature/??"], ["?x*", "*x"], "y/feature/yy"),
        (["*"], ["*/*"], [], None),
        (["**", "!*-alpha"], ["*-alpha"], [], "x/-alpha"),
        (["**", "!**-alpha"], ["*-alpha"], [], None),
        (["**", "!*-alpha", "a-alpha"], ["*-alpha"], [], "a-alpha"),
        (["colou?r"], ["*ur"], [], "colour"),
        (["[ab][ab]"], ["a?", "?b"], ["ab"], None),
    ],
)
def test_what_is_between(globs: list[str], inside: list[str], outside: list[str], name: str | None):
    assert found(globs, inside, outside) == name


GLOBS = st.lists(st.sampled_from(["*", "**", "a", "b", "/", "[ab]", "?", "+"]), min_size=1, max_size=4).map("".join)
IAM = st.lists(st.sampled_from(["*", "?", "a", "b", "/"]), min_size=1, max_size=4).map("".join)
SHORT = [
    "".join(letters)
    for length in (1, 2, 3)
    for letters in product("abx/", repeat=length)
    if letters[0] != "/" and letters[-1] != "/" and "//" not in "".join(letters)
]


@given(
    st.lists(st.tuples(st.sampled_from(["", "!"]), GLOBS).map("".join), min_size=1, max_size=3),
    st.lists(IAM, max_size=2),
    st.lists(IAM, max_size=2),
    st.booleans(),
)
def test_as_trying_all_short_names(globs: list[str], inside: list[str], outside: list[str], ignoring: bool):
    names = NameFilter(tuple(map(Glob, globs)), ignoring=ignoring)
    own, others = ([Pattern.parse(one) for one in group] for group in (inside, outside))

    def fits(name: str) -> bool:
        return (
            names.accepts(name)
            and all(one.matches(name) for one in own)
            and not any(one.matches(name) for one in others)
        )

    one = found(globs, inside, outside, ignoring=ignoring)
    assert one is None or fits(one)
    if one is None or len(one) > 3:
        assert not any(map(fits, SHORT))


def test_a_search_that_is_too_long_ends():
    with pytest.raises(PatternTooComplex):
        found([f"*{letter}*a???????????" for letter in "abcdef"], ["*b*c*d*e*f*", "*a??????????"], ["*c*"])


@pytest.mark.parametrize(
    ("glob", "trusted", "what"),
    [
        ("release/v[0-9]+.x", "release/v1.*", ["note 2"]),
        ("release/v[0-9]+.x", "release/vx*", ["subject 2"]),
        ("*/hotfix/*", "a/b/*", ["subject 2"]),
    ],
)
def test_a_filter_is_decided(glob: str, trusted: str, what: list[str]):
    text = f"on:\n  push: {{branches: ['{glob}']}}\njobs:\n  deploy:\n    permissions: {{id-token: write}}\n{STEP}"
    trust = role(START + trusted, operator="StringLike")
    assert [one for one in shown(findings(text, trust=trust)) if not one.startswith("wide")] == what
