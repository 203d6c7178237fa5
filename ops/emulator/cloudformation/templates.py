"""A template with its parameters, resolved to what handlers are given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from leastgrant.pattern import Pattern
from leastgrant.template import ABSENT, Environment, TemplateError, parse, resolve
from leastgrant.template.document import read_text
from leastgrant.template.values import OneOf
from ops.emulator.cloudformation.handler import NotModelled
from ops.emulator.wire import AwsError

if TYPE_CHECKING:
    from leastgrant.template import Physical, ResolvedTemplate, Template, Value

_SECTIONS = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions"}
) | {
    "Resources",
    "Outputs",
}
UNKNOWN_YET = "{{changeSet:KNOWN_AFTER_APPLY}}"
"""What a change set shows for a value that is known only once it is executed ("View a change set")."""


@dataclass(frozen=True)
class StackTemplate:
    """A template for one stack, with the values of its parameters."""

    text: str
    parameters: Mapping[str, str]
    environment: Environment

    @cached_property
    def template(self) -> Template:
        """The template, read.

        Raises:
            AwsError: it is not valid.
        """
        try:
            return parse(self.text, "the template")
        except TemplateError as error:
            raise AwsError("ValidationError", f"Template format error: {error}") from None

    @property
    def unmodelled(self) -> str | None:
        """What of it the emulator would have to leave out."""
        tree = read_text(self.text, "the template").tree
        others = [name for name in cast("dict[str, object]", tree) if name not in _SECTIONS]
        return f"the template's section {others[0]}" if others else None

    def resolved(self, physical: Mapping[str, Physical]) -> ResolvedTemplate:
        """The template, with what is known of its resources.

        Raises:
            AwsError: a parameter is missing or not allowed.
        """
        for name, parameter in self.template.parameters.items():
            if parameter.default is None and name not in self.parameters:
                raise AwsError("ValidationError", f"Parameters: [{name}] must have values")
        try:
            return resolve(self.template, self.environment, self.parameters, physical)
        except TemplateError as error:
            raise AwsError("ValidationError", str(error)) from None


def concrete(value: Value, where: str) -> Any:
    """The JSON that a value is, once all of it is known.

    Raises:
        NotModelled: a part is not known.
    """
    found = shown(value)
    if UNKNOWN_YET in json.dumps(found):
        raise NotModelled(f"{where}: its value cannot be known here")
    return found


def shown(value: Value) -> Any:
    """The JSON of a value; what is not known yet is `UNKNOWN_YET`."""
    if isinstance(value, Mapping):
        return {name: shown(member) for name, member in value.items() if member is not ABSENT}
    if isinstance(value, tuple):
        return [shown(item) for item in value if item is not ABSENT]
    if isinstance(value, Pattern):
        return "".join(cast("tuple[str, ...]", value.tokens)) if value.is_literal else UNKNOWN_YET
    if isinstance(value, bool | int | float):
        return value
    return UNKNOWN_YET


def is_certain(value: Value) -> bool:
    """Whether nothing of a value may be one thing or another."""
    if isinstance(value, Mapping):
        return all(map(is_certain, value.values()))
    return all(map(is_certain, value)) if isinstance(value, tuple) else not isinstance(value, OneOf)
