"""Stacks, resources, events and changes, as the API shows them ("AWS CloudFormation API Reference")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

from local_aws.cloudformation.records import (
    ChangeAction,
    ResourceChange,
    ResourceChangeDetail,
    Stack,
    StackEvent,
    StackResource,
)

if TYPE_CHECKING:
    from local_aws.cloudformation.stack_template import StackTemplate

Shape: TypeAlias = Mapping[str, object]


def stack_shape(stack: Stack) -> Shape:
    """Return a `Stack`."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.last_change_set,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": False,
        "EnableTerminationProtection": False,
        "RollbackConfiguration": {},
        "Parameters": parameter_shapes(stack.template) if stack.template else [],
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in stack.outputs.items()],
        "Tags": tag_shapes(stack.tags),
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def parameter_shapes(template: StackTemplate) -> list[Shape]:
    """Return a list of `Parameter`."""
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in template.shown_values.items()]


def tag_shapes(tags: Mapping[str, str]) -> list[Shape]:
    """Return a list of `Tag`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def change_shape(change: ResourceChange, *, with_values: bool) -> Shape:
    """Return a `Change`, with or without the values of properties."""
    kept = change.retained
    policy = None
    if change.action is ChangeAction.REMOVE:
        policy = "Retain" if kept else "Delete"
    elif change.may_replace:
        policy = "ReplaceAndRetain" if kept else "ReplaceAndDelete"
    shown_change: dict[str, object] = {
        "PolicyAction": policy,
        "Action": change.action.value,
        "LogicalResourceId": change.logical_id,
        "PhysicalResourceId": change.physical and (change.physical.ref or change.physical.name),
        "ResourceType": change.type,
        "Replacement": change.replacement and change.replacement.value,
        "Scope": list(dict.fromkeys(detail.attribute for detail in change.details)),
        "Details": [_detail(detail, with_values=with_values) for detail in change.details],
    }
    if with_values and change.before is not None and change.after is not None:
        shown_change |= {"BeforeContext": _context(change.before), "AfterContext": _context(change.after)}
    known = {name: value for name, value in shown_change.items() if value is not None}
    return {"Type": "Resource", "ResourceChange": known}


_RECREATION: Final = {"False": "Never", "Conditional": "Conditionally", "True": "Always"}


def _detail(detail: ResourceChangeDetail, *, with_values: bool) -> Shape:
    target: dict[str, object] = {
        "Attribute": detail.attribute,
        "RequiresRecreation": _RECREATION[detail.recreation.value],
    }
    if detail.name is not None:
        target["Name"] = detail.name
    if with_values:
        target |= {"Path": detail.path, "AttributeChangeType": _change_type(detail)}
        target |= {"BeforeValue": _text(detail.before), "AfterValue": _text(detail.after)}
    known = {name: value for name, value in target.items() if value is not None}
    source = "DirectModification"
    if detail.cause is not None:
        source = "ResourceAttribute" if "." in detail.cause else "ResourceReference"
    caused = {} if detail.cause is None else {"CausingEntity": detail.cause}
    evaluation = "Dynamic" if detail.is_dynamic else "Static"
    return {"Target": known, "Evaluation": evaluation, "ChangeSource": source, **caused}


def _context(properties: Mapping[str, object]) -> str:
    return json.dumps({"Properties": properties})


def _change_type(detail: ResourceChangeDetail) -> str:
    if detail.before is None:
        return "Add"
    return "Remove" if detail.after is None else "Modify"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def resource_shape(resource: StackResource) -> dict[str, object]:
    """Return a `StackResourceSummary`."""
    return {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        **({} if resource.reason is None else {"ResourceStatusReason": resource.reason}),
        "LastUpdatedTimestamp": resource.time,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def event_shape(stack: Stack, event: StackEvent) -> Shape:
    """Return a `StackEvent`."""
    known = {
        "StackId": stack.id,
        "EventId": event.id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.time,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    }
    return {name: value for name, value in known.items() if value is not None}
