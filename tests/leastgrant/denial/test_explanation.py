"""A denied call, held against templates and a role: what it is for, what refused it, what grants it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from leastgrant import Environment, Need, needs_of, parse, resolve, role_of_policy
from leastgrant.denial import Denial, Explained, FailedResource, Layer, PolicyType, denial_in, explained
from leastgrant.iam import Policy, parse_policy
from leastgrant.role import Role

HERE = Environment("aws", "eu-west-1", "123456789012", "shop")
CALLER = "arn:aws:sts::123456789012:assumed-role/deployer/session"
NIGHTLY = "arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-1VUFLZR5PHGXL"
TEMPLATE = {
    "Resources": {
        "Nightly": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}},
        "Other": {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(2 days)"}},
        "Work": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Role": "arn:aws:iam::123456789012:role/work",
                "Code": {"ZipFile": "x"},
                "Handler": "index.handler",
                "Runtime": "python3.12",
            },
        },
    }
}


@pytest.fixture(scope="module")
def needs() -> Sequence[Need]:
    return needs_of(resolve(parse(json.dumps(TEMPLATE), "app.json"), HERE))[0]


def denied(action: str | None, resource: str | None, **more: Any) -> Denial:
    return replace(Denial(CALLER, action, resource, None, explicit=False, encoded=None), **more)


def role(*statements: dict[str, Any], boundary: Policy | None = None) -> Role:
    made = role_of_policy({"Version": "2012-10-17", "Statement": list(statements)}, "deploy")
    return Role(made.name, made.policies, boundary=boundary)


def allow(action: str | list[str], resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def grant_of(found: Explained) -> dict[str, object]:
    assert found.grant is not None
    return {key: value for key, value in found.grant.document.items() if key != "Sid"}


def test_the_need_is_that_of_the_resource_that_the_arn_names(needs: Sequence[Need]) -> None:
    found = explained(denied("events:DescribeRule", NIGHTLY), needs)
    assert found.need is not None
    assert found.need.subject.name == "Nightly"
    assert grant_of(found) == {
        "Effect": "Allow",
        "Action": ["events:DescribeRule"],
        "Resource": ["arn:aws:events:eu-west-1:123456789012:rule/shop-Nightly-*"],
    }
    assert not found.narrow


def test_the_resource_that_failed_comes_first(needs: Sequence[Need]) -> None:
    denial = denied("events:PutRule", None, failed=FailedResource("Other", "AWS::Events::Rule", "shop"))
    found = explained(denial, needs)
    assert found.need is not None
    assert found.need.subject.name == "Other"


def test_a_passed_role_is_granted_for_the_service_that_it_is_passed_to(needs: Sequence[Need]) -> None:
    found = explained(denied("iam:PassRole", "arn:aws:iam::123456789012:role/work"), needs)
    assert found.need is not None
    assert (found.need.subject.name, found.need.trigger) == ("Work", "Role")
    assert grant_of(found)["Condition"] == {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com"]}}


def test_what_iam_calls_by_kind_and_name_is_an_arn() -> None:
    found = explained(denied("iam:GetRole", "role publishing"))
    assert grant_of(found)["Resource"] == ["arn:aws:iam::123456789012:role/publishing"]


def test_a_resource_that_is_not_told_is_to_be_narrowed() -> None:
    found = explained(denied("events:PutRule", None))
    assert found.narrow
    assert grant_of(found)["Resource"] == [
        "arn:aws:events:*:123456789012:rule/*",
        "arn:aws:events:*:123456789012:rule/*/*",
    ]
    listed = explained(denied("ec2:DescribeVpcs", None))
    assert (listed.narrow, grant_of(listed)["Resource"]) == (False, ["*"])


def test_a_type_says_which_property_makes_the_call() -> None:
    found = explained(denied("iam:PassRole", None, failed=FailedResource("Fn", "AWS::Lambda::Function")))
    assert {str(trigger) for call in found.possible for trigger in call.triggers} >= {"Role"}


RULES = allow(["events:PutRule", "events:DeleteRule"], "arn:aws:events:eu-west-1:123456789012:rule/shop-*")


@pytest.mark.parametrize(
    ("statement", "element"),
    [
        (RULES, "Action"),
        (allow("events:*", "arn:aws:events:eu-west-1:123456789012:rule/store-*"), "Resource"),
        (
            allow("events:*", "*", Condition={"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
            "Condition",
        ),
    ],
)
def test_what_nearly_grants_it_is_named_with_what_it_lacks(
    statement: dict[str, Any], element: str, needs: Sequence[Need]
) -> None:
    found = explained(denied("events:DescribeRule", NIGHTLY), needs, role(statement, allow("s3:*", "*")))
    assert [(str(miss.statement), miss.element.value) for miss in found.nearly] == [("deploy.Statement[0]", element)]
    assert (found.layer, found.by_role) == (Layer.IDENTITY, True)


@pytest.mark.parametrize(
    ("message", "layer"),
    [
        ("because no identity-based policy allows", Layer.IDENTITY),
        ("because no permissions boundary allows", Layer.BOUNDARY),
        ("because no session policy allows", Layer.SESSION),
        ("because no service control policy allows", Layer.SERVICE_CONTROL),
        ("because no resource control policy allows", Layer.RESOURCE_CONTROL),
        ("because no resource-based policy allows", Layer.RESOURCE),
        ("because no VPC endpoint policy allows", Layer.ENDPOINT),
        ("with an explicit deny in a service control policy", Layer.SERVICE_CONTROL),
    ],
)
def test_the_message_tells_the_layer(message: str, layer: Layer) -> None:
    told = f"User: {CALLER} is not authorized to perform: events:PutRule on resource: {NIGHTLY} {message}"
    denial = denial_in(f"{told} the events:PutRule action" if "allows" in message else told)
    assert denial is not None
    found = explained(denial)
    assert (found.layer, found.by_role) == (layer, False)


def boundary(*statements: dict[str, Any]) -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "boundary")


def test_the_role_tells_the_layer_where_the_message_does_not() -> None:
    denial = denied("events:PutRule", NIGHTLY)
    deny = {"Effect": "Deny", "Action": "events:*", "Resource": "*"}

    outside = explained(denial, role=role(RULES, boundary=boundary(allow("s3:*", "*"))))
    assert (outside.layer, outside.fixed_by_grant) == (Layer.BOUNDARY, True)

    by_itself = explained(denial, role=role(RULES, deny))
    assert (by_itself.layer, by_itself.fixed_by_grant) == (Layer.IDENTITY, False)
    assert [str(one) for one in by_itself.denying] == ["deploy.Statement[1]"]

    by_boundary = explained(denial, role=role(RULES, boundary=boundary(allow("*", "*"), deny)))
    assert (by_boundary.layer, by_boundary.fixed_by_grant) == (Layer.BOUNDARY, False)

    elsewhere = explained(denial, role=role(RULES))
    assert (elsewhere.layer, elsewhere.allowed, elsewhere.fixed_by_grant) == (Layer.NOT_TOLD, True, False)


def test_the_conditions_of_a_decoded_message_count() -> None:
    region = allow("ec2:RunInstances", "*", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}})
    denial = denied(
        "ec2:RunInstances",
        "arn:aws:ec2:eu-west-1:123456789012:instance/i-1",
        context=(("aws:requestedregion", ("eu-west-1",)),),
    )
    assert explained(denial, role=role(region)).allowed
    assert not explained(denied(denial.action, denial.resource), role=role(region)).allowed


def test_a_token_is_refused_by_the_trust_alone() -> None:
    assert explained(denied("sts:AssumeRoleWithWebIdentity", None)).layer is Layer.TRUST


def test_the_caller_may_be_another_role_than_the_one_given() -> None:
    resources: dict[str, Any] = {
        "Deployer": {
            "Type": "AWS::IAM::Role",
            "Properties": {"RoleName": "deployer", "AssumeRolePolicyDocument": {"Statement": []}},
        }
    }
    (of_template,) = resolve(parse(json.dumps({"Resources": resources}), "role.json"), HERE)
    made = Role("Deployer", (), arns=of_template.arns)
    assert not explained(denied("events:PutRule", NIGHTLY), role=made).another_caller
    other = Denial(CALLER.replace("deployer", "runner"), "events:PutRule", NIGHTLY, None, explicit=False, encoded=None)
    assert explained(other, role=made).another_caller


def test_what_fails_next_is_told(needs: Sequence[Need]) -> None:
    found = explained(denied("events:DescribeRule", NIGHTLY), needs, role(RULES, allow("lambda:*", "*")))
    assert {(one.action, one.subject.name) for one in found.next} >= {
        ("events:DescribeRule", "Other"),
        ("iam:PassRole", "Work"),
    }
    assert ("events:DescribeRule", "Nightly") not in {(one.action, one.subject.name) for one in found.next}


def test_a_call_that_is_not_named_is_among_those_that_the_role_is_refused(needs: Sequence[Need]) -> None:
    denial = denied(None, None, service="events", failed=FailedResource("Nightly", "AWS::Events::Rule", "shop"))
    several = explained(denial, needs, role(RULES))
    assert several.need is None
    assert several.grant is None
    assert {"events:DescribeRule"} <= {one.action for one in several.candidates}
    assert {one.subject.name for one in several.candidates} == {"Nightly"}

    missing = {one.action for one in several.candidates} - {"events:DescribeRule"}
    one_left = explained(denial, needs, role(RULES, allow(sorted(missing), "*")))
    assert one_left.need is not None
    assert (one_left.need.action, one_left.candidates) == ("events:DescribeRule", ())


def test_an_explicit_deny_is_fixed_by_no_grant() -> None:
    found = explained(denied("events:PutRule", NIGHTLY, explicit=True, policy=PolicyType.SERVICE_CONTROL))
    assert not found.fixed_by_grant
