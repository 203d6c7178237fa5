"""The operations on change sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from local_aws.cloudformation.evaluation import is_unknown
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.importing import existing_imports, named_imports, unprotected
from local_aws.cloudformation.inputs import ValueRefused, invalid
from local_aws.cloudformation.records import ChangeAction, OnFailure, Stack, StoredChangeSet
from local_aws.cloudformation.registry import page
from local_aws.cloudformation.responses import change_set_shape, change_set_summary_shape, change_shapes
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from local_aws.callers import Caller
    from local_aws.cloudformation.engine import Engine
    from local_aws.cloudformation.execution import StackExecution
    from local_aws.cloudformation.stack_template import StackTemplate
    from local_aws.gateway import Operation
    from local_aws.wire import ApiCall

_Answer = Mapping[str, object]
NO_CHANGES: Final = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
NOT_TO_BE_UPDATED: Final = (
    "DELETE_COMPLETE",
    "DELETE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_FAILED",
)
""""Update behaviors of stack resources" and "Troubleshooting", AWS CloudFormation User Guide."""


@dataclass(frozen=True)
class ChangeSets:
    """What is answered of change sets."""

    engine: Engine

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by name."""
        return {
            "CreateChangeSet": self.create,
            "DeleteChangeSet": self.delete,
            "DescribeChangeSet": self.describe,
            "ExecuteChangeSet": self.execute,
            "ListChangeSets": self.list,
        }

    def create(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `CreateChangeSet`."""
        params, engine = call.params, self.engine
        with engine.lock:
            kind = params.get("ChangeSetType") or "UPDATE"
            stack = self._stack_for(params, kind)
            name = str(params["ChangeSetName"])
            if any(existing.name == name for existing in active(stack)):
                raise AwsError("AlreadyExistsException", f"ChangeSet {name} already exists")
            deployer = engine.deployer(caller, params.get("RoleARN"))
            template = engine.preparation.template(params, stack, caller, deployer)
            change_set = engine.change_set(params, stack, kind, template, name)
            self._compare(stack, change_set, params.get("ResourcesToImport") or [])
            if stack.name not in engine.registry.stacks:
                stack.set_status("REVIEW_IN_PROGRESS", None, "User Initiated")
                engine.registry.stacks[stack.name] = stack
            stack.change_sets[change_set.id] = change_set
        return {"Id": change_set.id, "StackId": stack.id}

    def describe(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DescribeChangeSet`."""
        del caller
        stack, change_set = self.engine.registry.change_set(call.params)
        shapes = change_shapes(change_set.changes, with_values=bool(call.params.get("IncludePropertyValues")))
        changes, token = page(shapes, call.params.get("NextToken"))
        return {**change_set_shape(stack, change_set), "Changes": changes, **token}

    def list(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ListChangeSets`."""
        del caller
        name = call.params["StackName"]
        stack = self.engine.registry.live(name) or self.engine.registry.deleted.get(name)
        if stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        return {"Summaries": [change_set_summary_shape(stack, one) for one in active(stack)]}

    def delete(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `DeleteChangeSet`."""
        del caller
        try:
            stack, change_set = self.engine.registry.change_set(call.params)
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                return {}  # deleting what is not there succeeds ("DeleteChangeSet")
            raise
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise _cannot(change_set, "deleted")
        del stack.change_sets[change_set.id]
        return {}

    def execute(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer `ExecuteChangeSet`."""
        engine, params = self.engine, call.params
        with engine.lock:
            stack, change_set = engine.registry.change_set(params)
            if change_set.status == "FAILED":
                problem = f"cannot be executed in its current status of [{change_set.status}]"
                raise AwsError("InvalidChangeSetStatus", f"ChangeSet [{change_set.id}] {problem}")
            if change_set.execution != "AVAILABLE":
                raise _cannot(change_set, "executed")
            if stack.is_busy:
                raise in_the_way(stack, "updated")
            deployer = engine.deployer(caller, change_set.role_arn)
            for other in stack.change_sets.values():
                other.execution = "OBSOLETE" if other.execution == "AVAILABLE" else other.execution
            change_set.execution = "EXECUTE_IN_PROGRESS"
            stack.last_change_set = change_set.id
            stack.on_failure = on_failure(params, change_set.on_failure)
            execution = engine.begin(stack, change_set, deployer, params.get("ClientRequestToken"))
        engine.run(stack, lambda: self.carry_out(execution, change_set))
        return {}

    def carry_out(self, execution: StackExecution, change_set: StoredChangeSet) -> None:
        """Execute a change set, to its end or back."""
        execution.execute(change_set)
        status = execution.stack.status
        failed = "ROLLBACK" in status or "FAILED" in status or "DELETE" in status
        change_set.execution = "EXECUTE_FAILED" if failed else "EXECUTE_COMPLETE"
        if status == "DELETE_COMPLETE":
            self.engine.registry.forget(execution.stack)

    def _stack_for(self, params: Mapping[str, Any], kind: str) -> Stack:
        registry, name = self.engine.registry, str(params["StackName"])
        if (kind == "IMPORT") != bool(params.get("ResourcesToImport")):
            raise invalid("ResourcesToImport is for change sets of the type IMPORT, which must have it")
        stack = registry.live(name) or registry.deleted.get(name)
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            named = f"changeSet [{params['ChangeSetName']}]"
            raise invalid(f"Stack [{name}] already exists and cannot be created again with the {named}.")
        if kind == "UPDATE" and (stack is None or (stack.template is None and stack.deleted is None)):
            raise invalid(f"Stack [{name}] does not exist")
        if stack is not None and (stack.is_busy or stack.status in NOT_TO_BE_UPDATED):
            raise in_the_way(stack, "updated")
        if stack is None and name.startswith("arn:"):
            raise invalid(f"Stack [{name}] does not exist")
        return stack or registry.new(name)

    def _compare(self, stack: Stack, change_set: StoredChangeSet, to_import: list[Mapping[str, Any]]) -> None:
        """Work out the changes, or why there are none."""
        engine, template = self.engine, change_set.template
        named = named_imports(engine, stack, template, to_import)
        existing = existing_imports(engine, stack, template) if change_set.imports_existing else {}
        wrong = unprotected(template, named, existing)
        if wrong is not None:
            _fail(change_set, f"Resources [{wrong}] is missing DeletionPolicy attribute required for import")
            return
        engine.compare(stack, change_set, {**named, **existing})
        other_outputs = self._outputs(stack, stack.template) != self._outputs(stack, template)
        others = [
            *(["Resources"] if any(c.action is not ChangeAction.IMPORT for c in change_set.changes) else []),
            *(["Outputs"] if other_outputs else []),
        ]
        if change_set.kind == "IMPORT" and others:
            _fail(change_set, f"As part of the import operation, you cannot modify or add [{others[0]}]")
        elif _changes_nothing(stack, change_set, other_outputs=other_outputs):
            _fail(change_set, NO_CHANGES)

    def _outputs(self, stack: Stack, template: StackTemplate | None) -> tuple[object, object]:
        """Return the outputs that a template has for a stack, as written and as far as their values are known."""
        if template is None:
            return {}, {}
        evaluation = template.evaluation(stack.resources, self.engine.lookups)
        values: dict[str, object] = {}
        for name, output in template.template.outputs.items():
            try:
                value = evaluation.value(output.value)
            except (ValueRefused, NotModelled):
                continue
            values[name] = None if is_unknown(value) else value
        return template.tree.get("Outputs", {}), values


def _changes_nothing(stack: Stack, change_set: StoredChangeSet, *, other_outputs: bool) -> bool:
    """Tell whether there is nothing to do; a creation has to make the stack, if nothing else."""
    created = change_set.kind == "CREATE"
    return not (created or change_set.changes or other_outputs or change_set.tags != stack.tags)


def active(stack: Stack) -> list[StoredChangeSet]:
    """Return those that `ListChangeSets` names: one that is executed is read by its ARN, and its name is free again."""
    return [one for one in tuple(stack.change_sets.values()) if one.execution != "EXECUTE_COMPLETE"]


def on_failure(params: Mapping[str, Any], chosen: OnFailure | None = None) -> OnFailure:
    """Return what becomes of a stack if the operation that is asked for fails."""
    named = params.get("OnFailure") or params.get("OnStackFailure")
    if params.get("DisableRollback") is not None and named is not None:
        raise invalid("You cannot specify both DisableRollback and OnFailure")
    if params.get("DisableRollback"):
        return OnFailure.DO_NOTHING
    return OnFailure(named) if named else chosen or OnFailure.ROLLBACK


def in_the_way(stack: Stack, what: str) -> AwsError:
    """Make the error of an operation for which the stack is in the wrong state."""
    return invalid(f"Stack:{stack.id} is in {stack.status} state and can not be {what}.")


def _fail(change_set: StoredChangeSet, reason: str) -> None:
    change_set.status, change_set.reason, change_set.execution = "FAILED", reason, "UNAVAILABLE"


def _cannot(change_set: StoredChangeSet, what: str) -> AwsError:
    return AwsError(
        "InvalidChangeSetStatus",
        f"ChangeSet [{change_set.id}] cannot be {what} in its current execution status of [{change_set.execution}]",
    )
