"""The section `Rules` of a template: what the values of its parameters must be.

Source: "CloudFormation template Rules syntax" and "Rule-specific intrinsic functions", AWS CloudFormation User Guide.
What CloudFormation says of a rule that does not hold is not known here but for the rule's own description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_rules(rules: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse values of parameters that a rule does not allow.

    Args:
        rules: The section.
        values: Of the parameters: a text, or a list of texts.

    Raises:
        AwsError: a rule does not hold.
        NotModelled: a rule has a function that is not known here.
    """
    for name, rule in rules.items():
        condition = rule.get("RuleCondition")
        if condition is not None and not _value(condition, values):
            continue
        for assertion in rule.get("Assertions") or ():
            if not _value(assertion["Assert"], values):
                raise invalid(f"Rule {name}: {assertion.get('AssertDescription') or 'an assertion does not hold'}")


def _value(expression: Any, values: Mapping[str, Any]) -> Any:
    """Return what an expression of a rule gives."""
    if isinstance(expression, list):
        return [_value(item, values) for item in cast("list[Any]", expression)]
    if not isinstance(expression, dict):
        return expression
    ((function, operands),) = cast("dict[str, Any]", expression).items()
    if function == "Ref":
        return values.get(operands, operands)
    given: list[Any] = _value(operands if isinstance(operands, list) else [operands], values)
    match function, given:
        case "Fn::And", _:
            return all(given)
        case "Fn::Or", _:
            return any(given)
        case "Fn::Not", [one]:
            return not one
        case "Fn::Equals", [one, other]:
            return _text(one) == _text(other)
        case "Fn::Contains", [several, one]:
            return _text(one) in map(_text, several)
        case "Fn::EachMemberEquals", [several, one]:
            return all(_text(member) == _text(one) for member in several)
        case "Fn::EachMemberIn", [several, others]:
            return {*map(_text, several)} <= {*map(_text, others)}
        case _:
            raise NotModelled(f"{function} in the template's section Rules")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
