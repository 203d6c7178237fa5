"""CloudFormation's API: what each operation answers, by the names of the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote, urlparse
from uuid import uuid4

from leastgrant.iam.evaluate import Request
from leastgrant.template import DeletionPolicy, Environment
from ops.emulator.cloudformation.changes import Comparison
from ops.emulator.cloudformation.deployment import Deployment
from ops.emulator.cloudformation.handler import Handler, NotModelled, Services
from ops.emulator.cloudformation.handlers import HANDLERS
from ops.emulator.cloudformation.records import Action, Change, ChangeSet, Detail, Event, Stack, StackResource
from ops.emulator.cloudformation.resources import Resources
from ops.emulator.cloudformation.templates import StackTemplate, concrete, shown
from ops.emulator.gateway import denied
from ops.emulator.wire import AwsError, Call

if TYPE_CHECKING:
    import boto3

    from leastgrant.template import Physical
    from ops.emulator.callers import Caller
    from ops.emulator.gateway import Operation

_PAGE: Final = 100
_NO_CHANGES: Final = (
    "The submitted information didn't contain changes. Submit different information to create a change set."
)
_KEPT: Final = (DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE)
_REFUSED_PARAMETERS: Final = ("RoleARN", "RollbackConfiguration", "NotificationARNs", "DeploymentMode")
_CAPABILITIES: Final = {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
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
    _rollbacks: dict[str, Deployment] = field(default_factory=dict[str, Deployment])
    """What failed to roll back, by the stack's name."""
    _handlers: dict[str, Handler] = field(default_factory=dict[str, Handler])
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
        return {("cloudformation", name): operation for name, operation in answered.items()}

    def stack_arn(self, name: str, region: str) -> str:
        """The ARN that IAM is asked about, of a stack's name or id, or of a change set's id."""
        for stack in (*self.stacks.values(), *self.deleted.values()):
            if name in (stack.id, *(change_set.id for change_set in stack.change_sets.values())):
                return stack.id
        if name.startswith("arn:"):
            return name
        known = self.stacks.get(name)
        return known.id if known else f"arn:aws:cloudformation:{region}:{self.account}:stack/{name}/*"

    def settle(self) -> None:
        """Wait until no operation runs."""
        while self._running:
            self._running.pop().join()

    # change sets

    def _create_change_set(self, call: Call, caller: Caller) -> _Answer:
        params = call.params
        _refuse_what_is_not_modelled(params)
        with self._lock:
            stack = self._stack_for(params)
            if stack.is_busy:
                raise AwsError(
                    "ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated."
                )
            name = str(params["ChangeSetName"])
            if any(existing.name == name for existing in stack.change_sets.values()):
                raise AwsError("AlreadyExistsException", f"ChangeSet {name} already exists")
            template = self._template(params, stack, caller)
            change_set = ChangeSet(
                id=f"arn:aws:cloudformation:{self.region}:{self.account}:changeSet/{name}/{uuid4()}",
                name=name,
                kind=params.get("ChangeSetType") or "UPDATE",
                template=template,
                changes=(),
                tags={tag["Key"]: tag["Value"] for tag in _listed(params, "Tags")},
                capabilities=params.get("Capabilities") or [],
                imports_existing=bool(params.get("ImportExistingResources")),
                description=params.get("Description"),
            )
            self._compare(stack, change_set, _listed(params, "ResourcesToImport"))
            self.stacks[stack.name] = stack
            stack.change_sets[change_set.id] = change_set
        return {"Id": change_set.id, "StackId": stack.id}

    def _stack_for(self, params: Mapping[str, Any]) -> Stack:
        name, kind = str(params["StackName"]), params.get("ChangeSetType") or "UPDATE"
        stack = self._find(name)
        if kind == "UPDATE" and (stack is None or stack.template is None):
            raise AwsError("ValidationError", f"Stack [{name}] does not exist")
        if kind == "CREATE" and stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise AwsError(
                "ValidationError", f"Stack [{name}] already exists and cannot be created again with the changeSet."
            )
        if stack is not None and stack.status in _ONLY_TO_BE_DELETED:
            raise AwsError("ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack or Stack(f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{name}/{uuid4()}", name)

    def _template(self, params: Mapping[str, Any], stack: Stack, caller: Caller) -> StackTemplate:
        before = stack.template
        given: dict[str, str] = {}
        for parameter in _listed(params, "Parameters"):
            key = parameter["ParameterKey"]
            previous = before.parameters.get(key) if before and parameter.get("UsePreviousValue") else None
            value = parameter.get("ParameterValue", previous)
            if value is not None:
                given[key] = value
        template = StackTemplate(
            self._text(params, before, caller), given, Environment("aws", self.region, self.account, stack.name)
        )
        declared = {
            kind for kind in (one.type for one in template.template.resources.values()) if kind.startswith("AWS::IAM::")
        }
        if declared and not _CAPABILITIES.intersection(params.get("Capabilities") or []):
            raise AwsError("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_NAMED_IAM]")
        self._refuse_unmodelled(template)
        return template

    def _text(self, params: Mapping[str, Any], before: StackTemplate | None, caller: Caller) -> str:
        if params.get("UsePreviousTemplate") and before is not None:
            return before.text
        if params.get("TemplateBody"):
            return str(params["TemplateBody"])
        bucket, _, key = unquote(urlparse(str(params.get("TemplateURL", ""))).path).lstrip("/").partition("/")
        permissions = caller.permissions
        if permissions is not None and denied(Request("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}"), permissions, ""):
            raise AwsError("ValidationError", "S3 error: Access Denied")
        body: bytes = self._known_services.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
        return body.decode()

    def _refuse_unmodelled(self, template: StackTemplate) -> None:
        """What the emulator would have to leave out stops the deployment here."""
        problem = template.unmodelled
        for one in () if problem else template.resolved({}):
            try:
                self.handler(one.declared.type).refuse_unmodelled(shown(dict(one.properties)))
            except NotModelled as error:
                problem = f"{one.declared.logical_id} ({one.declared.type}): {error}"
        if problem is not None:
            raise AwsError("ValidationError", f"NOT MODELLED by the emulator: {problem}")

    def _compare(self, stack: Stack, change_set: ChangeSet, to_import: Sequence[Mapping[str, Any]]) -> None:
        """Work out the changes, or why there are none."""
        imports = self._named(to_import)
        if change_set.imports_existing:
            imports |= self._existing(stack, change_set.template)
        for name in imports:
            declared = change_set.template.template.resources[name]
            if declared.deletion_policy not in _KEPT:
                reason = f"Resources [{name}] is missing DeletionPolicy attribute required for import"
                self._failed(change_set, reason)
                return
        change_set.changes = Comparison(stack, change_set.template, imports).changes()
        if change_set.kind == "IMPORT" and any(c.action is not Action.IMPORT for c in change_set.changes):
            self._failed(change_set, "As part of the import operation, you cannot modify or add [Resources]")
        elif not change_set.changes and _outputs(stack.template) == _outputs(change_set.template):
            self._failed(change_set, _NO_CHANGES)

    @staticmethod
    def _failed(change_set: ChangeSet, reason: str) -> None:
        change_set.status, change_set.reason, change_set.execution = "FAILED", reason, "UNAVAILABLE"

    def _named(self, to_import: Sequence[Mapping[str, Any]]) -> dict[str, Physical]:
        found: dict[str, Physical] = {}
        for one in to_import:
            identifier: Mapping[str, str] = one["ResourceIdentifier"]
            physical = self.handler(one["ResourceType"]).find(identifier)
            if physical is None:
                known = ", ".join(f"{key}={value}" for key, value in identifier.items())
                raise AwsError("ValidationError", f"Resource of type {one['ResourceType']} with {known} does not exist")
            found[one["LogicalResourceId"]] = physical
        owned = {resource.physical_id for stack in self.stacks.values() for resource in stack.resources.values()}
        taken = [name for name, physical in found.items() if (physical.ref or physical.name) in owned]
        if taken:
            reason = "passed in ResourceToImport are already in a stack and cannot be imported."
            raise AwsError("ValidationError", f"Resources [{', '.join(taken)}] {reason}")
        return found

    def _existing(self, stack: Stack, template: StackTemplate) -> dict[str, Physical]:
        """What the template names, exists, and belongs to no stack."""
        resolved = template.resolved({name: resource.physical for name, resource in stack.resources.items()})
        found: dict[str, Physical] = {}
        for one in resolved:
            name = one.declared.logical_id
            if name not in stack.resources:
                handler = self.handler(one.declared.type)
                identifier = handler.identifier(shown(dict(one.properties)))
                physical = handler.find(identifier) if identifier else None
                if physical is not None:
                    found[name] = physical
        return found

    def _describe_change_set(self, call: Call, caller: Caller) -> _Answer:
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
            "Parameters": _parameters(change_set.template),
            "CreationTime": change_set.time,
            "ExecutionStatus": change_set.execution,
            "Status": change_set.status,
            "StatusReason": change_set.reason,
            "Capabilities": change_set.capabilities,
            "Tags": _tags(change_set.tags),
            "Changes": [_change(change, with_values=values) for change in changes],
            "ImportExistingResources": change_set.imports_existing,
            **token,
        }

    def _list_change_sets(self, call: Call, caller: Caller) -> _Answer:
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
                for one in stack.change_sets.values()
            ]
        }

    def _delete_change_set(self, call: Call, caller: Caller) -> _Answer:
        del caller
        try:
            stack, change_set = self._change_set(call.params)
        except AwsError:
            return {}  # deleting what is not there succeeds ("DeleteChangeSet")
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            raise _cannot(change_set, "deleted")
        del stack.change_sets[change_set.id]
        return {}

    def _execute_change_set(self, call: Call, caller: Caller) -> _Answer:
        with self._lock:
            stack, change_set = self._change_set(call.params)
            if change_set.execution != "AVAILABLE":
                raise _cannot(change_set, "executed")
            if stack.is_busy:
                raise AwsError(
                    "ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be updated."
                )
            for other in stack.change_sets.values():
                other.execution = "OBSOLETE" if other.execution == "AVAILABLE" else other.execution
            change_set.execution = "EXECUTE_IN_PROGRESS"
            stack.last_change_set, stack.updated = change_set.id, datetime.now(UTC)
            token = str(call.params.get("ClientRequestToken") or uuid4())
            resources = Resources(stack, caller, self.handler, token)
            deployment = Deployment(resources, change_set.template, stack.template, change_set.tags)
            stack.status = f"{change_set.kind}_IN_PROGRESS"
        self._run(lambda: self._carry_out(deployment, change_set))
        return {}

    def _carry_out(self, deployment: Deployment, change_set: ChangeSet) -> None:
        deployment.execute(change_set)
        failed = "ROLLBACK" in deployment.stack.status
        change_set.execution = "EXECUTE_FAILED" if failed else "EXECUTE_COMPLETE"
        if deployment.stack.status == "UPDATE_ROLLBACK_FAILED":
            self._rollbacks[deployment.stack.name] = deployment

    # stacks

    def _describe_stacks(self, call: Call, caller: Caller) -> _Answer:
        del caller
        wanted = call.params.get("StackName")
        stacks = [self._stack(wanted)] if wanted else list(self.stacks.values())
        return {"Stacks": [self._described(stack) for stack in stacks]}

    def _described(self, stack: Stack) -> _Answer:
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
            "Parameters": _parameters(stack.template) if stack.template else [],
            "Outputs": _outputs_of(stack),
            "Tags": _tags(stack.tags),
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
        }

    def _get_template(self, call: Call, caller: Caller) -> _Answer:
        del caller
        params = call.params
        template = self._change_set(params)[1].template if params.get("ChangeSetName") else None
        template = template or self._stack(params["StackName"]).template
        return {"TemplateBody": template.text if template else "{}", "StagesAvailable": ["Original", "Processed"]}

    def _list_stack_resources(self, call: Call, caller: Caller) -> _Answer:
        del caller
        stack = self._stack(call.params["StackName"])
        resources, token = _page(tuple(stack.resources.values()), call.params.get("NextToken"))
        return {"StackResourceSummaries": [_resource(one) for one in resources], **token}

    def _describe_stack_resources(self, call: Call, caller: Caller) -> _Answer:
        del caller
        stack = self._owner(call.params)
        wanted = call.params.get("LogicalResourceId")
        found = [one for name, one in stack.resources.items() if wanted in (None, name)]
        of_stack = {"StackName": stack.name, "StackId": stack.id}
        return {"StackResources": [{**_resource(one), **of_stack, "Timestamp": one.time} for one in found]}

    def _describe_stack_events(self, call: Call, caller: Caller) -> _Answer:
        del caller
        stack = self._stack(call.params["StackName"])
        events, token = _page(tuple(reversed(stack.events)), call.params.get("NextToken"))
        return {"StackEvents": [_event(stack, event) for event in events], **token}

    def _describe_events(self, call: Call, caller: Caller) -> _Answer:
        """Nothing: early validation of a change set, and hooks, are not modelled."""
        del call, caller
        return {"OperationEvents": []}

    def _delete_stack(self, call: Call, caller: Caller) -> _Answer:
        with self._lock:
            stack = self._find(call.params["StackName"])
            if stack is None:
                return {}
            if call.params.get("RetainResources") or call.params.get("RoleARN"):
                raise AwsError(
                    "ValidationError", "NOT MODELLED by the emulator: RetainResources and RoleARN of DeleteStack"
                )
            if stack.template is None:
                self._forget(stack)
                return {}
            resources = Resources(stack, caller, self.handler, str(uuid4()))
            deployment = Deployment(resources, stack.template, None, stack.tags)
            stack.status = "DELETE_IN_PROGRESS"
        self._run(lambda: self._carry_out_deletion(deployment))
        return {}

    def _carry_out_deletion(self, deployment: Deployment) -> None:
        deployment.delete()
        if deployment.stack.status == "DELETE_COMPLETE":
            self._forget(deployment.stack)

    def _continue_update_rollback(self, call: Call, caller: Caller) -> _Answer:
        with self._lock:
            stack = self._stack(call.params["StackName"])
            deployment = self._rollbacks.pop(stack.name, None)
            if deployment is None or stack.status != "UPDATE_ROLLBACK_FAILED":
                raise AwsError(
                    "ValidationError", f"Stack:{stack.id} is in {stack.status} state and can not be rolled back."
                )
            resources = Resources(stack, caller, self.handler, str(uuid4()))
            stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
        self._run(lambda: self._carry_on(deployment, resources, call.params.get("ResourcesToSkip") or []))
        return {}

    def _carry_on(self, deployment: Deployment, resources: Resources, skipped: Sequence[str]) -> None:
        deployment.continue_rollback(resources, skipped)
        if deployment.stack.status == "UPDATE_ROLLBACK_FAILED":
            self._rollbacks[deployment.stack.name] = deployment

    def handler(self, kind: str) -> Handler:
        """The handler of a type.

        Raises:
            NotModelled: there is none.
        """
        if kind not in HANDLERS:
            raise NotModelled(f"no handler for {kind}")
        if kind not in self._handlers:
            self._handlers[kind] = HANDLERS[kind](self._known_services)
        return self._handlers[kind]

    @property
    def _known_services(self) -> Services:
        if self._services is None:
            self._services = Services(self.account, self.region, self.services(), self.function_url)
        return self._services

    def _run(self, operation: Callable[[], None]) -> None:
        thread = Thread(target=operation, daemon=True)
        self._running.append(thread)
        thread.start()

    def _forget(self, stack: Stack) -> None:
        self.deleted[stack.id] = self.stacks.pop(stack.name)

    def _find(self, name: str) -> Stack | None:
        return next((s for s in (*self.stacks.values(), *self.deleted.values()) if name == s.id), self.stacks.get(name))

    def _stack(self, name: str) -> Stack:
        stack = self._find(name)
        if stack is None:
            raise AwsError("ValidationError", f"Stack with id {name} does not exist")
        return stack

    def _owner(self, params: Mapping[str, Any]) -> Stack:
        """The stack of a name, or of one of its resources' physical ids."""
        if "StackName" in params:
            return self._stack(params["StackName"])
        physical_id = params.get("PhysicalResourceId")
        for stack in self.stacks.values():
            if any(resource.physical_id == physical_id for resource in stack.resources.values()):
                return stack
        raise AwsError("ValidationError", f"Stack for {physical_id} does not exist")

    def _change_set(self, params: Mapping[str, Any]) -> tuple[Stack, ChangeSet]:
        name, wanted = str(params["ChangeSetName"]), params.get("StackName")
        for stack in self.stacks.values():
            for change_set in stack.change_sets.values():
                if name == change_set.id or (name == change_set.name and wanted in (stack.name, stack.id)):
                    return stack, change_set
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


