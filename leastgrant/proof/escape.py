"""No escape: no grant reaches outside the declared namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.conditions import Comparison
from leastgrant.iam.pattern import ANY, Pattern, member
from leastgrant.iam.values import Text
from leastgrant.knowledge import authorization
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.excess import other_value
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from leastgrant.iam.document import Statement
    from leastgrant.proof.excess import Granted
    from leastgrant.proof.needs import Need


def escapes(
    grants: Iterable[Granted], namespaces: Sequence[Pattern], places: Sequence[Pattern] = ()
) -> Iterator[Finding]:
    """Yield a finding for each grant on something outside; `*` is for actions without resource types alone.

    If no namespace is declared, what is in the places of the templates is inside, and what is needed elsewhere, such
    as a function at CloudFront's edges.

    Source of which those are: the Service Authorization Reference, unless a need knows of a resource that it lacks. Of
    an action that it does not list nothing is known, so that `*` is the narrowest there is.
    """
    answers: dict[tuple[object, ...], str | None] = {}
    for grant in grants:
        has_resources = authorization.has_resources(grant.action)
        listed = authorization.action(grant.action) is not None or not grant.needs
        if grant.resource == ANY and (not has_resources or not listed):
            continue
        if not has_resources and all(need.on == "*" for need in grant.needs):
            fix = "grant it on *, or take it out"
            why = "that allows nothing, as the action has no resource type"
        else:
            inside = tuple(namespaces) or (*places, *dict.fromkeys(need.resource for need in _required(grant)))
            asked = (grant.resource, grant.except_resources, inside)
            if asked not in answers:
                answers[asked] = grant.outside(inside)
            outside = answers[asked]
            if outside is None:
                continue
            fix = "narrow the resource to the namespace"
            why = f"it reaches outside the declared namespaces, for example {outside}"
        yield Finding(
            Kind.ESCAPE,
            grant.action,
            str(grant.resource),
            f"{grant.statement} grants {grant.action} on {grant.resource}: {why}",
            fix,
            statement=grant.statement,
        )


def _required(grant: Granted) -> Iterator[Need]:
    yield from (need for need in grant.needs if need.is_sure)


_BUCKETS = Pattern.parse("arn:aws*:s3:::?*")


def escapes_of_buckets(grants: Iterable[Granted], accounts: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each grant on anybody's buckets: their ARNs name no account, and names are global.

    Inside are those that a need names, and those of the accounts that a condition states.
    """
    for grant in grants:
        if grant.resource == ANY or not grant.action.lower().startswith("s3:"):
            continue
        called = (need for need in grant.needs if need.is_sure or authorization.is_named(str(need.resource)))
        needed = dict.fromkeys(with_any_content(need.resource) for need in called)
        outside = member((grant.resource, _BUCKETS), (*needed, *grant.except_resources))
        if outside is None or _is_of(accounts, grant.statement):
            continue
        these = " or ".join(sorted(accounts)) or "the account"
        yield Finding(
            Kind.ESCAPE,
            grant.action,
            str(grant.resource),
            f"{grant.statement} grants {grant.action} on {grant.resource}: it reaches outside the account, for example "
            f"{outside} of another, as S3's ARNs name none",
            f"name the buckets, or require aws:ResourceAccount to equal {these}",
            statement=grant.statement,
        )


def _is_of(accounts: Collection[str], statement: Statement) -> bool:
    """Tell whether a statement holds for what is in the accounts alone; if they are not known, in those it states."""
    for key in ("aws:resourceaccount", "s3:resourceaccount"):
        about = [c for c in statement.conditions if isinstance(c, Comparison) and c.key == key]
        wanted = accounts or {value.string.text for c in about for value in c.values if isinstance(value, Text)}
        if about and other_value(statement, key, sorted(wanted)) is None:
            return True
    return False
