"""A template resolved for an environment: what its resources will be, and be called."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from leastgrant.documents.source import quoted
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.template.conditions import holds, named
from leastgrant.template.environment import pseudo_parameters
from leastgrant.template.expression import Ref, lists_zones, references, stack_outputs
from leastgrant.template.naming import lowered
from leastgrant.template.nested import STACK, nested_template
from leastgrant.template.parameters import parameter_values
from leastgrant.template.parser import expanded
from leastgrant.template.resolver import Resolver, literal, output_of
from leastgrant.template.types import NAME, Field, Identity, identity_of
from leastgrant.template.values import ABSENT, UNKNOWN, Value, alternatives, joined, one_of, texts, values_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.template.environment import Environment
    from leastgrant.template.expression import Expression
    from leastgrant.template.model import Resource, Template
    from leastgrant.template.parameters import Given
    from leastgrant.template.resolver import Scope


@dataclass(frozen=True, slots=True)
class Physical:
    """A resource that exists, or whose name has been made up, so that less of it need be guessed."""

    name: str
    """The physical name, such as a bucket's or a secret's."""
    ref: str | None = None
    """What `Ref` gives; None: as follows from the name."""
    arn: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    """What `Fn::GetAtt` gives, by attribute, as far as it is known."""


@dataclass(frozen=True, slots=True)
class OutputRead:
    """An output of another stack that a template reads; what each part may be."""

    stacks: tuple[Pattern, ...]
    regions: tuple[Pattern | None, ...]
    """None: that of the reading stack."""
    roles: tuple[Pattern | None, ...]
    """None: the role that deploys the reading stack."""


@dataclass(frozen=True, slots=True)
class ResolvedResource:
    """A resource that the stack has, or, if not `certain`, may have.

    `names`, `refs` and `arns` are what its physical name, `Ref` and ARN may be: several if a condition whose
    outcome is not known decides. A property that may be left out is a `OneOf` with `ABSENT` in it.
    """

    declared: Resource
    certain: bool
    properties: Mapping[str, Value]
    names: tuple[Pattern, ...]
    refs: tuple[Pattern, ...]
    arns: tuple[Pattern, ...]


def resolve(
    template: Template,
    environment: Environment,
    parameters: Mapping[str, str] | None = None,
    physical: Mapping[str, Physical] | None = None,
    *,
    nested: Mapping[str, FilePath] | None = None,
    exports: Mapping[str, Value] | None = None,
) -> ResolvedTemplate:
    """Resolve `template` as it will be deployed in `environment`, with `parameters` as far as they are known.

    Args:
        template: As it was loaded.
        environment: Where it is deployed.
        parameters: Their values, as far as they are known.
        physical: The resources that are known to exist, by logical id.
        nested: Files of nested stacks' templates, by logical id, or by what leads to it: `Outer/Inner`.
        exports: What other stacks export, by the export's name, as far as it is known.

    Raises:
        TemplateError: a parameter is not declared or has a value that is not allowed, or resources or
            conditions refer to each other in a circle.
    """
    return ResolvedTemplate(
        template, environment, parameters or {}, physical or {}, nested or {}, exports=exports or {}
    )


class ResolvedTemplate:
    """The result of `resolve`. Each resource is resolved when it is asked for."""

    def __init__(
        self,
        template: Template,
        environment: Environment,
        parameters: Mapping[str, Given],
        physical: Mapping[str, Physical],
        nested: Mapping[str, FilePath],
        *,
        exports: Mapping[str, Value],
        above: tuple[ResolvedTemplate, str] | None = None,
    ) -> None:
        """See `resolve`; `above` is the stack that it is nested in, and its logical id there."""
        template = expanded(template, environment, parameters)
        self.template = template
        self.environment = environment
        self.given = parameters
        self._physical = physical
        self._templates = nested
        self._exports = exports
        file = FilePath(template.source.name).resolve()
        root = str(environment.patterns["stack_name"])
        self._files: tuple[FilePath, ...] = (file,) if above is None else (*above[0]._files, file)
        self._place: tuple[str, ...] = (root,) if above is None else (*above[0]._place, above[1])
        self._nested: dict[str, ResolvedTemplate | None] = {}
        self._known: dict[str, Value] = {
            **parameter_values(template, parameters),
            **pseudo_parameters(environment),
        }
        self._position: dict[str, int] = {}
        self._naming: dict[str, list[str]] = {}
        self._assumed: dict[str, ChainMap[str, bool | None]] = {}
        self.conditions = self._all_outcomes()
        self._resolvers: dict[str | None, Resolver] = {}
        self._texts: dict[tuple[str, str], tuple[Pattern, ...]] = {}
        self._parts: dict[str, dict[str, Value]] = {}
        self._values: dict[str, Mapping[str, Value]] = {}
        self._formed: dict[str, tuple[Pattern, ...]] = {}
        for logical_id in self._sorted(self._dependencies(), "Resources"):
            self._parts[logical_id] = self._identified(template.resources[logical_id])
            if self._identity(logical_id).formats:  # in order, so that what it refers to is resolved
                self._arns(logical_id)
        self._resolved: dict[str, ResolvedResource] = {}

    def __iter__(self) -> Iterator[ResolvedResource]:
        """Yield every resource that the stack has or may have, in the template's order."""
        return (self.resource(logical_id) for logical_id in self.template.resources if logical_id in self._parts)

    @property
    def order(self) -> tuple[str, ...]:
        """The logical ids of all resources that the stack has or may have, each after those it depends on."""
        return tuple(self._parts)

    def resource(self, logical_id: str) -> ResolvedResource:
        """Return the resource with this logical id.

        Raises:
            KeyError: the stack surely has no such resource.
        """
        if logical_id not in self._resolved:
            self._resolved[logical_id] = self._resource(logical_id)
        return self._resolved[logical_id]

    @cached_property
    def nested(self) -> Mapping[str, ResolvedTemplate]:
        """The nested stacks whose templates are at hand, by logical id.

        Raises:
            TemplateError: a template cannot be used, or its stack is nested in itself.
        """
        stacks = (name for name in self._parts if self.template.resources[name].type == STACK)
        return {name: stack for name in stacks if (stack := self._nested_stack(name)) is not None}

    @property
    def nested_places(self) -> Iterator[tuple[str, ...]]:
        """What leads to each nested stack: the root stack's name, and the logical ids down to it."""
        return ((*self._place, name) for name in self._parts if self.template.resources[name].type == STACK)

    @property
    def stacks(self) -> tuple[ResolvedTemplate, ...]:
        """The stack, and what is nested in it to any depth.

        Raises:
            TemplateError: a template cannot be used, a stack is nested in itself, or they are too many.
        """
        found: list[ResolvedTemplate] = [self]
        for stack in found:
            found.extend(stack.nested.values())
            if len(found) > _MOST_NESTED:
                problem = f"nests more than {_MOST_NESTED:,} stacks; CloudFormation takes no more, split it"
                raise self.template.source.error(("Resources",), problem)
        return tuple(found)

    @cached_property
    def outputs(self) -> Mapping[str, Value]:
        """The value of each output that the stack has or may have."""
        return {
            name: self._resolver_if(output.condition).value(output.value)
            for name, output in self.template.outputs.items()
            if output.condition is None or self.conditions[output.condition] is not False
        }

    def lists_zones(self, expression: Expression, condition: str | None) -> bool:
        """Tell whether an expression has `Fn::GetAZs`; `condition` is that of what holds the expression."""
        return lists_zones(expression, self._outcomes_if(condition))

    def outputs_read(self, expression: Expression, condition: str | None) -> Iterator[OutputRead]:
        """Yield the outputs of other stacks that `expression` reads, in what exists only if `condition` holds."""
        resolver = self._resolver_if(condition)

        def given(part: Expression | None) -> tuple[Pattern | None, ...]:
            values = (ABSENT,) if part is None else alternatives(resolver.value(part))
            return tuple(found for value in values for found in (texts(value) or (None,)))

        for read in stack_outputs(expression, self._outcomes_if(condition)):
            yield OutputRead(texts(resolver.value(read.stack)), given(read.region), given(read.role))

    def ref(self, name: str) -> Value:
        """Return what `Ref` gives for a parameter, pseudo parameter or resource."""
        if name in self._known:
            return self._known[name]
        if name not in self._parts:  # a reference that CloudFormation will refuse
            return UNKNOWN
        return one_of(self._refs(name))

    def attribute(self, resource: str, attribute: str) -> Value:
        """Return what `Fn::GetAtt` gives for a resource."""
        known = self._physical.get(resource)
        if known and attribute in known.attributes:
            return Pattern.literal(known.attributes[attribute])
        declared = self.template.resources[resource]
        if declared.type == STACK and attribute.startswith(_OUTPUTS) and resource in self._parts:
            stack = self._nested_stack(resource)
            return UNKNOWN if stack is None else stack.outputs.get(attribute.removeprefix(_OUTPUTS), UNKNOWN)
        identity = identity_of(declared.type)
        if attribute not in identity.attributes or resource not in self._parts:
            return UNKNOWN
        return one_of(self._filled(resource, identity.attributes[attribute]))

    def properties_named(self, logical_id: str, names: Scope) -> Mapping[str, Value]:
        """Return the properties of a resource as they are if `names` says what each reference in them gives."""
        declared = self.template.resources[logical_id]
        return _resolved(declared, Resolver(names, self.template.mappings, self._outcomes_if(declared.condition)))

    def with_properties(self, logical_id: str, properties: Mapping[str, Value]) -> ResolvedTemplate:
        """Replace the properties of one resource; what is derived from it stays as it is."""
        other = copy(self)
        other._resolved = {**self._resolved, logical_id: replace(self.resource(logical_id), properties=properties)}
        return other

    def imported(self, name: Pattern) -> Value:
        """Return what `Fn::ImportValue` gives for an export of another stack."""
        return self._exports.get(literal(name), ANY) if name.is_literal else ANY

    @property
    def exports(self) -> Mapping[str, Value]:
        """What the stack and those nested in it export, by the export's name, where that is known.

        The stack's outputs are there too, by its name and theirs, for `Fn::GetStackOutput`.

        Raises:
            TemplateError: as of `stacks`.
        """
        return dict(export for stack in self.stacks for export in stack._own_exports())

    def _own_exports(self) -> Iterator[tuple[str, Value]]:
        if isinstance(self.environment.stack_name, str):
            stack = Pattern.literal(self.environment.stack_name)
            for name, value in self.outputs.items():
                yield literal(output_of(stack, Pattern.literal(name))), value
        for name, output in self.template.outputs.items():
            if output.export is not None and name in self.outputs:
                exported = texts(self._resolver_if(output.condition).value(output.export))
                yield from ((literal(one), self.outputs[name]) for one in exported if one.is_literal)

    def _nested_stack(self, logical_id: str) -> ResolvedTemplate | None:
        if logical_id not in self._nested:
            self._nested[logical_id] = self._nested_anew(logical_id)
        return self._nested[logical_id]

    def _nested_anew(self, logical_id: str) -> ResolvedTemplate | None:
        resource = self.resource(logical_id)
        url = resource.properties.get("TemplateURL", UNKNOWN)
        template = nested_template(self.template, (*self._place, logical_id), resource.declared, url, self._templates)
        if template is None:
            return None
        if FilePath(template.source.name).resolve() in self._files:
            problem = f"its template, {template.source.name}, is one that it is nested in; take one of them out"
            raise self.template.source.error(("Resources", logical_id), problem)
        passed = self._passed_on(resource, template)
        environment = replace(self.environment, stack_name=resource.names[0])
        return ResolvedTemplate(
            template, environment, passed, {}, self._templates, exports=self._exports, above=(self, logical_id)
        )

    def _passed_on(self, resource: ResolvedResource, template: Template) -> Mapping[str, Value]:
        """Return the values of a nested stack's parameters."""
        passed = resource.properties.get("Parameters", {})
        if not isinstance(passed, Mapping):  # then any may be given
            return dict.fromkeys(template.parameters, UNKNOWN)
        for name in passed:
            if name not in template.parameters:
                problem = f"{template.source.name} declares no parameter {quoted(name)}; take it out, or declare it"
                path = ("Resources", resource.declared.logical_id, "Properties", "Parameters", name)
                raise self.template.source.error(path, problem)
        return passed

    def _resource(self, logical_id: str) -> ResolvedResource:
        declared = self.template.resources[logical_id]
        parts = self._parts[logical_id]
        return ResolvedResource(
            declared=declared,
            certain=self._exists(declared) is True,
            properties=self._properties(logical_id),
            names=texts(parts[NAME]),
            refs=self._refs(logical_id),
            arns=self._arns(logical_id),
        )

    def _refs(self, logical_id: str) -> tuple[Pattern, ...]:
        known = self._physical.get(logical_id)
        if known and known.ref is not None:
            return (Pattern.literal(known.ref),)
        return self._filled(logical_id, self._identity(logical_id).ref)

    def _arns(self, logical_id: str) -> tuple[Pattern, ...]:
        known = self._physical.get(logical_id)
        if known and known.arn is not None:
            return (Pattern.literal(known.arn),)
        identity = self._identity(logical_id)
        return self._of_formats(logical_id) if identity.formats else self._filled(logical_id, identity.arn)

    def _of_formats(self, logical_id: str) -> tuple[Pattern, ...]:
        """Return the ARNs of a resource whose type has no `arn` of its own here, by the formats of the reference."""
        if logical_id not in self._formed:
            place = self.environment.place
            names = texts(self._parts[logical_id][NAME]) or (ANY,)
            properties = self._properties(logical_id)
            found = (
                arn
                for template in self._identity(logical_id).formats
                for name in names
                for arn in template.patterns(place, name, lambda path: tuple(values_at(properties, path.split("/"))))
            )
            self._formed[logical_id] = tuple(dict.fromkeys(found))
        return self._formed[logical_id]

    def _properties(self, logical_id: str) -> Mapping[str, Value]:
        if logical_id not in self._values:
            declared = self.template.resources[logical_id]
            self._values[logical_id] = _resolved(declared, self._resolver_if(declared.condition))
        return self._values[logical_id]

    def _identity(self, logical_id: str) -> Identity:
        return identity_of(self.template.resources[logical_id].type)

    def _exists(self, resource: Resource) -> bool | None:
        return True if resource.condition is None else self.conditions[resource.condition]

    def _all_outcomes(self) -> dict[str, bool | None]:
        names = {name: list(named(condition)) for name, condition in self.template.conditions.items()}
        outcomes: dict[str, bool | None] = {}
        for name in self._sorted(names, "Conditions"):
            self._position[name] = len(outcomes)
            outcomes[name] = self._outcome(name, outcomes)
            for other in names[name]:
                self._naming.setdefault(other, []).append(name)
        return outcomes

    def _outcomes_if(self, condition: str | None) -> Mapping[str, bool | None]:
        """Return the outcomes of all conditions, if `condition` holds."""
        if condition is None or self.conditions[condition] is not None:
            return self.conditions
        if condition not in self._assumed:
            outcomes: ChainMap[str, bool | None] = ChainMap({condition: True}, self.conditions)
            for name in self._dependents_of(condition):
                outcomes[name] = self._outcome(name, outcomes)
            self._assumed[condition] = outcomes
        return self._assumed[condition]

    def _outcome(self, name: str, known: Mapping[str, bool | None]) -> bool | None:
        resolver = Resolver(self, self.template.mappings, known)
        return holds(self.template.conditions[name], known, resolver.equal)

    def _dependents_of(self, condition: str) -> list[str]:
        """Return the conditions that depend on this one, in order; none if they are many, which is less exact."""
        found: dict[str, None] = {}
        waiting = [condition]
        while waiting and len(found) <= _MOST_DEPENDENTS:
            direct = self._naming.get(waiting.pop(), [])
            waiting.extend(name for name in direct if name not in found)
            found.update(dict.fromkeys(direct))
        return [] if len(found) > _MOST_DEPENDENTS else sorted(found, key=self._position.__getitem__)

    def _resolver_if(self, condition: str | None) -> Resolver:
        """Return the resolver for what exists only if `condition` holds."""
        if condition not in self._resolvers:
            outcomes = self._outcomes_if(condition)
            self._resolvers[condition] = Resolver(self, self.template.mappings, outcomes)
        return self._resolvers[condition]

    def _dependencies(self) -> dict[str, list[str]]:
        """Return for each resource that may exist, those it depends on."""
        present = {name: one for name, one in self.template.resources.items() if self._exists(one) is not False}
        return {
            name: [other for other in self._dependencies_of(resource) if other in present]
            for name, resource in present.items()
        }

    def _dependencies_of(self, resource: Resource) -> Iterator[str]:
        yield from resource.depends_on
        for reference in references(dict(resource.properties), self._outcomes_if(resource.condition)):
            yield reference.name if isinstance(reference, Ref) else reference.resource

    def _sorted(self, graph: Mapping[str, Iterable[str]], section: str) -> list[str]:
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle: list[str] = error.args[1]
            way = " -> ".join(reversed(circle))
            problem = f"depends on itself: {way}; remove one of these references"
            raise self.template.source.error((section, circle[-1]), problem) from None

    def _identified(self, resource: Resource) -> dict[str, Value]:
        """Return the physical name and the fields of a resource's identity."""
        identity = self._identity(resource.logical_id)
        resolver = self._resolver_if(resource.condition)

        def given(name: str | None) -> Value:
            expression = None if name is None else resource.properties.get(name)
            return ABSENT if expression is None else resolver.value(expression)

        known = self._physical.get(resource.logical_id)
        named = self._name(resource, identity, given(identity.name_property))
        parts = {NAME: Pattern.literal(known.name) if known else named}
        for name, part in identity.fields.items():
            parts[name] = _text_of(part, parts[NAME] if part.source == NAME else given(part.source))
        return parts

    def _name(self, resource: Resource, identity: Identity, given: Value) -> Value:
        made_up = identity.made_up.name(self.environment.stack_name, resource.logical_id)
        named = (made_up if value is ABSENT else value for value in alternatives(given))
        names = [name for value in named for name in texts(value)]
        return one_of(map(lowered, names) if identity.lower else names)

    def _filled(self, logical_id: str, text: str) -> tuple[Pattern, ...]:
        """Fill in the parts of a text of the resource's `Identity`."""
        if (logical_id, text) not in self._texts:
            self._texts[logical_id, text] = self._filled_anew(logical_id, text)
        return self._texts[logical_id, text]

    def _filled_anew(self, logical_id: str, text: str) -> tuple[Pattern, ...]:
        known: dict[str, Value] = {**self.environment.patterns, **self._parts[logical_id]}
        if "{arn}" in text:
            known["arn"] = one_of(self._arns(logical_id))
        return _fill(text, known)


