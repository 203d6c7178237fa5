"""The least policy: what grants each call that is sure to be made, and nothing else.

Source of the quotas: AWS IAM User Guide, "IAM and AWS STS quotas"; white space does not count.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import TYPE_CHECKING, TypeAlias

from leastgrant.errors import InputError
from leastgrant.iam.arn import components
from leastgrant.iam.pattern import Pattern, Wildcard
from leastgrant.knowledge import authorization, type_schema
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.link import MOST_MANAGED
from leastgrant.proof.needs import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.proof.needs import Need

LARGEST_INLINE = 10_240
"""Characters of all inline policies of a role."""

LARGEST_MANAGED = 6_144
"""Characters of a managed policy."""

Condition: TypeAlias = "tuple[str, str, tuple[str, ...]]"
"""Operator, key and values."""

Document: TypeAlias = "dict[str, object]"


class PolicyTooLarge(InputError):  # noqa: N818  (what is wrong is the policy, not the program)
    """No policy within IAM's quotas grants all needs."""


@dataclass(frozen=True, slots=True)
class LeastStatement:
    """A statement that allows some actions of one service on some resources, for one purpose."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def service(self) -> str:
        """The service prefix of its actions."""
        return _service(self.actions[0])

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
    """Make the statements that grant the needs that are sure, each for one purpose, which its id tells.

    What is needed for one type is apart from what is needed for others, so a change of one resource changes the
    statements of its type.
    """
    required = [need for need in needs if need.is_sure]
    purposes: defaultdict[tuple[str, str, tuple[Condition, ...]], list[_Call]] = defaultdict(list)
    calls = _calls(required)
    for call, made_for in calls.items():
        purposes[_service(call.action), _owner(made_for), call.conditions].append(call)
    statements = [
        LeastStatement(
            _sid([(call, calls[call]) for call in some if call.action in actions]), actions, resources, conditions
        )
        for (_, _, conditions), some in purposes.items()
        for resources, actions in _by_resources(some).items()
    ]
    return tuple(_numbered(sorted(statements, key=lambda one: (one.service, one.sid, one.actions, one.resources))))


def _owner(needs: Iterable[Need]) -> str:
    """Return the type that a call is made for, or the use; none if it is made for several."""
    owners = {need.subject.name if need.subject.type == _USE else need.subject.type for need in needs}
    return owners.pop() if len(owners) == 1 else ""


_USE = "use"


def _sid(calls: Sequence[tuple[_Call, Sequence[Need]]]) -> str:
    """Say what a statement is for, such as `ManageSQSQueues`, `ReadS3ForLambdaFunctionsWithCode` or `CdkDeploy`."""
    needs = [need for _, made_for in calls for need in made_for]
    owner, (first, _) = _owner(needs), calls[0]
    if owner and needs[0].subject.type == _USE:
        return _words(owner)
    prefix = _service(first.action)
    service = "".join(word.capitalize() for word in prefix.split("-"))
    verb = _verb({call.action for call, _ in calls}, {need.operation for need in needs})
    if not owner:
        return f"{verb}{service}ForSeveral"
    noun = _plural(_words("".join(owner.split("::")[1:]) or owner))
    if verb == _PASSING:
        return f"PassRolesFor{noun}"
    schema = type_schema(owner)
    own = schema is not None and schema.iam_prefix == prefix
    return f"{verb}{noun if own else f'{service}For{noun}'}{_with(needs)}"


def _with(needs: Iterable[Need]) -> str:
    """Return the property that causes all of the needs, if there is one."""
    properties = {"" if need.trigger is None else need.trigger.partition("/")[0] for need in needs}
    (name,) = properties if len(properties) == 1 else ("",)
    return f"With{_words(name)}" if name else ""


_PASSING = "Pass"
_VERBS = {
    frozenset({Operation.CREATE}): "Create",
    frozenset({Operation.READ}): "Read",
    frozenset({Operation.UPDATE}): "Update",
    frozenset({Operation.DELETE}): "Delete",
    frozenset({Operation.ROLLBACK}): "Delete",
    frozenset({Operation.DELETE, Operation.ROLLBACK}): "Delete",
}


def _verb(actions: set[str], operations: set[Operation]) -> str:
    """Say what the actions do; if they do several things, what they are called for; else `Manage`."""
    if actions == {"iam:PassRole"}:
        return _PASSING
    known = [authorization.action(action) for action in actions]
    if all(action is not None and action.levels <= _READING for action in known):
        return "Read"
    if all(action is not None and "Tagging" in action.levels for action in known):
        return "Tag"
    return _VERBS.get(frozenset(operations), "Manage")


_READING = frozenset({"Read", "List"})


def _plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    if noun.endswith(("ss", "as", "x", "ch", "sh")):
        return f"{noun}es"
    return noun if noun.endswith("s") else f"{noun}s"


def _words(text: str) -> str:
    """Write words as an id takes them: letters and digits alone, each word with a capital."""
    return "".join(word[:1].upper() + word[1:] for word in _NOT_IN_SID.split(text))


_NOT_IN_SID = re.compile(r"[^A-Za-z0-9]+")


def _numbered(statements: Iterable[LeastStatement]) -> Iterator[LeastStatement]:
    """Put a number behind each id that another statement has before it."""
    taken: set[str] = set()
    for statement in statements:
        names = chain([statement.sid], (f"{statement.sid}{number}" for number in count(2)))
        sid = next(name for name in names if name not in taken)
        taken.add(sid)
        yield replace(statement, sid=sid)


def _service(action: str) -> str:
    return action.partition(":")[0].lower()


def inline_policy(statements: Sequence[LeastStatement]) -> Document:
    """Write the statements as one inline policy.

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


