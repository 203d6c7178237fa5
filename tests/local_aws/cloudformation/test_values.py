"""What expressions give, seen in a stack's outputs, and which ones are refused when."""

import json
from typing import Any

import pytest

from local_aws import Emulator
from tests.local_aws.cloudformation.stacks import Deployer, Template, new_name, refused, rule, template
from tests.local_aws.conftest import ACCOUNT, REGION

WRONG = "Properties validation failed for"


def showing(**values: Any) -> Template:
    outputs = {name: {"Value": value} for name, value in values.items()}
    mappings = {"Map": {"a": {"text": "one", "list": ["x", "y"]}}}
    conditions = {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}}
    return {**template(A=rule()), "Outputs": outputs, "Mappings": mappings, "Conditions": conditions}


def outputs(operator: Deployer, stack: str) -> dict[str, str]:
    return {one["OutputKey"]: one["OutputValue"] for one in operator.described(stack)["Outputs"]}


def test_functions(operator: Deployer) -> None:
    stack = operator.create(
        "functions",
        showing(
            Join={"Fn::Join": ["-", ["a", 1, {"Ref": "AWS::Region"}]]},
            JoinedList={"Fn::Join": ["+", {"Fn::FindInMap": ["Map", "a", "list"]}]},
            Sub={"Fn::Sub": ["${X}/${AWS::AccountId}/${!Kept}", {"X": {"Ref": "AWS::Partition"}}]},
            Select={"Fn::Select": ["1", {"Fn::Split": [",", "a,b,c"]}]},
            If={"Fn::If": ["No", "yes", {"Fn::FindInMap": ["Map", "a", "text"]}]},
            Base64={"Fn::Base64": "text"},
            Cidr={"Fn::Join": [" ", {"Fn::Cidr": ["10.0.0.0/24", 2, 5]}]},
            Zone={"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            Suffix={"Ref": "AWS::URLSuffix"},
            Property={"Fn::GetAtt": ["A", "Description"]},
            Left={"Fn::Join": ["", ["a", {"Ref": "AWS::NoValue"}]]},
        ),
    )
    assert outputs(operator, stack) == {
        "Join": f"a-1-{REGION}",
        "JoinedList": "x+y",
        "Sub": f"aws/{ACCOUNT}/${{Kept}}",
        "Select": "b",
        "If": "one",
        "Base64": "dGV4dA==",
        "Cidr": "10.0.0.0/27 10.0.0.32/27",
        "Zone": f"{REGION}a",
        "Suffix": "amazonaws.com",
        "Property": "each day",
        "Left": "a",
    }


def test_the_stack_itself(operator: Deployer) -> None:
    arns = [f"arn:aws:sns:{REGION}:{ACCOUNT}:told"]
    values = showing(
        Id={"Ref": "AWS::StackId"},
        Name={"Ref": "AWS::StackName"},
        Told={"Fn::Select": [0, {"Ref": "AWS::NotificationARNs"}]},
    )
    stack = operator.create("itself", values, NotificationARNs=arns)
    described = operator.described(stack)
    assert outputs(operator, stack) == {"Id": described["StackId"], "Name": stack, "Told": arns[0]}
    assert described["NotificationARNs"] == arns


def test_values_of_other_services(aws: Emulator, operator: Deployer) -> None:
    ssm, secrets = aws.client("ssm", aws.operator), aws.client("secretsmanager", aws.operator)
    name, secret = f"/{new_name('stored')}", new_name("secret")
    ssm.put_parameter(Name=name, Value="stored", Type="String")
    secrets.create_secret(Name=secret, SecretString=json.dumps({"user": "me"}))
    body = {
        **showing(Given={"Ref": "P"}, Secret=f"{{{{resolve:secretsmanager:{secret}:SecretString:user}}}}"),
        "Parameters": {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": name}},
    }
    body["Resources"]["A"] = rule(f"{{{{resolve:ssm:{name}}}}}")
    stack = operator.create("services", body)
    assert outputs(operator, stack) == {"Given": "stored", "Secret": "me"}
    (parameter,) = operator.described(stack)["Parameters"]
    assert parameter == {"ParameterKey": "P", "ParameterValue": name, "ResolvedValue": "stored"}
    made = aws.client("events", aws.operator).describe_rule(Name=operator.physical(stack)["A"])
    assert made["Description"] == "stored"


def test_a_creation_without_resources_completes(operator: Deployer) -> None:
    body = {**template(A=rule(Condition="Never")), "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    stack = operator.create("empty", body)
    assert operator.physical(stack) == {}


def test_a_policy_that_a_function_writes(operator: Deployer) -> None:
    def body(stage: str) -> Template:
        kept = rule(DeletionPolicy={"Fn::If": ["IsProd", "Retain", "Delete"]})
        conditions = {"IsProd": {"Fn::Equals": [stage, "prod"]}}
        return {"Transform": "AWS::LanguageExtensions", **template(A=kept), "Conditions": conditions}

    for stage, last in (("prod", "A DELETE_SKIPPED"), ("test", "A DELETE_COMPLETE")):
        stack = operator.create("policy", body(stage))
        identity = operator.described(stack)["StackId"]
        operator.delete(stack)
        assert last in operator.steps(identity)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Fn::FindInMap": ["Map", "a", "lost"]}, "Template error: Unable to get mapping for Map::a::lost"),
        (
            {"Fn::Select": ["two", ["a", "b"]]},
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
        ),
        (
            {"Fn::Select": [2, ["a", "b"]]},
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
        ),
    ],
)
def test_what_is_refused_at_once(operator: Deployer, value: Any, said: str) -> None:
    body = {**showing(), "Resources": {"A": rule(value)}}
    assert refused(operator.change_set, new_name("wrong"), body, "CREATE") == f"ValidationError: {said}"


def test_a_reference_to_what_its_condition_leaves_out(operator: Deployer) -> None:
    body = {**showing(), "Resources": {"A": rule(Condition="No"), "B": rule({"Ref": "A"})}}
    assert refused(operator.change_set, new_name("wrong"), body, "CREATE") == (
        "ValidationError: Template format error: Unresolved resource dependencies [A] in the Resources block of the"
        " template"
    )


def test_a_missing_property_is_a_failure_of_the_resource(operator: Deployer) -> None:
    stack, body = new_name("missing"), template(A={"Type": "AWS::DynamoDB::Table", "Properties": {}})
    assert operator.deploy(stack, body, "CREATE") == "ROLLBACK_COMPLETE"
    assert operator.failures(stack) == [
        ("A", f"{WRONG} resource A with message:\n#: required key [KeySchema] not found")
    ]


def test_all_that_is_not_modelled_is_told_at_once(operator: Deployer) -> None:
    unheard = {"Type": "AWS::S3::Buckett"}
    body: Template = {**template(A=unheard, B={**rule(), "UpdatePolicy": {}}, C=unheard), "Hooks": {}}
    said = refused(operator.change_set, new_name("unmodelled"), body, "CREATE")
    for part in ("the template's section Hooks; B: the attribute UpdatePolicy; A (", "; C (AWS::S3::Buckett)"):
        assert part in said
