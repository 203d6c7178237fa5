"""What CloudFormation refuses of a template before it looks at the stack: its form, its size, and dangling names.

Sources: "CloudFormation quotas" and "Template anatomy", AWS CloudFormation User Guide; the sentences were recorded on
AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.documents import TemplateError, read_text
from local_aws.cloudformation.inputs import invalid

if TYPE_CHECKING:
    from local_aws.wire import AwsError

LONGEST_BODY: Final = 51_200
"""The most bytes of `TemplateBody`; of one in S3 it is 1 MiB."""
_LONGEST_STORED: Final = 1024 * 1024
_MOST: Final = {"Mappings": 200, "Outputs": 200, "Parameters": 200, "Resources": 500}
_SECTIONS: Final = (
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
)
_SAM: Final = "AWS::Serverless-2016-10-31"
_ATTRIBUTES: Final = (
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
)
_PSEUDO: Final = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)
_GET_ATT: Final = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource"
    " attribute"
)
_SPLIT: Final = (
    "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be"
    " split or a function that returns a string to be split."
)
_EQUALS: Final = "Template error: every Fn::Equals object requires a list of 2 string parameters."
_SELECT: Final = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"

Tree = Mapping[str, Any]


def checked_tree(text: str, *, is_stored: bool = False) -> Tree:
    """Read a template, and refuse what CloudFormation refuses of any stack's.

    Args:
        text: The template.
        is_stored: It is in S3, where it may be longer.

    Raises:
        AwsError: CloudFormation refuses it.
    """
    size = len(text.encode())
    if not is_stored and size > LONGEST_BODY:
        raise invalid(
            f"1 validation error detected: Value '{text}' at 'templateBody' failed to satisfy constraint: Member must"
            f" have length less than or equal to {LONGEST_BODY}"
        )
    if size > _LONGEST_STORED:
        raise invalid(f"Template may not exceed {_LONGEST_STORED} bytes in size.")
    tree = _read(text)
    _check_sections(tree)
    if "Transform" in tree or _is_looped(tree):
        return tree  # what it refers to is known once it is expanded
    _check_references(tree)
    return tree


def _read(text: str) -> Tree:
    is_json = text.lstrip().startswith("{")
    try:
        tree = json.loads(text) if is_json else None
        tree = read_text(text, "the template").tree
    except json.JSONDecodeError as error:
        raise _format(f"JSON not well-formed. (line {error.lineno}, column {error.colno + 1})") from None
    except TemplateError as error:
        raise _format("YAML not well-formed." if "not valid YAML" in str(error) else str(error)) from None
    if not isinstance(tree, dict):
        raise _format("unsupported structure.")
    return tree


def _format(problem: str) -> AwsError:
    return invalid(f"Template format error: {problem}")


def _check_sections(tree: Tree) -> None:
    is_sam = _SAM in _listed(tree.get("Transform", []))
    unknown = [name for name in tree if name not in _SECTIONS and not (is_sam and name == "Globals")]
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    _check_transforms(tree)
    _check_resources(tree.get("Resources"))
    _check_counts_and_names(tree)
    for name, body in _map(tree.get("Outputs")).items():
        _check_output(name, body)
    for name, body in _map(tree.get("Parameters")).items():
        if not isinstance(body, dict) or not isinstance(cast("Tree", body).get("Type"), str):
            raise _format(f"Every Parameters object must contain a Type member. ({name})")
    for name, body in _map(tree.get("Mappings")).items():
        _check_mapping(name, body)


def _check_transforms(tree: Tree) -> None:
    for one in _listed(tree.get("Transform", [])):
        if isinstance(one, dict) and not isinstance(cast("Tree", one).get("Name"), str):
            raise invalid("Key Name of transform definition must be a string.")


def _check_resources(resources: object) -> None:
    if resources is not None and not isinstance(resources, dict):
        raise _format("Any Resources member must be an object.")
    if not resources:
        raise _format("At least one Resources member must be defined.")
    for name, body in _map(cast("object", resources)).items():
        _check_resource(name, body)


def _check_counts_and_names(tree: Tree) -> None:
    for section, most in _MOST.items():
        count = len(tree.get(section) or ())
        if count > most:
            raise _format(f"Number of {section.lower()}, {count}, is greater than maximum allowed, {most}")
    for section, what in (("Resources", "Resource"), ("Parameters", "Parameter"), ("Outputs", "Output")):
        for name in _map(tree.get(section)):
            if not re.fullmatch(r"[a-zA-Z0-9]{1,255}", name) and not name.startswith("Fn::"):
                raise _format(f"{what} name {name} is non alphanumeric.")
    both = [name for name in _map(tree.get("Parameters")) if name in tree["Resources"]]
    if both:
        raise _format(f"Duplicate name in Parameters and Resources: {', '.join(both)}")


def _check_resource(name: str, body: object) -> None:
    if name.startswith("Fn::"):
        return
    if not isinstance(body, dict):
        raise _format("Any Resources member must be an object.")
    declared = cast("Tree", body)
    if not isinstance(declared.get("Type"), str):
        raise _format(f"[/Resources/{name}] Every Resources object must contain a Type member.")
    for attribute in declared:
        if attribute not in _ATTRIBUTES:
            raise invalid(f"Invalid template resource property '{attribute}'")


def _check_output(name: str, body: object) -> None:
    if name.startswith("Fn::"):
        return
    if body is None:
        raise invalid(f"[/Outputs/{name}] 'null' values are not allowed in templates")
    declared = _map(body)
    if "Value" in declared and declared["Value"] is None:
        raise invalid(f"[/Outputs/{name}/Value] 'null' values are not allowed in templates")
    if "Value" not in declared:
        raise _format("Every Outputs member must contain a Value object")


def _check_mapping(name: str, body: object) -> None:
    for top, seconds in _map(body).items():
        if not isinstance(seconds, dict):
            raise _format(f"Every Mappings member {top} must be a map")
        for value in cast("Tree", seconds).values():
            if isinstance(value, dict) or value is None:
                raise _format("Every Mappings attribute must be a String or a List.")
    if not isinstance(body, dict):
        raise _format(f"Every Mappings member {name} must be a map")


def _check_references(tree: Tree) -> None:
    resources, parameters = _map(tree.get("Resources")), _map(tree.get("Parameters"))
    conditions = _map(tree.get("Conditions"))
    graph: dict[str, set[str]] = {}
    dangling: dict[str, None] = {}
    for name, body in resources.items():
        needed = list(_needed(_map(body).get("Properties"), conditions))
        depends = _map(body).get("DependsOn", [])
        needed += cast("list[str]", depends if isinstance(depends, list) else [depends])
        dangling |= dict.fromkeys(
            one for one in needed if one not in resources and one not in parameters and one not in _PSEUDO
        )
        dangling |= dict.fromkeys(one for one in _attributes(_map(body).get("Properties")) if one not in resources)
        graph[name] = {one for one in needed if one in resources}
    if dangling:
        names = ", ".join(dangling)
        raise _format(f"Unresolved resource dependencies [{names}] in the Resources block of the template")
    for name, body in _map(tree.get("Outputs")).items():
        needed = [*_needed(_map(body).get("Value"), conditions), *_attributes(_map(body).get("Value"))]
        lost = dict.fromkeys(
            one for one in needed if one not in resources and one not in parameters and one not in _PSEUDO
        )
        if lost:
            raise _format(f"Unresolved resource dependencies [{', '.join(lost)}] in the Outputs block of the template")
        del name
    _check_conditions(tree)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = cast("list[str]", error.args[1])
        names = ", ".join(dict.fromkeys(reversed(circle)))
        raise invalid(f"Circular dependency between resources: [{names}]") from None


def _check_conditions(tree: Tree) -> None:
    conditions = _map(tree.get("Conditions"))
    for body in _map(tree.get("Resources")).values():
        named = _map(body).get("Condition")
        if named is not None and named not in conditions:
            raise _format(f"Template error: unresolved condition dependency {named} in the Resources block")
    for name, argument in _functions(conditions):
        if name == "Fn::Equals" and (not isinstance(argument, list) or len(cast("list[Any]", argument)) != 2):  # noqa: PLR2004  (what it compares)
            raise invalid(_EQUALS)


def _needed(value: object, conditions: Tree) -> Iterator[str]:
    """Yield what an expression refers to, and refuse functions of another form than theirs."""
    for name, argument in _functions(value):
        match name, argument:
            case "Ref", str():
                yield argument
            case "Fn::GetAtt", _:
                _check_get_att(argument)
            case "Fn::Sub", str():
                yield from _substituted(argument, {})
            case "Fn::Sub", [str() as text, dict()]:
                yield from _substituted(text, cast("Tree", argument[1]))
            case "Fn::Split", _ if not isinstance(argument, list) or len(cast("list[Any]", argument)) != 2:  # noqa: PLR2004  (its form)
                raise invalid(_SPLIT)
            case "Fn::Select", _ if not isinstance(argument, list) or len(cast("list[Any]", argument)) != 2:  # noqa: PLR2004  (its form)
                raise invalid(_SELECT)
            case "Fn::If", [condition, _, _] if isinstance(condition, str) and condition not in conditions:
                raise invalid(f"Template error: unresolved condition dependency {condition} in Fn::If")
            case _:
                pass


def _check_get_att(argument: object) -> None:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(cast("list[Any]", parts)) != 2 or not all(cast("list[Any]", parts)):  # noqa: PLR2004  (its form)
        raise invalid(_GET_ATT)


def _attributes(value: object) -> Iterator[str]:
    """Yield the resources whose attributes an expression asks for."""
    for name, argument in _functions(value):
        if name == "Fn::GetAtt":
            first = argument.partition(".")[0] if isinstance(argument, str) else cast("list[Any]", argument)[0]
            if isinstance(first, str):
                yield first


def _substituted(text: str, variables: Tree) -> Iterator[str]:
    for match in re.finditer(r"\$\{([^{}!][^{}]*)\}", text):
        name = match[1].strip()
        if name not in variables:
            yield name.partition(".")[0]


def _functions(value: object) -> Iterator[tuple[str, Any]]:
    """Yield every function within a value, with its argument."""
    waiting = [value]
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, dict):
            for name, member in cast("Tree", node).items():
                if name == "Ref" or name.startswith("Fn::"):
                    yield name, member
                waiting.append(member)
        elif isinstance(node, list):
            waiting.extend(cast("list[object]", node))


def _is_looped(tree: Tree) -> bool:
    return any(name.startswith(("Fn::ForEach", "Fn::Transform")) for name, _ in _functions(tree))


def _listed(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]


def _map(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
