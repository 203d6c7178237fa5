"""A template with its parameters, resolved to what handlers are given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from leastgrant.documents import read_text
from leastgrant.iam import Pattern
from leastgrant.template import ABSENT, DeletionPolicy, Environment, Ref, TemplateError, parse, references, resolve
from local_aws.cloudformation.handler import NotModelled
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from leastgrant.template import Physical, ResolvedTemplate, Template, Value

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
    }
)
_ATTRIBUTES = frozenset(
    {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
)
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

    @cached_property
    def tree(self) -> Mapping[str, Any]:
        """The template as written."""
        return cast("Mapping[str, Any]", read_text(self.text, "the template").tree)

    @property
    def unmodelled(self) -> str | None:
        """What of it the emulator would have to leave out."""
        others = [f"the template's section {name}" for name in self.tree if name not in _SECTIONS]
        for name, declared in self.tree["Resources"].items():
            others += [f"{name}: the attribute {one}" for one in declared if one not in _ATTRIBUTES]
        for resource in self.template.resources.values():
            if DeletionPolicy.SNAPSHOT in (resource.deletion_policy, resource.update_replace_policy):
                others.append(f"{resource.logical_id}: the policy Snapshot")
        others += [f"{one.name}: the output's Export" for one in self.template.outputs.values() if one.export]
        resolved = self.resolved({})
        others += [f"{one.declared.logical_id}: whether its condition holds" for one in resolved if not one.certain]
        return others[0] if others else None

    @property
    def values(self) -> Mapping[str, str]:
        """The value of each parameter: given, or the default."""
        declared = self.template.parameters.values()
        values = {one.name: self.parameters.get(one.name, one.default) for one in declared}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def shown_values(self) -> Mapping[str, str]:
        """The parameters' values as the API shows them ("Parameters": `NoEcho` is masked with asterisks)."""
        secret = {n for n, one in self.tree.get("Parameters", {}).items() if str(one.get("NoEcho")).lower() == "true"}
        return {name: "****" if name in secret else value for name, value in self.values.items()}

    def outputs(self, physical: Mapping[str, Physical]) -> Mapping[str, str]:
        """Return the outputs' values, once all resources are there.

        Raises:
            NotModelled: one is not known.
        """
        found = self.resolved(physical).outputs
        return {name: str(concrete(value, f"Outputs.{name}")) for name, value in found.items()}

    def needed_by(self, name: str) -> frozenset[str]:
        """Return the resources that a resource refers to, or otherwise depends on."""
        declared, known = self.template.resources[name], self.resolved({})
        referred = references(dict(declared.properties), known.conditions)
        named = (one.name if isinstance(one, Ref) else one.resource for one in referred)
        return frozenset((*declared.depends_on, *named)) & frozenset(known.order)

    def resolved(self, physical: Mapping[str, Physical]) -> ResolvedTemplate:
        """Resolve the template, with what is known of its resources.

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
    """Return the JSON that a value is, once all of it is known.

    Raises:
        NotModelled: a part is not known.
    """
    found = shown(value)
    if UNKNOWN_YET in json.dumps(found):
        raise NotModelled(f"{where}: its value cannot be known here")
    return found


def shown(value: Value) -> Any:
    """Return the JSON of a value; what is not known yet is `UNKNOWN_YET`."""
    if isinstance(value, Mapping):
        return {name: shown(member) for name, member in value.items() if member is not ABSENT}
    if isinstance(value, tuple):
        return [shown(item) for item in value if item is not ABSENT]
    if isinstance(value, Pattern):
        return "".join(cast("tuple[str, ...]", value.tokens)) if value.is_literal else UNKNOWN_YET
    if isinstance(value, bool | int | float):
        return value
    return UNKNOWN_YET
