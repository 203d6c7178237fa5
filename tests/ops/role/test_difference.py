"""Every part of a role that differs is shown, with what it allows."""

import copy
from typing import Any

import pytest

from ops.project.deployment import Deployment
from ops.role.difference import role_difference
from ops.role.documents import Boundary, RoleDocuments
from tests.ops.scripted_aws import changed, current_role, stale_role

READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def other_branch(trust: Any) -> Any:
    trust = copy.deepcopy(trust)
    trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] = "repo:evil/x:*"
    return trust


def test_equal_roles(deployment: Deployment) -> None:
    role = current_role(deployment)
    assert role_difference(role, role).none


def test_the_stale_role_of_the_incident(deployment: Deployment) -> None:
    difference = role_difference(stale_role(deployment), current_role(deployment))
    lines = list(difference.lines())
    assert lines[:2] == [
        "inline policy dataops-v1-deploy: 1 statement not the same",
        "  + EventBridgeDataOpsRules added",
    ]
    assert "      + Action events:DescribeRule" in lines
    gained = lines[lines.index("newly allowed by the update, for example:") + 1 :]
    assert len(gained) == 9
    assert any(
        line.startswith("  events:DescribeRule on arn:aws:events:eu-west-1:817685572750:rule/") for line in gained
    )
    assert not difference.access.lost


def undecided_grant(role: RoleDocuments) -> RoleDocuments:
    """With a statement that allows something only if several values count as the guide does not say."""
    tags = {"StringNotEquals": {"aws:TagKeys": "owner"}, "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    statement = {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*", "Condition": tags}
    return changed(role, inline={**role.inline, "tags": {"Version": "2012-10-17", "Statement": [statement]}})


def test_what_is_not_decided_is_said(deployment: Deployment) -> None:
    role = current_role(deployment)
    lines = list(role_difference(role, undecided_grant(role)).lines())
    assert "the update changes nothing of what is allowed" not in lines
    at = lines.index("not decided, whether the update changes what is allowed:")
    assert lines[at + 1].startswith("  ec2:CreateTags: it is not known what a condition without ForAllValues")


def test_what_the_update_takes_away(deployment: Deployment) -> None:
    lines = list(role_difference(current_role(deployment), stale_role(deployment)).lines())
    assert "  - EventBridgeDataOpsRules removed" in lines
    assert "no longer allowed after the update, for example:" in lines


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"max_session_seconds": 43200}, "- maximum session, in seconds: 43200"),
        ({"tags": {"Owner": "somebody"}}, "- tag Owner=somebody"),
        (
            {"attached": {"arn:aws:iam::aws:policy/Read": READ}},
            "- attached policy arn:aws:iam::aws:policy/Read: not in the template",
        ),
        ({"inline": {}}, "+ inline policy dataops-v1-deploy: not in the account"),
        (
            {"boundary": Boundary("arn:aws:iam::817685572750:policy/Limit", READ)},
            "- permissions boundary arn:aws:iam::817685572750:policy/Limit: not in the template",
        ),
        (
            {"arn": "arn:aws:iam::817685572750:role/path/dataops-github-actions-deploy"},
            "- path and name: arn:aws:iam::817685572750:role/path/dataops-github-actions-deploy",
        ),
    ],
)
def test_each_part(deployment: Deployment, fields: dict[str, Any], shown: str) -> None:
    role = current_role(deployment)
    difference = role_difference(changed(role, **fields), role)
    assert not difference.none
    assert shown in list(difference.lines())


def test_tags_that_the_role_lacks(deployment: Deployment) -> None:
    role = current_role(deployment)
    assert role_difference(role, changed(role, tags={"App": "x"})).documents == ("+ tag App=x",)


def test_another_trust_is_shown_with_who_is_admitted(deployment: Deployment) -> None:
    role = current_role(deployment)
    lines = list(role_difference(changed(role, trust=other_branch(role.trust)), role).lines())
    assert lines[0] == "trust policy: 2 statements not the same"  # without a Sid, it is another one
    assert "newly admitted by the update, for example:" in lines
    assert "no longer admitted after the update, for example:" in lines


def test_what_is_written_otherwise_and_allows_the_same(deployment: Deployment) -> None:
    role = current_role(deployment)
    ((name, document),) = role.inline.items()
    first, *others = document["Statement"]
    split = [{**first, "Sid": "A"}, *others]
    difference = role_difference(changed(role, inline={name: {**document, "Statement": split}}), role)
    assert not difference.none
    assert "the update changes nothing of what is allowed" in list(difference.lines())
