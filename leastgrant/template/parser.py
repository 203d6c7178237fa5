"""From a document to a template: the shape of every section is checked, its expressions are compiled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from leastgrant.documents.document import Document, read_file, read_text
from leastgrant.documents.source import Json, Path, Source, TemplateError, quoted
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.template.conditions import Equals, compile_condition
from leastgrant.template.environment import Environment, pseudo_parameters
from leastgrant.template.expression import Compiler, If, Names, Opaque, Ref
from leastgrant.template.model import DeletionPolicy, Output, Parameter, Resource, Template
from leastgrant.template.parameters import Given, parameter_values
from leastgrant.template.resolver import Resolver, literal
from leastgrant.template.sam import SAM
from leastgrant.template.transform import Evaluator, Expanded, Unread, expand, is_transformed
from leastgrant.template.values import UNKNOWN, Value, texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from leastgrant.template.conditions import Condition
    from leastgrant.template.expression import Expression

_NO_VALUE: Json = {"Ref": "AWS::NoValue"}


def load(path: FilePath | str) -> Template:
    """Load the template in the file at `path`.

    Raises:
        TemplateError: the file cannot be read or is no template that can be resolved.
    """
    return parse_document(read_file(FilePath(path)))


def parse(text: str, name: str) -> Template:
    """Parse `text` to a template; `name` is what errors call it.

    Raises:
        TemplateError: the text is no template that can be resolved.
    """
    return parse_document(read_text(text, name))


def parse_document(document: Document) -> Template:
    """Make a template of a document that is read already.

    Raises:
        TemplateError: the document is no template that can be resolved.
    """
    return _template(document)


def expanded(template: Template, environment: Environment, given: Mapping[str, Given]) -> Template:
    """Do the template's transforms anew, for where it is deployed and with its parameters.

    Raises:
        TemplateError: it cannot be expanded so, or a parameter may not have its value.
    """
    return template if template.written is None else _template(template.written, environment, given)


def _template(
    document: Document, environment: Environment | None = None, given: Mapping[str, Given] | None = None
) -> Template:
    if not is_transformed(document.tree):
        return _plain(document, Expanded(document.tree, (), ()))
    known = _Known(document.source, environment or Environment(), given or {})
    return replace(_plain(document, expand(document, known)), written=document)


def _plain(document: Document, expanded: Expanded) -> Template:
    sections = _Sections(Document(expanded.tree, document.source), expanded)
    compiler = Compiler(document.source, sections.names())
    resources = {name: sections.resource(name, body, compiler) for name, body in sections.typed()}
    outputs = {name: sections.output(name, body, compiler) for name, body in sections.maps("Outputs")}
    return Template(
        source=document.source,
        parameters={name: sections.parameter(name, body) for name, body in sections.maps("Parameters")},
        mappings=sections.mappings(),
        conditions=sections.conditions(compiler),
        resources=resources,
        outputs=outputs,
        transforms=expanded.transforms,
        unread=(*expanded.unread, *sections.untyped()),
    )


class _Known(Evaluator):
    """What is known of a template before its resources: parameters, mappings, and where it is deployed."""

    def __init__(self, source: Source, environment: Environment, given: Mapping[str, Given]) -> None:
        self.region = environment.region
        self._source = source
        self._given = given
        self._pseudo = pseudo_parameters(environment)
        self._read: tuple[dict[str, Json], Names, Template, dict[str, Value]] | None = None

    def values(self, tree: dict[str, Json], value: Json) -> list[str] | None:
        names, template, known = self._of(tree)
        resolver = Resolver(_Scope(known), template.mappings, defaultdict(lambda: None))
        found = resolver.value(Compiler(self._source, names).expression(value, ("Transform",)))
        items = found if isinstance(found, tuple) else (UNKNOWN,)
        literals = [
            literal(item) if isinstance(item, Pattern) and item.is_literal else None for item in map(_as_text, items)
        ]
        return None if None in literals else [text for text in literals if text is not None]

    def parameters(self, tree: dict[str, Json]) -> Mapping[str, str]:
        _, template, known = self._of(tree)
        found: dict[str, str] = {}
        for name in template.parameters:
            value = known[name]
            items = value if isinstance(value, tuple) else (value,)
            if all(isinstance(item, Pattern) and item.is_literal for item in items):
                found[name] = ",".join(literal(item) for item in items if isinstance(item, Pattern))
        return found

    def _of(self, tree: dict[str, Json]) -> tuple[Names, Template, dict[str, Value]]:
        if self._read is None or self._read[0] is not tree:
            sections = _Sections(Document(tree, self._source), Expanded(tree, (), (_ANYTHING,)))
            parameters = {name: sections.parameter(name, body) for name, body in sections.maps("Parameters")}
            template = Template(self._source, parameters, sections.mappings(), {}, {}, {})
            known = {**parameter_values(template, self._given), **self._pseudo}
            self._read = tree, sections.names(), template, known
        return self._read[1:]


_ANYTHING = Unread((), "", "", "")


def _as_text(value: Value) -> Value:
    found = texts(value)
    return found[0] if len(found) == 1 else UNKNOWN


class _Scope:
    def __init__(self, known: Mapping[str, Value]) -> None:
        self._known = known

    def ref(self, name: str) -> Value:
        return self._known.get(name, UNKNOWN)

    def attribute(self, resource: str, attribute: str) -> Value:
        del resource, attribute
        return UNKNOWN

    def imported(self, name: Pattern) -> Value:
        del name
        return ANY


class _Sections:
    """The sections of one document."""

    def __init__(self, document: Document, expanded: Expanded) -> None:
        self._source = document.source
        self._root = self._map(document.tree, ())
        self._open = bool(expanded.unread)
        if not self.section("Resources") and not self._open:
            raise self._error((), "has no Resources; a template declares at least one resource")
        for name in self.section("Parameters").keys() & self.section("Resources").keys():
            raise self._error(("Resources", name), "is a parameter's name too; rename one of them")

    def section(self, name: str) -> dict[str, Json]:
        return self._map(self._root.get(name, {}), (name,))

    def maps(self, section: str) -> list[tuple[str, dict[str, Json]]]:
        return [(name, self._map(body, (section, name))) for name, body in self.section(section).items()]

    def names(self) -> Names:
        return Names(
            parameters=frozenset(self.section("Parameters")),
            resources=frozenset(name for name, body in self.section("Resources").items() if self._is_typed(body)),
            conditions=frozenset(self.section("Conditions")),
            mappings=frozenset(self.section("Mappings")),
            open=self._open,
        )

    def typed(self) -> list[tuple[str, dict[str, Json]]]:
        """Return the resources but those whose type is in what is not read."""
        return [(name, body) for name, body in self.maps("Resources") if self._is_typed(body)]

    def _is_typed(self, body: Json) -> bool:
        return not self._open or (isinstance(body, dict) and "Type" in body)

    def untyped(self) -> Iterator[Unread]:
        """Yield the resources whose type is in what is not read."""
        if self._open:
            for name, body in self.maps("Resources"):
                if "Type" not in body:
                    fix = "declare what it needs as a use, and acknowledge this"
                    yield Unread(
                        ("Resources", name), name, "gets its type from a transform, so nothing is known of it", fix
                    )

    def parameter(self, name: str, body: Mapping[str, Json]) -> Parameter:
        path = ("Parameters", name)
        allowed = body.get("AllowedValues", [])
        if not isinstance(allowed, list):
            raise self._error((*path, "AllowedValues"), "must be a list")
        default = body.get("Default")
        return Parameter(
            name,
            self._text(body, "Type", path),
            None if default is None else self._scalar(default, (*path, "Default")),
            tuple(self._scalar(value, (*path, "AllowedValues", index)) for index, value in enumerate(allowed)),
        )

    def mappings(self) -> dict[str, dict[str, dict[str, Expression]]]:
        return {
            name: {
                top: {
                    second: self._mapped(value, ("Mappings", name, top, second))
                    for second, value in self._map(seconds, ("Mappings", name, top)).items()
                }
                for top, seconds in tops.items()
            }
            for name, tops in self.maps("Mappings")
        }

    def _mapped(self, value: Json, path: Path) -> Expression:
        if isinstance(value, list):
            return tuple(self._literal(item, (*path, index)) for index, item in enumerate(value))
        return self._literal(value, path)

    def _literal(self, value: Json, path: Path) -> str | bool | float:
        if value is None or isinstance(value, (list, dict)):
            raise self._error(path, f"must be text, a number or a list of these, and is {quoted(value)}")
        return value

    def conditions(self, of_resources: Compiler) -> dict[str, Condition]:
        """Compile the conditions; open is one of `of_resources` that only what is not read declares."""
        names = self.names()
        compiler = Compiler(self._source, names)
        # conditions are decided before there is any resource, and Fn::If has no place in them
        operands = Compiler(self._source, replace(names, resources=frozenset(), conditions=frozenset()))
        found = {
            name: compile_condition(body, ("Conditions", name), compiler, operands)
            for name, body in self.section("Conditions").items()
        }
        undeclared = of_resources.undeclared | compiler.undeclared
        return {**found, **dict.fromkeys(sorted(undeclared), Equals(Opaque((), is_text=True), ""))}

    def resource(self, logical_id: str, body: Mapping[str, Json], compiler: Compiler) -> Resource:
        path = ("Resources", logical_id)
        inside = (*path, "Properties")
        properties = self._properties(body.get("Properties") or {}, inside, compiler)
        lines = {name: self._source.lines.get((*inside, name)) for name in properties}
        return Resource(
            logical_id=logical_id,
            type=self._type(body, path),
            properties=properties,
            condition=self._condition(body, path, compiler),
            depends_on=self._depends_on(body, path),
            deletion_policy=self._policy(body, "DeletionPolicy", path, compiler),
            update_replace_policy=self._policy(body, "UpdateReplacePolicy", path, compiler),
            metadata=self._map(body.get("Metadata") or {}, (*path, "Metadata")),
            line=self._source.lines.get(path),
            property_lines={name: line for name, line in lines.items() if line is not None},
        )

    def _properties(self, value: Json, path: Path, compiler: Compiler) -> dict[str, Expression]:
        """Compile the properties; an `Fn::If` in their place is one on each property.

        Source: github.com/stelligent/cfn_nag/issues/334.
        """
        properties = self._map(value, path)
        if properties == _NO_VALUE:
            return {}
        if list(properties) == ["Fn::If"]:
            inside = (*path, "Fn::If")
            condition, one, other = compiler.choices(properties["Fn::If"], inside)
            then = self._properties(one, (*inside, 1), compiler)
            otherwise = self._properties(other, (*inside, 2), compiler)
            return {
                name: If(condition, then.get(name, Ref("AWS::NoValue")), otherwise.get(name, Ref("AWS::NoValue")))
                for name in {**then, **otherwise}
            }
        for name in properties:
            if name.startswith("Fn::"):
                raise self._error((*path, name), "is no property; Fn::If may stand in the place of all")
        return {name: compiler.expression(inner, (*path, name)) for name, inner in properties.items()}

    def output(self, name: str, body: Mapping[str, Json], compiler: Compiler) -> Output:
        path = ("Outputs", name)
        if "Value" not in body:
            raise self._error(path, "has no Value; an output needs one")
        export = self._map(body.get("Export") or {}, (*path, "Export"))
        return Output(
            name,
            compiler.expression(body["Value"], (*path, "Value")),
            compiler.expression(export["Name"], (*path, "Export", "Name")) if "Name" in export else None,
            self._condition(body, path, compiler),
        )

    def _type(self, body: Mapping[str, Json], path: Path) -> str:
        kind = self._text(body, "Type", path)
        if kind.startswith("AWS::Serverless::"):
            raise self._error((*path, "Type"), f"{quoted(kind)} needs the transform; write `Transform: {SAM}`")
        return kind

    def _condition(self, body: Mapping[str, Json], path: Path, compiler: Compiler) -> str | None:
        if "Condition" not in body:
            return None
        return compiler.condition(body["Condition"], (*path, "Condition"))

    def _depends_on(self, body: Mapping[str, Json], path: Path) -> tuple[str, ...]:
        value = body.get("DependsOn", [])
        where = (*path, "DependsOn")
        ids: list[str] = []
        for logical_id in value if isinstance(value, list) else [value]:
            if self._open and isinstance(logical_id, str) and logical_id not in self.section("Resources"):
                continue
            if not isinstance(logical_id, str) or logical_id not in self.section("Resources"):
                raise self._error(where, f"there is no resource {quoted(logical_id)}; correct the logical id")
            ids.append(logical_id)
        return tuple(ids)

    def _policy(self, body: Mapping[str, Json], key: str, path: Path, compiler: Compiler) -> DeletionPolicy | None:
        """Read the policy; one that a function writes counts as none, since deleting is what needs the most."""
        if key not in body:
            return None
        value = body[key]
        if isinstance(value, dict):  # also without AWS::LanguageExtensions, as was recorded on AWS
            compiler.expression(value, (*path, key))
            return None
        for policy in DeletionPolicy:
            if policy.value == value:
                return policy
        known = ", ".join(policy.value for policy in DeletionPolicy)
        raise self._error((*path, key), f"{quoted(value)} is no policy; write one of {known}")

    def _map(self, value: Json, path: Path) -> dict[str, Json]:
        if not isinstance(value, dict):
            raise self._error(path, f"must be a map, and is {quoted(value)}")
        return value

    def _text(self, body: Mapping[str, Json], key: str, path: Path) -> str:
        value = body.get(key)
        if not isinstance(value, str):
            found = f"is {quoted(value)}" if key in body else "is missing"
            raise self._error(path, f"{key} {found}; give it as text")
        return value

    def _scalar(self, value: Json, path: Path) -> str:
        if value is None or isinstance(value, (list, dict)):
            raise self._error(path, f"must be text or a number, and is {quoted(value)}")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def _error(self, path: Path, problem: str) -> TemplateError:
        return self._source.error(path, problem)
