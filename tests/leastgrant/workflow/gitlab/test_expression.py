"""The expressions of rules, as GitLab works them out."""

from __future__ import annotations

import pytest

from leastgrant.workflow.gitlab.expression import UNKNOWN, RefName, Value, holds

VALUES: dict[str, Value] = {
    "BRANCH": RefName("main", is_exact=True),
    "OTHER": RefName("release/1", is_exact=False),
    "TAG": None,
    "EMPTY": "",
    "TEXT": "yes",
    "REGEX": "/^ma/",
    "SECRET": UNKNOWN,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$BRANCH", True),
        ("$TAG", False),
        ("$EMPTY", False),
        ("$SECRET", None),
        ("$BRANCH == 'main'", True),
        ('"main" == $BRANCH', True),
        ('${BRANCH} != "main"', False),
        ("$TAG == null", True),
        ("$EMPTY == null", False),
        ('$EMPTY == ""', True),
        ("$TAG != null", False),
        ("$BRANCH =~ /^MAIN$/", False),
        ("$BRANCH =~ /^MAIN$/i", True),
        ("$BRANCH =~ $REGEX", True),
        ("$TAG =~ /x/", False),
        ("$TAG !~ /x/", True),
        ("$OTHER =~ /^release\\/.*$/", True),
        ("$OTHER =~ /^release\\/\\d+$/", None),
        ("$OTHER =~ /^hotfix\\/\\d+$/", False),
        ("$SECRET == 'x' && $TAG", False),
        ("$SECRET == 'x' || $BRANCH", True),
        ("$SECRET == 'x' && $BRANCH", None),
        ("$TAG || $BRANCH && $EMPTY", False),
        ("($TAG || $BRANCH) && $TEXT == 'yes'", True),
        ("$BRANCH ==", None),
        ("$BRANCH == 'main' $TAG", None),
        ("(" * 100 + "$BRANCH" + ")" * 100, None),
    ],
)
def test_what_an_expression_is(text: str, expected: bool | None) -> None:
    assert holds(text, VALUES.get) is expected
