"""The operations that detect drift: what services tell of resources, held against what their stack was deployed with.

"Detect unmanaged configuration changes to stacks and resources with drift detection", AWS CloudFormation User Guide:
only properties that the template sets are compared, and whoever asks needs permission to read each resource. Here what
a handler reads back is compared; a property that it does not is named in the resource's `DriftStatusReason`, and a
resource of a type that cannot be read back at all stays `NOT_CHECKED`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast
from uuid import uuid4

from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.inputs import invalid
from local_aws.cloudformation.records import Drift, DriftStatus, StackDrift
from local_aws.cloudformation.registry import page
from local_aws.cloudformation.resources import ResourceFailed
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from local_aws.callers import Caller
    from local_aws.cloudformation.engine import Engine
    from local_aws.cloudformation.records import Stack, StackResource
    from local_aws.cloudformation.resources import StackResources
    from local_aws.gateway import Operation
    from local_aws.wire import ApiCall

_Answer = Mapping[str, object]
_CHECKABLE: Final = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_FAILED",
    }
)


@dataclass(frozen=True)
class Drifts:
    """What is answered of drift."""

    engine: Engine
    _detections: dict[str, tuple[Stack, StackDrift]] = field(default_factory=dict[str, "tuple[Stack, StackDrift]"])

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by name."""
        return {
            "DescribeStackDriftDetectionStatus": self.status,
            "DescribeStackResourceDrifts": self.describe,
            "DetectStackDrift": self.detect,
            "DetectStackResourceDrift": self.detect_one,
        }

    def detect(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DetectStackDrift`, at once."""
        stack = self._stack(call)
        wanted: list[str] = call.params.get("LogicalResourceIds") or list(stack.resources)
        lost = [name for name in wanted if name not in stack.resources]
        if lost:
            raise invalid(f"Resources [{', '.join(lost)}] do not exist for stack {stack.name}")
        found = self._checked(stack, wanted, caller)
        stack.drift = found
        detection = str(uuid4())
        self._detections[detection] = stack, found
        return {"StackDriftDetectionId": detection}

    def detect_one(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DetectStackResourceDrift`."""
        stack, name = self._stack(call), call.params["LogicalResourceId"]
        if name not in stack.resources:
            raise invalid(f"Resource {name} does not exist for stack {stack.name}")
        found = self._checked(stack, [name], caller)
        if found.failed:
            raise invalid(found.failed[name])
        if name not in found.resources:
            raise invalid(f"NOT MODELLED by the emulator: {stack.resources[name].type} cannot be read back")
        stack.drift = StackDrift({**_known(stack), **found.resources})
        return {"StackResourceDrift": _shape(stack, stack.resources[name], found.resources[name])}

    def status(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStackDriftDetectionStatus`."""
        del caller
        detection = str(call.params["StackDriftDetectionId"])
        if detection not in self._detections:
            raise invalid(f"Drift detection id {detection} does not exist")
        stack, found = self._detections[detection]
        failed = "; ".join(f"{name}: {reason}" for name, reason in found.failed.items())
        outcome = {"DetectionStatus": "DETECTION_COMPLETE"}
        if failed:
            outcome = {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": failed}
        return {
            "StackId": stack.id,
            "StackDriftDetectionId": detection,
            "StackDriftStatus": found.status.value,
            "DriftedStackResourceCount": found.drifted,
            "Timestamp": found.time,
            **outcome,
        }

    def describe(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStackResourceDrifts`."""
        del caller
        stack, wanted = self.engine.registry.stack(call.params["StackName"]), call.params
        filters = wanted.get("StackResourceDriftStatusFilters")
        shapes = [
            _shape(stack, stack.resources[name], drift)
            for name, drift in _known(stack).items()
            if name in stack.resources and (not filters or drift.status.value in filters)
        ]
        found, token = page(shapes, wanted.get("NextToken"))
        return {"StackResourceDrifts": found, **token}

    def _stack(self, call: ApiCall) -> Stack:
        stack = self.engine.registry.stack(call.params["StackName"])
        if stack.status not in _CHECKABLE:
            problem = f"Drift detection cannot be performed on stack [{stack.id}] while its state is {stack.status}"
            raise invalid(problem)
        return stack

    def _checked(self, stack: Stack, names: list[str], caller: Caller) -> StackDrift:
        resources = self.engine.resources(stack, caller, None, stack.tags)
        found: dict[str, Drift] = {}
        failed: dict[str, str] = {}
        for name in names:
            try:
                found[name] = _drift(resources, stack.resources[name])
            except NotModelled:
                continue
            except (AwsError, ResourceFailed) as error:
                failed[name] = str(error)
        return StackDrift(found, failed)


def _known(stack: Stack) -> Mapping[str, Drift]:
    return stack.drift.resources if stack.drift is not None else {}


def _drift(resources: StackResources, resource: StackResource) -> Drift:
    """Compare a resource with what its service tells of it.

    Raises:
        NotModelled: it cannot be read back.
        AwsError: the caller may not read it.
    """
    expected = resources.lookups.without_references(resource.properties)
    live = resources.live(resource, expected)
    if live is None:
        return Drift(DriftStatus.DELETED, expected, None, ())
    differences = tuple(
        (path, before, after)
        for name in expected
        if name in live
        for path, before, after in _differences(expected[name], live[name], f"/{name}")
    )
    unread = tuple(name for name in expected if name not in live)
    status = DriftStatus.MODIFIED if differences else DriftStatus.IN_SYNC
    return Drift(status, expected, {name: live[name] for name in expected if name in live}, differences, unread)


def _differences(expected: Any, live: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield what differs, by the deepest path: what the template does not set is not compared, but in documents."""
    if isinstance(expected, Mapping) and isinstance(live, Mapping):
        old, new = cast("Mapping[str, Any]", expected), cast("Mapping[str, Any]", live)
        for name in old:
            yield from _differences(old[name], new.get(name), f"{path}/{name}")
        for name in new:
            if name not in old:
                yield f"{path}/{name}", None, new[name]
    elif isinstance(expected, list) and isinstance(live, list):
        olds, news = cast("list[Any]", expected), cast("list[Any]", live)
        for number in range(max(len(olds), len(news))):
            old, new = (one[number] if number < len(one) else None for one in (olds, news))
            yield from _differences(old, new, f"{path}/{number}")
    elif _text(expected) != _text(live):
        yield path, expected, live


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _shape(stack: Stack, resource: StackResource, drift: Drift) -> dict[str, object]:
    """Return a `StackResourceDrift`."""
    shape: dict[str, object] = {
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ExpectedProperties": json.dumps(drift.expected),
        "StackResourceDriftStatus": drift.status.value,
        "PropertyDifferences": [_difference(*one) for one in drift.differences],
        "Timestamp": drift.time,
    }
    if drift.live is not None:
        shape["ActualProperties"] = json.dumps(drift.live)
    if drift.unread:
        shape["DriftStatusReason"] = f"NOT MODELLED by the emulator: {', '.join(drift.unread)} cannot be read back"
    return shape


def _difference(path: str, expected: Any, live: Any) -> dict[str, str]:
    kind = "ADD" if expected is None else "REMOVE" if live is None else "NOT_EQUAL"
    return {
        "PropertyPath": path,
        "ExpectedValue": _text(expected),
        "ActualValue": _text(live),
        "DifferenceType": kind,
    }