def managed_policies(statements: Sequence[LeastStatement], most: int = MOST_MANAGED) -> list[Document]:
    """Write the statements as managed policies for one role, those of a service in one as far as they fit.

    Args:
        statements: What they grant.
        most: How many a role may have.

    Raises:
        PolicyTooLarge: they are more than a role may have.
    """
    parts = [*_numbered(part for whole in statements for part in _parts(whole))]
    by_service: defaultdict[str, list[LeastStatement]] = defaultdict(list)
    for part in parts:
        by_service[part.service].append(part)
    policies = _packed(by_service.values())
    if len(policies) > most:
        policies = _packed([part] for part in parts)
    check_number(len(policies), most)
    return [_policy(policy) for policy in policies]


def check_number(policies: int, most: int = MOST_MANAGED) -> None:
    """Refuse more managed policies than a role may have.

    Raises:
        PolicyTooLarge: they are more.
    """
    if policies > most:
        raise PolicyTooLarge(
            f"it takes {policies} managed policies of {LARGEST_MANAGED} characters, a role has {most} at most (IAM's "
            "quota 'Managed policies per role', which AWS raises on request); deploy fewer stacks with one role"
        )


def _packed(groups: Iterable[Sequence[LeastStatement]]) -> list[list[LeastStatement]]:
    """Policies in the order of the groups, none of which is taken apart if it fits into one policy."""
    policies: list[list[LeastStatement]] = [[]]
    for group in groups:
        for some in [group] if _fits(group) else [[statement] for statement in group]:
            if not _fits([*policies[-1], *some]):
                policies.append([])
            policies[-1] += some
    return policies


def _fits(statements: Sequence[LeastStatement]) -> bool:
    return policy_size(_policy(statements)) <= LARGEST_MANAGED


def policy_size(policy: Document) -> int:
    """Count the characters that count against IAM's quotas."""
    return len(json.dumps(policy, separators=(",", ":"), ensure_ascii=False))


def _policy(statements: Sequence[LeastStatement]) -> Document:
    return {"Version": "2012-10-17", "Statement": [statement.document for statement in statements]}


@dataclass(frozen=True, slots=True)
class _Call:
    action: str
    resource: Pattern
    conditions: tuple[Condition, ...]


def _calls(needs: Iterable[Need]) -> dict[_Call, list[Need]]:
    """Yield the calls, without those that others include, each with the needs that it grants.

    Of an object that is named after its content it is on any of the kind: the next deployment has another.
    """
    by_action: defaultdict[str, defaultdict[_Call, list[Need]]] = defaultdict(lambda: defaultdict(list))
    for need in needs:
        on = with_any_content(Pattern.parse(need.on))
        by_action[need.action][_Call(need.action, on, _conditions(need))].append(need)
    return {call: some for calls in by_action.values() for call, some in _widest(calls).items()}


def _widest(calls: Mapping[_Call, Sequence[Need]]) -> dict[_Call, list[Need]]:
    """Yield the calls that no other call includes, with the needs of those that they include.

    A pattern includes only what begins with its own literal head, so others are not compared.
    """
    by_head: defaultdict[str, list[_Call]] = defaultdict(list)
    widest: dict[_Call, list[Need]] = {}
    for call in sorted(calls, key=_width):
        head = _head(call)
        shorter = (head[:length] for length in sorted({len(known) for known in by_head}) if length <= len(head))
        near = (other for start in shorter for other in by_head.get(start, ()))
        including = next((other for other in near if _includes(other, call)), None)
        if including is None:
            by_head[head].append(call)
        widest.setdefault(including or call, []).extend(calls[call])
    return widest


def _width(call: _Call) -> tuple[object, ...]:
    """Return a sort key that puts a call before those that it may include."""
    stars = call.resource.tokens.count(Wildcard.ANY)
    return len(_head(call)), len(str(call.resource)) - stars, -stars, call.conditions, str(call.resource)


def _includes(other: _Call, call: _Call) -> bool:
    return other.conditions in ((), call.conditions) and other.resource.includes(call.resource)


def _head(call: _Call) -> str:
    first = call.resource.tokens[0]
    return "" if isinstance(first, Wildcard) else first


def _conditions(need: Need) -> tuple[Condition, ...]:
    """Return the conditions that hold in every context that the call may have."""
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


def _by_resources(calls: Iterable[_Call]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """For each set of resources that some action has, the actions that have just this set."""
    resources: defaultdict[str, list[str]] = defaultdict(list)
    for action, resource in sorted({(call.action, str(call.resource)) for call in calls}):
        resources[action].append(resource)
    actions: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, found in resources.items():
        actions[tuple(found)].append(action)
    return {found: tuple(some) for found, some in actions.items()}


def _parts(statement: LeastStatement) -> Iterator[LeastStatement]:
    """Split the statement into parts, each of which a managed policy can hold: by what the names begin with."""
    if _fits([statement]):
        yield statement
        return
    if len(statement.resources) > 1:
        for name, resources in _by_beginning(statement.resources):
            yield from _parts(replace(statement, sid=statement.sid + name, resources=resources))
        return
    if len(statement.actions) > 1:
        for name, actions in _by_beginning(statement.actions):
            yield from _parts(replace(statement, sid=statement.sid + name, actions=actions))
        return
    action = ", ".join(statement.actions)
    raise PolicyTooLarge(f"{action} on one resource takes more than {LARGEST_MANAGED} characters")


def _by_beginning(texts: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Group the texts by the character in which they begin to differ, which is given with them."""
    first, last = min(texts), max(texts)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for text in texts:
        groups[text[same : same + 1]].append(text)
    yield from ((_words(letter), tuple(some)) for letter, some in sorted(groups.items()))
