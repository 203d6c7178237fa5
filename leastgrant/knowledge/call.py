"""The calls that handlers make: what a type may call, and what a resource's properties make it call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, cast

from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization
from leastgrant.knowledge.arn import EVERYTHING, ArnTemplate, also_asked_for, arn_templates
from leastgrant.knowledge.context import ContextKey, request_context
from leastgrant.knowledge.name_words import ENDS, words
from leastgrant.knowledge.schema import Handler
from leastgrant.knowledge.sensitive import is_sensitive

if TYPE_CHECKING:
    from leastgrant.knowledge.authorization import Action
    from leastgrant.knowledge.schema import TypeSchema


class Tier(Enum):
    """What happens without the permission, the surest first."""

    REQUIRED = "required"
    """Creating or deleting the resource fails: the call is always made, or the template sets what triggers it."""
    ON_CHANGE = "on change"
    """A change fails, or its rollback: the call is made when a property's value changes, or on a replacement."""
    READ_BACK = "read back"
    """Reading the resource back fails, as drift detection does; a deployment survives it."""
    ADVISORY = "advisory"
    """The call may be made, or is made and may be refused: it is not known."""

    __hash__ = object.__hash__  # needs are looked up by the thousand, and Enum's own is slow


_UNDOES = frozenset({"deactivate", "disable"})
"""Verbs of actions that switch off what a template switches on: they are not made while it does."""


def tier_of(action: Action | None, operation: Handler, tier: Tier, *, service: str) -> Tier:
    """Return what a call that a handler requires, or may make, is for a deployment; `service` is the type's own.

    A deployment that creates the stack updates nothing, and reads nothing back but by the calls that the schemas list
    for the creation too: roles that are known to deploy their stacks lack what the read handler alone lists.
    """
    reads_itself = action is not None and action.reads and action.service == service and not is_sensitive(str(action))
    if operation is Handler.READ and (tier is Tier.REQUIRED or reads_itself):
        return Tier.READ_BACK
    return Tier.ON_CHANGE if operation is Handler.UPDATE and tier is Tier.REQUIRED else tier


class Fires(IntEnum):
    """Whether a property triggers a call."""

    NO = 0
    PERHAPS = 1
    """The property is set, but whether to the value that triggers the call is not known."""
    YES = 2


@dataclass(frozen=True, slots=True)
class Trigger:
    """A property that makes a handler call something: when it is set, or set to one of some values."""

    path: str
    """Such as `Targets/RoleArn`; lists on the way are looked through, those from an item on by its index: `VPCs/1`."""
    values: tuple[Pattern, ...] = ()
    """Values that trigger the call; none: any value does."""

    @classmethod
    def parse(cls, text: str) -> Trigger:
        """Parse a trigger: `VpcConfig`, `PackageType=Image|Zip` or `ResourceArn=arn:aws:appsync:*`."""
        path, _, values = text.partition("=")
        return cls(path, tuple(Pattern.parse(value) for value in values.split("|")) if values else ())

    def __str__(self) -> str:
        """Write the trigger as `parse` reads it."""
        return f"{self.path}={'|'.join(map(str, self.values))}" if self.values else self.path

    def fires(self, properties: Mapping[str, object]) -> Fires:
        """Tell whether the properties set it; what is not known, such as an unresolved `Ref`, counts as set."""
        return self._fires(properties, tuple(self.path.split("/")))

    def _fires(self, value: object, path: tuple[str, ...]) -> Fires:
        if value is None or value == {"Ref": "AWS::NoValue"}:
            return Fires.NO
        if isinstance(value, list | tuple) and path and path[0].isdigit():
            items = cast("list[object]", value)[int(path[0]) :]
            return max((self._fires(item, path[1:]) for item in items), default=Fires.NO)
        if isinstance(value, list | tuple):
            return max((self._fires(item, path) for item in cast("list[object]", value)), default=Fires.NO)
        if isinstance(value, Mapping) and path:
            known = cast("Mapping[str, object]", value)
            return self._of_unknown() if _is_intrinsic(known) else self._fires(known.get(path[0]), path[1:])
        return self._of_unknown() if path else self._matches(cast("object", value))

    def _of_unknown(self) -> Fires:
        return Fires.PERHAPS if self.values else Fires.YES

    def _matches(self, value: object) -> Fires:
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, str | int | float):
            value = Pattern.literal(str(value))
        if not self.values or not isinstance(value, Pattern):
            return self._of_unknown()
        if any(known.includes(value) for known in self.values):
            return Fires.YES
        return Fires.PERHAPS if any(known.intersects(value) for known in self.values) else Fires.NO


