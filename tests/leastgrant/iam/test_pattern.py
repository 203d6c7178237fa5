"""Patterns: the algebra against a naive matcher, and questions built to be hard."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leastgrant.iam.pattern import ANY, Pattern, PatternTooComplex, Wildcard, member, uncovered

STAR, ONE = Wildcard.ANY, Wildcard.ONE

patterns = st.lists(st.sampled_from(["a", "x", "ax", STAR, ONE]), max_size=6).map(lambda t: Pattern(tuple(t)))
texts = st.text("axy", max_size=8)
WORDS = tuple("".join(word) for size in range(8) for word in product("axy", repeat=size))


def naive(tokens: tuple[str | Wildcard, ...], text: str) -> bool:
    """The definition, by recursion on the tokens."""
    if not tokens:
        return not text
    token, *rest = tokens
    if token is STAR:
        return any(naive(tuple(rest), text[i:]) for i in range(len(text) + 1))
    if token is ONE:
        return bool(text) and naive(tuple(rest), text[1:])
    assert isinstance(token, str)
    return text.startswith(token) and naive(tuple(rest), text[len(token) :])


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", ()),
        ("abc", ("abc",)),
        ("a**b", ("a", STAR, "b")),
        ("*?*?", (ONE, ONE, STAR)),
        ("a${*}b${?}${$}", ("a*b?$",)),
        ("$a${b}", ("$a${b}",)),
        ("${$}{*}", ("${", STAR, "}")),
    ],
)
def test_parse(text: str, tokens: tuple[str | Wildcard, ...]) -> None:
    assert Pattern.parse(text).tokens == tokens


def test_literal_takes_wildcards_as_text() -> None:
    assert Pattern.literal("a*").is_literal
    assert Pattern.literal("a*").matches("a*")
    assert not Pattern.literal("a*").matches("ab")
    assert str(Pattern.literal("a*${")) == "a${*}${$}{"


@st.composite
def other_patterns(draw: st.DrawFn) -> Pattern:
    """Also in any case of letters, and with wildcards that take no colon."""
    token = st.sampled_from(["a", "A", ":", "a:", *Wildcard])
    return Pattern(tuple(draw(st.lists(token, max_size=4))), draw(st.booleans()))


def as_regex(pattern: Pattern) -> re.Pattern[str]:
    wildcards = {STAR: ".*", ONE: ".", Wildcard.WITHIN: "[^:]*", Wildcard.ONE_WITHIN: "[^:]"}
    parts = (wildcards[t] if isinstance(t, Wildcard) else re.escape(t) for t in pattern.tokens)
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if pattern.any_case else 0))


_COLONS = tuple("".join(word) for size in range(6) for word in product("aA:x", repeat=size))


@given(st.lists(other_patterns(), max_size=2), st.lists(other_patterns(), max_size=3), st.sampled_from(_COLONS))
def test_member_of_other_patterns(inside: list[Pattern], outside: list[Pattern], text: str) -> None:
    ins, outs = [*map(as_regex, inside)], [*map(as_regex, outside)]
    for pattern, regex in zip((*inside, *outside), (*ins, *outs), strict=True):
        assert pattern.matches(text) == bool(regex.fullmatch(text))
    found = member(inside, outside)
    if found is None:
        words = (w for w in _COLONS if all(r.fullmatch(w) for r in ins) and not any(r.fullmatch(w) for r in outs))
        assert next(words, None) is None
    else:
        assert all(regex.fullmatch(found) for regex in ins)
        assert not any(regex.fullmatch(found) for regex in outs)


@given(st.lists(st.sampled_from(["a", "*", "?", "$", "{", "}", "${*}", STAR, ONE])))
def test_text_and_pattern_correspond(tokens: list[str | Wildcard]) -> None:
    pattern = Pattern(tuple(tokens))
    assert Pattern.parse(str(pattern)) == pattern


@given(patterns, texts)
def test_matches_agrees_with_the_definition(pattern: Pattern, text: str) -> None:
    assert pattern.matches(text) == naive(pattern.tokens, text)


@given(st.lists(st.sampled_from(["a", STAR, ONE])), texts)
def test_normal_form_keeps_the_set(tokens: list[str | Wildcard], text: str) -> None:
    assert naive(Pattern(tuple(tokens)).tokens, text) == naive(tuple(tokens), text)


@given(patterns, patterns, texts)
def test_concatenation(first: Pattern, second: Pattern, text: str) -> None:
    splits = any(first.matches(text[:i]) and second.matches(text[i:]) for i in range(len(text) + 1))
    assert (first + second).matches(text) == splits


@given(patterns, st.lists(patterns, max_size=4))
@example(Pattern.parse("?*"), [Pattern.parse("?")])
@example(Pattern.parse("?"), [Pattern.parse("x"), Pattern.parse("y")])
@example(Pattern.parse("*"), [Pattern.parse(""), Pattern.parse("?*")])
@example(Pattern.parse("a*b"), [Pattern.parse("ab"), Pattern.parse("a?b"), Pattern.parse("a??*b")])
def test_uncovered_is_exact(pattern: Pattern, covers: list[Pattern]) -> None:
    witness = uncovered(pattern, covers)
    if witness is None:
        assert not [w for w in WORDS if pattern.matches(w) and not any(c.matches(w) for c in covers)]
    else:
        assert naive(pattern.tokens, witness)
        assert not any(naive(cover.tokens, witness) for cover in covers)


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3))
def test_member_is_exact(inside: list[Pattern], outside: list[Pattern]) -> None:
    witness = member(inside, outside)
    if witness is None:
        assert not [w for w in WORDS if all(p.matches(w) for p in inside) and not any(p.matches(w) for p in outside)]
    else:
        assert all(naive(p.tokens, witness) for p in inside)
        assert not any(naive(p.tokens, witness) for p in outside)


@given(patterns, patterns, patterns)
def test_inclusion_is_an_order(p: Pattern, q: Pattern, r: Pattern) -> None:
    assert p.includes(p)
    assert ANY.includes(p)
    if p.includes(q) and q.includes(r):
        assert p.includes(r)
    if p.includes(q):
        assert p.intersects(q)
    assert p.intersects(q) == q.intersects(p)


@given(patterns, patterns, st.lists(patterns, max_size=3))
def test_covering_a_union(p: Pattern, q: Pattern, covers: list[Pattern]) -> None:
    if uncovered(p, covers) is None:
        assert uncovered(p, [*covers, q]) is None
    assert uncovered(p, [q, *covers, p]) is None


@pytest.mark.parametrize(
    ("pattern", "covers", "covered"),
    [
        ("*a" * 50, ["*a" * 50], True),
        ("*a" * 49, ["*a" * 50], False),
        ("*a*b" * 25, ["*b*a" * 25, "*b" * 26], False),
        ("*" + "?" * 50, ["?*" * 50], True),
        ("a" + "?" * 200, ["?" * 200 + "a", "b*", "a*"], True),
        ("*a" + "?" * 60, ["*a" + "?" * 60], True),
        ("arn:aws:s3:::*", [f"arn:aws:s3:::bucket{i}*" for i in range(5000)], False),
    ],
)
def test_large_questions_are_answered(pattern: str, covers: list[str], covered: bool) -> None:
    assert (uncovered(Pattern.parse(pattern), list(map(Pattern.parse, covers))) is None) == covered


def test_a_question_that_is_too_hard_is_given_up() -> None:
    """The pigeonhole principle: `*` number (i, j) is not empty if pigeon i is in hole j, of one hole less."""
    holes = 8
    pairs = [(i, j) for i in range(holes + 1) for j in range(holes)]
    homeless = [{(i, j): "" for j in range(holes)} for i in range(holes + 1)]
    crowded = [{(i, j): "?*", (k, j): "?*"} for j in range(holes) for i in range(holes + 1) for k in range(i)]
    covers = ["".join(cover.get(pair, "*") + "," for pair in pairs) for cover in (*homeless, *crowded)]
    with pytest.raises(PatternTooComplex):
        uncovered(Pattern.parse("*," * len(pairs)), [*map(Pattern.parse, covers)])


def test_matching_does_not_backtrack() -> None:
    assert not Pattern.parse("*a" * 50 + "b").matches("a" * 5000)
    assert Pattern.parse("*a" * 50 + "*").matches("a" * 5000)