_ONLY_TO_BE_DELETED: Final = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")


def _refuse_what_is_not_modelled(params: Mapping[str, Any]) -> None:
    named = next((name for name in _REFUSED_PARAMETERS if params.get(name)), None)
    if named or (params.get("OnStackFailure") or "ROLLBACK") != "ROLLBACK":
        raise AwsError("ValidationError", f"NOT MODELLED by the emulator: {named or 'OnStackFailure'}")


def _listed(params: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    return params.get(name) or []


def _cannot(change_set: ChangeSet, what: str) -> AwsError:
    return AwsError(
        "InvalidChangeSetStatus",
        f"ChangeSet [{change_set.id}] cannot be {what} in its current execution status of [{change_set.execution}]",
    )


def _page(items: tuple[_Item, ...], token: str | None) -> tuple[tuple[_Item, ...], dict[str, str]]:
    start = int(token or 0)
    more = {"NextToken": str(start + _PAGE)} if start + _PAGE < len(items) else {}
    return items[start : start + _PAGE], more


def _parameters(template: StackTemplate) -> list[_Answer]:
    declared = template.template.parameters.values()
    values = {one.name: template.parameters.get(one.name, one.default) for one in declared}
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items() if value is not None]


def _tags(tags: Mapping[str, str]) -> list[_Answer]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _outputs(template: StackTemplate | None) -> object:
    """What of the outputs a change would be a change of the stack."""
    return template and json.loads(template.text).get("Outputs") if template and template.text.startswith("{") else None


