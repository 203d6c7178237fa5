"""Stacks, resources, events and changes, as the API shows them ("AWS CloudFormation API Reference").

A key without a value is left out, as AWS leaves it out.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from local_aws.cloudformation.records import (
    CauseKind,
    ChangeAction,
    ChangeReplacement,
    Drift,
    OnFailure,
    ResourceChange,
    ResourceChangeDetail,
    Stack,
    StackDrift,
    StackEvent,
    StackResource,
    StoredChangeSet,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_aws.cloudformation.stack_template import StackTemplate

Shape: TypeAlias = dict[str, Any]


def _known(shape: Shape) -> Shape:
    return {name: value for name, value in shape.items() if value is not None}


def stack_shape(stack: Stack) -> Shape:
    """Return a `Stack`."""
    template = stack.template or next((one.template for one in stack.change_sets.values()), None)
    gone = stack.deleted is not None
    return _known(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "ChangeSetId": None if gone else stack.last_change_set,
            "Description": None if template is None or gone else template.description,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": stack.on_failure is OnFailure.DO_NOTHING,
            "EnableTerminationProtection": None if gone else stack.is_protected,
            "RollbackConfiguration": {},
            "NotificationARNs": list(stack.notification_arns),
            "RoleARN": stack.role_arn,
            "ParentId": stack.parent[0] if stack.parent else None,
            "RootId": stack.parent[1] if stack.parent else None,
            "Capabilities": list(stack.capabilities) or None,
            "Parameters": (parameter_shapes(stack.template) if stack.template else None) or None,
            "Outputs": [
                _known(
                    {
                        "OutputKey": one.name,
                        "OutputValue": one.value,
                        "Description": one.description,
                        "ExportName": one.export,
                    }
                )
                for one in stack.outputs
            ]
            or None,
            "Tags": tag_shapes(stack.tags),
            "DriftInformation": _stack_drift(stack.drift),
        }
    )


def stack_summary_shape(stack: Stack) -> Shape:
    """Return a `StackSummary`."""
    template = stack.template
    return _known(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "TemplateDescription": None if template is None else template.description,
            "CreationTime": stack.created,
            "LastUpdatedTime": stack.updated,
            "DeletionTime": stack.deleted,
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "ParentId": stack.parent[0] if stack.parent else None,
            "RootId": stack.parent[1] if stack.parent else None,
            "DriftInformation": _stack_drift(stack.drift),
        }
    )


def parameter_shapes(template: StackTemplate) -> list[Shape]:
    """Return a list of `Parameter`."""
    return [
        _known({"ParameterKey": name, "ParameterValue": value.shown, "ResolvedValue": value.resolved})
        for name, value in template.parameters.items()
    ]


def tag_shapes(tags: Mapping[str, str]) -> list[Shape]:
    """Return a list of `Tag`."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def change_set_shape(stack: Stack, change_set: StoredChangeSet) -> Shape:
    """Return what `DescribeChangeSet` answers, but for the changes."""
    return _known(
        {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.id,
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": change_set.description,
            "Parameters": parameter_shapes(change_set.template) or None,
            "CreationTime": change_set.time,
            "ExecutionStatus": change_set.execution,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "NotificationARNs": list(change_set.template.notification_arns),
            "RollbackConfiguration": {},
            "Capabilities": list(change_set.capabilities),
            "Tags": tag_shapes(change_set.tags) or None,
            "IncludeNestedStacks": change_set.includes_nested,
            "ImportExistingResources": change_set.imports_existing or None,
            "OnStackFailure": change_set.on_failure and change_set.on_failure.value,
        }
    )


def change_set_summary_shape(stack: Stack, change_set: StoredChangeSet) -> Shape:
    """Return a `ChangeSetSummary`."""
    return _known(
        {
            "ChangeSetId": change_set.id,
            "ChangeSetName": change_set.name,
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": change_set.description,
            "ExecutionStatus": change_set.execution,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "CreationTime": change_set.time,
            "IncludeNestedStacks": change_set.includes_nested,
            "ImportExistingResources": change_set.imports_existing,
        }
    )


def change_shapes(changes: Sequence[ResourceChange], *, with_values: bool) -> list[Shape]:
    """Return a list of `Change`, with or without the values of properties.

    With them, what would only change if an attribute of another resource did is not a change, as AWS takes it to stay.
    """
    shapes = [_change(change, with_values=with_values) for change in changes]
    return [{"Type": "Resource", "ResourceChange": shape} for shape in shapes if shape is not None]


