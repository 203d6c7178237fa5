"""A template for one stack, with the values of its parameters: what it declares, in which order, and what it gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any, Protocol, cast

from leastgrant.documents import read_text
from leastgrant.knowledge import type_schema
from leastgrant.template import (
    DeletionPolicy,
    Environment,
    ImportValue,
    Ref,
    TemplateError,
    expanded,
    parse,
    references,
    resolve,
)
from local_aws.cloudformation.evaluation import LEFT_OUT, UNKNOWN_YET, Evaluation, as_text, is_unknown
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import invalid

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Sequence

    from leastgrant.template import Expression, Physical, ResolvedTemplate, Resource, Template
    from local_aws.cloudformation.lookups import Lookups
    from local_aws.cloudformation.parameters import ParameterValue

_MODELLED = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_ATTRIBUTES = frozenset(
    {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
)
_TRANSFORMS = frozenset({"AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"})
_URL_SUFFIX = {"aws-cn": "amazonaws.com.cn"}


class Deployed(Protocol):
    """A resource that is there."""

    @property
    def type(self) -> str:
        """Its type."""
        ...

    @property
    def physical(self) -> Physical:
        """What it is."""
        ...

    @property
    def physical_id(self) -> str:
        """What `Ref` gives."""
        ...

    @property
    def properties(self) -> Mapping[str, Any]:
        """As it was last deployed."""
        ...


@dataclass(frozen=True)
class StackTemplate:
    """A template for one stack, with the values of its parameters."""

    text: str
    parameters: Mapping[str, ParameterValue]
    environment: Environment
    stack_id: str
    notification_arns: Sequence[str] = ()

    def __reduce__(self) -> tuple[type[StackTemplate], tuple[object, ...]]:
        """Leave out what was worked out, where it is pickled."""
        return StackTemplate, tuple(getattr(self, one.name) for one in fields(self))

    @cached_property
    def template(self) -> Template:
        """The template, read, with its transforms done.

        Raises:
            AwsError: it is not valid.
        """
        try:
            return expanded(parse(self.text, "the template"), self.environment, self.texts)
        except TemplateError as error:
            raise invalid(f"Template format error: {error}") from None

    @cached_property
    def tree(self) -> Mapping[str, Any]:
        """The template as written."""
        return cast("Mapping[str, Any]", read_text(self.text, "the template").tree)

    @property
    def description(self) -> str | None:
        """What the template says of itself."""
        return self.tree.get("Description")

    @property
    def transforms(self) -> tuple[str, ...]:
        """The transforms of the whole template."""
        declared = self.tree.get("Transform", [])
        return tuple(str(one) for one in (cast("list[Any]", declared) if isinstance(declared, list) else [declared]))

    @cached_property
    def unmodelled(self) -> tuple[str, ...]:
        """What of it the emulator would have to leave out."""
        others = [f"the template's section {name}" for name in self.tree if name not in _MODELLED]
        others += [f"the transform {name}" for name in self.transforms if name not in _TRANSFORMS]
        for name, declared in self.tree["Resources"].items():
            if isinstance(declared, dict):
                others += [f"{name}: the attribute {one}" for one in cast("Any", declared) if one not in _ATTRIBUTES]
        others += [f"{part.what}: {part.reason}" for part in self.template.unread]
        for resource in self.template.resources.values():
            policies = self.deletion_policy(resource.logical_id), self.update_replace_policy(resource.logical_id)
            if DeletionPolicy.SNAPSHOT in policies:
                others.append(f"{resource.logical_id}: the policy Snapshot")
        return tuple(others)

    @property
    def texts(self) -> Mapping[str, str]:
        """The parameters' values, as they are used."""
        return {name: as_text(one.value) for name, one in self.parameters.items()}

    def evaluation(
        self, deployed: Mapping[str, Deployed], lookups: Lookups | None = None, unknown: Container[str] = ()
    ) -> Evaluation:
        """Return what computes the template's expressions.

        Args:
            deployed: The resources that are there.
            lookups: What is read besides the template; None: nothing has to be.
            unknown: Resources that may yet be replaced, whose values are not known.
        """
        scope = StackScope(self, deployed, lookups, unknown)
        return Evaluation(scope, self.template.mappings, self.template.conditions)

    @cached_property
    def _outcomes(self) -> Mapping[str, bool | None]:
        outcomes = self.evaluation({}).outcomes
        return {name: outcomes[name] for name in self.template.conditions}

    @property
    def declared(self) -> Mapping[str, Resource]:
        """The resources whose conditions hold."""
        return {
            name: resource
            for name, resource in self.template.resources.items()
            if resource.condition is None or self._outcomes[resource.condition]
        }

    @cached_property
    def _needs(self) -> Mapping[str, frozenset[str]]:
        declared = self.declared
        return {
            name: frozenset((*resource.depends_on, *self.names_in(dict(resource.properties)))) & declared.keys()
            for name, resource in declared.items()
        }

    def names_in(self, expression: Expression) -> frozenset[str]:
        """Return the parameters and resources that an expression refers to."""
        found = references(expression, self._outcomes)
        return frozenset(one.name if isinstance(one, Ref) else one.resource for one in found)

    def needed_by(self, name: str) -> frozenset[str]:
        """Return the resources that a resource refers to, or otherwise depends on."""
        return self._needs.get(name, frozenset())

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The logical ids of what the stack has, each after those that it needs."""
        graph = {name: sorted(needed, key=list(self.declared).index) for name, needed in self._needs.items()}
        return tuple(TopologicalSorter(graph).static_order())

    @cached_property
    def imported(self) -> frozenset[str]:
        """The names of the exports that the stack imports."""
        evaluation = self.evaluation({})
        written = [
            *(dict(one.properties) for one in self.declared.values()),
            *(one.value for one in self.template.outputs.values()),
        ]
        return frozenset(evaluation.text(name) for expression in written for name in _import_names(expression))

    def refuse_dangling(self) -> None:
        """Refuse references to resources whose conditions do not hold.

        Raises:
            AwsError: there is one.
        """
        declared = self.declared
        left_out = self.template.resources.keys() - declared.keys()
        lost = [one for resource in declared.values() for one in self.names_in(dict(resource.properties)) & left_out]
        if lost:
            names = ", ".join(dict.fromkeys(lost))
            problem = f"Unresolved resource dependencies [{names}] in the Resources block of the template"
            raise invalid(f"Template format error: {problem}")
        for output in self.template.outputs.values():
            lost = sorted(self.names_in(output.value) & left_out)
            if lost and (output.condition is None or self._outcomes[output.condition]):
                names = ", ".join(lost)
                raise invalid(f"Unresolved resource dependencies [{names}] in the Outputs block of the template")

    def outputs(self, deployed: Mapping[str, Deployed], lookups: Lookups) -> tuple[OutputValue, ...]:
        """Return the outputs, once all resources are there.

        Raises:
            AwsError: one cannot be made.
            NotModelled: one is not known.
        """
        evaluation = self.evaluation(deployed, lookups)
        found: list[OutputValue] = []
        for name, output in self.template.outputs.items():
            if output.condition is not None and not self._outcomes[output.condition]:
                continue
            value = lookups.without_references(as_text(evaluation.value(output.value)))
            export = None if output.export is None else evaluation.text(output.export)
            if is_unknown(value):
                raise NotModelled(f"Outputs.{name}: its value cannot be known here")
            described = self.tree.get("Outputs", {}).get(name, {}).get("Description")
            found.append(OutputValue(name, value, described, export))
        return tuple(found)

    def deletion_policy(self, name: str) -> DeletionPolicy | None:
        """Return the resource's `DeletionPolicy`; None: it has none."""
        return self._policy(name, "DeletionPolicy", self.template.resources[name].deletion_policy)

    def update_replace_policy(self, name: str) -> DeletionPolicy | None:
        """Return the resource's `UpdateReplacePolicy`; None: it has none."""
        return self._policy(name, "UpdateReplacePolicy", self.template.resources[name].update_replace_policy)

    def _policy(self, name: str, attribute: str, read: DeletionPolicy | None) -> DeletionPolicy | None:
        """Return a policy, also one that a function writes, as AWS::LanguageExtensions allows."""
        declared = self.tree["Resources"].get(name)
        value = cast("Mapping[str, Any]", declared).get(attribute) if isinstance(declared, dict) else None
        if not isinstance(value, dict):
            return read
        found = self._chosen(cast("Mapping[str, Any]", value))
        return next((policy for policy in DeletionPolicy if policy.value == found), None)

    def _chosen(self, value: Any) -> Any:
        match value:
            case {"Fn::If": [str() as condition, then, otherwise]}:
                return self._chosen(then if self._outcomes[condition] else otherwise)
            case {"Ref": str() as name}:
                return self.texts.get(name)
            case {"Fn::FindInMap": [mapping, top, second]}:
                mapped = self.tree["Mappings"][self._chosen(mapping)][self._chosen(top)]
                return mapped[self._chosen(second)]
            case _:
                return value

    def resolved_alone(self, name: str, properties: Mapping[str, Any], physical: Physical | None) -> ResolvedTemplate:
        """Resolve one resource by leastgrant, with values for its references, to ask what its handlers call."""
        one = replace(
            self.template.resources[name],
            properties=cast("Mapping[str, Expression]", _expression(properties)),
            condition=None,
            depends_on=(),
        )
        alone = replace(
            self.template, resources={name: one}, conditions={}, outputs={}, parameters={}, unread=(), written=None
        )
        return resolve(alone, self.environment, {}, {} if physical is None else {name: physical})


