"""What a deployment needs: each call that will be made with the role's permissions, and why.

Most are calls of CloudFormation's resource handlers, which `leastgrant.knowledge` knows by type and which are
placed here on the resources of a template. The rest are declared uses of the role by other tools.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import product
from typing import TYPE_CHECKING

from leastgrant.knowledge import Operation as Handler
from leastgrant.knowledge import StackPlace, Tier, UnknownType, authorization, handler_calls
from leastgrant.pattern import ANY, Pattern
from leastgrant.template import ABSENT, DeletionPolicy, texts
from leastgrant.template.values import alternatives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.iam.string import Context
    from leastgrant.knowledge import HandlerCall
    from leastgrant.template import ResolvedResource, ResolvedTemplate, Value


class Operation(Enum):
    """What is being done when the call is made."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    DELETE = "delete"
    """Also the rollback of the resource's creation."""
    ROLLBACK = "rollback"
    """Only the rollback of the resource's creation: once created, it is never deleted."""
    USE = "use"
    """A tool's own call, such as the upload of a template."""


_HANDLERS = {
    Handler.CREATE: Operation.CREATE,
    Handler.READ: Operation.READ,
    Handler.UPDATE: Operation.UPDATE,
    Handler.DELETE: Operation.DELETE,
}

_NOUNS = {
    Operation.CREATE: "creating",
    Operation.READ: "reading",
    Operation.UPDATE: "updating",
    Operation.DELETE: "deleting",
    Operation.ROLLBACK: "rolling back the creation of",
    Operation.USE: "using the role for",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What the call is made for: a resource of a stack, or a declared use."""

    name: str
    """The logical id, or the use's name."""
    stack: str
    type: str
    """The resource's type, or `use`."""
    construct_path: str | None = None
    template: str | None = None
    """The template's file."""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One action, on all the ARNs of a pattern, that something calls."""

    action: str
    resource: Pattern
    """`*`, literally, for an action without resource types."""
    operation: Operation
    tier: Tier
    subject: Subject
    trigger: str | None
    """Path of the property that causes the call; None if it is made whatever the properties are."""
    reason: str
    source: str
    contexts: tuple[Context, ...] = field(default=({},), hash=False)
    """What is known of the request's condition keys: one of these holds, which one is not known."""

    @property
    def tags(self) -> bool:
        """Whether the call does nothing but tag."""
        known = authorization.action(self.action)
        return known is not None and "Tagging" in known.levels

    @property
    def doing(self) -> str:
        """What fails without it, such as "creating `Rule`"."""
        return f"{_NOUNS[self.operation]} `{self.subject.name}`"


@dataclass(frozen=True, slots=True)
class Use:
    """Calls that a tool makes with the role itself: the deploy tool, a seeding script, a smoke test."""

    name: str
    reason: str
    actions: tuple[str, ...]
    resources: tuple[Pattern, ...]

    def needs(self) -> Iterator[Need]:
        """The calls, as needs."""
        subject = Subject(self.name, stack="", type="use")
        for action in self.actions:
            for resource in self.resources:
                yield Need(action, resource, Operation.USE, Tier.REQUIRED, subject, None, self.reason, "declared use")


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """A resource of which it is not known what CloudFormation calls for it."""

    subject: Subject
    reason: str


def needs_of(
    resolved: ResolvedTemplate, *, stack_tags: bool = False
) -> tuple[tuple[Need, ...], tuple[Unmodelled, ...]]:
    """What CloudFormation calls for a template's resources, and the resources of which that is not known.

    Args:
        resolved: The template, with what is known of its parameters and of where it is deployed.
        stack_tags: The stack has tags of its own, which CloudFormation passes on to its resources.
    """
    known = resolved.environment.patterns
    place = StackPlace(known["partition"], known["region"], known["account"])
    stack = resolved.environment.stack_name or resolved.template.source.name
    needs: dict[Need, None] = {}
    unmodelled: list[Unmodelled] = []
    for resource in resolved:
        declared = resource.declared
        subject = Subject(
            declared.logical_id,
            stack,
            declared.type,
            declared.construct_path,
            resolved.template.source.name,
            declared.line,
        )
        calls = handler_calls(declared.type, resource.properties, stack_tags=stack_tags)
        if isinstance(calls, UnknownType):
            unmodelled.append(Unmodelled(subject, calls.reason))
        else:
            needs |= dict.fromkeys(_needs(calls, subject, resource, place))
    return tuple(needs), tuple(unmodelled)


def _needs(
    calls: Iterable[HandlerCall], subject: Subject, resource: ResolvedResource, place: StackPlace
) -> Iterator[Need]:
    def values(path: str) -> Sequence[Pattern]:
        return tuple(_values(resource.properties, path.split("/")))

    for call in calls:
        operation = _operation(call.operation, resource.declared.deletion_policy)
        if operation is None:
            continue
        for name, contexts in product(resource.names or (ANY,), _requests(call, values)):
            for arn, action in product(call.resource.patterns(place, name, values), _actions(call.action)):
                yield Need(
                    action,
                    arn if authorization.has_resources(action) else _NO_RESOURCE,
                    operation,
                    call.tier,
                    subject,
                    call.trigger,
                    call.reason,
                    call.source,
                    contexts,
                )


_NO_RESOURCE = Pattern.literal("*")


def _operation(handler: Handler, policy: DeletionPolicy | None) -> Operation | None:
    if handler is Handler.DELETE and policy is DeletionPolicy.RETAIN:
        return None
    if handler is Handler.DELETE and policy is DeletionPolicy.RETAIN_EXCEPT_ON_CREATE:
        return Operation.ROLLBACK
    return _HANDLERS[handler]


def _actions(action: str) -> Iterator[str]:
    if "*" not in action and "?" not in action:
        yield action
    else:
        yield from (str(known) for known in authorization.expand(action))


def _requests(call: HandlerCall, values: Callable[[str], Sequence[Pattern]]) -> Iterator[tuple[Context, ...]]:
    """The requests of a call, each with the contexts it may have: one for each value that a property sends."""
    known: list[Context] = [{}]
    for key in call.context:
        if key.path is None:
            choices = [(value,) for value in key.values] or [()]
            known = [{**context, key.key.lower(): choice} for context in known for choice in choices]
    sent = [[(key.key.lower(), value) for value in values(key.path) or (None,)] for key in call.context if key.path]
    for choice in product(*sent):
        of_properties: Context = {
            key: () if value is None else (str(value),)
            for key, value in choice
            if value is None or value.is_literal  # a value that is not known leaves the key unknown
        }
        yield tuple({**context, **of_properties} for context in known)


def _values(value: Value, path: Sequence[str]) -> Iterator[Pattern]:
    for alternative in alternatives(value):
        if alternative is ABSENT:
            continue
        if isinstance(alternative, tuple):
            for item in alternative:
                yield from _values(item, path)
        elif isinstance(alternative, Mapping) and path:
            yield from _values(alternative.get(path[0], ABSENT), path[1:])
        elif path:
            yield ANY
        else:
            yield from texts(alternative)
