"""The section `Rules` of a template: what the values of its parameters must be.

Source: "CloudFormation template Rules syntax" and "Rule-specific intrinsic functions", AWS CloudFormation User Guide.
What CloudFormation says of a rule that does not hold is not known here but for the rule's own description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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
    if function not in _FUNCTIONS:
        raise NotModelled(f"{function} in the template's section Rules")
    return _FUNCTIONS[function](given)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: Final[dict[str, Callable[[list[Any]], bool]]] = {
    "Fn::And": all,
    "Fn::Contains": lambda given: _text(given[1]) in map(_text, given[0]),
    "Fn::EachMemberEquals": lambda given: all(_text(member) == _text(given[1]) for member in given[0]),
    "Fn::EachMemberIn": lambda given: {*map(_text, given[0])} <= {*map(_text, given[1])},
    "Fn::Equals": lambda given: _text(given[0]) == _text(given[1]),
    "Fn::Not": lambda given: not given[0],
    "Fn::Or": any,
}
"""What each gives of its operands."""