@dataclass(frozen=True, slots=True)
class OutputValue:
    """An output of a stack."""

    name: str
    value: str
    description: str | None
    export: str | None


@dataclass(frozen=True)
class StackScope:
    """What names mean to a stack, as it is."""

    template: StackTemplate
    deployed: Mapping[str, Deployed]
    lookups: Lookups | None
    unknown: Container[str]
    _pseudo: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Fix the pseudo parameters ("Get AWS values using pseudo parameters", CloudFormation User Guide)."""
        place = self.template.environment
        pseudo = {
            "AWS::AccountId": place.account,
            "AWS::NoValue": LEFT_OUT,
            "AWS::NotificationARNs": list(self.template.notification_arns),
            "AWS::Partition": place.partition,
            "AWS::Region": place.region,
            "AWS::StackId": self.template.stack_id,
            "AWS::StackName": place.stack_name,
            "AWS::URLSuffix": _URL_SUFFIX.get(place.partition or "", "amazonaws.com"),
        }
        object.__setattr__(self, "_pseudo", pseudo)

    def ref(self, name: str) -> Any:
        """Return what `Ref` gives."""
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self.template.parameters:
            return self.template.parameters[name].value
        there = self._there(name)
        return UNKNOWN_YET if there is None else there.physical_id

    def attribute(self, resource: str, attribute: str) -> Any:
        """Return what `Fn::GetAtt` gives: what the handler tells of it, else one of the properties."""
        there = self._there(resource)
        if there is None:
            return UNKNOWN_YET
        if attribute in there.physical.attributes:
            return there.physical.attributes[attribute]
        if attribute == "Arn" and there.physical.arn is not None:
            return there.physical.arn
        found: Any = there.properties
        for part in attribute.split("."):
            found = cast("Mapping[str, Any]", found).get(part) if isinstance(found, Mapping) else None
        if found is not None:
            return found
        schema = type_schema(there.type)
        if schema is not None and attribute.replace(".", "/") not in schema.properties:
            raise invalid(f"Resource type {there.type} does not support attribute {{{attribute}}}")
        raise NotModelled(f"the attribute {attribute} of {there.type}")

    def exported(self, name: str) -> str:
        """Return what `Fn::ImportValue` gives."""
        return self._looked_up.exported(name)

    def zones(self, region: str) -> list[str]:
        """Return what `Fn::GetAZs` gives."""
        return self._looked_up.zones(region)

    def _there(self, name: str) -> Deployed | None:
        return None if name in self.unknown else self.deployed.get(name)

    @property
    def _looked_up(self) -> Lookups:
        if self.lookups is None:
            raise NotModelled("a condition that reads another stack, or the zones of the region")
        return self.lookups


def concrete(value: Any, where: str) -> Any:
    """Return a value, all of which is known.

    Raises:
        NotModelled: a part is not known.
    """
    if UNKNOWN_YET in json.dumps(value, default=str):
        raise NotModelled(f"{where}: its value cannot be known here")
    return value


def _import_names(expression: Any) -> Iterator[Expression]:
    """Yield what each `Fn::ImportValue` in an expression names."""
    if isinstance(expression, ImportValue):
        yield expression.name
    elif isinstance(expression, tuple):
        for item in cast("tuple[Any, ...]", expression):
            yield from _import_names(item)
    elif isinstance(expression, Mapping):
        for item in cast("Mapping[str, Any]", expression).values():
            yield from _import_names(item)
    elif is_dataclass(expression):
        for one in fields(expression):
            yield from _import_names(getattr(expression, one.name))


def _expression(value: Any) -> Any:
    """Return a JSON value as leastgrant has one that is written out."""
    if isinstance(value, Mapping):
        return {name: _expression(member) for name, member in cast("Mapping[str, Any]", value).items()}
    return tuple(map(_expression, cast("list[Any]", value))) if isinstance(value, list) else value
