"""Which resources that exist a change set takes into its stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leastgrant.knowledge import type_schema
from leastgrant.template import DeletionPolicy
from local_aws.cloudformation.inputs import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant.template import Physical
    from local_aws.cloudformation.engine import Engine
    from local_aws.cloudformation.records import Stack
    from local_aws.cloudformation.stack_template import StackTemplate

_OWNED: Final = "passed in ResourceToImport are already in a stack and cannot be imported."
_KEPT: Final = (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)


def named_imports(
    engine: Engine, stack: Stack, template: StackTemplate, to_import: Sequence[Mapping[str, Any]]
) -> dict[str, Physical]:
    """Find what `ResourcesToImport` names.

    Raises:
        AwsError: one cannot be imported so.
    """
    found: dict[str, Physical] = {}
    evaluation = template.evaluation(stack.resources, engine.lookups)
    for one in to_import:
        name, kind = str(one["LogicalResourceId"]), str(one["ResourceType"])
        identifier: Mapping[str, str] = one["ResourceIdentifier"]
        declared, schema = template.template.resources.get(name), type_schema(kind)
        if declared is None or declared.type != kind or schema is None:
            raise invalid(f"Resources [{name}] of type {kind} to import are not in the template")
        if name in stack.resources:
            raise invalid(f"Resources [{name}] {_OWNED}")
        if set(identifier) != set(schema.primary_identifier):
            raise invalid(f"{kind} is identified by {', '.join(schema.primary_identifier)}")
        handler = engine.handler(kind)
        given = handler.identifier(evaluation.members(declared.properties))
        known = ", ".join(f"{key}={value}" for key, value in identifier.items())
        if given not in (None, identifier):
            raise invalid(f"Resources [{name}] are not {known} in the template")
        physical = handler.find(identifier)
        if physical is None:
            raise invalid(f"Resource of type {kind} with {known} does not exist")
        if engine.registry.owner(kind, physical) is not None:
            raise invalid(f"Resources [{name}] {_OWNED}")
        found[name] = physical
    return found


def existing_imports(engine: Engine, stack: Stack, template: StackTemplate) -> dict[str, Physical]:
    """Find what the template names, exists, and belongs to no stack.

    "Import AWS resources into a CloudFormation stack automatically", AWS CloudFormation User Guide: the name is
    written out in the template, and is the type's primary identifier, which must not be read-only.
    """
    found: dict[str, Physical] = {}
    for name, declared in template.declared.items():
        schema = type_schema(declared.type)
        keys = schema.primary_identifier if schema and not {*schema.primary_identifier} & schema.read_only else ()
        identifier = {key: str(v) for key in keys if isinstance(v := declared.properties.get(key), str)}
        if name not in stack.resources and identifier and len(identifier) == len(keys):
            physical = engine.handler(declared.type).find(identifier)
            if physical is not None and engine.registry.owner(declared.type, physical) is None:
                found[name] = physical
    return found


def unprotected(template: StackTemplate, named: Mapping[str, object], existing: Mapping[str, object]) -> str | None:
    """Return the first import whose `DeletionPolicy` is not what an import asks for: any, or one that keeps."""
    wrong = [name for name in named if template.deletion_policy(name) is None]
    wrong += [name for name in existing if template.deletion_policy(name) not in _KEPT]
    return wrong[0] if wrong else None
