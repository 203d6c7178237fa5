"""A change of a template that a deployment's own permissions are enough for, and a resource that is bound to fail."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.knowledge import UnknownType, handler_calls, type_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_aws.rehearse.variants import Template

_TEXT: Final = "changed by the rehearsal"
_METADATA: Final = "AWS::CDK::Metadata"
FAILING: Final = "BoundToFail"


def changed(template: Template) -> tuple[str, Template]:
    """Change one thing of a template; return what it is, and the template.

    It is a description or a tag's value, if a resource has one whose change calls nothing that the template as it is
    does not call too; else CDK's own metadata; else an output is added. So whoever may deploy the template may deploy
    the change.
    """
    for name, resource in _resources(template):
        for what, properties in _harmless(str(resource.get("Type")), resource.get("Properties") or {}):
            edit = copy.deepcopy(template)
            edit["Resources"][name]["Properties"] = properties
            return f"{what} of {name}", edit
    edit = copy.deepcopy(template)
    for name, resource in _resources(edit):
        if resource.get("Type") == _METADATA:
            resource["Properties"] = {**(resource.get("Properties") or {}), "Analytics": _TEXT}
            return f"{name}, which is CDK's metadata", edit
    edit.setdefault("Outputs", {})["Rehearsed"] = {"Value": _TEXT}
    return "an output", edit


def failing(template: Template) -> Template:
    """Add a resource that fails, after all the others, whoever deploys it.

    Names under `/aws` are not free ("PutParameter", AWS Systems Manager API Reference).
    """
    edit = copy.deepcopy(template)
    others = [name for name, resource in _resources(template) if "Condition" not in resource]
    edit["Resources"][FAILING] = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Name": "/aws/rehearsal", "Type": "String", "Value": _TEXT},
        "DependsOn": others,
    }
    return edit


def _resources(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from cast("dict[str, dict[str, Any]]", template.get("Resources") or {}).items()


def _harmless(kind: str, properties: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield properties that differ in one thing, and call the same."""
    schema = type_schema(kind)
    if schema is None:
        return
    fixed = schema.create_only | schema.conditional_create_only | schema.read_only
    if "Description" in schema.settable and "Description" not in fixed:
        with_text = {**properties, "Description": _TEXT}
        if _calls(kind, with_text) == _calls(kind, properties) is not None:
            yield "the description", with_text
    tags = _tags(properties.get("Tags"))
    if tags and "Tags" not in fixed and schema.tag_property == "Tags":
        yield "a tag", {**properties, "Tags": [{**tags[0], "Value": _TEXT}, *tags[1:]]}


def _calls(kind: str, properties: dict[str, Any]) -> frozenset[tuple[object, ...]] | None:
    """Return what the handlers of a resource call; None if that is not known."""
    calls = handler_calls(kind, properties)
    if isinstance(calls, UnknownType):
        return None
    return frozenset((call.action, call.operation, str(call.resource)) for call in calls)


def _tags(value: object) -> list[dict[str, object]]:
    """Return a list of tags, none of which is an expression; else none."""
    tags = cast("list[dict[str, object]]", value) if isinstance(value, list) else []
    return tags if all(isinstance(tag.get("Key"), str) for tag in tags) else []
