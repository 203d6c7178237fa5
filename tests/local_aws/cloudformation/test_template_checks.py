"""What CloudFormation refuses of a template; the sentences are AWS's."""

import json
from typing import Any

import pytest

from local_aws.cloudformation.template_checks import checked_tree
from local_aws.wire import AwsError

TOPIC = {"Type": "AWS::SNS::Topic"}


def named(value: Any) -> dict[str, Any]:
    return {"Resources": {"Topic": {**TOPIC, "Properties": {"DisplayName": value}}}}


def refusal(template: Any) -> str:
    with pytest.raises(AwsError) as caught:
        checked_tree(template if isinstance(template, str) else json.dumps(template))
    assert caught.value.code == "ValidationError"
    return caught.value.message


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("just a text", "Template format error: unsupported structure."),
        ('{"Resources"=1}', "Template format error: JSON not well-formed. (line 1, column 14)"),
        ("Resources: [", "Template format error: YAML not well-formed."),
        ({"Outputs": {}}, "Template format error: At least one Resources member must be defined."),
        ({"Resources": ""}, "Template format error: Any Resources member must be an object."),
        ({"Resources": {"A": 1}}, "Template format error: Any Resources member must be an object."),
        ({"Resources": {"A": TOPIC}, "Other": {}}, "Invalid template property or properties [Other]"),
        (
            {"Resources": {"A": {"Properties": {}}}},
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        ({"Resources": {"A": {**TOPIC, "Invalid": 1}}}, "Invalid template resource property 'Invalid'"),
        ({"Resources": {"not-a-name": TOPIC}}, "Template format error: Resource name not-a-name is non alphanumeric."),
        (
            {"Resources": {"A": TOPIC}, "Parameters": {"AWS::NoValue": {"Type": "String"}}},
            "Template format error: Parameter name AWS::NoValue is non alphanumeric.",
        ),
        (
            {"Resources": {"A": TOPIC}, "Outputs": {"O": None}},
            "[/Outputs/O] 'null' values are not allowed in templates",
        ),
        (
            {"Resources": {"A": TOPIC}, "Outputs": {"O": {"Description": "x"}}},
            "Template format error: Every Outputs member must contain a Value object",
        ),
        (
            {"Resources": {"A": TOPIC}, "Mappings": {"M": {"a": {"b": {"c": "d"}}}}},
            "Template format error: Every Mappings attribute must be a String or a List.",
        ),
        (
            {"Resources": {"A": TOPIC}, "Mappings": {"M": {"a": "b"}}},
            "Template format error: Every Mappings member a must be a map",
        ),
        (
            {"Resources": {f"A{number}": TOPIC for number in range(501)}},
            "Template format error: Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            named({"Ref": "Lost"}),
            "Template format error: Unresolved resource dependencies [Lost] in the Resources block of the template",
        ),
        (
            named({"Fn::Sub": "${Lost.Arn}, ${AWS::Region}, ${!Kept}"}),
            "Template format error: Unresolved resource dependencies [Lost] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": {**TOPIC, "DependsOn": "Lost"}}},
            "Template format error: Unresolved resource dependencies [Lost] in the Resources block of the template",
        ),
        (
            {"Resources": {"A": TOPIC}, "Outputs": {"O": {"Value": {"Fn::GetAtt": "Lost.Arn"}}}},
            "Template format error: Unresolved resource dependencies [Lost] in the Outputs block of the template",
        ),
        (
            {"Resources": {"A": {**TOPIC, "DependsOn": "B"}, "B": {**TOPIC, "DependsOn": ["A"]}}},
            "Circular dependency between resources: [A, B]",
        ),
        (
            named({"Fn::GetAtt": ["Topic"]}),
            (
                "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the"
                " resource attribute"
            ),
        ),
        (
            named({"Fn::Select": ["1"]}),
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
        ),
        (
            named({"Fn::If": ["Lost", "a", "b"]}),
            "Template error: unresolved condition dependency Lost in Fn::If",
        ),
        (
            {"Resources": {"A": TOPIC}, "Conditions": {"C": {"Fn::Equals": ["a"]}}},
            "Template error: every Fn::Equals object requires a list of 2 string parameters.",
        ),
        (
            {"Resources": {"A": TOPIC}, "Transform": {"Name": {"Ref": "X"}}},
            "Key Name of transform definition must be a string.",
        ),
    ],
)
def test_what_is_refused(template: Any, said: str) -> None:
    assert refusal(template) == said


def test_the_longest_template() -> None:
    longest = json.dumps(named("x" * (51_200 - len(json.dumps(named(""))))))
    assert checked_tree(longest)["Resources"]
    assert refusal(longest + " ").endswith("Member must have length less than or equal to 51200")
    assert checked_tree(longest + " ", is_stored=True)["Resources"]


def test_globals_are_a_section_of_sam_alone() -> None:
    body = {"Resources": {"A": {"Type": "AWS::Serverless::SimpleTable"}}, "Globals": {"Function": {"Timeout": 3}}}
    assert checked_tree(json.dumps({**body, "Transform": "AWS::Serverless-2016-10-31"}))["Globals"]
    with pytest.raises(AwsError, match=r"Invalid template property or properties \[Globals\]"):
        checked_tree(json.dumps({**body, "Transform": "AWS::LanguageExtensions"}))
