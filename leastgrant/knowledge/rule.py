"""Reviewed corrections of what a provider schema lists, each with its source.

A type's rules are in `leastgrant/knowledge/rules/<service>.py` (`lambda_.py` for Lambda), as `RULES`: type
name to rules, applied in order over the automatic links. To add knowledge of a type, add rules there, and
rows to the service's table in `tests/leastgrant/knowledge/rules/`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from importlib.util import find_spec
from keyword import iskeyword
from typing import TYPE_CHECKING, TypedDict, Unpack, cast

from leastgrant.knowledge.call import Tier, Trigger, possible_calls
from leastgrant.knowledge.schema import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastgrant.knowledge.arn import ArnTemplate
    from leastgrant.knowledge.call import PossibleCall
    from leastgrant.knowledge.schema import TypeSchema


_DEPLOYED = "create read update delete"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is known of some actions of a type's handlers, in place of what the names tell."""

    actions: tuple[str, ...]
    """Actions or action patterns, such as `kms:*`; an added action is written out."""
    tier: Tier | None
    """None: the handlers do not make the call."""
    operations: tuple[Operation, ...]
    """The handlers that the rule speaks of, as far as they list the action."""
    triggers: tuple[Trigger, ...]
    resource: str | ArnTemplate | None
    """The name of the resource type, or the ARN, where names would mislead."""
    stack_tags: bool
    added: bool
    """The call is made besides those that the schema lists, which keep what is said of them."""
    reason: str
    source: str

    def matches(self, action: str) -> bool:
        """Whether the rule speaks of the action."""
        return any(fnmatchcase(action, pattern) for pattern in self.actions)


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
    add: bool
    """The calls are made besides those that the schema lists, which keep what is said of them."""


def required(*actions: str, reason: str, source: str, **options: Unpack[RuleOptions]) -> Rule:
    """The handlers need the actions: always, or when a trigger fires.

    Args:
        *actions: Actions, or patterns of listed ones.
        reason: Why, in half a sentence.
        source: An AWS document's title or a report's link.
        **options: See `RuleOptions`.
    """
    return _rule(actions, Tier.REQUIRED, reason, source, options)


def advisory(*actions: str, reason: str, source: str, **options: Unpack[RuleOptions]) -> Rule:
    """The handlers may make the calls, or carry on without; arguments as of `required`."""
    return _rule(actions, Tier.ADVISORY, reason, source, options)


def not_called(*actions: str, reason: str, source: str, **options: Unpack[RuleOptions]) -> Rule:
    """The handlers list the actions, and do not call them; arguments as of `required`."""
    return _rule(actions, None, reason, source, options)


def rules_for(type_name: str) -> tuple[Rule, ...]:
    """The reviewed rules of a type; none for most types."""
    service = type_name.split("::")[1].lower() if type_name.startswith("AWS::") else ""
    if not service.isidentifier():
        return ()
    module = f"leastgrant.knowledge.rules.{service}{'_' if iskeyword(service) else ''}"
    if find_spec(module) is None:
        return ()
    rules = cast("Mapping[str, tuple[Rule, ...]]", import_module(module).RULES)
    return rules.get(type_name, ())


def corrected(
    schema: TypeSchema, calls: Iterable[PossibleCall], rules: Iterable[Rule]
) -> tuple[PossibleCall, ...]:
    """The calls, with each rule's actions replaced by what the rule says of them."""
    kept = list(calls)
    for rule in rules:
        for operation in rule.operations:
            actions = set(rule.actions)
            if not rule.added:
                spoken_of = [
                    call for call in kept if call.operation is operation and rule.matches(call.action)
                ]
                actions = {call.action for call in spoken_of}
                kept = [call for call in kept if call not in spoken_of]
            for action in sorted(actions):
                kept.extend(_as_ruled(schema, action, operation, rule))
    order = list(Operation)
    return tuple(sorted(kept, key=lambda call: (order.index(call.operation), call.action)))


def _as_ruled(schema: TypeSchema, action: str, operation: Operation, rule: Rule) -> tuple[PossibleCall, ...]:
    if rule.tier is None:
        return ()
    return possible_calls(
        schema,
        action,
        operation,
        rule.tier,
        triggers=rule.triggers,
        stack_tags=rule.stack_tags,
        resource=rule.resource,
        reason=rule.reason,
        source=rule.source,
    )


def _rule(
    actions: tuple[str, ...], tier: Tier | None, reason: str, source: str, options: RuleOptions
) -> Rule:
    return Rule(
        actions=actions,
        tier=tier,
        operations=tuple(Operation(name) for name in options.get("on", _DEPLOYED).split()),
        triggers=tuple(Trigger.parse(text) for text in options.get("when", "").split()),
        resource=options.get("resource"),
        stack_tags=options.get("stack_tags", False),
        added=options.get("add", False),
        reason=reason,
        source=source,
    )
