"""Reviewed corrections of what a provider schema lists, each with its source.

A type's rules are in `leastgrant/knowledge/rules/<service>.py` (`lambda_.py` for Lambda), as `RULES`: type
name to rules, applied in order over the automatic links. To add knowledge of a type, add rules there, and
rows to the service's table in `tests/leastgrant/knowledge/rules/`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib import import_module
from importlib.util import find_spec
from keyword import iskeyword
from typing import TYPE_CHECKING, TypedDict, Unpack, cast

from leastgrant.knowledge.call import Tier, Trigger, possible_calls
from leastgrant.knowledge.schema import Handler

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastgrant.knowledge.arn import ArnTemplate
    from leastgrant.knowledge.call import PossibleCall
    from leastgrant.knowledge.schema import TypeSchema

_DEPLOYED = "create read update delete"


@dataclass(frozen=True, slots=True)
class Rule(ABC):
    """What is known of some actions of a type's handlers."""

    actions: tuple[str, ...]
    """Actions or action patterns, such as `kms:*`."""
    operations: tuple[Handler, ...]
    source: str

    def speaks_of(self, call: PossibleCall) -> bool:
        """Tell whether the rule is about a call that the schema lists."""
        return call.operation in self.operations and any(fnmatchcase(call.action, pattern) for pattern in self.actions)

    def correct(self, schema: TypeSchema, calls: Iterable[PossibleCall]) -> list[PossibleCall]:
        """Correct the calls by this rule."""
        kept: list[PossibleCall] = []
        spoken_of: list[PossibleCall] = []
        for call in calls:
            (spoken_of if self.speaks_of(call) else kept).append(call)
        return kept + self._instead(schema, spoken_of)

    @abstractmethod
    def _instead(self, schema: TypeSchema, calls: list[PossibleCall]) -> list[PossibleCall]:
        """Return what takes the place of the calls that the rule speaks of."""


@dataclass(frozen=True, slots=True)
class NotCalled(Rule):
    """A correction: the handlers list the actions, and do not call them."""

    reason: str

    def _instead(self, schema: TypeSchema, calls: list[PossibleCall]) -> list[PossibleCall]:
        del schema, calls
        return []


@dataclass(frozen=True, slots=True)
class MadeOn(Rule):
    """A correction: the calls are made on an ARN that the service authorization reference does not lead to."""

    resource: ArnTemplate

    def _instead(self, schema: TypeSchema, calls: list[PossibleCall]) -> list[PossibleCall]:
        del schema
        moved = [replace(call, resource=self.resource, source=f"{call.source}; {self.source}") for call in calls]
        return list(dict.fromkeys(moved))


@dataclass(frozen=True, slots=True)
class Called(Rule):
    """When the handlers make the calls, and whether they need them."""

    tier: Tier
    triggers: tuple[Trigger, ...]
    resource: str | ArnTemplate | None
    """The name of the resource type, or the ARN, where names would mislead."""
    stack_tags: bool
    added: bool
    """The calls are made besides those that the schema lists, which keep what is said of them."""
    snapshot: bool
    """The calls are made only where a snapshot is taken before the deletion."""
    otherwise: bool
    """The calls are made only when what triggers them goes again."""
    reason: str

    def _instead(self, schema: TypeSchema, calls: list[PossibleCall]) -> list[PossibleCall]:
        if self.added:
            said = [(action, operation) for operation in self.operations for action in self.actions]
        else:
            said = [(call.action, call.operation) for call in calls]
        corrected = [
            call
            for action, operation in dict.fromkeys(said)
            for call in possible_calls(
                schema,
                action,
                operation,
                self.tier,
                triggers=self.triggers,
                stack_tags=self.stack_tags,
                resource=self.resource,
                snapshot=self.snapshot,
                otherwise=self.otherwise,
                reason=self.reason,
                source=self.source,
            )
        ]
        return [*calls, *corrected] if self.added else corrected