@dataclass(frozen=True, slots=True)
class PossibleCall:
    """A call that a type's handler may make, and what makes it."""

    action: str
    """Such as `events:DescribeRule`; where a schema lists one, a pattern such as `ec2:Describe*`."""
    operation: Handler
    tier: Tier
    triggers: tuple[Trigger, ...]
    """The call is made when any of these fires; always, if there are none."""
    resource: ArnTemplate
    reason: str
    """Why the call is tied to its triggers, or why it is only advisory."""
    source: str
    """Where the fact is from: a provider schema with its version, an AWS document's title, a link."""
    stack_tags: bool = False
    """Tags on the stack make the call too."""
    context: tuple[ContextKey, ...] = ()
    """Condition keys whose value in the request, or absence from it, is known."""
    snapshot: bool = False
    """Made only where the resource's policy is to take a snapshot before it is deleted."""
    otherwise: bool = False
    """Made only when what the template sets goes again, or is undone."""
    read_at_end: bool = False
    """The read handler lists it too, and may be run at the end of this one, whatever is set."""

    def made_by(self, fired: Mapping[Trigger, Fires], *, stack_tags: bool) -> HandlerCall | None:
        """Return the call that is made where the triggers fire so; None if it is not made."""
        fires, trigger = self._fires(fired, stack_tags=stack_tags)
        if fires is Fires.NO:
            return self._of_unset()
        tier = self.tier if fires is Fires.YES or self.tier is Tier.READ_BACK else Tier.ADVISORY
        return self._made(tier, trigger, self.reason, otherwise=self.otherwise)

    def _of_unset(self) -> HandlerCall | None:
        """Return the call where the template sets none of the properties: a read, or the end of what was set before."""
        known = authorization.action(self.action)
        if known is None:
            return None
        if self.operation is Handler.READ and known.reads:
            return self._made(self.tier, None, "the schema reads it whatever is set", otherwise=True)
        if self.read_at_end:
            return self._made(Tier.ADVISORY, None, "a handler may read all that there is at its end", otherwise=True)
        if self.tier is Tier.ON_CHANGE and _verb(known) in ENDS:
            named = " or ".join(dict.fromkeys(trigger.path for trigger in self.triggers)) or "a tag"
            return self._made(Tier.ON_CHANGE, None, f"called when {named} goes that was set before", otherwise=True)
        return None

    def _made(self, tier: Tier, trigger: str | None, reason: str, *, otherwise: bool = False) -> HandlerCall:
        return HandlerCall(
            action=self.action,
            operation=self.operation,
            tier=tier,
            trigger=trigger,
            resource=self.resource,
            context=self.context,
            reason=reason,
            source=self.source,
            otherwise=otherwise,
            snapshot=self.snapshot,
        )

    def _fires(self, fired: Mapping[Trigger, Fires], *, stack_tags: bool) -> tuple[Fires, str | None]:
        if (not self.triggers and not self.stack_tags) or (self.stack_tags and stack_tags):
            return Fires.YES, None
        found = [(fired[trigger], trigger.path) for trigger in self.triggers]
        return max(found, default=(Fires.NO, None), key=lambda each: each[0])


