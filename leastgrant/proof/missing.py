"""Nothing missing: every need is granted, on its whole pattern and in the context it will have."""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from leastgrant.iam.arn import COMPONENTS
from leastgrant.iam.evaluation import Outcome
from leastgrant.iam.inclusion import RequestSet, Witness, ungranted
from leastgrant.iam.pattern import Budget, Pattern
from leastgrant.knowledge import Tier, authorization
from leastgrant.proof.finding import Finding, Kind
from leastgrant.text import shown_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from leastgrant.iam.evaluation import Permissions, Request
    from leastgrant.iam.string import Context
    from leastgrant.proof.needs import Need
    from leastgrant.role import Role


_STEPS = 100_000
"""The work that values which are not known may take; about a third of a second. Beyond it, they are not decided."""


def refusals(needs: Iterable[Need], permissions: Permissions) -> dict[Need, Witness | None]:
    """Find, for each need, a request that is refused; None if all are allowed, in every context they may have.

    Raises:
        PatternTooComplex: the patterns are too complex to compare.
    """
    asked: dict[tuple[object, ...], Witness | None] = {}
    answers: dict[Need, Witness | None] = {}
    budget = Budget(_STEPS)
    for need in needs:
        known = need.known if permissions.about(need.action).keys else None  # no condition asks for it
        question = (need.action, need.resource, known, *(tuple(keys.items()) for keys in need.contexts))
        if question not in asked:
            asked[question] = _refusal(need, permissions, budget)
        answers[need] = asked[question]
    return answers


def contexts_of(need: Need, permissions: Permissions) -> Iterator[Context]:
    """Give what the need's requests may hold: of each key that the permissions ask for what is known."""
    known = [*need.known.contexts(permissions.about(need.action))]
    return ({**also, **context} for also, context in product(known, need.contexts))


def _refusal(need: Need, permissions: Permissions, budget: Budget) -> Witness | None:
    contexts = contexts_of(need, permissions)
    never = _with_more_parts(need.action, need.resource)
    requests = (RequestSet(need.action, need.resource, context, never) for context in contexts)
    asked = (ungranted(request, permissions, budget) for request in requests)
    return next((witness for witness in asked if witness is not None), None)


@lru_cache(maxsize=1 << 12)  # a resource is asked about once for each action, and role
def _with_more_parts(action: str, resource: Pattern) -> tuple[Pattern, ...]:
    """Return the strings that a resource's pattern stands for and that no name makes: those with more colons.

    What a service makes up, or a template names, has no colon, so the ARN has as many parts as its format; the keys of
    S3's objects may have some, and API Gateway's ARNs are paths.
    """
    service, _, _ = action.partition(":")
    known = authorization.action(action)
    if known is None or service in _WITH_COLONS or resource.is_literal or resource.head.count(":") < COMPONENTS - 1:
        return ()
    parts = sum(token.count(":") for token in resource.tokens if isinstance(token, str))
    formats = {arn.count(":") for kind in known.resource_types for arn in kind.arns}
    return (Pattern.parse(":".join("*" * (parts + 2))),) if formats == {parts} else ()


_WITH_COLONS = frozenset({"s3", "apigateway", "execute-api"})


def is_demanded(need: Need, *, on_change: bool) -> bool:
    """Tell whether a need must be granted: if it is required, or the role must be able to make changes."""
    return need.tier is Tier.REQUIRED or (on_change and need.is_deployed_with)


def missing(
    refused: Mapping[Need, Witness | None], role: Role, fix: Callable[[Need], str], *, on_change: bool = False
) -> Iterator[Finding]:
    """Yield a finding for each demanded need that is not granted: the required; with `on_change` those of a change."""
    for need, witness in refused.items():
        if witness is None or not is_demanded(need, on_change=on_change):
            continue
        why = _why(need, witness, role.permissions)
        yield Finding(
            Kind.MISSING,
            need.action,
            need.on,
            f"{need.doing} will fail{need.when}: {role.name} may not {need.action} on {need.on}{why}",
            _in_the_way(witness) or fix(need),
            need=need,
            subject=need.subject,
            layer="the permissions boundary" if _is_of_boundary(witness, role) else "",
        )


def _is_of_boundary(witness: Witness, role: Role) -> bool:
    """Tell whether it is the boundary that refuses: what it does not allow, or denies."""
    of_boundary = role.boundary.statements if role.boundary else ()
    denies = any(each is statement for statement in witness.decision.statements for each in of_boundary)
    return witness.decision.outcome is Outcome.OUTSIDE_BOUNDARY or (
        denies and witness.decision.outcome is Outcome.EXPLICITLY_DENIED
    )


def _why(need: Need, witness: Witness, permissions: Permissions) -> str:
    """Say what stands in the way, if it is more than that nothing grants it."""
    request, decision = witness.request, witness.decision
    context = " and ".join(f"{key} {shown_values(values)}" for key, values in request.context.items())
    when = f" when {context}" if context else ""
    statements = ", ".join(map(str, decision.statements))
    match decision.outcome:
        case Outcome.EXPLICITLY_DENIED:
            return f"{_example(need, request)}{when}: {statements} denies it"
        case Outcome.OUTSIDE_BOUNDARY:
            return f"{_example(need, request)}{when}: {statements} allows it, but the permissions boundary does not"
        case _ if witness.undecided:
            return f": whether it may depends on {', '.join(sorted(witness.undecided))}"
        case _:
            pass
    allows = permissions.about(need.action).allows
    conditional = [
        s for s in allows if s.failing(request.context) and s.resources.match(request.resource, request.context)
    ]
    if conditional:
        return f"{when}: {', '.join(map(str, conditional))} allows it under another condition"
    if any(p.intersects(need.resource) for s in allows for p in s.resources.patterns(request.context)):
        return _example(need, request)
    return ""


def _in_the_way(witness: Witness) -> str | None:
    """Say what to do where another statement that allows it would not help."""
    match witness.decision.outcome:
        case Outcome.EXPLICITLY_DENIED:
            return f"leave it out of what {', '.join(map(str, witness.decision.statements))} denies"
        case Outcome.OUTSIDE_BOUNDARY:
            return "allow it in the permissions boundary"
        case _:
            return None


def _example(need: Need, request: Request) -> str:
    return "" if need.resource.is_literal else f", for example on {request.resource}"


def least_statement(need: Need) -> str:
    """Write the smallest statement that grants a need."""
    keys = dict.fromkeys(key for context in need.contexts for key in context)
    values = {key: dict.fromkeys(v for context in need.contexts for v in context.get(key, ())) for key in keys}
    condition = "".join(f' with "{key}": "{" or ".join(some)}"' for key, some in values.items() if some)
    return f'allow "{need.action}" on "{need.on}"{condition}'
