"""The least policy: what grants each call that is sure to be made, and nothing else.

Source of the quotas: AWS IAM User Guide, "IAM and AWS STS quotas"; white space does not count.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.errors import InputError
from leastgrant.iam.arn import components
from leastgrant.iam.pattern import Pattern, Wildcard
from leastgrant.knowledge import authorization

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.proof.needs import Need

LARGEST_INLINE = 10_240
"""Characters of all inline policies of a role."""

LARGEST_MANAGED = 6_144
"""Characters of a managed policy."""

MOST_MANAGED = 10
"""Managed policies attached to a role, unless AWS has raised the quota."""

Condition: TypeAlias = "tuple[str, str, tuple[str, ...]]"
"""Operator, key and values."""

Document: TypeAlias = "dict[str, object]"


class PolicyTooLarge(InputError):  # noqa: N818  (what is wrong is the policy, not the program)
    """No policy within IAM's quotas grants all needs."""


@dataclass(frozen=True, slots=True)
class LeastStatement:
    """A statement that allows some actions of one service on some resources."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def document(self) -> Document:
        """The statement as a policy writes it."""
        statement: Document = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        if self.conditions:
            condition: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
            for operator, key, values in self.conditions:
                condition[operator][key] = list(values)
            statement["Condition"] = dict(condition)
        return statement


def least_statements(needs: Iterable[Need]) -> tuple[LeastStatement, ...]:
    """The statements that grant what operations on what the templates say call: changes, and reading back, too.

    They are by service; their ids tell the types they are for.
    """
    required = [need for need in needs if need.is_sure]
    services: defaultdict[tuple[str, tuple[Condition, ...]], list[_Call]] = defaultdict(list)
    for call in _calls(required):
        services[_service(call.action), call.conditions].append(call)
    types: defaultdict[str, set[str]] = defaultdict(set)
    for need in required:
        types[need.action].add(need.subject.type.rpartition("::")[2])
    statements = [
        LeastStatement(_sid(service, set[str]().union(*(types[a] for a in actions))), actions, resources, conditions)
        for (service, conditions), calls in services.items()
        for actions, resources in _merged(calls)
    ]
    return tuple(_numbered(sorted(statements, key=lambda statement: (statement.actions, statement.resources))))


def _sid(service: str, types: set[str]) -> str:
    """Such as `LambdaForFunction`."""
    words = [word.capitalize() for word in (*service.split("-"), "for")]
    nouns = sorted(_NOT_IN_SID.sub("", noun[:1].upper() + noun[1:]) for noun in types)
    return "".join([*words, "And".join(nouns) if len(nouns) <= _MOST_NOUNS else "Several"])


_NOT_IN_SID = re.compile(r"[^A-Za-z0-9]")
_MOST_NOUNS = 2


def _numbered(statements: Sequence[LeastStatement]) -> Iterator[LeastStatement]:
    counts = Counter(statement.sid for statement in statements)
    numbers: Counter[str] = Counter()
    for statement in statements:
        numbers[statement.sid] += 1
        number = str(numbers[statement.sid]) if counts[statement.sid] > 1 else ""
        yield replace(statement, sid=statement.sid + number)


def _service(action: str) -> str:
    return action.partition(":")[0].lower()


def inline_policy(statements: Sequence[LeastStatement]) -> Document:
    """The statements as one inline policy.

    Raises:
        PolicyTooLarge: it is larger than all inline policies of a role may be.
    """
    policy = _policy(statements)
    size = policy_size(policy)
    if size > LARGEST_INLINE:
        raise PolicyTooLarge(
            f"the policy has {size} characters, the inline policies of a role {LARGEST_INLINE} at most; "
            "generate managed policies, or deploy fewer stacks with one role"
        )
    return policy


def managed_policies(statements: Sequence[LeastStatement]) -> list[Document]:
    """The statements as managed policies for one role.

    Raises:
        PolicyTooLarge: they are more than a role may have.
    """
    policies: list[list[LeastStatement]] = [[]]
    for statement in (part for whole in statements for part in _parts(whole)):
        if policy_size(_policy([*policies[-1], statement])) > LARGEST_MANAGED:
            policies.append([])
        policies[-1].append(statement)
    if len(policies) > MOST_MANAGED:
        raise PolicyTooLarge(
            f"it takes {len(policies)} managed policies of {LARGEST_MANAGED} characters, a role has {MOST_MANAGED} at "
            "most; deploy fewer stacks with one role"
        )
    return [_policy(policy) for policy in policies]


def policy_size(policy: Document) -> int:
    """The characters that count against IAM's quotas."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))


