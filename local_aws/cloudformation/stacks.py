"""The operations on stacks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from local_aws.cloudformation.change_sets import NOT_TO_BE_UPDATED, in_the_way, on_failure
from local_aws.cloudformation.inputs import invalid
from local_aws.cloudformation.registry import page
from local_aws.cloudformation.responses import (
    event_shape,
    resource_detail_shape,
    resource_shape,
    resource_summary_shape,
    stack_shape,
    stack_summary_shape,
)
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from local_aws.callers import Caller
    from local_aws.cloudformation.engine import Engine
    from local_aws.cloudformation.records import Stack
    from local_aws.gateway import Operation
    from local_aws.wire import ApiCall

_Answer = Mapping[str, object]
_NO_UPDATES: Final = "No updates are to be performed."


@dataclass(frozen=True)
class Stacks:
    """What is answered of stacks."""

    engine: Engine

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by name."""
        return {
            "ContinueUpdateRollback": self.continue_update_rollback,
            "CreateStack": self.create,
            "DeleteStack": self.delete,
            "DescribeEvents": self.describe_operation_events,
            "DescribeStackEvents": self.describe_events,
            "DescribeStackResource": self.describe_resource,
            "DescribeStackResources": self.describe_resources,
            "DescribeStacks": self.describe,
            "GetStackPolicy": self.get_policy,
            "ListExports": self.list_exports,
            "ListImports": self.list_imports,
            "ListStackResources": self.list_resources,
            "ListStacks": self.list,
            "RollbackStack": self.roll_back,
            "SetStackPolicy": self.set_policy,
            "UpdateStack": self.update,
            "UpdateTerminationProtection": self.protect,
        }

    # what changes them

    def create(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `CreateStack`."""
        engine, params = self.engine, call.params
        name = str(params["StackName"])
        with engine.lock:
            there = engine.registry.live(name)
            if there is not None and there.status != "REVIEW_IN_PROGRESS":
                raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
            stack = there or engine.registry.new(name)
            policy = self._policy_of(params, caller)
            self._deploy(call, caller, stack, "CREATE", lambda: engine.registry.stacks.update({name: stack}))
            for one in stack.change_sets.values():
                one.execution = "OBSOLETE"
            stack.is_protected = bool(params.get("EnableTerminationProtection"))
            stack.policy = policy
        return {"StackId": stack.id}

    def update(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `UpdateStack`."""
        engine, params = self.engine, call.params
        name = str(params["StackName"])
        with engine.lock:
            stack = engine.registry.live(name) or engine.registry.deleted.get(name)
            if stack is None or (stack.template is None and stack.deleted is None):
                raise invalid(f"Stack [{name}] does not exist")
            if stack.is_busy or stack.status in NOT_TO_BE_UPDATED:
                raise in_the_way(stack, "updated")
            policy = self._policy_of(params, caller)
            self._deploy(call, caller, stack, "UPDATE", lambda: None)
            stack.policy = policy or stack.policy
        return {"StackId": stack.id}

    def _deploy(self, call: ApiCall, caller: Caller, stack: Stack, kind: str, known: Callable[[], None]) -> None:
        """Carry out a template at once; `known` puts the stack among the others, once it is accepted."""
        engine, params = self.engine, call.params
        failure = on_failure(params)
        deployer = engine.deployer(caller, params.get("RoleARN") or stack.role_arn)
        template = engine.preparation.template(params, stack, caller, deployer)
        change_set = engine.change_set(params, stack, kind, template, stack.name)
        engine.compare(stack, change_set, {})
        before = stack.template
        if before is not None and not change_set.changes and change_set.tags == stack.tags:
            same = before.tree.get("Outputs") == template.tree.get("Outputs") and before.texts == template.texts
            if same and before.tree.get("Resources") == template.tree.get("Resources"):
                raise invalid(_NO_UPDATES)
        stack.on_failure = failure
        stack.last_change_set = None
        known()
        execution = engine.begin(stack, change_set, deployer, params.get("ClientRequestToken"))

        def carry_out() -> None:
            execution.execute(change_set)
            if stack.status == "DELETE_COMPLETE":
                engine.registry.forget(stack)

        engine.run(stack, carry_out)

    def delete(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DeleteStack`."""
        engine, params = self.engine, call.params
        with engine.lock:
            stack = engine.registry.live(params["StackName"])
            if stack is None:
                return {}  # as is deleting it once more ("DeleteStack")
            if stack.is_busy:
                raise in_the_way(stack, "deleted")
            if stack.is_protected:
                problem = "cannot be deleted while TerminationProtection is enabled"
                raise invalid(f"Stack [{stack.name}] {problem}")
            kept: list[str] = params.get("RetainResources") or []
            if kept and stack.status != "DELETE_FAILED":
                raise invalid("RetainResources is only for a stack in the DELETE_FAILED state")
            token = params.get("ClientRequestToken")
            if stack.template is None:
                stack.set_status("DELETE_COMPLETE", token)
                engine.registry.forget(stack)
                return {}
            problem = engine.exports.problem_with(stack, ())
            if problem is not None:
                stack.set_status(stack.status, token, f"Delete canceled. {problem.strip()}")
                return {}
            deployer = engine.deployer(caller, params.get("RoleARN") or stack.role_arn)
            carry_out = engine.delete(stack, deployer, token, kept)
        engine.run(stack, carry_out)
        return {}

    def continue_update_rollback(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ContinueUpdateRollback`."""
        engine, params = self.engine, call.params
        with engine.lock:
            stack = engine.registry.stack(params["StackName"])
            execution = engine.last.get(stack.id)
            if execution is None or stack.status != "UPDATE_ROLLBACK_FAILED":
                raise in_the_way(stack, "rolled back")
            skipped: list[str] = params.get("ResourcesToSkip") or []
            failed = {done.change.logical_id for done in execution.done}
            others = [name for name in skipped if name not in failed]
            if others:  # "ContinueUpdateRollback": only what is in UPDATE_FAILED because the rollback failed
                raise invalid(f"Resources [{', '.join(others)}] did not fail to roll back, and cannot be skipped")
            deployer = engine.deployer(caller, params.get("RoleARN") or stack.role_arn)
            resources = engine.resources(stack, deployer, params.get("ClientRequestToken"), stack.tags)
            stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        engine.run(stack, lambda: execution.continue_rollback(resources, skipped))
        return {}

    def roll_back(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `RollbackStack`: of an operation that failed and was left as it was."""
        engine, params = self.engine, call.params
        with engine.lock:
            stack = engine.registry.stack(params["StackName"])
            execution = engine.last.get(stack.id)
            if execution is None or stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
                raise in_the_way(stack, "rolled back")
            deployer = engine.deployer(caller, params.get("RoleARN") or stack.role_arn)
            execution.resources = engine.resources(stack, deployer, params.get("ClientRequestToken"), stack.tags)
            created = stack.status == "CREATE_FAILED"
            stack.status = "ROLLBACK_IN_PROGRESS" if created else "UPDATE_ROLLBACK_IN_PROGRESS"

        def carry_out() -> None:
            if created:
                execution.roll_back_creation("User Initiated")
            else:
                execution.roll_back("UPDATE_ROLLBACK", "User Initiated")

        engine.run(stack, carry_out)
        return {"StackId": stack.id}

    def protect(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `UpdateTerminationProtection`."""
        del caller
        stack = self._named(call)
        stack.is_protected = bool(call.params["EnableTerminationProtection"])
        return {"StackId": stack.id}

    def set_policy(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `SetStackPolicy`. What a policy forbids is not modelled: an update is not held to it."""
        stack = self._named(call)
        stack.policy = self._policy_of(call.params, caller)
        return {}

    def get_policy(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `GetStackPolicy`."""
        del caller
        policy = self._named(call).policy
        return {} if policy is None else {"StackPolicyBody": policy}

    def _policy_of(self, params: Mapping[str, Any], caller: Caller) -> str | None:
        body, url = params.get("StackPolicyBody"), params.get("StackPolicyURL")
        if body is not None and url is not None:
            raise invalid("You cannot specify both StackPolicyURL and StackPolicyBody")
        text = self.engine.preparation.fetched(str(url), caller) if url is not None else body
        if text is not None:
            _check_policy(str(text))
        return text

    # what tells of them

    def describe(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStacks`."""
        del caller
        wanted, registry = call.params.get("StackName"), self.engine.registry
        stacks = [registry.stack(wanted)] if wanted else list(registry.stacks.values())
        found, token = page(stacks, call.params.get("NextToken"))
        return {"Stacks": [stack_shape(stack) for stack in found], **token}

    def list(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ListStacks`."""
        del caller
        registry, wanted = self.engine.registry, call.params.get("StackStatusFilter")
        known = (*tuple(registry.stacks.values()), *tuple(registry.deleted.values()))
        stacks = sorted(known, key=lambda stack: stack.created, reverse=True)
        chosen = [stack for stack in stacks if not wanted or stack.status in wanted]
        found, token = page(chosen, call.params.get("NextToken"))
        return {"StackSummaries": [stack_summary_shape(stack) for stack in found], **token}

    def list_resources(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ListStackResources`."""
        del caller
        stack = self._named(call)
        resources, token = page(tuple(stack.resources.values()), call.params.get("NextToken"))
        return {"StackResourceSummaries": [resource_summary_shape(stack, one) for one in resources], **token}

    def describe_resources(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStackResources`."""
        del caller
        registry, physical = self.engine.registry, call.params.get("PhysicalResourceId")
        stack = registry.with_resource(str(physical)) if physical else self._named(call)
        wanted = call.params.get("LogicalResourceId")
        found = [one for one in tuple(stack.resources.values()) if wanted in (None, one.logical_id)]
        if wanted is not None and not found:
            raise invalid(f"Resource {wanted} does not exist for stack {call.params.get('StackName')}")
        return {"StackResources": [resource_shape(stack, one) for one in found]}

    def describe_resource(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStackResource`."""
        del caller
        name, wanted = call.params["StackName"], call.params["LogicalResourceId"]
        stack = self.engine.registry.live(name) or self.engine.registry.deleted.get(name)
        if stack is None:
            raise invalid(f"Stack '{name}' does not exist")
        found = stack.resources.get(wanted)
        if found is None:
            raise invalid(f"Resource {wanted} does not exist for stack {name}")
        return {"StackResourceDetail": resource_detail_shape(stack, found)}

    def describe_events(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeStackEvents`."""
        del caller
        name = call.params.get("StackName", "")
        stack = self.engine.registry.live(name) or self.engine.registry.deleted.get(name)
        if stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        events, token = page(tuple(reversed(stack.events)), call.params.get("NextToken"))
        return {"StackEvents": [event_shape(stack, event) for event in events], **token}

    @staticmethod
    def describe_operation_events(call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeEvents` with nothing: early validation of a change set, and hooks, are not modelled."""
        del call, caller
        return {"OperationEvents": []}

    def list_exports(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ListExports`."""
        del caller
        listed, token = page(self.engine.exports.listed(), call.params.get("NextToken"))
        exports = [{"ExportingStackId": stack.id, "Name": name, "Value": value} for stack, name, value in listed]
        return {"Exports": exports, **token}

    def list_imports(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ListImports`."""
        del caller
        name = str(call.params["ExportName"])
        importers = [stack.name for stack in self.engine.exports.importers(name)]
        if not importers:
            raise invalid(f"Export '{name}' is not imported by any stack.")
        return {"Imports": importers}

    def _named(self, call: ApiCall) -> Stack:
        name = call.params.get("StackName")
        if not name:
            raise invalid("StackName is a required parameter.")
        return self.engine.registry.stack(name)


def _check_policy(text: str) -> None:
    """Refuse what is no stack policy ("Prevent updates to stack resources", AWS CloudFormation User Guide)."""
    try:
        statements = json.loads(text).get("Statement", [])
        valid = all(
            one["Effect"] in ("Allow", "Deny")
            and one["Principal"] == "*"
            and ("Action" in one) != ("NotAction" in one)
            and all(_is_update(action) for action in _listed(one.get("Action", one.get("NotAction"))))
            and all(_is_logical(on) for on in _listed(one.get("Resource", one.get("NotResource"))))
            for one in _listed(statements)
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        valid = False
    if not valid:
        raise invalid("Error validating stack policy: Invalid stack policy")


def _is_update(action: object) -> bool:
    return str(action) in ("Update:*", "Update:Modify", "Update:Replace", "Update:Delete", "*")


def _is_logical(resource: object) -> bool:
    return str(resource) == "*" or str(resource).startswith("LogicalResourceId/")


def _listed(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
