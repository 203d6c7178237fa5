"""The values of a template's parameters: given, else the default, else not known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.documents.source import quoted
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.template.values import ABSENT, LONGEST, MOST, MOST_ENTRIES, UNKNOWN, Value, alternatives, one_of, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.template.model import Parameter, Template

_STORED = "AWS::SSM::Parameter::Value<"
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


Given: TypeAlias = "str | Value"
"""What a parameter is given: text, or what a parent stack gives a nested one, as far as it is known."""


def parameter_values(template: Template, given: Mapping[str, Given]) -> dict[str, Value]:
    """Return what `Ref` gives for each parameter.

    A number is text too: "when you use the parameter elsewhere in your template, the parameter value becomes
    a literal string" (AWS CloudFormation User Guide, "Parameters").

    Raises:
        TemplateError: a value is given for no parameter of the template, is not one it allows, or is longer
            than the 4,096 bytes CloudFormation takes ("AWS CloudFormation quotas").
    """
    for name, parameter in template.parameters.items():
        if len(parameter.default or "") > LONGEST:
            problem = f"has {len(parameter.default or '')} letters; CloudFormation takes {LONGEST}: shorten it"
            raise template.source.error(("Parameters", name, "Default"), problem)
    for name, value in given.items():
        for text in _literals(value):
            _check(template, name, text)
    return {name: _given(parameter, given.get(name)) for name, parameter in template.parameters.items()}


def _literals(given: Given) -> Iterator[str]:
    """Yield the texts that the value may be, as far as they are known."""
    if isinstance(given, str):
        yield given
    else:
        yield from ("".join(map(str, text.tokens)) for text in texts(given) if text.is_literal)


def _given(parameter: Parameter, given: Given | None) -> Value:
    if given is None or isinstance(given, str):
        return _value(parameter, given)
    return one_of(_passed(parameter, value) for value in alternatives(given))


def _passed(parameter: Parameter, given: Value) -> Value:
    """Return the value of a nested stack's parameter; a list may be passed as one, or as its items joined by commas."""
    if given is ABSENT:
        return _value(parameter, None)
    if isinstance(given, tuple) and _is_list(parameter):
        return given
    (text,) = texts(given)
    if text.is_literal:
        return _value(parameter, "".join(map(str, text.tokens)))
    return UNKNOWN if _is_list(parameter) or parameter.type.startswith(_STORED) else text


def _check(template: Template, name: str, text: str) -> None:
    parameter = template.parameters.get(name)
    path = ("Parameters", name)
    if parameter is None:
        declared = ", ".join(template.parameters) or "none"
        raise template.source.error(path, f"is given, but not declared; declared are: {declared}")
    if parameter.allowed_values and text not in parameter.allowed_values:
        allowed = ", ".join(parameter.allowed_values)
        raise template.source.error(path, f"may not be {quoted(text)}; AllowedValues are: {allowed}")
    if len(text) > LONGEST:
        raise template.source.error(path, f"is given {len(text)} letters; CloudFormation takes {LONGEST}")
    if parameter.type == "Number" and not _NUMBER.fullmatch(text):
        raise template.source.error(path, f"must be a number, and is given as {quoted(text)}")


def _value(parameter: Parameter, given: str | None) -> Value:
    text = parameter.default if given is None else given
    is_list = _is_list(parameter)
    if text is None or parameter.type.startswith(_STORED):
        return UNKNOWN if is_list else _any(parameter)
    if is_list:
        items = text.split(",")
        return UNKNOWN if len(items) > MOST_ENTRIES else tuple(Pattern.literal(item.strip()) for item in items)
    return Pattern.literal(text)


def _is_list(parameter: Parameter) -> bool:
    return "List" in parameter.type  # List<...>, CommaDelimitedList, and either within Value<...>


def _any(parameter: Parameter) -> Value:
    allowed = parameter.allowed_values
    if allowed and len(allowed) <= MOST and not parameter.type.startswith("AWS::SSM::"):
        return one_of(Pattern.literal(text) for text in allowed)
    return ANY