def _resolved(declared: Resource, resolver: Resolver) -> dict[str, Value]:
    values = ((name, resolver.value(expression)) for name, expression in declared.properties.items())
    return {name: value for name, value in values if value is not ABSENT}


_OUTPUTS = "Outputs."
"""How the attributes of a nested stack begin that are outputs of its template."""

_MOST_NESTED = 2_500
"""More than this many resources in all nested stacks cannot be handled ("AWS CloudFormation quotas")."""

_MOST_DEPENDENTS = 100  # conditions that are decided anew when one is taken to hold

_PLACE = re.compile(r"\{(\w+)\}")


def _fill(text: str, known: Mapping[str, Value]) -> tuple[Pattern, ...]:
    return joined("", [known[piece] if isinstance(piece, str) else piece for piece in _pieces(text)])


@cache
def _pieces(text: str) -> tuple[str | Pattern, ...]:
    """Split a text into the names in braces, and what is between them."""
    pieces = _PLACE.split(text)  # text and names by turns
    return tuple(piece if odd % 2 else Pattern.parse(piece) for odd, piece in enumerate(pieces))


def _text_of(field: Field, given: Value) -> Value:
    values = (Pattern.literal(field.default) if value is ABSENT else value for value in alternatives(given))
    return one_of(field.text(text) for value in values for text in texts(value))