@dataclass(frozen=True, slots=True)
class HandlerCall:
    """A call that CloudFormation makes for one resource, with the permissions it was given."""

    action: str
    operation: Handler
    tier: Tier
    trigger: str | None
    """Path of the property that causes the call; None if it is made whatever the properties are."""
    resource: ArnTemplate
    context: tuple[ContextKey, ...]
    reason: str
    source: str
    otherwise: bool = False
    """Made only if the template says otherwise, before or after: it ends or undoes what is set, or is about what is
    not."""
    snapshot: bool = False
    """Made only where the resource's policy is to take a snapshot before it is deleted."""


def possible_calls(
    schema: TypeSchema,
    action: str,
    operation: Handler,
    tier: Tier,
    *,
    triggers: tuple[Trigger, ...] = (),
    stack_tags: bool = False,
    resource: str | ArnTemplate | None = None,
    snapshot: bool = False,
    otherwise: bool = False,
    read_at_end: bool = False,
    reason: str,
    source: str,
) -> tuple[PossibleCall, ...]:
    """Make a possible call with its ARNs, once for each that is asked for on its own.

    Args:
        schema: Of the resource's type.
        action: An IAM action, or a pattern of a schema.
        operation: The handler that makes the call.
        tier: What happens without it, once triggered; `tier_of` says what that is for a deployment.
        triggers: What makes the call; always made if there are none.
        stack_tags: Tags on the stack make the call too.
        resource: The name of the resource type meant, or the ARN, where names alone would mislead.
        snapshot: The call is made only where a snapshot is taken before the deletion.
        otherwise: It is made only when what triggers it goes again.
        read_at_end: The read handler lists it too.
        reason: Why it is tied to the triggers, or only advisory.
        source: Of the fact.
    """
    known = authorization.action(action)
    return tuple(
        PossibleCall(
            action=str(known) if known else action,
            operation=operation,
            tier=tier_of(known, operation, tier if is_sure else Tier.ADVISORY, service=schema.iam_prefix),
            triggers=group,
            resource=arn,
            reason=reason,
            source=source,
            stack_tags=stack_tags,
            snapshot=snapshot,
            read_at_end=read_at_end,
            otherwise=otherwise or (bool(triggers) and operation is Handler.UPDATE and _verb(known) in _UNDOES),
            context=request_context(schema.type_name, action, group[0].path if len(group) == 1 else None),
        )
        for group in _groups(schema, known, triggers)
        for arn, is_sure in _arns(schema, known, group, resource)
    )


def _groups(schema: TypeSchema, action: Action | None, triggers: tuple[Trigger, ...]) -> list[tuple[Trigger, ...]]:
    """Group the triggers: each alone where all name another service's resource, such as a role or a key."""
    if not triggers or action is None or action.service == schema.iam_prefix:
        return [triggers]
    formats = [ArnTemplate(arn) for kind in action.resource_types for arn in kind.arns]
    one_by_one = formats and all(len(template.placeholders) == 1 for template in formats)
    return [(trigger,) for trigger in triggers] if one_by_one else [triggers]


def _arns(
    schema: TypeSchema,
    action: Action | None,
    triggers: tuple[Trigger, ...],
    resource: str | ArnTemplate | None,
) -> tuple[tuple[ArnTemplate, bool], ...]:
    """Return the ARNs that a call is made on, and whether it is sure that it is."""
    if isinstance(resource, ArnTemplate):
        return ((resource, True),)
    if action is None:
        return ((EVERYTHING, True),)
    paths = tuple(trigger.path for trigger in triggers)
    made_on = tuple((arn, True) for arn in arn_templates(schema, action, paths, resource_type=resource))
    return made_on if resource is not None else (*made_on, *also_asked_for(schema, action))


def _verb(action: Action | None) -> str:
    return "" if action is None else words(action.name)[0]


def _is_intrinsic(value: Mapping[str, object]) -> bool:
    """Tell whether a value is a function that is still to be resolved, such as `{"Fn::If": [...]}`."""
    if len(value) != 1:
        return False
    (name,) = value
    return name == "Ref" or name.startswith("Fn::")