class RuleOptions(TypedDict, total=False):
    """What a rule may say beside its actions and where it is from."""

    on: str
    """The handlers it speaks of, separated by blanks; all by default."""
    when: str
    """Triggers such as `VpcConfig` or `PackageType=Image`, separated by blanks; any one suffices."""
    resource: str | ArnTemplate
    """The resource type, or the ARN, that the call is made on, where names would mislead."""
    stack_tags: bool
    """Tags on the stack are a trigger too."""
    snapshot: bool
    """The calls are made only where a snapshot is taken before the deletion."""
    otherwise: bool
    """The calls are made only when what triggers them goes again."""
    add: bool
    """The calls are made besides those that the schema lists, which keep what is said of them."""


def required(*actions: str, reason: str, source: str, **options: Unpack[RuleOptions]) -> Rule:
    """Make a rule that the handlers need the actions: always, or when a trigger fires.

    An update needs them on change, and what reads is read back (`call.tier_of`).

    Args:
        *actions: Actions, or patterns of listed ones.
        reason: Why, in half a sentence.
        source: An AWS document's title or a report's link.
        **options: See `RuleOptions`.
    """
    return _called(Tier.REQUIRED, actions, reason, source, options)


def advisory(*actions: str, reason: str, source: str, **options: Unpack[RuleOptions]) -> Rule:
    """Make a rule that the handlers may make the calls, or carry on without; arguments as of `required`."""
    return _called(Tier.ADVISORY, actions, reason, source, options)


def not_called(*actions: str, on: str = _DEPLOYED, reason: str, source: str) -> Rule:
    """Make a rule that the handlers list the actions, and do not call them; arguments as of `required`."""
    return NotCalled(actions, _operations(on), source, reason)


def made_on(resource: ArnTemplate, *actions: str, on: str = _DEPLOYED, source: str) -> Rule:
    """Make a rule that the calls are made on this ARN, whatever triggers them; other arguments as of `required`."""
    return MadeOn(actions, _operations(on), source, resource)


def names_resource_of(path: str, service: str) -> str:
    """Write the trigger of a property whose value is an ARN of the service."""
    partitions = ("aws", "aws-cn", "aws-us-gov")
    return f"{path}=" + "|".join(f"arn:{partition}:{service}:*" for partition in partitions)


def rules_for(type_name: str) -> tuple[Rule, ...] | None:
    """Return the reviewed rules of a type; None for most types, which nobody has reviewed."""
    service = type_name.split("::")[1].lower() if type_name.startswith("AWS::") else ""
    if not service.isidentifier():
        return None
    module = f"leastgrant.knowledge.rules.{service}{'_' if iskeyword(service) else ''}"
    if find_spec(module) is None:
        return None
    rules = cast("Mapping[str, tuple[Rule, ...]]", import_module(module).RULES)
    return rules.get(type_name)


def corrected(schema: TypeSchema, calls: Iterable[PossibleCall], rules: Iterable[Rule]) -> tuple[PossibleCall, ...]:
    """Correct calls by a type's rules; order them by operation and action."""
    kept = list(calls)
    for rule in rules:
        kept = rule.correct(schema, kept)
    order = list(Handler)
    return tuple(sorted(kept, key=lambda call: (order.index(call.operation), call.action)))


def _operations(text: str) -> tuple[Handler, ...]:
    return tuple(Handler(name) for name in text.split())


def _called(tier: Tier, actions: tuple[str, ...], reason: str, source: str, options: RuleOptions) -> Rule:
    return Called(
        actions=actions,
        operations=_operations(options.get("on", _DEPLOYED)),
        source=source,
        tier=tier,
        triggers=tuple(Trigger.parse(text) for text in options.get("when", "").split()),
        resource=options.get("resource"),
        stack_tags=options.get("stack_tags", False),
        snapshot=options.get("snapshot", False),
        otherwise=options.get("otherwise", False),
        added=options.get("add", False),
        reason=reason,
    )
