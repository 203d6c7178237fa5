"""From a document to a template: the shape of every section is checked, its expressions are compiled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from leastgrant.documents.document import Document, read_file, read_text
from leastgrant.documents.source import Json, Path, TemplateError, quoted
from leastgrant.template.conditions import compile_condition
from leastgrant.template.expression import PROCESSED, Compiler, If, Names, Ref
from leastgrant.template.model import DeletionPolicy, Output, Parameter, Resource, Template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.template.conditions import Condition
    from leastgrant.template.expression import Expression

_HARMLESS_TRANSFORM = "AWS::LanguageExtensions"  # its functions are known here; the others write resources
_SAM = "AWS::Serverless"
_NO_VALUE: Json = {"Ref": "AWS::NoValue"}


def load(path: FilePath | str) -> Template:
    """The template in the file at `path`.

    Raises:
        TemplateError: the file cannot be read or is no template that can be resolved.
    """
    return _template(read_file(FilePath(path)))


def parse(text: str, name: str) -> Template:
    """The template that is `text`; `name` is what errors call it.

    Raises:
        TemplateError: the text is no template that can be resolved.
    """
    return _template(read_text(text, name))


def _template(document: Document) -> Template:
    sections = _Sections(document)
    sections.refuse_transforms()
    compiler = Compiler(document.source, sections.names())
    parameters = {name: sections.parameter(name, body) for name, body in sections.maps("Parameters")}
    return Template(
        source=document.source,
        parameters=parameters,
        mappings=sections.mappings(),
        conditions=sections.conditions(),
        resources={name: sections.resource(name, body, compiler) for name, body in sections.maps("Resources")},
        outputs={name: sections.output(name, body, compiler) for name, body in sections.maps("Outputs")},
    )


class _Sections:
    """The sections of one document."""

    def __init__(self, document: Document) -> None:
        self._source = document.source
        self._root = self._map(document.tree, ())
        if not self.section("Resources"):
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
            resources=frozenset(self.section("Resources")),
            conditions=frozenset(self.section("Conditions")),
            mappings=frozenset(self.section("Mappings")),
        )

    def refuse_transforms(self) -> None:
        """Refuses what writes parts of the template only when it is deployed."""
        transforms = self._root.get("Transform", [])
        for transform in transforms if isinstance(transforms, list) else [transforms]:
            if transform != _HARMLESS_TRANSFORM:
                problem = f"{quoted(transform)} rewrites the template when it is deployed; {PROCESSED}"
                raise self._error(("Transform",), problem)
        for section in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
            for name in self.section(section):
                if name.startswith("Fn::"):
                    problem = f"writes parts of the template when it is deployed; {PROCESSED}"
                    raise self._error((section, name), problem)

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

    def conditions(self) -> dict[str, Condition]:
        names = self.names()
        compiler = Compiler(self._source, names)
        # conditions are decided before there is any resource, and Fn::If has no place in them
        operands = Compiler(self._source, replace(names, resources=frozenset(), conditions=frozenset()))
        return {
            name: compile_condition(body, ("Conditions", name), compiler, operands)
            for name, body in self.section("Conditions").items()
        }

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
        """The properties; an `Fn::If` in their place is one on each property.

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
                raise self._error((*path, name), f"writes the properties when it is deployed; {PROCESSED}")
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
        if kind.startswith(f"{_SAM}::") or kind.endswith("::MODULE"):
            problem = f"{quoted(kind)} is expanded when it is deployed; {PROCESSED}"
            raise self._error((*path, "Type"), problem)
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
            if not isinstance(logical_id, str) or logical_id not in self.section("Resources"):
                raise self._error(where, f"there is no resource {quoted(logical_id)}; correct the logical id")
            ids.append(logical_id)
        return tuple(ids)

    def _policy(self, body: Mapping[str, Json], key: str, path: Path, compiler: Compiler) -> DeletionPolicy | None:
        """The policy; one that a function writes counts as none, since deleting is what needs the most."""
        if key not in body:
            return None
        value = body[key]
        if isinstance(value, dict) and self._root.get("Transform"):  # of AWS::LanguageExtensions, as no other is taken
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