def _change(change: ResourceChange, *, with_values: bool) -> Shape | None:
    details = [one for one in change.details if not (with_values and one.is_indirect)]
    if change.details and not details:
        return None
    replacement = change.replacement
    if with_values and len(details) < len(change.details):
        known = {one.replaces for one in details}
        order = (ChangeReplacement.ALWAYS, ChangeReplacement.CONDITIONAL, ChangeReplacement.NEVER)
        replacement = next(one for one in order if one in known)
    policy = None
    if change.action is ChangeAction.REMOVE:
        policy = "Retain" if change.retained else "Delete"
    elif replacement in (ChangeReplacement.ALWAYS, ChangeReplacement.CONDITIONAL):
        policy = "ReplaceAndRetain" if change.retained else "ReplaceAndDelete"
    return _known(
        {
            "PolicyAction": policy,
            "Action": change.action.value,
            "LogicalResourceId": change.logical_id,
            "PhysicalResourceId": change.physical and (change.physical.ref or change.physical.name),
            "ResourceType": change.type,
            "Replacement": replacement and replacement.value,
            "Scope": list(dict.fromkeys(detail.attribute for detail in details)),
            "Details": [shape for detail in details for shape in _details(detail, with_values=with_values)],
            "BeforeContext": _context(change.before) if with_values and change.before is not None else None,
            "AfterContext": _context(change.after) if with_values and change.after is not None else None,
        }
    )


_RECREATION: Final = {"False": "Never", "Conditional": "Conditionally", "True": "Always"}


def _details(detail: ResourceChangeDetail, *, with_values: bool) -> list[Shape]:
    """Return the `ResourceChangeDetail`s of a value: one of itself, and one of what it follows from."""
    target: Shape = {"Attribute": detail.attribute, "RequiresRecreation": _RECREATION[detail.recreation.value]}
    if detail.name is not None:
        target["Name"] = detail.name
    if with_values:
        target |= {"Path": detail.path, "AttributeChangeType": _change_type(detail)}
        target |= {"BeforeValue": _text(detail.before), "AfterValue": _text(detail.after)}
    target = _known(target)
    cause = detail.cause
    direct = {
        "Target": target,
        "Evaluation": "Static" if cause is None else "Dynamic",
        "ChangeSource": "DirectModification",
    }
    if cause is None:
        return [direct]
    source = "ResourceAttribute" if cause.kind is CauseKind.ATTRIBUTE_IN_PLACE else cause.kind.value
    evaluation = "Dynamic" if detail.is_indirect else "Static"
    caused = {"Target": target, "Evaluation": evaluation, "ChangeSource": source, "CausingEntity": cause.entity}
    if with_values:
        return [direct, caused]
    return [caused, direct] if cause.kind is CauseKind.PARAMETER else [caused]


def _context(properties: Mapping[str, object]) -> str:
    return json.dumps({"Properties": properties})


def _change_type(detail: ResourceChangeDetail) -> str:
    if detail.before is None:
        return "Add"
    return "Remove" if detail.after is None else "Modify"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _stack_drift(drift: StackDrift | None) -> Shape:
    if drift is None:
        return {"StackDriftStatus": "NOT_CHECKED"}
    return {"StackDriftStatus": drift.status.value, "LastCheckTimestamp": drift.time}


def _resource_drift(drift: Drift | None) -> Shape:
    if drift is None:
        return {"StackResourceDriftStatus": "NOT_CHECKED"}
    return {"StackResourceDriftStatus": drift.status.value, "LastCheckTimestamp": drift.time}


def resource_summary_shape(stack: Stack, resource: StackResource) -> Shape:
    """Return a `StackResourceSummary`."""
    return _known(
        {
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "ResourceStatus": resource.status,
            "ResourceStatusReason": resource.reason,
            "LastUpdatedTimestamp": resource.time,
            "DriftInformation": _resource_drift(stack.drift and stack.drift.resources.get(resource.logical_id)),
        }
    )


def resource_shape(stack: Stack, resource: StackResource) -> Shape:
    """Return a `StackResource`."""
    summary = resource_summary_shape(stack, resource)
    time = summary.pop("LastUpdatedTimestamp")
    return {**summary, "StackName": stack.name, "StackId": stack.id, "Timestamp": time}


def resource_detail_shape(stack: Stack, resource: StackResource) -> Shape:
    """Return a `StackResourceDetail`."""
    declared = stack.template.template.resources.get(resource.logical_id) if stack.template else None
    metadata = {} if declared is None else dict(declared.metadata)
    return {
        **resource_summary_shape(stack, resource),
        "StackName": stack.name,
        "StackId": stack.id,
        "Metadata": json.dumps(metadata),
    }


def event_shape(stack: Stack, event: StackEvent) -> Shape:
    """Return a `StackEvent`."""
    return _known(
        {
            "StackId": stack.id,
            "EventId": event.id if event.physical_id == stack.id else _event_id(event),
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
    )


def _event_id(event: StackEvent) -> str:
    return f"{event.logical_id}-{event.status}-{event.time.isoformat(timespec='milliseconds').replace('+00:00', 'Z')}"
