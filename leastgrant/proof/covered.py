"""Covered: every need is granted, on its whole pattern and in the context it will have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.inclusion import RequestSet, Witness, ungranted
from leastgrant.knowledge import Tier
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from leastgrant.iam.evaluate import Permissions
    from leastgrant.needs import Need


def refusals(needs: Iterable[Need], permissions: Permissions) -> dict[Need, Witness | None]:
    """For each need a request that is refused; None if all are allowed.

    Raises:
        PatternTooComplex: the patterns are too complex to compare.
    """
    asked: dict[tuple[object, ...], Witness | None] = {}
    answers: dict[Need, Witness | None] = {}
    for need in needs:
        question = (need.action, need.resource, tuple(tuple(context.items()) for context in need.contexts))
        if question not in asked:
            asked[question] = _refusal(need, permissions)
        answers[need] = asked[question]
    return answers


def _refusal(need: Need, permissions: Permissions) -> Witness | None:
    witnesses = [ungranted(RequestSet(need.action, need.resource, context), permissions) for context in need.contexts]
    return None if None in witnesses else witnesses[0]


def missing(refused: dict[Need, Witness | None], role: str, mend: Callable[[Need], str]) -> Iterator[Finding]:
    """What required needs are not granted."""
    for need, witness in refused.items():
        if witness is None or need.tier is not Tier.REQUIRED:
            continue
        because = f" ({need.trigger} is set)" if need.trigger else ""
        yield Finding(
            Kind.MISSING,
            need.action,
            str(need.resource),
            f"{need.doing} will fail{because}: {role} may not {need.action} on {need.resource}{_why(need, witness)}",
            mend(need),
            need=need,
            subject=need.subject,
        )


def _why(need: Need, witness: Witness) -> str:
    if witness.decision.statements:
        return f": {witness.decision.outcome.value} by {', '.join(map(str, witness.decision.statements))}"
    if witness.undecided:
        return f" unless {', '.join(sorted(witness.undecided))} happens to allow it"
    if witness.request.context:
        context = ", ".join(
            f"{key} {' or '.join(values) or 'absent'}" for key, values in witness.request.context.items()
        )
        return f" with {context}"
    return f", for example on {witness.request.resource}" if not need.resource.is_literal else ""


def least_statement(need: Need) -> str:
    """The smallest statement that grants a need."""
    condition = "".join(f' with "{key}": "{values[0]}"' for key, values in need.contexts[0].items() if values)
    return f'allow "{need.action}" on "{need.resource}"{condition}'