def _policy(statements: Sequence[LeastStatement]) -> Document:
    return {"Version": "2012-10-17", "Statement": [statement.document for statement in statements]}


@dataclass(frozen=True, slots=True)
class _Call:
    action: str
    resource: Pattern
    conditions: tuple[Condition, ...]


def _calls(needs: Iterable[Need]) -> Iterator[_Call]:
    """The calls, without those that others include."""
    by_action: defaultdict[str, dict[_Call, None]] = defaultdict(dict)
    for need in needs:
        by_action[need.action][_Call(need.action, Pattern.parse(need.on), _conditions(need))] = None
    for calls in by_action.values():
        yield from _widest(calls)


def _widest(calls: Iterable[_Call]) -> Iterator[_Call]:
    """The calls that no other call includes.

    A pattern includes only what begins with its own literal head, so others are not compared.
    """
    kept: defaultdict[str, list[_Call]] = defaultdict(list)
    for call in sorted(calls, key=_width):
        head = _head(call)
        shorter = (head[:length] for length in sorted({len(known) for known in kept}) if length <= len(head))
        if not any(_includes(other, call) for start in shorter for other in kept.get(start, ())):
            kept[head].append(call)
            yield call


def _width(call: _Call) -> tuple[object, ...]:
    """Sorts a call before those that it may include."""
    stars = call.resource.tokens.count(Wildcard.ANY)
    return len(_head(call)), len(str(call.resource)) - stars, -stars, call.conditions, str(call.resource)


def _includes(other: _Call, call: _Call) -> bool:
    return other.conditions in ((), call.conditions) and other.resource.includes(call.resource)


def _head(call: _Call) -> str:
    first = call.resource.tokens[0]
    return "" if isinstance(first, Wildcard) else first


def _conditions(need: Need) -> tuple[Condition, ...]:
    """The conditions that hold in every context that the call may have."""
    known = authorization.action(need.action)
    names = {name.lower(): name for name in known.condition_keys} if known else {}
    conditions: list[Condition] = []
    for key in sorted(set[str]().union(*need.contexts)):
        found = [context.get(key, ()) for context in need.contexts]
        if all(found):
            values = tuple(sorted({value for some in found for value in some}))
            arns = all(components(value) for value in values)
            escaped = tuple(value.replace("${", "${$}{") for value in values)  # not a policy variable
            conditions.append(("ArnEquals" if arns else "StringEquals", names.get(key, key), escaped))
    return tuple(conditions)


_Groups: TypeAlias = "list[tuple[tuple[str, ...], tuple[str, ...]]]"
"""Actions, and the resources that each of them is allowed on."""


def _merged(calls: Sequence[_Call]) -> _Groups:
    """The calls in groups, of the actions that share all their resources or the reverse, whichever is shorter."""
    pairs = {(call.action, str(call.resource)) for call in calls}
    by_resources = [(actions, resources) for resources, actions in _grouped(pairs).items()]
    by_actions = list(_grouped({(resource, action) for action, resource in pairs}).items())
    return min(by_resources, by_actions, key=lambda groups: len(json.dumps(groups)))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For each set of seconds that some first has, the firsts that have just this set."""
    seconds: defaultdict[str, list[str]] = defaultdict(list)
    for first, second in sorted(pairs):
        seconds[first].append(second)
    firsts: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for first, found in seconds.items():
        firsts[tuple(found)].append(first)
    return {found: tuple(some) for found, some in firsts.items()}


def _parts(statement: LeastStatement) -> Iterator[LeastStatement]:
    """The statement in parts, each of which a managed policy can hold."""
    if policy_size(_policy([statement])) <= LARGEST_MANAGED:
        yield statement
        return
    if len(statement.actions) == len(statement.resources) == 1:
        raise PolicyTooLarge(f"{statement.actions[0]} on one resource takes more than {LARGEST_MANAGED} characters")
    for letter, half in zip("AB", _halves(statement), strict=True):
        yield from _parts(replace(half, sid=statement.sid + letter))


def _halves(statement: LeastStatement) -> tuple[LeastStatement, LeastStatement]:
    if len(statement.resources) > 1:
        middle = len(statement.resources) // 2
        return (
            replace(statement, resources=statement.resources[:middle]),
            replace(statement, resources=statement.resources[middle:]),
        )
    middle = len(statement.actions) // 2
    return (
        replace(statement, actions=statement.actions[:middle]),
        replace(statement, actions=statement.actions[middle:]),
    )
