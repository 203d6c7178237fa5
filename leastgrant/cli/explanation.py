"""Who needs an action and why, what would need it, and what grants it."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

from leastgrant.cli.listing import listed, table, why
from leastgrant.iam.evaluation import Element, Outcome, Request, evaluate, near_misses
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import UnknownType, authorization, known_calls
from leastgrant.knowledge.schema import type_names
from leastgrant.proof.excess import EVERYTHING
from leastgrant.report.model import GrantState, calls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.knowledge import PossibleCall
    from leastgrant.proof.prove import Proof
    from leastgrant.report.model import NeedRow
    from leastgrant.template import ResolvedTemplate


def explanation(
    action: str,
    arn: Pattern | None,
    proof: Proof,
    deployed: Sequence[ResolvedTemplate],
    *,
    with_role: bool,
    stack_tags: bool,
) -> Iterator[str]:
    """Yield lines about an action, in a proof of what is deployed with a role.

    Args:
        action: As `authorization.action` names it.
        arn: Only what is on an ARN of this pattern; None: on any.
        proof: Of the role, or of an empty one.
        deployed: What it was proved for; if nothing, all types are looked at.
        with_role: Whether to tell what the role grants.
        stack_tags: The stacks have tags of their own.
    """
    yield from _known_of(action)
    found = [call for call in calls(proof) if call.need.action == action and _concerns(arn, call.need.resource)]
    if found or deployed:
        yield from _needed(found, with_role=with_role)
    yield from _not_needed_yet(action, deployed, stack_tags=stack_tags) if deployed else _possible(action)
    if with_role:
        yield from _granted(action, arn, proof)
        if arn is not None and arn.is_literal:
            yield from _nearly_granted(Request(action, str(arn)), proof)


def _concerns(arn: Pattern | None, resource: Pattern) -> bool:
    return arn is None or arn.intersects(resource)


def _known_of(action: str) -> Iterator[str]:
    known = authorization.action(action)
    yield action
    if known is None:
        return
    yield f"  access level: {', '.join(sorted(known.levels))}"
    if not known.resource_types:
        yield "  resources: none, it can only be granted on *"
    for kind in known.resource_types:
        yield f"  resource {kind.name}: {', '.join(kind.arns)}"


def _needed(found: Sequence[NeedRow], *, with_role: bool) -> Iterator[str]:
    yield ""
    yield "Needed by" if found else "Needed by nothing that is deployed"
    notes = {call.need: _grant_note(call) for call in found} if with_role else {}
    for line in listed((call.need for call in found), lambda need: notes.get(need, "")):
        yield f"  {line}"


def _grant_note(call: NeedRow) -> str:
    if call.state is GrantState.PROVED:
        return f"granted by {', '.join(map(str, call.statements))}"
    return "not granted"


def _not_needed_yet(action: str, deployed: Iterable[ResolvedTemplate], *, stack_tags: bool) -> Iterator[str]:
    """Yield the calls that resources do not make, as they do not set the property that triggers them."""
    lines: list[str] = []
    for resolved in deployed:
        for resource in resolved:
            possible = _possible_calls(resource.declared.type, action)
            fired = {each: each.fires(resource.properties) for call in possible for each in call.triggers}
            unmade = [call for call in possible if call.made_by(fired, stack_tags=stack_tags) is None]
            if unmade:
                lines += [f"  {resource.declared.logical_id} ({resource.declared.type})", *_conditions(unmade)]
    yield from ("", "Would be needed by", *lines) if lines else ()


def _possible(action: str) -> Iterator[str]:
    """Yield the types whose handlers may make the call."""
    lines: list[str] = []
    for name in type_names():
        calls_of_type = _possible_calls(name, action)
        lines += [f"  {name}", *_conditions(calls_of_type)] if calls_of_type else []
    yield from ("", "Called by CloudFormation for", *lines) if lines else ("", "CloudFormation calls it for no type")


def _possible_calls(type_name: str, action: str) -> list[PossibleCall]:
    known = known_calls(type_name)
    if isinstance(known, UnknownType):
        return []
    return [call for call in known if call.action == action or _matches(call.action, action)]


@cache
def _matches(pattern: str, action: str) -> bool:
    """Tell whether an action is among what a schema lists, such as `ec2:Describe*`."""
    return Pattern.parse(pattern.lower()).matches(action.lower())


def _conditions(possible: Iterable[PossibleCall]) -> Iterator[str]:
    operations: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
    for call in possible:
        operations[call.tier.value, _when(call), why(None, call.reason, call.source)].append(call.operation.value)
    yield from table([(", ".join(dict.fromkeys(done)), *row) for row, done in operations.items()], 4)


def _when(call: PossibleCall) -> str:
    triggers = [*map(str, call.triggers), *(["the stack has tags"] if call.stack_tags else [])]
    return f"when {' or '.join(triggers)}" if triggers else "always"


def _granted(action: str, arn: Pattern | None, proof: Proof) -> Iterator[str]:
    rows = [
        (str(grant.statement), str(grant.resource), "" if grant.needs else "nothing needs it")
        for grant in proof.grants
        if grant.action in {action, *EVERYTHING} and _concerns(arn, grant.resource)
    ]
    yield ""
    yield f"Granted by {proof.role.name}" if rows else f"Not granted by {proof.role.name}"
    yield from table(rows, 2)


_LACKS = {
    Element.ACTION: "but its Action leaves it out",
    Element.RESOURCE: "but its Resource leaves it out",
    Element.CONDITION: "but its Condition does not hold of a request of which nothing more is known",
}


def _nearly_granted(request: Request, proof: Proof) -> Iterator[str]:
    """Yield the statements that deny a request, and those that one element alone keeps from granting it."""
    decision = evaluate(request, proof.role.permissions)
    if decision.outcome is Outcome.EXPLICITLY_DENIED:
        yield from ("", f"Denied, on {request.resource}, by")
        yield from table([(str(statement),) for statement in decision.statements], 2)
    if decision.outcome in {Outcome.ALLOWED, Outcome.EXPLICITLY_DENIED}:
        return
    misses = near_misses(request, proof.role.permissions)
    if misses:
        yield from ("", f"Nearly granted, on {request.resource}, by")
        yield from table([(str(miss.statement), _LACKS[miss.element]) for miss in misses], 2)
