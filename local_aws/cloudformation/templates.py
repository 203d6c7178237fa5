"""The operations on templates: what a stack was made from, and what one would ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.knowledge import type_schema
from local_aws.cloudformation.inputs import invalid
from local_aws.cloudformation.template_checks import checked_tree

if TYPE_CHECKING:
    from local_aws.callers import Caller
    from local_aws.cloudformation.engine import Engine
    from local_aws.gateway import Operation
    from local_aws.wire import ApiCall

_Answer = Mapping[str, object]
_NAMED_BY: Final = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
_CONSTRAINTS: Final = ("AllowedPattern", "AllowedValues", "ConstraintDescription")
_CONSTRAINTS_OF_NUMBERS: Final = ("MaxLength", "MaxValue", "MinLength", "MinValue")


@dataclass(frozen=True)
class Templates:
    """What is answered of templates."""

    engine: Engine

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by name."""
        return {
            "GetTemplate": self.get,
            "GetTemplateSummary": self.summarise,
            "ValidateTemplate": self.validate,
        }

    def get(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `GetTemplate`."""
        del caller
        params, registry = call.params, self.engine.registry
        if params.get("ChangeSetName"):
            if not params.get("StackName") and not str(params["ChangeSetName"]).startswith("arn:"):
                raise invalid("StackName is a required parameter.")
            template = registry.change_set(params)[1].template
        elif params.get("StackName"):
            template = registry.stack(params["StackName"]).template
        else:
            raise invalid("StackName is required if ChangeSetName is not specified.")
        if template is None:
            return {"TemplateBody": "{}", "StagesAvailable": ["Original", "Processed"]}
        return {"TemplateBody": template.text, "StagesAvailable": ["Original", "Processed"]}

    def validate(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ValidateTemplate`."""
        tree = self._tree(call.params, caller)
        parameters = [
            _known(
                {
                    "ParameterKey": name,
                    "DefaultValue": _text(one.get("Default")),
                    "NoEcho": _is_secret(one),
                    "Description": one.get("Description"),
                }
            )
            for name, one in _declared(tree, "Parameters").items()
        ]
        transforms = _transforms(tree)
        return _known(
            {
                "Parameters": parameters,
                "Description": tree.get("Description"),
                **_capabilities(tree),
                "DeclaredTransforms": transforms or None,
            }
        )

    def summarise(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `GetTemplateSummary`."""
        params = call.params
        if params.get("StackName"):
            stack = self.engine.registry.stack(params["StackName"])
            if stack.template is None:
                raise invalid("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            tree: Mapping[str, Any] = stack.template.tree
        else:
            tree = self._tree(params, caller)
        declared: Mapping[str, Any] = tree["Resources"]
        parameters = [_declaration(name, one) for name, one in _declared(tree, "Parameters").items()]
        return _known(
            {
                "Parameters": parameters,
                "Description": tree.get("Description"),
                **_capabilities(tree),
                "ResourceTypes": [one["Type"] for one in declared.values()],
                "Version": tree.get("AWSTemplateFormatVersion"),
                "Metadata": str(tree["Metadata"]) if "Metadata" in tree else None,
                "DeclaredTransforms": _transforms(tree) or None,
                "ResourceIdentifierSummaries": _identifiers(declared),
            }
        )

    def _tree(self, params: Mapping[str, Any], caller: Caller) -> Mapping[str, Any]:
        text = self.engine.preparation.text(params, None, caller)
        return checked_tree(text, is_stored=bool(params.get("TemplateURL")))


def _declared(tree: Mapping[str, Any], section: str) -> Mapping[str, Mapping[str, Any]]:
    return tree.get(section) or {}


def _known(shape: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if value is not None}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_secret(parameter: Mapping[str, Any]) -> bool:
    return str(parameter.get("NoEcho")).lower() == "true"


def _declaration(name: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
    constraints = {one: parameter[one] for one in _CONSTRAINTS if one in parameter}
    constraints |= {one: str(parameter[one]) for one in _CONSTRAINTS_OF_NUMBERS if one in parameter}
    if "AllowedValues" in constraints:
        constraints["AllowedValues"] = [_text(value) for value in constraints["AllowedValues"]]
    return _known(
        {
            "ParameterKey": name,
            "DefaultValue": _text(parameter.get("Default")),
            "ParameterType": parameter["Type"],
            "NoEcho": _is_secret(parameter),
            "Description": parameter.get("Description"),
            "ParameterConstraints": constraints,
        }
    )


def _transforms(tree: Mapping[str, Any]) -> list[str]:
    declared = tree.get("Transform", [])
    return cast("list[str]", declared) if isinstance(declared, list) else [declared]


def _capabilities(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return what has to be acknowledged, and for which types."""
    declared: Mapping[str, Any] = tree["Resources"]
    ours = [one for one in declared.values() if str(one.get("Type")).startswith("AWS::IAM::")]
    if not ours:
        return {}
    named = any(_NAMED_BY.get(one["Type"], "") in (one.get("Properties") or {}) for one in ours)
    kinds = ", ".join(dict.fromkeys(one["Type"] for one in ours))
    capability = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    return {
        "Capabilities": [capability],
        "CapabilitiesReason": f"The following resource(s) require capabilities: [{kinds}]",
    }


def _identifiers(declared: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what identifies the resources, by type ("ResourceIdentifierSummary")."""
    by_type: dict[str, list[str]] = {}
    for name, one in declared.items():
        by_type.setdefault(one["Type"], []).append(name)
    return [
        {
            "ResourceType": kind,
            "LogicalResourceIds": names,
            **({} if set(keys) & schema.read_only else {"ResourceIdentifiers": list(keys)}),
        }
        for kind, names in by_type.items()
        if (schema := type_schema(kind)) is not None and (keys := schema.primary_identifier)
    ]
