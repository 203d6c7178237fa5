"""Resources that have other logical ids are found by their names, by what they say, and by what refers to them."""

from typing import Any

import pytest

from leastgrant.template.moves import moved, with_ids

Body = dict[str, Any]


def template(**resources: Body) -> Any:
    return {"Resources": resources}


def queue(**properties: object) -> Body:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def role(service: str = "lambda.amazonaws.com", **properties: object) -> Body:
    trusted = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": {"Statement": [trusted]}, **properties},
    }


def function(of: str, code: str) -> Body:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Role": {"Fn::GetAtt": [of, "Arn"]}, "Code": {"ZipFile": code}},
    }


def policy(of: str, on: str) -> Body:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": [on, "Arn"]}}
    document = {"Statement": [statement]}
    return {
        "Type": "AWS::IAM::Policy",
        "Properties": {"Roles": [{"Ref": of}], "PolicyName": of, "PolicyDocument": document},
    }


def test_what_says_the_same_has_moved_and_what_refers_to_it_with_it() -> None:
    before = template(Jobs=queue(FifoQueue=True), Worker=role(), Work=function("Worker", "a"))
    after = template(InnerJobs=queue(FifoQueue=True), InnerWorker=role(), InnerWork=function("InnerWorker", "a"))
    assert moved(before, after) == {"Jobs": "InnerJobs", "Worker": "InnerWorker", "Work": "InnerWork"}
    assert with_ids(before, moved(before, after)) == after


def test_a_physical_name_is_enough_whatever_else_has_changed() -> None:
    before, after = (
        template(Worker=role(RoleName="worker")),
        template(Other=role("ec2.amazonaws.com", RoleName="worker")),
    )
    assert moved(before, after) == {"Worker": "Other"}


def test_another_physical_name_is_another_resource() -> None:
    assert moved(template(Worker=role(RoleName="worker")), template(Other=role(RoleName="other"))) == {}


def test_twins_are_told_apart_by_what_refers_to_them() -> None:
    before = template(A=role(), B=role(), RunA=function("A", "a"), RunB=function("B", "b"))
    after = template(InB=role(), InA=role(), RunA=function("InA", "a"), RunB=function("InB", "b"))
    assert moved(before, after) == {"A": "InA", "B": "InB"}


def test_twins_that_nothing_tells_apart_have_not_moved() -> None:
    assert moved(template(A=queue(), B=queue()), template(C=queue(), D=queue())) == {}


@pytest.mark.parametrize(
    "after",
    [
        template(More=queue(FifoQueue=True), Jobs=queue()),
        template(More=role(), Jobs=queue()),
        template(Jobs=queue()),
    ],
)
def test_what_is_another_or_still_there_has_not_moved(after: Any) -> None:
    assert moved(template(Jobs=queue()), after) == {}


def test_a_logical_id_that_another_type_takes_over_is_not_read_as_two() -> None:
    assert moved(template(A=queue(), B=role()), template(B=queue())) == {}


def test_references_of_every_form_follow() -> None:
    before: Any = {
        "Resources": {
            "Jobs": queue(),
            "Reader": {
                "Type": "AWS::SSM::Parameter",
                "DependsOn": ["Jobs", "Other"],
                "Properties": {
                    "Value": {"Fn::Sub": "${Jobs} ${Jobs.Arn} ${AWS::Region} ${!Jobs} ${Other}"},
                    "Name": {"Fn::Sub": ["${Jobs}-${x}", {"x": {"Ref": "Jobs"}}]},
                    "Description": {"Fn::GetAtt": "Jobs.Arn"},
                },
            },
        },
        "Outputs": {"Url": {"Value": {"Ref": "Jobs"}}},
    }
    after: Any = with_ids(before, {"Jobs": "InnerJobs"})
    reader = after["Resources"]["Reader"]
    assert list(after["Resources"]) == ["InnerJobs", "Reader"]
    assert reader["DependsOn"] == ["InnerJobs", "Other"]
    assert reader["Properties"] == {
        "Value": {"Fn::Sub": "${InnerJobs} ${InnerJobs.Arn} ${AWS::Region} ${!Jobs} ${Other}"},
        "Name": {"Fn::Sub": ["${InnerJobs}-${x}", {"x": {"Ref": "InnerJobs"}}]},
        "Description": {"Fn::GetAtt": "InnerJobs.Arn"},
    }
    assert after["Outputs"] == {"Url": {"Value": {"Ref": "InnerJobs"}}}


def test_what_refers_in_a_circle_ends() -> None:
    circle = template(A=policy("B", "A"), B=policy("A", "B"))
    assert moved(circle, template(C=policy("D", "C"), D=policy("C", "D"))) in ({}, {"A": "C", "B": "D"})


def test_a_policy_on_something_else_has_not_moved() -> None:
    before = template(Worker=role(), Jobs=queue(), More=queue(FifoQueue=True), Grant=policy("Worker", "Jobs"))
    after = template(Worker=role(), Jobs=queue(), More=queue(FifoQueue=True), Moved=policy("Worker", "More"))
    assert moved(before, after) == {}