def _outputs_of(stack: Stack) -> list[_Answer]:
    if stack.template is None or not stack.resources:
        return []
    resolved = stack.template.resolved({name: one.physical for name, one in stack.resources.items()})
    return [
        {"OutputKey": name, "OutputValue": str(concrete(value, f"Outputs.{name}"))}
        for name, value in resolved.outputs.items()
    ]


def _change(change: Change, *, with_values: bool) -> _Answer:
    kept = change.retained
    policy = None
    if change.action is Action.REMOVE:
        policy = "Retain" if kept else "Delete"
    elif change.replaces:
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
    known = {name: value for name, value in shown_change.items() if value is not None}
    return {"Type": "Resource", "ResourceChange": known}


_RECREATION: Final = {"False": "Never", "Conditional": "Conditionally", "True": "Always"}


def _detail(detail: Detail, *, with_values: bool) -> _Answer:
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
    source = "ResourceAttribute" if detail.is_dynamic else "DirectModification"
    return {"Target": known, "Evaluation": "Dynamic" if detail.is_dynamic else "Static", "ChangeSource": source}


def _change_type(detail: Detail) -> str:
    if detail.before is None:
        return "Add"
    return "Remove" if detail.after is None else "Modify"


def _text(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _resource(resource: StackResource) -> dict[str, object]:
    return {
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        "LastUpdatedTimestamp": resource.time,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def _event(stack: Stack, event: Event) -> _Answer:
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
