"""Templates in a form that can be compared, whether SAM or CDK wrote them.

Parameters and pseudo parameters are resolved; a reference to a resource becomes `${LogicalId}` or `${LogicalId.Attr}`;
lists that CloudFormation takes as sets are sorted or keyed; a policy document is written out in full.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from tests.json_values import as_list, is_array, is_object

_KEY_OF: Final = {
    "Tags": "Key",
    "AttributeDefinitions": "AttributeName",
    "GlobalSecondaryIndexes": "IndexName",
    "Policies": "PolicyName",
    "Targets": "Id",
}
"""The lists whose order has no meaning, and the member that tells their items apart."""

_SETS: Final = {"Action", "Resource", "Service"}
"""The members of a policy where one string stands for a list of one, in any order."""


def normal_form(template: Mapping[str, Any], pseudo_parameters: Mapping[str, str]) -> dict[str, Any]:
    """The template's resources and outputs."""
    defaults = {name: parameter.get("Default") for name, parameter in template.get("Parameters", {}).items()}
    known = {**pseudo_parameters, **defaults}
    return {section: _normal(template[section], known) for section in ("Resources", "Outputs")}


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two normal forms differ: a path, and what stands there; None where nothing does."""
    if is_object(before) and is_object(after):
        for key in sorted({*before, *after}):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    elif before != after:
        yield path, before, after


def _normal(value: Any, known: Mapping[str, Any], name: str = "") -> Any:
    if is_object(value):
        return _normal_object(value, known, name)
    if name in _SETS:
        return sorted(_normal(item, known) for item in as_list(value))
    if is_array(value):
        items = [_normal(item, known) for item in value]
        key = _KEY_OF.get(name)
        return {item[key]: item for item in items} if key else items
    return value


def _normal_object(value: dict[str, Any], known: Mapping[str, Any], name: str) -> Any:
    if len(value) == 1:
        ((key, argument),) = value.items()
        if key == "Ref" or key.startswith("Fn::"):
            text = _intrinsic(key, argument, known)
            return [text] if name in _SETS else text
    if name in ("PolicyDocument", "AssumeRolePolicyDocument"):
        value = {"Version": "2008-10-17", **value, "Statement": as_list(value["Statement"])}
    return {key: _normal(item, known, key) for key, item in value.items() if key != "Code"}


def _intrinsic(key: str, argument: Any, known: Mapping[str, Any]) -> Any:
    match key:
        case "Ref":
            return known.get(argument, f"${{{argument}}}")
        case "Fn::GetAtt":
            return f"${{{'.'.join(argument)}}}"
        case "Fn::Sub":
            return re.sub(r"\$\{([^}]+)\}", lambda found: str(known.get(found[1], found[0])), argument)
        case "Fn::Join":
            separator, items = argument
            return separator.join(str(_normal(item, known)) for item in items)
        case _:
            raise NotImplementedError(f"{key} has no normal form yet")
