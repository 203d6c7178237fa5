"""Finds the orphans of the app, and compares each with its declaration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leastgrant.iam import Pattern
from leastgrant.template import ABSENT
from ops.orphans.compared import Compared, ImportEffect
from ops.orphans.live_table import read_table
from ops.orphans.orphan import TABLE, Orphan
from ops.orphans.table import compare_table
from ops.stack.fixed_names import FixedName, UncheckedName, fixed_names, is_taken
from ops.stack.resource_types import keeps
from ops.stack.resources import is_named, other_owner, owned_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.template import Value
    from ops.aws.account import Account
    from ops.project.assembly import SynthesisedStack

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundOrphans:
    """What is outside the stack."""

    orphans: tuple[Orphan, ...]
    unchecked: tuple[UncheckedName, ...]
    """Resources of which it cannot be told whether their name is taken."""


def find_orphans(account: Account, stack: SynthesisedStack) -> FoundOrphans:
    """Find what the stack's template names and exists outside the stack.

    Raises:
        BotoCoreError, ClientError: as any call.
    """
    owned = owned_by(account.cloudformation, stack.name)
    names = tuple(fixed_names(stack.resolved))
    outside = [
        name
        for name in names
        if isinstance(name, FixedName)
        and not any(is_named(one, name.name) for one in owned.get(name.type, ()))
        and is_taken(account, name)
    ]
    unchecked = tuple(name for name in names if isinstance(name, UncheckedName))
    return FoundOrphans(tuple(_orphan(account, stack, name) for name in outside), unchecked)


def _orphan(account: Account, stack: SynthesisedStack, name: FixedName) -> Orphan:
    declaration = stack.resources[name.logical_id]
    if name.type != TABLE:
        return Orphan(name, declaration, {}, ())
    live = read_table(account, name.name)
    resolved = stack.resolved.resource(name.logical_id).properties
    unknown = [key for key, value in resolved.items() if not _is_known(value)]
    declared = {key: _json(value) for key, value in resolved.items() if key not in unknown}
    compared = (
        *_circumstances(account, stack.name, name, declaration),
        *map(_unknown, unknown),
        *(one for one in compare_table(live, declared) if one.property not in unknown),
    )
    return Orphan(name, declaration, live.properties, compared)


def _circumstances(account: Account, stack: str, name: FixedName, declaration: Json) -> Iterator[Compared]:
    """Yield what an import needs, beside the properties."""
    policy = str(declaration.get("DeletionPolicy", "none"))
    if not keeps(policy):
        words = "without one that keeps it a deletion could take it along: declare DeletionPolicy: RetainExceptOnCreate"
        yield Compared("DeletionPolicy", ImportEffect.STOPS, "", policy, words)
    if "Condition" in declaration:
        words = "whether the stack has it depends on a condition: a human must look"
        yield Compared("Condition", ImportEffect.STOPS, "", str(declaration["Condition"]), words)
    owner = other_owner(account.cloudformation, stack, name.name)
    if owner is not None:
        words = f"{owner} has it, and a resource is of one stack: take it out of there first, keeping it"
        yield Compared("Stack", ImportEffect.STOPS, owner, stack, words)


def _unknown(name: str) -> Compared:
    words = "what the template says is known only when it is deployed: a human must look"
    return Compared(name, ImportEffect.STOPS, "not compared", "not known", words)


def _is_known(value: Value) -> bool:
    if isinstance(value, Pattern):
        return value.is_literal
    if isinstance(value, Mapping):
        return all(map(_is_known, value.values()))
    if isinstance(value, tuple):
        return all(map(_is_known, value))
    return isinstance(value, bool | int | float) or value is ABSENT


def _json(value: Value) -> Any:
    """Return the JSON of a value that is known."""
    if isinstance(value, Pattern):
        return "".join(str(token) for token in value.tokens)
    if isinstance(value, Mapping):
        return {key: _json(member) for key, member in value.items() if member is not ABSENT}
    if isinstance(value, tuple):
        return [_json(item) for item in value if item is not ABSENT]
    return value
