"""The section `Rules` of a template: a value that a rule does not allow is refused."""

from typing import Any

import pytest

from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.rules import check_rules
from local_aws.wire import AwsError

OLD = {"Fn::Not": [{"Fn::Contains": [["1", "2", "3", "4", "5"], {"Ref": "Version"}]}]}
"""As CDK writes it."""


def rules(asserted: Any, condition: Any = None) -> dict[str, Any]:
    rule: dict[str, Any] = {"Assertions": [{"Assert": asserted, "AssertDescription": "bootstrap again"}]}
    return {"Check": rule if condition is None else {**rule, "RuleCondition": condition}}


@pytest.mark.parametrize(
    ("asserted", "values", "holds"),
    [
        (OLD, {"Version": "33"}, True),
        (OLD, {"Version": "5"}, False),
        ({"Fn::Equals": [{"Ref": "A"}, "x"]}, {"A": "x"}, True),
        ({"Fn::And": [{"Fn::Equals": ["x", "x"]}, {"Fn::Equals": ["x", "y"]}]}, {}, False),
        ({"Fn::Or": [{"Fn::Equals": ["x", "x"]}, {"Fn::Equals": ["x", "y"]}]}, {}, True),
        ({"Fn::EachMemberIn": [{"Ref": "L"}, ["a", "b"]]}, {"L": ["a"]}, True),
        ({"Fn::EachMemberIn": [{"Ref": "L"}, ["a", "b"]]}, {"L": ["a", "c"]}, False),
        ({"Fn::EachMemberEquals": [{"Ref": "L"}, "a"]}, {"L": ["a", "b"]}, False),
    ],
)
def test_an_assertion_is_held_against_the_values(asserted: Any, values: dict[str, Any], holds: bool) -> None:
    if holds:
        check_rules(rules(asserted), values)
    else:
        with pytest.raises(AwsError, match="Rule Check: bootstrap again"):
            check_rules(rules(asserted), values)


def test_a_rule_counts_where_its_condition_holds() -> None:
    condition = {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}
    check_rules(rules(OLD, condition), {"Version": "1", "Stage": "dev"})
    with pytest.raises(AwsError):
        check_rules(rules(OLD, condition), {"Version": "1", "Stage": "prod"})


def test_a_function_that_is_not_known_is_not_guessed() -> None:
    with pytest.raises(NotModelled, match="Fn::RefAll in the template's section Rules"):
        check_rules(rules({"Fn::RefAll": "AWS::EC2::VPC::Id"}), {})
