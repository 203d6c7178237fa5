"""Contained: no grant reaches outside the declared namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.pattern import ANY
from leastgrant.knowledge import authorization
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.pattern import Pattern
    from leastgrant.proof.excess import Granted


def escapes(grants: Iterable[Granted], namespaces: Sequence[Pattern]) -> Iterator[Finding]:
    """Grants on something outside; `*` is for actions without resource types alone.

    Source of which those are: the Service Authorization Reference, unless a need knows of a resource that it lacks.
    """
    answers: dict[tuple[object, ...], str | None] = {}
    for grant in grants:
        has_resources = authorization.has_resources(grant.action)
        if not has_resources and grant.resource == ANY:
            continue
        if not has_resources and all(need.on == "*" for need in grant.needs):
            mend = "grant it on *, or take it out"
            why = "that allows nothing, as the action has no resource type"
        else:
            asked = (grant.resource, grant.except_resources)
            if asked not in answers:
                answers[asked] = grant.outside(namespaces)
            outside = answers[asked]
            if outside is None:
                continue
            mend = "narrow the resource to the namespace"
            why = f"it reaches outside the declared namespaces, for example {outside}"
        yield Finding(
            Kind.ESCAPE,
            grant.action,
            str(grant.resource),
            f"{grant.statement} grants {grant.action} on {grant.resource}: {why}",
            mend,
            statement=grant.statement,
        )
