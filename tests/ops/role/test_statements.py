"""Two policy documents are compared by what their statements say."""

from typing import Any

import pytest

from ops.role.statements import ChangeKind, statement_changes


def policy(*statements: dict[str, Any], version: str = "2012-10-17") -> dict[str, Any]:
    return {"Version": version, "Statement": [*statements]}


RULES: dict[str, Any] = {
    "Sid": "Rules",
    "Effect": "Allow",
    "Action": ["events:PutRule", "events:DescribeRule"],
    "Resource": "arn:aws:events:eu-west-1:817685572750:rule/dataops-v1-*",
}


@pytest.mark.parametrize(
    "written",
    [
        policy(RULES),
        policy(RULES | {"Action": ["events:DescribeRule", "events:PutRule"]}),
        policy(RULES | {"Action": ["events:describerule", "events:putrule"]}),
        policy(RULES | {"Resource": [RULES["Resource"]]}),
        {"Version": "2012-10-17", "Statement": RULES},
    ],
)
def test_how_it_is_written_does_not_count(written: dict[str, Any]) -> None:
    assert statement_changes(written, policy(RULES)) == []
    assert statement_changes(policy(RULES), written) == []


@pytest.mark.parametrize(
    ("live", "lines"),
    [
        (RULES | {"Action": "events:PutRule"}, ["+ Action events:DescribeRule"]),
        (RULES | {"Action": [*RULES["Action"], "events:*"]}, ["- Action events:*"]),
        (RULES | {"Resource": "*"}, ["- Resource *", f"+ Resource {RULES['Resource']}"]),
        (RULES | {"Effect": "Deny"}, ["- Effect Deny", "+ Effect Allow"]),
        (
            RULES | {"Condition": {"StringEquals": {"aws:PrincipalTag/a": ["x", "y"]}}},
            ["- Condition StringEquals aws:PrincipalTag/a x", "- Condition StringEquals aws:PrincipalTag/a y"],
        ),
        ({"NotAction" if key == "Action" else key: value for key, value in RULES.items()}, None),
    ],
)
def test_a_changed_statement_is_shown(live: dict[str, Any], lines: list[str] | None) -> None:
    (change,) = statement_changes(policy(live), policy(RULES))
    assert (change.kind, change.statement) == (ChangeKind.CHANGED, "Rules")
    if lines is not None:
        assert list(change.lines) == lines


def test_added_and_removed_statements() -> None:
    other = {**RULES, "Sid": "Other"}
    changes = statement_changes(policy(other), policy(RULES))
    assert [(change.kind, change.statement) for change in changes] == [
        (ChangeKind.REMOVED, "Other"),
        (ChangeKind.ADDED, "Rules"),
    ]
    assert "+ Action events:PutRule" in changes[1].lines


def test_statements_without_a_sid_are_told_apart_by_what_they_say() -> None:
    bare = {key: value for key, value in RULES.items() if key != "Sid"}
    wider = {**bare, "Resource": "*"}
    assert statement_changes(policy(bare, wider), policy(wider, bare)) == []
    changes = statement_changes(policy(bare, bare), policy(bare, wider))
    assert [change.kind for change in changes] == [ChangeKind.REMOVED, ChangeKind.ADDED]
    assert changes[1].statement == "statement 2"


def test_another_version_changes_what_variables_mean() -> None:
    (change,) = statement_changes(policy(RULES, version="2008-10-17"), policy(RULES))
    assert change.lines == ("- Version 2008-10-17", "+ Version 2012-10-17")
