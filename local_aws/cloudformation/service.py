"""CloudFormation's API: what each operation answers, by the names of the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

from botocore.exceptions import ClientError

from leastgrant.iam import Request
from leastgrant.knowledge import type_schema
from leastgrant.template import DeletionPolicy, Environment
from local_aws.cloudformation.comparison import TemplateComparison
from local_aws.cloudformation.execution import StackExecution
from local_aws.cloudformation.handler import NotModelled, ResourceHandler, Services
from local_aws.cloudformation.handlers import handler_of
from local_aws.cloudformation.inputs import given_parameter, invalid, object_at, require_capabilities
from local_aws.cloudformation.records import ChangeAction, Stack, StackResource, StoredChangeSet
from local_aws.cloudformation.resources import StackResources
from local_aws.cloudformation.responses import (
    change_shape,
    event_shape,
    parameter_shapes,
    resource_shape,
    stack_shape,
    tag_shapes,
)
from local_aws.cloudformation.stack_template import StackTemplate, shown
from local_aws.gateway import denied
from local_aws.requests import context_of_call
from local_aws.wire import ApiCall, AwsError

if TYPE_CHECKING:
    import boto3

    from leastgrant.template import Physical
    from local_aws.callers import Caller
    from local_aws.gateway import Operation

_PAGE: Final = 100
_NO_CHANGES: Final = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_OWNED: Final = "passed in ResourceToImport are already in a stack and cannot be imported."
_KEPT: Final = (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)
_TAKEN: Final = {
    "ContinueUpdateRollback": "ClientRequestToken ResourcesToSkip StackName",
    "CreateChangeSet": (
        "Capabilities ChangeSetName ChangeSetType ClientToken Description ImportExistingResources IncludeNestedStacks"
        " Parameters ResourcesToImport StackName Tags TemplateBody TemplateURL UsePreviousTemplate"
    ),
    "DeleteStack": "ClientRequestToken StackName",
    "ExecuteChangeSet": "ChangeSetName ClientRequestToken StackName",
}
"""The parameters that are modelled, of the operations that change something."""
_Item = TypeVar("_Item")
_Answer = Mapping[str, object]


@dataclass
class CloudFormation:
    """The stacks of one account and region."""

    account: str
    region: str
    services: Callable[[], boto3.Session]
    """boto3 with the right to do everything, for the handlers."""
    function_url: Callable[[str], str]
    stacks: dict[str, Stack] = field(default_factory=dict[str, Stack])
    """By name; a deleted stack is not there."""
    deleted: dict[str, Stack] = field(default_factory=dict[str, Stack])
    """By id."""
    _lock: RLock = field(default_factory=RLock)
    _running: list[Thread] = field(default_factory=list[Thread])
    _broken: list[Exception] = field(default_factory=list[Exception])
    """What broke an operation that should have failed in good order."""
    _last: dict[str, StackExecution] = field(default_factory=dict[str, StackExecution])
    """The change set that was last executed, by the stack's id."""
    _handlers: dict[str, ResourceHandler] = field(default_factory=dict[str, ResourceHandler])
    _services: Services | None = None

    @property
    def operations(self) -> Mapping[tuple[str, str], Operation]:
        """The operations that are answered."""
        answered: dict[str, Operation] = {
            "ContinueUpdateRollback": self._continue_update_rollback,
            "CreateChangeSet": self._create_change_set,
            "DeleteChangeSet": self._delete_change_set,
            "DeleteStack": self._delete_stack,
            "DescribeChangeSet": self._describe_change_set,
            "DescribeEvents": self._describe_events,
            "DescribeStackEvents": self._describe_stack_events,
            "DescribeStackResources": self._describe_stack_resources,
            "DescribeStacks": self._describe_stacks,
            "ExecuteChangeSet": self._execute_change_set,
            "GetTemplate": self._get_template,
            "ListChangeSets": self._list_change_sets,
            "ListStackResources": self._list_stack_resources,
        }
        return {("cloudformation", name): _checked(name, operation) for name, operation in answered.items()}

    def stack_arn(self, name: str, region: str) -> str:
        """Return the ARN that IAM is asked about, of a stack's name or id, or of a change set's id."""
        for stack in (*self.stacks.values(), *self.deleted.values()):
            if name in (stack.id, *stack.change_sets):
                return stack.id
        if name.startswith("arn:"):
            return name
        known = self.stacks.get(name)
        return known.id if known else f"arn:aws:cloudformation:{region}:{self.account}:stack/{name}/*"

    def settle(self) -> None:
        """Wait until no operation runs.

        Raises:
            Exception: one of them was broken by an error of the emulator's own.
        """
        while self._running:
            self._running.pop().join()
        if self._broken:
            raise self._broken.pop()

    # change sets

    def _create_change_set(self, call: ApiCall, caller: Caller) -> _Answer:
        params = call.params
        with self._lock:
            stack = self._stack_for(params)
            name = str(params["ChangeSetName"])
            if any(existing.name == name for existing in _active(stack)):
                raise AwsError("AlreadyExistsException", f"ChangeSet {name} already exists")
            template = self._template(params, stack, caller)
            change_set = StoredChangeSet(
                id=f"arn:aws:cloudformation:{self.region}:{self.account}:changeSet/{name}/{uuid4()}",
                name=name,
                kind=params.get("ChangeSetType") or "UPDATE",
                template=template,
                changes=(),
                tags=_tags_of(params, stack),
                capabilities=params.get("Capabilities") or [],
                imports_existing=bool(params.get("ImportExistingResources")),
                description=params.get("Description"),
            )
            self._compare(stack, change_set, _listed(params, "ResourcesToImport"))
            if stack.name not in self.stacks:
                stack.set_status("REVIEW_IN_PROGRESS", str(uuid4()), "User Initiated")
                self.stacks[stack.name] = stack
            stack.change_sets[change_set.id] = change_set
        return {"Id": change_set.id, "StackId": stack.id}

    def _stack_for(self, params: Mapping[str, Any]) -> Stack:
        name, kind = str(params["StackName"]), params.get("ChangeSetType") or "UPDATE"
        if (kind == "IMPORT") != bool(params.get("ResourcesToImport")):
            raise invalid("ResourcesToImport is for change sets of the type IMPORT, which must have it")
        stack = self._live(name)
        if kind == "UPDATE" and (stack is None or stack.template is None):
            raise AwsError("ValidationError", f"Stack [{name}] does not exist")
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise AwsError(
                "ValidationError", f"Stack [{name}] already exists and cannot be created again with the changeSet."
            )
        if stack is not None and (stack.is_busy or stack.status in _NOT_TO_BE_UPDATED):
            raise _in_the_way(stack, "updated")
        if stack is None and name.startswith("arn:"):
            raise invalid(f"Stack [{name}] does not exist")
        return stack or Stack(f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{name}/{uuid4()}", name)

    def _template(self, params: Mapping[str, Any], stack: Stack, caller: Caller) -> StackTemplate:
        before = stack.template
        given = dict(given_parameter(parameter, before) for parameter in _listed(params, "Parameters"))
        buckets = self._known_services.client("s3").list_buckets()["Buckets"]  # there is one account
        own = tuple(bucket["Name"] for bucket in buckets)
        environment = Environment("aws", self.region, self.account, stack.name, own)
        template = StackTemplate(self._text(params, before, caller), given, environment)
        require_capabilities(template, params.get("Capabilities") or [])
        self._refuse_unmodelled(template)
        return template

    def _text(self, params: Mapping[str, Any], before: StackTemplate | None, caller: Caller) -> str:
        sources = [name for name in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if params.get(name)]
        match sources:
            case ["TemplateBody"]:
                return str(params["TemplateBody"])
            case ["TemplateURL"]:
                return self._fetched(str(params["TemplateURL"]), caller)
            case ["UsePreviousTemplate"] if before is not None:
                return before.text
            case _:
                raise invalid("Either Template URL or Template Body must be specified.")

    def _fetched(self, url: str, caller: Caller) -> str:
        """Fetch a template from S3, with the caller's permission."""
        bucket, key = object_at(url)
        permissions = caller.permissions
        asked = Request("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", context_of_call(self.account, self.region))
        if permissions is not None and denied(asked, permissions, caller.arn):
            raise invalid("S3 error: Access Denied")
        try:
            body: bytes = self._known_services.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        except ClientError as error:
            raise invalid(f"S3 error: {error.response.get('Error', {}).get('Message')}") from None
        return body.decode()

    def _refuse_unmodelled(self, template: StackTemplate) -> None:
        """Refuse what the emulator would have to leave out, before anything is done."""
        problem = template.unmodelled
        for one in () if problem else template.resolved({}):
            try:
                self.handler(one.declared.type)
            except NotModelled as error:
                problem = f"{one.declared.logical_id} ({one.declared.type}): {error}"
        if problem is not None:
            raise AwsError("ValidationError", f"NOT MODELLED by the emulator: {problem}")

    def _compare(self, stack: Stack, change_set: StoredChangeSet, to_import: Sequence[Mapping[str, Any]]) -> None:
        """Work out the changes, or why there are none."""
        template = change_set.template
        named = self._named(stack, template, to_import)
        existing = self._existing(stack, template) if change_set.imports_existing else {}
        policies = {name: template.template.resources[name].deletion_policy for name in (*named, *existing)}
        wrong = [name for name in named if policies[name] is None]
        wrong += [name for name in existing if policies[name] not in _KEPT]
        if wrong:
            self._failed(change_set, f"Resources [{wrong[0]}] is missing DeletionPolicy attribute required for import")
            return
        change_set.changes = TemplateComparison(stack, template, named | existing, change_set.tags).changes()
        other_outputs = _outputs(stack, stack.template) != _outputs(stack, template)
        others = [
            *(["Resources"] if any(c.action is not ChangeAction.IMPORT for c in change_set.changes) else []),
            *(["Outputs"] if other_outputs else []),
        ]
        if change_set.kind == "IMPORT" and others:
            self._failed(change_set, f"As part of the import operation, you cannot modify or add [{others[0]}]")
        elif not change_set.changes and not other_outputs and change_set.tags == stack.tags:
            self._failed(change_set, _NO_CHANGES)

    @staticmethod
    def _failed(change_set: StoredChangeSet, reason: str) -> None:
        change_set.status, change_set.reason, change_set.execution = "FAILED", reason, "UNAVAILABLE"

    def _named(
        self, stack: Stack, template: StackTemplate, to_import: Sequence[Mapping[str, Any]]
    ) -> dict[str, Physical]:
        found: dict[str, Physical] = {}
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
            handler = self.handler(kind)
            given = handler.identifier(shown(dict(template.resolved({}).resource(name).properties)))
            known = ", ".join(f"{key}={value}" for key, value in identifier.items())
            if given not in (None, identifier):
                raise invalid(f"Resources [{name}] are not {known} in the template")
            physical = handler.find(identifier)
            if physical is None:
                raise invalid(f"Resource of type {kind} with {known} does not exist")
            if self._owner(kind, physical) is not None:
                raise invalid(f"Resources [{name}] {_OWNED}")
            found[name] = physical
        return found

    def _existing(self, stack: Stack, template: StackTemplate) -> dict[str, Physical]:
        """Find what the template names, exists, and belongs to no stack.

        "Import AWS resources into a CloudFormation stack automatically", AWS CloudFormation User Guide: the name is
        written out in the template, and is the type's primary identifier, which must not be read-only.
        """
        found: dict[str, Physical] = {}
        for name, declared in template.template.resources.items():
            schema = type_schema(declared.type)
            keys = schema.primary_identifier if schema and not {*schema.primary_identifier} & schema.read_only else ()
            identifier = {key: str(v) for key in keys if isinstance(v := declared.properties.get(key), str)}
            if name not in stack.resources and identifier and len(identifier) == len(keys):
                physical = self.handler(declared.type).find(identifier)
                if physical is not None and self._owner(declared.type, physical) is None:
                    found[name] = physical
        return found

    def _owner(self, kind: str, physical: Physical) -> Stack | None:
        """Find the stack that a resource belongs to."""
        return next(
            (
                stack
                for stack in tuple(self.stacks.values())
                for one in tuple(stack.resources.values())
                if (one.type, one.physical.name) == (kind, physical.name)
            ),
            None,
        )

    def _describe_change_set(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        stack, change_set = self._change_set(call.params)
        changes, token = _page(change_set.changes, call.params.get("NextToken"))
        values = bool(call.params.get("IncludePropertyValues"))
        return {
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.id,
            "StackId": stack.id,
            "StackName": stack.name,
            "Description": change_set.description,
            "Parameters": parameter_shapes(change_set.template),
            "CreationTime": change_set.time,
            "ExecutionStatus": change_set.execution,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "Capabilities": change_set.capabilities,
            "Tags": tag_shapes(change_set.tags),
            "Changes": [change_shape(change, with_values=values) for change in changes],
            "ImportExistingResources": change_set.imports_existing,
            **token,
        }

    def _list_change_sets(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        stack = self._stack(call.params["StackName"])
        return {
            "Summaries": [
                {
                    "ChangeSetId": one.id,
                    "ChangeSetName": one.name,
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "ExecutionStatus": one.execution,
                    "Status": one.status,
                    "StatusReason": one.reason,
                    "CreationTime": one.time,
                }
                for one in _active(stack)
            ]
        }

    def _delete_change_set(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        try:
            stack, change_set = self._change_set(call.params)
        except AwsError as error:
            if error.code == "ChangeSetNotFound":
                return {}  # deleting what is not there succeeds ("DeleteChangeSet")
            raise
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise _cannot(change_set, "deleted")
        del stack.change_sets[change_set.id]
        return {}

    def _execute_change_set(self, call: ApiCall, caller: Caller) -> _Answer:
        with self._lock:
            stack, change_set = self._change_set(call.params)
            if change_set.execution != "AVAILABLE":
                raise _cannot(change_set, "executed")
            if stack.is_busy:
                raise _in_the_way(stack, "updated")
            for other in stack.change_sets.values():
                other.execution = "OBSOLETE" if other.execution == "AVAILABLE" else other.execution
            change_set.execution = "EXECUTE_IN_PROGRESS"
            stack.last_change_set, stack.updated = change_set.id, datetime.now(UTC)
            token = str(call.params.get("ClientRequestToken") or uuid4())
            resources = StackResources(stack, caller, self.handler, token, change_set.tags)
            deployment = self._last[stack.id] = StackExecution(resources, change_set.template, stack.template)
            stack.status = f"{change_set.kind}_IN_PROGRESS"
        self._run(stack, lambda: self._carry_out(deployment, change_set))
        return {}

    @staticmethod
    def _carry_out(deployment: StackExecution, change_set: StoredChangeSet) -> None:
        deployment.execute(change_set)
        failed = "ROLLBACK" in deployment.stack.status
        change_set.execution = "EXECUTE_FAILED" if failed else "EXECUTE_COMPLETE"

    # stacks

    def _describe_stacks(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        wanted = call.params.get("StackName")
        stacks = [self._stack(wanted)] if wanted else list(self.stacks.values())
        return {"Stacks": [stack_shape(stack) for stack in stacks]}

    def _get_template(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        params = call.params
        template = self._change_set(params)[1].template if params.get("ChangeSetName") else None
        template = template or self._stack(params["StackName"]).template
        return {"TemplateBody": template.text if template else "{}", "StagesAvailable": ["Original", "Processed"]}

    def _list_stack_resources(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        stack = self._stack(call.params["StackName"])
        resources, token = _page(tuple(stack.resources.values()), call.params.get("NextToken"))
        return {"StackResourceSummaries": [resource_shape(one) for one in resources], **token}

    def _describe_stack_resources(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        physical = call.params.get("PhysicalResourceId")
        stack = self._with(str(physical)) if physical else self._stack(call.params.get("StackName", ""))
        wanted = call.params.get("LogicalResourceId")
        found = [one for one in tuple(stack.resources.values()) if wanted in (None, one.logical_id)]
        of_stack = {"StackName": stack.name, "StackId": stack.id}
        return {"StackResources": [{**resource_shape(one), **of_stack, "Timestamp": one.time} for one in found]}

    def _describe_stack_events(self, call: ApiCall, caller: Caller) -> _Answer:
        del caller
        stack = self._stack(call.params.get("StackName", ""))
        events, token = _page(tuple(reversed(stack.events)), call.params.get("NextToken"))
        return {"StackEvents": [event_shape(stack, event) for event in events], **token}

    def _describe_events(self, call: ApiCall, caller: Caller) -> _Answer:
        """Answer nothing: early validation of a change set, and hooks, are not modelled."""
        del call, caller
        return {"OperationEvents": []}

    def _delete_stack(self, call: ApiCall, caller: Caller) -> _Answer:
        with self._lock:
            stack = self._live(call.params["StackName"])
            if stack is None:
                return {}  # as is deleting it once more ("DeleteStack")
            if stack.is_busy:
                raise _in_the_way(stack, "deleted")
            token = str(call.params.get("ClientRequestToken") or uuid4())
            if stack.template is None:
                stack.set_status("DELETE_COMPLETE", token)
                self._forget(stack)
                return {}
            last = self._last.get(stack.id)
            failed = last if stack.status == "UPDATE_ROLLBACK_FAILED" else None
            resources = StackResources(stack, caller, self.handler, token, stack.tags)
            deployment = StackExecution(resources, stack.template, failed and failed.template)
            also = failed.created if failed else []
            stack.status = "DELETE_IN_PROGRESS"
        self._run(stack, lambda: self._carry_out_deletion(deployment, also))
        return {}

    def _carry_out_deletion(self, deployment: StackExecution, also: Sequence[StackResource]) -> None:
        deployment.delete(also)
        if deployment.stack.status == "DELETE_COMPLETE":
            self._forget(deployment.stack)

    def _continue_update_rollback(self, call: ApiCall, caller: Caller) -> _Answer:
        with self._lock:
            stack = self._stack(call.params["StackName"])
            deployment = self._last.get(stack.id)
            if deployment is None or stack.status != "UPDATE_ROLLBACK_FAILED":
                raise _in_the_way(stack, "rolled back")
            skipped: list[str] = call.params.get("ResourcesToSkip") or []
            failed = {done.change.logical_id for done in deployment.done}
            others = [name for name in skipped if name not in failed]
            if others:  # "ContinueUpdateRollback": only what is in UPDATE_FAILED because the rollback failed
                raise invalid(f"Resources [{', '.join(others)}] did not fail to roll back, and cannot be skipped")
            token = str(call.params.get("ClientRequestToken") or uuid4())
            resources = StackResources(stack, caller, self.handler, token, stack.tags)
            stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        self._run(stack, lambda: deployment.continue_rollback(resources, skipped))
        return {}

    def handler(self, kind: str) -> ResourceHandler:
        """Return the handler of a type.

        Raises:
            NotModelled: there is no such type.
        """
        if kind not in self._handlers:
            self._handlers[kind] = handler_of(kind)(self._known_services)
        return self._handlers[kind]

    @property
    def _known_services(self) -> Services:
        if self._services is None:
            self._services = Services(self.account, self.region, self.services(), self.function_url)
        return self._services

    def _run(self, stack: Stack, operation: Callable[[], None]) -> None:
        def run() -> None:
            try:
                operation()
            except Exception as error:  # noqa: BLE001  (told by `settle`; whoever polls must not wait for ever)
                begun, _, _ = stack.status.partition("_")
                failed = "IMPORT_ROLLBACK_FAILED" if begun == "IMPORT" else f"{begun}_FAILED"
                stack.set_status(failed, "", f"NOT MODELLED by the emulator: it broke: {error!r}")
                self._broken.append(error)

        thread = Thread(target=run, daemon=True)
        self._running.append(thread)
        thread.start()

    def _forget(self, stack: Stack) -> None:
        self.deleted[stack.id] = self.stacks.pop(stack.name)

    def _live(self, name: str) -> Stack | None:
        """Find the stack of a name or id, unless it is deleted."""
        return next((stack for stack in tuple(self.stacks.values()) if name in (stack.name, stack.id)), None)

    def _stack(self, name: str) -> Stack:
        """Find the stack of a name or id, also one that is deleted, by its id."""
        stack = self._live(name) or self.deleted.get(name)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def _with(self, physical_id: str) -> Stack:
        """Find the stack that has a resource of this physical id."""
        for stack in tuple(self.stacks.values()):
            if any(one.physical_id == physical_id for one in tuple(stack.resources.values())):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")

    def _change_set(self, params: Mapping[str, Any]) -> tuple[Stack, StoredChangeSet]:
        name, wanted = str(params["ChangeSetName"]), params.get("StackName")
        if wanted and self._live(wanted) is None:
            raise invalid(f"Stack [{wanted}] does not exist")
        for stack in tuple(self.stacks.values()):
            for change_set in reversed(tuple(stack.change_sets.values())):
                if name == change_set.id or (name == change_set.name and wanted in (stack.name, stack.id)):
                    return stack, change_set
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def _active(stack: Stack) -> list[StoredChangeSet]:
    """Return those that `ListChangeSets` names: one that is executed is read by its ARN, and its name is free again."""
    return [one for one in tuple(stack.change_sets.values()) if one.execution != "EXECUTE_COMPLETE"]


_NOT_TO_BE_UPDATED: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
""""Update behaviors of stack resources" and "Troubleshooting", AWS CloudFormation User Guide."""


def _checked(name: str, operation: Operation) -> Operation:
    """Make the operation refuse what is not modelled."""

    def answered(call: ApiCall, caller: Caller) -> _Answer:
        taken = _TAKEN.get(name, " ".join(call.params)).split()
        others = [one for one, value in call.params.items() if one not in taken and not _is_default(one, value)]
        if others:
            raise invalid(f"NOT MODELLED by the emulator: {others[0]} of {name}")
        try:
            return operation(call, caller)
        except NotModelled as error:
            raise invalid(f"NOT MODELLED by the emulator: {error}") from None

    return answered


def _is_default(parameter: str, value: Any) -> bool:
    """Tell whether an operation does the same without the parameter."""
    match parameter:
        case "DeploymentConfig":
            return value.get("Mode", "STANDARD") == "STANDARD" and not value.get("DisableRollback")
        case "OnStackFailure":
            return value == "ROLLBACK"
        case _:
            return not value


def _in_the_way(stack: Stack, what: str) -> AwsError:
    return invalid(f"Stack:{stack.id} is in {stack.status} state and can not be {what}.")


def _tags_of(params: Mapping[str, Any], stack: Stack) -> Mapping[str, str]:
    """Return the tags of a change set: those that are given, or else the stack's."""
    given = params.get("Tags")
    return stack.tags if given is None else {tag["Key"]: tag["Value"] for tag in given}


def _listed(params: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return params.get(name) or []


def _cannot(change_set: StoredChangeSet, what: str) -> AwsError:
    return AwsError(
        "InvalidChangeSetStatus",
        f"ChangeSet [{change_set.id}] cannot be {what} in its current execution status of [{change_set.execution}]",
    )


def _page(items: tuple[_Item, ...], token: str | None) -> tuple[tuple[_Item, ...], dict[str, str]]:
    if token is not None and not token.isdigit():
        raise invalid(f"NextToken {token} is not valid")
    start = int(token or 0)
    more = {"NextToken": str(start + _PAGE)} if start + _PAGE < len(items) else {}
    return items[start : start + _PAGE], more


def _outputs(stack: Stack, template: StackTemplate | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the outputs that a template has for a stack, as written and as far as their values are known."""
    if template is None:
        return {}, {}
    resolved = template.resolved({name: one.physical for name, one in stack.resources.items()})
    return template.tree.get("Outputs", {}), {name: shown(value) for name, value in resolved.outputs.items()}
