"""The boundary is put on the functions' roles, and the change set does nothing else."""

import json
from typing import Any

import pytest

from ops.change_set.boundary import BoundaryUpdate, boundary_update
from ops.change_set.verdict import ReviewVerdict
from ops.project.deployment import Deployment
from ops.stack.state import StackState
from ops.stack.template import place_of, placed_template
from tests.ops.change_set.test_change_set import read
from tests.ops.review_fixtures.change_sets import APP_STACK, change, detail, response
from tests.ops.scripted_aws import scripted

ROLE, FUNCTION = "AWS::IAM::Role", "AWS::Lambda::Function"
ROLES = ("DocsFullAppFunctionRole", "WorkEngineFunctionRole")
BOUNDED = detail(
    "PermissionsBoundary",
    AttributeChangeType="Add",
    AfterValue="arn:aws:iam::817685572750:policy/dataops-github-actions-deploy-functions",
)


def without_boundary(deployment: Deployment, *also: str) -> dict[str, Any]:
    """The app's template before its roles were bounded; and without some of its resources."""
    resources = {name: dict(one) for name, one in deployment.app.resources.items() if name not in also}
    for name in ROLES:
        if name in resources:
            resources[name]["Properties"] = {
                key: value for key, value in resources[name]["Properties"].items() if key != "PermissionsBoundary"
            }
    return {**deployment.app.template, "Resources": resources}


def update(deployment: Deployment, live: dict[str, Any]) -> BoundaryUpdate:
    place = place_of(deployment.settings, APP_STACK)
    stack = StackState(APP_STACK, f"arn:aws:cloudformation:::stack/{APP_STACK}/1", "UPDATE_COMPLETE")
    account = scripted(deployment).account
    return boundary_update(account, stack, placed_template(live, "live", place, {}), deployment.app.resources)


def test_each_role_without_it_gets_the_boundary_of_the_synthesised_one(deployment: Deployment) -> None:
    live = without_boundary(deployment)
    made = update(deployment, live)
    assert sorted(made.roles) == sorted(ROLES)
    resources = made.template.resources
    for name, resource in resources.items():
        if name in ROLES:
            boundary = resource["Properties"]["PermissionsBoundary"]
            assert boundary == deployment.settings.function_boundary_arn
            rest = {key: value for key, value in resource["Properties"].items() if key != "PermissionsBoundary"}
            assert rest == live["Resources"][name]["Properties"]
        else:
            assert resource == live["Resources"][name]


def test_where_all_have_it_there_is_nothing_to_do(deployment: Deployment) -> None:
    assert update(deployment, dict(deployment.app.template)).roles == ()


def judged(deployment: Deployment, *changes: dict[str, Any]) -> tuple[ReviewVerdict, str]:
    made = update(deployment, without_boundary(deployment))
    aws = scripted(deployment, GetTemplate={"TemplateBody": json.dumps(made.template.tree)})
    found = made.review(deployment, aws.account, read(response(APP_STACK, *changes)))
    said = (*found.rulings, *(ruling for one in found.changes for ruling in one.rulings))
    return found.verdict, "; ".join(ruling.reason for ruling in said)


BOTH = [change("Modify", name, ROLE, BOUNDED) for name in ROLES]
FOLLOWING = {**detail("Role", "Never", "Dynamic"), "CausingEntity": "WorkEngineFunctionRole.Arn"}


def test_the_boundary_alone_is_safe(deployment: Deployment) -> None:
    verdict, why = judged(deployment, *BOTH)
    assert verdict is ReviewVerdict.SAFE, why


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (BOTH[:1], "WorkEngineFunctionRole: gets no boundary"),
        ([*BOTH, change("Modify", "DataOpsTasksTable", "AWS::DynamoDB::Table", detail("Tags"))], "DataOpsTasksTable: "),
        (
            [BOTH[0], change("Modify", ROLES[1], ROLE, BOUNDED, detail("Policies"))],
            "WorkEngineFunctionRole: Policies was not to be changed",
        ),
        ([BOTH[0], change("Remove", ROLES[1], ROLE)], "WorkEngineFunctionRole: it was not to be changed"),
        ([*BOTH, change("Add", "Other", ROLE)], "Other: it was not to be changed"),
        (
            [
                *BOTH,
                change("Modify", "WorkEngineFunction", "AWS::Lambda::Function", detail("Role", "Never", "Dynamic")),
            ],
            "WorkEngineFunction: Role was not to be changed",
        ),
    ],
)
def test_whatever_else_changes_is_refused(deployment: Deployment, changes: list[dict[str, Any]], reason: str) -> None:
    verdict, why = judged(deployment, *changes)
    assert (verdict, reason in why) == (ReviewVerdict.REFUSED, True), why


def test_a_function_that_names_a_role_is_not_changed_by_it(deployment: Deployment) -> None:
    function = change("Modify", "WorkEngineFunction", FUNCTION, FOLLOWING)
    _, why = judged(deployment, *BOTH, function)
    assert "was not to be changed" not in why
