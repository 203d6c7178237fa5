"""Which values of parameters CloudFormation takes, and what `Ref` gives of them."""

from typing import Any

import pytest

from local_aws.cloudformation.parameters import ParameterValue, parameter_values
from local_aws.wire import AwsError


def value_of(declared: dict[str, Any], given: str | None, stored: dict[str, str] | None = None) -> ParameterValue:
    parameters = [] if given is None else [{"ParameterKey": "P", "ParameterValue": given}]
    known = stored or {}

    def found(names: list[str]) -> dict[str, str]:
        return {name: known[name] for name in names if name in known}

    return parameter_values({"P": {"Type": "String", **declared}}, parameters, {}, found)["P"]


@pytest.mark.parametrize(
    ("declared", "given", "value"),
    [
        ({}, "text", "text"),
        ({"Default": True}, None, "true"),
        ({"Type": "Number"}, "1.5", "1.5"),
        ({"Type": "CommaDelimitedList"}, "a, b", ["a", "b"]),
        ({"Type": "CommaDelimitedList"}, "", []),
        ({"Type": "List<Number>"}, "1,2", ["1", "2"]),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "subnet-1,subnet-2", ["subnet-1", "subnet-2"]),
        ({"AllowedPattern": "[a-z]+"}, "abc", "abc"),
        ({"AllowedValues": [1, 2]}, "2", "2"),
    ],
)
def test_what_is_taken(declared: dict[str, Any], given: str | None, value: Any) -> None:
    assert value_of(declared, given).value == value


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        ({}, None, "Parameters: [P] must have values"),
        ({"Type": "Number"}, "one", "Parameter 'P' must be a number."),
        ({"Type": "List<Number>"}, "1,two", "Parameter 'P' must be a list of numbers."),
        ({"AllowedValues": ["a", "b"]}, "c", "Parameter 'P' must be one of AllowedValues"),
        ({"AllowedPattern": "[a-z]+"}, "abc1", "Parameter 'P' must match pattern [a-z]+"),
        (
            {"AllowedPattern": "[a-z]+", "ConstraintDescription": "letters"},
            "1",
            "Parameter 'P' failed to satisfy constraint: letters",
        ),
        ({"MinLength": "3"}, "ab", "Parameter 'P' must contain at least 3 characters"),
        ({"MaxLength": 3}, "abcd", "Parameter 'P' must contain at most 3 characters"),
        ({"Type": "Number", "MinValue": 3}, "2", "Parameter 'P' must be a number not less than 3"),
        ({"Type": "Number", "MaxValue": "3"}, "4", "Parameter 'P' must be a number not greater than 3"),
        ({"Default": "a", "AllowedValues": ["b"]}, None, "Parameter 'P' must be one of AllowedValues"),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "/lost",
            "Parameter P should either have input value or default value",
        ),
    ],
)
def test_what_is_refused(declared: dict[str, Any], given: str | None, said: str) -> None:
    with pytest.raises(AwsError) as caught:
        value_of(declared, given)
    assert caught.value.message == said


def test_a_stored_value_is_shown_by_its_name() -> None:
    one = value_of({"Type": "AWS::SSM::Parameter::Value<List<String>>"}, "/zones", {"/zones": "a,b"})
    assert (one.value, one.shown, one.resolved) == (["a", "b"], "/zones", "a,b")


def test_a_parameter_that_the_template_has_not() -> None:
    with pytest.raises(AwsError, match=r"Parameters: \[Q\] do not exist in the template"):
        parameter_values({}, [{"ParameterKey": "Q", "ParameterValue": "x"}], {}, lambda _: {})
