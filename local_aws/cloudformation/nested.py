"""AWS::CloudFormation::Stack: a stack that another has as a resource.

Source: "AWS::CloudFormation::Stack", AWS CloudFormation Template Reference. What its template declares is created,
updated and deleted by whoever deploys the stack that it is nested in, and while that waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

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
    from local_aws.cloudformation.engine import Engine
    from local_aws.cloudformation.handler import Modelled, Properties, Services, Tags
    from local_aws.cloudformation.records import Stack

STACK: Final = "AWS::CloudFormation::Stack"
_CAPABILITIES: Final = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
"""Of a nested stack: those of its parent are asked for when that is deployed."""


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

    def __init__(self, services: Services, engine: Engine, deployment: tuple[Stack, Caller] | None) -> None:
        """Take the stack that it is nested in and who deploys that; None: nothing is deployed yet."""
        super().__init__(services)
        self._engine = engine
        self._deployment = deployment

    def create(self, name: str, properties: Properties, tags: Tags) -> Physical:
        """Create the stack, to its end."""
        engine, (parent, caller) = self._engine, self._deploying
        stack = engine.registry.new(name)
        self._allow("cloudformation:CreateStack", stack.id)
        stack.parent = parent.id, parent.parent[1] if parent.parent else parent.id
        with engine.lock:
            execution, change_set = self._begun(stack, properties, tags, "CREATE")
            engine.registry.stacks[name] = stack
        execution.execute(change_set)
        if stack.status != "CREATE_COMPLETE":
            problem = _embedded(stack, "created")
            with engine.lock:
                carry_out = engine.delete(stack, caller, None)
            carry_out()  # its parent has no resource of it yet, that it would roll back
            raise AwsError("GeneralServiceException", problem)
        return _physical(stack)

    def update(self, physical: Physical, before: Properties, after: Properties, tags: Tags) -> Physical:
        """Update the stack, to its end."""
        del before
        stack = self._engine.registry.stack(physical.ref or physical.name)
        self._allow("cloudformation:UpdateStack", stack.id)
        with self._engine.lock:
            execution, change_set = self._begun(stack, after, tags, "UPDATE")
        execution.execute(change_set)
        if stack.status != "UPDATE_COMPLETE":
            raise AwsError("GeneralServiceException", _embedded(stack, "updated"))
        return _physical(stack)

    def delete(self, physical: Physical, properties: Properties) -> None:
        """Delete the stack, to its end."""
        del properties
        engine, (_, caller) = self._engine, self._deploying
        stack = engine.registry.live(physical.ref or physical.name)
        if stack is None:
            return
        self._allow("cloudformation:DeleteStack", stack.id)
        with engine.lock:
            carry_out = engine.delete(stack, caller, None)
        carry_out()
        if stack.status != "DELETE_COMPLETE":
            raise AwsError("GeneralServiceException", _embedded(stack, "deleted"))

    def find(self, identifier: Mapping[str, str]) -> Physical | None:
        """Find the stack with this `StackId`."""
        stack = self._engine.registry.live(identifier["StackId"])
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

    def _begun(self, stack: Stack, properties: Properties, tags: Tags, kind: str) -> Any:
        engine, (_, caller) = self._engine, self._deploying
        given = properties.get("Parameters", {})
        params = {
            "TemplateURL": properties["TemplateURL"],
            "Parameters": [{"ParameterKey": key, "ParameterValue": _text(value)} for key, value in given.items()],
            "Capabilities": _CAPABILITIES,
            "NotificationARNs": properties.get("NotificationARNs", []),
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items() if not key.startswith("aws:")],
        }
        template = engine.preparation.template(params, stack, caller)
        change_set = engine.change_set(params, stack, kind, template, stack.name)
        engine.compare(stack, change_set, {})
        return engine.begin(stack, change_set, caller, None), change_set

    def _allow(self, action: str, stack_id: str) -> None:
        _, caller = self._deploying
        permissions = caller.permissions
        if permissions is None:
            return
        context = context_of_call(self.services.account, self.services.region, stack_id)
        refused = denied(Request(action, stack_id, context), permissions, caller.arn)
        if refused is not None:
            raise invalid(refused)


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
