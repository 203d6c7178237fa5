"""The values of a stack's parameters, as CloudFormation takes or refuses them.

Source: "CloudFormation template Parameters syntax" and "Specify existing resources at runtime with
CloudFormation-supplied parameter types", AWS CloudFormation User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local_aws.cloudformation.inputs import invalid

_STORED: Final = "AWS::SSM::Parameter::Value<"
_LONGEST: Final = 4096  # bytes; "CloudFormation quotas"
_HIDDEN: Final = "****"

Declared = Mapping[str, Mapping[str, Any]]
"""The template's section `Parameters`."""
Stored = Callable[[list[str]], Mapping[str, str]]
"""The values of Parameter Store, by those of the names that have one."""


@dataclass(frozen=True, slots=True)
class ParameterValue:
    """The value of one parameter."""

    type: str
    text: str
    """As it was given, or the default."""
    resolved: str | None = None
    """What Parameter Store has under that name, if the type asks for it."""
    is_secret: bool = False

    @property
    def value(self) -> str | list[str]:
        """What `Ref` gives."""
        text = self.text if self.resolved is None else self.resolved
        if "List" not in self.type:
            return text
        return [item.strip() for item in text.split(",")] if text else []

    @property
    def shown(self) -> str:
        """The value as the API shows it ("Parameters": `NoEcho` is masked with asterisks)."""
        return _HIDDEN if self.is_secret else self.text


def parameter_values(
    declared: Declared, given: Sequence[Mapping[str, Any]], before: Mapping[str, ParameterValue], stored: Stored
) -> Mapping[str, ParameterValue]:
    """Return the value of each parameter of a template.

    Args:
        declared: The template's parameters.
        given: `Parameters` of the operation.
        before: The values with which the stack was last deployed.
        stored: Reads Parameter Store.

    Raises:
        AwsError: a value is missing, given for no parameter, or against a constraint.
    """
    texts = dict(_given(one, before) for one in given)
    unknown = [name for name in texts if name not in declared]
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    for name, parameter in declared.items():
        if name not in texts and parameter.get("Default") is not None:
            texts[name] = _text(parameter["Default"])
    missing = [name for name in declared if name not in texts]
    if missing:
        if any(_is_stored(declared[name]) for name in missing):
            name = next(name for name in missing if _is_stored(declared[name]))
            raise invalid(f"Parameter {name} should either have input value or default value")
        raise invalid(f"Parameters: [{', '.join(missing)}] must have values")
    for name, parameter in declared.items():
        _check(name, texts[name], parameter)
    names = [texts[name] for name, parameter in declared.items() if _is_stored(parameter)]
    found = stored(names)
    lost = [name for name in names if name not in found]
    if lost:
        wanted = next(name for name in declared if _is_stored(declared[name]) and texts[name] == lost[0])
        raise invalid(f"Parameter {wanted} should either have input value or default value")
    return {
        name: ParameterValue(
            str(parameter["Type"]),
            texts[name],
            found.get(texts[name]) if _is_stored(parameter) else None,
            str(parameter.get("NoEcho")).lower() == "true",
        )
        for name, parameter in declared.items()
    }


def _given(parameter: Mapping[str, Any], before: Mapping[str, ParameterValue]) -> tuple[str, str]:
    key, value = str(parameter["ParameterKey"]), parameter.get("ParameterValue")
    if parameter.get("UsePreviousValue"):
        if value is not None:
            raise invalid(f"Invalid input for parameter key {key}. Specify either UsePreviousValue or a value")
        if key not in before:
            problem = "Cannot specify usePreviousValue as true for a parameter key not in the previous template"
            raise invalid(f"Invalid input for parameter key {key}. {problem}")
        value = before[key].text
    return key, str(value or "")


def _is_stored(parameter: Mapping[str, Any]) -> bool:
    return str(parameter["Type"]).startswith(_STORED)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _check(name: str, text: str, parameter: Mapping[str, Any]) -> None:
    """Refuse a value that is against the parameter's constraints."""
    kind = str(parameter["Type"])
    if len(text.encode()) > _LONGEST:
        raise invalid(f"Parameter '{name}' must be at most {_LONGEST} bytes")
    items = text.split(",") if kind in ("CommaDelimitedList", "List<Number>") else [text]
    for item in map(str.strip, items) if len(items) > 1 else items:
        if kind in ("Number", "List<Number>") and _number(item) is None:
            what = "a number" if kind == "Number" else "a list of numbers"
            raise invalid(f"Parameter '{name}' must be {what}.")
        problem = _broken(item, parameter)
        if problem is not None:
            described = parameter.get("ConstraintDescription")
            raise invalid(
                f"Parameter '{name}' {problem}"
                if described is None
                else f"Parameter '{name}' failed to satisfy constraint: {described}"
            )


def _broken(text: str, parameter: Mapping[str, Any]) -> str | None:  # noqa: PLR0911  (a case for each constraint)
    """Return which constraint a value is against."""
    allowed = parameter.get("AllowedValues")
    pattern = parameter.get("AllowedPattern")
    number = _number(text)
    if allowed is not None and text not in map(_text, allowed):
        return "must be one of AllowedValues"
    if pattern is not None and re.fullmatch(str(pattern), text) is None:
        return f"must match pattern {pattern}"
    if "MinLength" in parameter and len(text) < int(parameter["MinLength"]):
        return f"must contain at least {parameter['MinLength']} characters"
    if "MaxLength" in parameter and len(text) > int(parameter["MaxLength"]):
        return f"must contain at most {parameter['MaxLength']} characters"
    if "MinValue" in parameter and number is not None and number < float(parameter["MinValue"]):
        return f"must be a number not less than {parameter['MinValue']}"
    if "MaxValue" in parameter and number is not None and number > float(parameter["MaxValue"]):
        return f"must be a number not greater than {parameter['MaxValue']}"
    return None


_NUMBER: Final = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None
