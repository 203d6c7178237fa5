"""AWS::CloudFormation::Stack: a stack that another has as a resource.

Source: "AWS::CloudFormation::Stack", AWS CloudFormation Template Reference. What its template declares is created,
updated and deleted by whoever deploys the stack that it is nested in, and while that waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, cast

from leastgrant.iam import Request
from leastgrant.template import Physical
from local_aws.cloudformation.handler import NotModelled, ResourceHandler
from local_aws.cloudformation.inputs import invalid
from local_aws.gateway import denied
from local_aws.requests import context_of_call
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local_aws.callers import Caller
    from local_aws.cloudformation.handler import Modelled, Properties, Services, Tags
    from local_aws.cloudformation.records import Stack

STACK: Final = "AWS::CloudFormation::Stack"
_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
"""Of a nested stack: those of its parent are asked for when that is deployed."""


class Deployments(Protocol):
    """What deploys stacks at once."""

    def new(self, name: str) -> Stack:
        """Return a stack that is not among the others yet."""
        ...

    def live(self, name: str) -> Stack | None:
        """Find the stack of a name or id, unless it is deleted."""
        ...

    def deploy(self, stack: Stack, params: Mapping[str, Any], caller: Caller, kind: str) -> None:
        """Create or update a stack, to its end."""
        ...

    def remove(self, stack: Stack, caller: Caller) -> None:
        """Delete a stack, to its end."""
        ...


class NestedStack(ResourceHandler):
    """A nested stack."""

    type_name = STACK
    modelled: ClassVar[Modelled] = {
        "NotificationARNs": None,
        "Parameters": None,
        "Tags": {"Key": None, "Value": None},
        "TemplateURL": None,
        "TimeoutInMinutes": None,
    }

    def __init__(self, services: Services, deployments: Deployments, deployment: tuple[Stack, Caller] | None) -> None:
        """Take the stack that it is nested in and who deploys that; None: nothing is deployed yet."""
        super().__init__(services)
        self._deployments = deployments
        self._deployment = deployment

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Create the stack, to its end."""
        parent, caller = self._deploying
        stack = self._deployments.new(name)
        self._allow("cloudformation:CreateStack", stack.id)
        stack.parent = parent.id, parent.parent[1] if parent.parent else parent.id
        self._deployments.deploy(stack, _params(properties, tags), caller, "CREATE")
        if stack.status != "CREATE_COMPLETE":
            problem = _embedded(stack, "created")
            self._deployments.remove(stack, caller)  # its parent has no resource of it yet, that it would roll back
            raise AwsError("GeneralServiceException", problem)
        return _physical(stack)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Update the stack, to its end."""
        del before
        _, caller = self._deploying
        stack = self._deployments.live(physical.ref or physical.name)
        if stack is None:
            raise invalid(f"Stack [{physical.ref}] does not exist")
        self._allow("cloudformation:UpdateStack", stack.id)
        self._deployments.deploy(stack, _params(after, tags), caller, "UPDATE")
        if stack.status != "UPDATE_COMPLETE":
            raise AwsError("GeneralServiceException", _embedded(stack, "updated"))
        return _physical(stack)

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Delete the stack, to its end."""
        del properties
        _, caller = self._deploying
        stack = self._deployments.live(physical.ref or physical.name)
        if stack is None:
            return
        self._allow("cloudformation:DeleteStack", stack.id)
        self._deployments.remove(stack, caller)
        if stack.status != "DELETE_COMPLETE":
            raise AwsError("GeneralServiceException", _embedded(stack, "deleted"))

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the stack with this `StackId`."""
        stack = self._deployments.live(identifier["StackId"])
        return None if stack is None else _physical(stack)

    def identifier(self, properties: Properties) -> Mapping[str, str] | None:
        """Return nothing: CloudFormation makes up its id."""
        del properties
        return None

    @property
    def _deploying(self) -> tuple[Stack, Caller]:
        if self._deployment is None:
            raise NotModelled("a nested stack outside a deployment")
        return self._deployment

    def _allow(self, action: str, stack_id: str) -> None:
        _, caller = self._deploying
        permissions = caller.permissions
        if permissions is None:
            return
        context = context_of_call(self.services.account, self.services.region, stack_id)
        refused = denied(Request(action, stack_id, context), permissions, caller.arn)
        if refused is not None:
            raise invalid(refused)


def _params(properties: Properties, tags: Tags) -> dict[str, Any]:
    """Return what the stack is deployed with, as the API takes it."""
    given = properties.get("Parameters", {})
    return {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": _text(value)} for key, value in given.items()],
        "Capabilities": _CAPABILITIES,
        "NotificationARNs": properties.get("NotificationARNs", []),
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")],
    }


def _text(value: Any) -> str:
    return ",".join(map(str, cast("list[Any]", value))) if isinstance(value, list) else str(value)


def _physical(stack: Stack) -> Physical:
    outputs = {f"Outputs.{one.name}": one.value for one in stack.outputs}
    return Physical(stack.name, stack.id, stack.id, outputs)


def _embedded(stack: Stack, verb: str) -> str:
    return f"Embedded stack {stack.id} was not successfully {verb}: {(_root_cause(stack) or '').strip()}"


def _root_cause(stack: Stack) -> str | None:
    failed = (e.reason for e in stack.events if e.physical_id == stack.id and e.reason and "resource(s)" in e.reason)
    reason = next(failed, stack.reason)
    return None if reason is None else reason.removesuffix("Rollback requested by user.")
