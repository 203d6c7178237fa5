"""The account that the rehearsal begins with is the one that was recorded."""

import json
from typing import Any

import pytest

from leastgrant.role import role_of_template
from leastgrant.template import Environment, parse, resolve
from rehearsal.live_state import (
    APP,
    INTAKE,
    ROLE,
    RULES_STATEMENT,
    SCHEDULES,
    before_the_incident,
    recorded,
    stale_role,
    with_code,
)

CODE = {"S3Bucket": "artifacts", "S3Key": "code"}


@pytest.fixture
def app() -> dict[str, Any]:
    return with_code(recorded(APP), {"DocsFullAppFunction": CODE, "WorkEngineFunction": CODE})


def test_the_record_is_a_template_again(app: dict[str, Any]) -> None:
    resolved = resolve(parse(json.dumps(app), APP), Environment("aws", "eu-west-1", "817685572750", APP))
    assert len(list(resolved)) == 24


def test_before_the_incident_there_is_no_trace_of_what_it_added(app: dict[str, Any]) -> None:
    before = before_the_incident(app)
    assert app["Resources"].keys() - before["Resources"].keys() == {INTAKE, *SCHEDULES}
    assert INTAKE not in json.dumps(before)
    resolve(parse(json.dumps(before), APP), Environment("aws", "eu-west-1", "817685572750", APP))


def test_the_stale_role_lacks_one_statement() -> None:
    def statements(template: dict[str, Any]) -> set[str]:
        (role,) = template["Resources"].values()
        (policy,) = role["Properties"]["Policies"]
        return {one["Sid"] for one in policy["PolicyDocument"]["Statement"]}

    assert statements(recorded(ROLE)) - statements(stale_role()) == {RULES_STATEMENT}
    place = Environment("aws", "eu-west-1", "817685572750", ROLE)
    role = role_of_template(resolve(parse(json.dumps(stale_role()), ROLE), place))
    assert not role.permissions.about("events:DescribeRule").allows
