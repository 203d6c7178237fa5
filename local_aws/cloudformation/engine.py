"""What all operations of one account and region share: the stacks, the handlers, and what is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock, Thread
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from leastgrant.iam import AssumeRequest, Outcome, Principal, PrincipalKind, Request, context_of, evaluate_trust
from local_aws.callers import Anonymous, RoleSession
from local_aws.cloudformation.comparison import TemplateComparison
from local_aws.cloudformation.execution import StackExecution
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.handler import ResourceHandler, Services
from local_aws.cloudformation.handlers import handler_of
from local_aws.cloudformation.inputs import invalid
from local_aws.cloudformation.keeping import Begun, Keeping
from local_aws.cloudformation.lookups import Lookups
from local_aws.cloudformation.nested import STACK, NestedStack
from local_aws.cloudformation.preparation import Preparation
from local_aws.cloudformation.records import OnFailure, Stack, StoredChangeSet, now
from local_aws.cloudformation.resources import StackResources
from local_aws.gateway import denied
from local_aws.requests import context_of_call
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import boto3

    from leastgrant.template import Physical
    from local_aws.callers import Caller
    from local_aws.cloudformation.registry import Registry
    from local_aws.cloudformation.stack_template import StackTemplate
    from local_aws.custom_resources import CustomResourceAnswers
    from local_aws.roles import Roles

_SERVICE: Final = "cloudformation.amazonaws.com"
_WARNING: Final = "[WARN] --include-property-values option can return incomplete ChangeSet data because: "


@dataclass
class Engine:
    """The stacks of one account and region, and what carries out operations on them."""

    registry: Registry
    session: Callable[[], boto3.Session]
    """boto3 with the right to do everything, for the handlers."""
    function_url: Callable[[str], str]
    roles: Roles
    answers: CustomResourceAnswers
    lock: RLock = field(default_factory=RLock)
    last: dict[str, StackExecution] = field(default_factory=dict[str, StackExecution])
    """What was last executed, by the stack's id."""
    exports: Exports = field(init=False)
    lookups: Lookups = field(init=False)
    preparation: Preparation = field(init=False)
    _running: list[Thread] = field(default_factory=list[Thread])
    _broken: list[Exception] = field(default_factory=list[Exception])
    """What broke an operation that should have failed in good order."""
    keeping: Keeping | None = None
    """What writes down what becomes of the stacks; None: nothing does."""
    _handlers: dict[str, ResourceHandler] = field(default_factory=dict[str, ResourceHandler])
    _services: Services | None = None

    def __post_init__(self) -> None:
        """Tie the parts together."""
        self.exports = Exports(self.registry.all_live)
        self.lookups = Lookups(lambda: self.services, self.exports.values)
        self.preparation = Preparation(lambda: self.services, self.lookups, self.handler)

    @property
    def services(self) -> Services:
        """The services that handlers call."""
        if self._services is None:
            registry = self.registry
            account, region = registry.account, registry.region
            self._services = Services(account, region, self.session(), self.function_url, self.answers)
        return self._services

    def handler(self, kind: str) -> ResourceHandler:
        """Return the handler of a type.

        Raises:
            NotModelled: there is no such type.
        """
        if kind == STACK:
            return NestedStack(self.services, self, None)
        if kind not in self._handlers:
            self._handlers[kind] = handler_of(kind)(self.services)
        return self._handlers[kind]

    def deployer(self, caller: Caller, role_arn: str | None) -> Caller:
        """Return who the handlers are called as: whoever asks, or the service role that is passed.

        Raises:
            AwsError: the role may not be passed, or cannot be assumed.
        """
        if role_arn is None:
            return caller
        registry = self.registry
        context = {**context_of_call(registry.account, registry.region), "iam:passedtoservice": (_SERVICE,)}
        passed = Request("iam:PassRole", role_arn, context)
        permissions = caller.permissions
        refused = None if permissions is None else denied(passed, permissions, caller.arn)
        if refused is not None:
            raise AwsError("AccessDenied", refused, 403)
        name = role_arn.rpartition("/")[2]
        asked = AssumeRequest("sts:AssumeRole", Principal(PrincipalKind.SERVICE, _SERVICE), context_of({}))
        trust = self.roles.role(name).trust if self.roles.arn(name) == role_arn else None
        if trust is None or evaluate_trust(asked, trust).outcome is not Outcome.ALLOWED:
            raise invalid(f"Role {role_arn} is invalid or cannot be assumed")
        return RoleSession(registry.account, name, "AWSCloudFormation", self.roles)

    def change_set(
        self, params: Mapping[str, Any], stack: Stack, kind: str, template: StackTemplate, name: str
    ) -> StoredChangeSet:
        """Make a change set of what a call gives, without what it would change."""
        registry, chosen = self.registry, params.get("OnStackFailure")
        tags = params.get("Tags")
        return StoredChangeSet(
            id=f"arn:aws:cloudformation:{registry.region}:{registry.account}:changeSet/{name}/{uuid4()}",
            name=name,
            kind=kind,
            template=template,
            changes=(),
            tags=stack.tags if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
            capabilities=params.get("Capabilities") or [],
            imports_existing=bool(params.get("ImportExistingResources")),
            description=params.get("Description"),
            role_arn=params.get("RoleARN") or stack.role_arn,
            on_failure=None if chosen is None else OnFailure(chosen),
            includes_nested=bool(params.get("IncludeNestedStacks")),
        )

    def compare(self, stack: Stack, change_set: StoredChangeSet, imports: Mapping[str, Physical]) -> None:
        """Work out what a change set changes."""
        comparison = TemplateComparison(stack, change_set.template, imports, change_set.tags, self.lookups)
        change_set.changes = comparison.changes()
        if comparison.warnings:
            change_set.reason = _WARNING + ", ".join(comparison.warnings)

    def begin(self, stack: Stack, change_set: StoredChangeSet, caller: Caller, token: str | None) -> StackExecution:
        """Begin to execute a change set; whoever asks has the lock."""
        stack.updated = now() if stack.template is not None or change_set.id in stack.change_sets else stack.updated
        stack.capabilities = change_set.capabilities or stack.capabilities
        stack.notification_arns = change_set.template.notification_arns
        stack.role_arn = change_set.role_arn
        resources = self.resources(stack, caller, token, change_set.tags)
        execution = StackExecution(resources, change_set.template, stack.template, exports=self.exports)
        self.last[stack.id] = execution
        stack.status = f"{change_set.kind}_IN_PROGRESS"
        if self.keeping is not None:
            self.keeping.begun(stack, Begun(change_set.template, stack.template, change_set.changes))
        return execution

    def keep(self, append: Callable[[Mapping[str, Any]], None], records: Sequence[Mapping[str, Any]]) -> None:
        """Write down from now on what becomes of the stacks, once they are as they were written.

        Args:
            append: Writes a record.
            records: Those that were written.

        Raises:
            PicklingError: one cannot be read.
        """
        keeping = Keeping(self.registry, self.services.stood_in, append)
        for stack_id, left in keeping.restore(records).items():
            stack = self.registry.stack(stack_id)
            nobody = self.resources(stack, Anonymous(self.registry.account), None, stack.tags)
            begun = left.begun
            self.last[stack_id] = StackExecution(
                nobody, begun.template, begun.previous, left.done, left.created, self.exports
            )
        self.keeping = keeping
        keeping.write()

    def write(self, *stacks: Stack) -> None:
        """Write down what has become of some stacks, or of all, if that is kept."""
        if self.keeping is not None:
            self.keeping.write(*stacks)

    def resources(self, stack: Stack, caller: Caller, token: str | None, tags: Mapping[str, str]) -> StackResources:
        """Return what handles a stack's resources for somebody."""

        def handler(kind: str) -> ResourceHandler:
            return NestedStack(self.services, self, (stack, caller)) if kind == STACK else self.handler(kind)

        return StackResources(stack, caller, handler, self.lookups, token, tags, lambda: self.write(stack))

    def new(self, name: str) -> Stack:
        """Return a stack that is not among the others yet."""
        return self.registry.new(name)

    def live(self, name: str) -> Stack | None:
        """Find the stack of a name or id, unless it is deleted."""
        return self.registry.live(name)

    def deploy(self, stack: Stack, params: Mapping[str, Any], caller: Caller, kind: str) -> None:
        """Create or update a nested stack, to its end."""
        with self.lock:
            template = self.preparation.template(params, stack, caller)
            change_set = self.change_set(params, stack, kind, template, stack.name)
            self.compare(stack, change_set, {})
            execution = self.begin(stack, change_set, caller, None)
            self.registry.stacks[stack.name] = stack
        execution.execute(change_set)

    def remove(self, stack: Stack, caller: Caller) -> None:
        """Delete a nested stack, to its end."""
        with self.lock:
            carry_out = self.delete(stack, caller, None)
        carry_out()

    def run(self, stack: Stack, operation: Callable[[], None]) -> None:
        """Carry out an operation on a stack, in a thread of its own."""

        def run() -> None:
            try:
                operation()
            except Exception as error:  # noqa: BLE001  (told by `settle`; whoever polls must not wait for ever)
                begun, _, _ = stack.status.partition("_")
                failed = "IMPORT_ROLLBACK_FAILED" if begun == "IMPORT" else f"{begun}_FAILED"
                stack.set_status(failed, "", f"NOT MODELLED by the emulator: it broke: {error!r}")
                self._broken.append(error)
            self.write()

        thread = Thread(target=run, daemon=True)
        with self.lock:
            self._running = [*(one for one in self._running if one.is_alive()), thread]
            thread.start()

    def settle(self) -> None:
        """Wait until no operation runs.

        Raises:
            Exception: one of them was broken by an error of the emulator's own.
        """
        while running := self._running:
            for one in running:
                one.join()
            with self.lock:
                self._running = [one for one in self._running if one.is_alive()]
        if self._broken:
            raise self._broken.pop()

    def delete(self, stack: Stack, caller: Caller, token: str | None, kept: Sequence[str] = ()) -> Callable[[], None]:
        """Begin to delete a stack; return what carries that out. Whoever asks has the lock."""
        template = stack.template
        last = self.last.get(stack.id)
        failed = last if stack.status in ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED") else None
        resources = self.resources(stack, caller, token, stack.tags)
        if template is None:
            raise invalid(f"Stack [{stack.name}] was never deployed")
        execution = StackExecution(resources, template, failed and failed.template, exports=self.exports)
        also = failed.created if failed else []
        stack.status = "DELETE_IN_PROGRESS"

        def carry_out() -> None:
            execution.delete(also, kept)
            if stack.status == "DELETE_COMPLETE":
                self.registry.forget(stack)

        return carry_out
