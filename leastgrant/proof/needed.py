"""Needed: every action and resource pattern that the role grants is explained by a need."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.iam.inclusion import grants_of
from leastgrant.knowledge import authorization
from leastgrant.knowledge.authorization import has_resources
from leastgrant.pattern import Pattern, uncovered
from leastgrant.proof.finding import Finding, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.document import Statement
    from leastgrant.needs import Need


@dataclass(frozen=True, slots=True)
class Granted:
    """One action on one resource pattern, as a statement grants it, with the needs that explain it."""

    statement: Statement
    action: str
    resource: Pattern
    needs: tuple[Need, ...]


def granted(statements: Iterable[Statement], needs: Iterable[Need]) -> Iterator[Granted]:
    """What the statements grant, action by action; a wildcard stands for every action that IAM knows of it."""
    needs_of: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs:
        needs_of[need.action.lower()].append(need)
    for grant in grants_of(statements):
        excluded = grant.except_actions
        for action in _actions(grant.actions):
            if any(pattern.matches(action.lower()) for pattern in excluded):
                continue
            explained = tuple(n for n in needs_of[action.lower()] if grant.resources.intersects(n.resource))
            yield Granted(grant.statement, action, grant.resources, explained)


def _actions(pattern: Pattern) -> Iterator[str]:
    text = str(pattern)
    if pattern.is_literal:
        known = authorization.action(text)
        yield str(known) if known else text
        return
    if text in ("*", "*:*"):
        yield text  # every action of every service: never explained
        return
    yield from (str(known) for known in authorization.expand(text))


def excess(grants: Sequence[Granted]) -> Iterator[Finding]:
    """Grants that no need explains."""
    explained = {(id(grant.statement), grant.action) for grant in grants if grant.needs}
    reported: set[tuple[int, str]] = set()
    for grant in grants:
        if grant.needs:
            continue
        key = (id(grant.statement), grant.action)
        if key in explained:
            yield _finding(
                grant, f"nothing calls it on {grant.resource}", f"take {grant.resource} out of the statement"
            )
        elif key not in reported:
            reported.add(key)
            unknown = grant.action not in ("*", "*:*") and authorization.action(grant.action) is None
            why = "IAM knows no such action" if unknown else "nothing calls it"
            yield _finding(grant, why, "take it out, or declare the use that needs it", whole=True)


def _finding(grant: Granted, why: str, mend: str, *, whole: bool = False) -> Finding:
    return Finding(
        Kind.EXCESS,
        grant.action,
        "" if whole else str(grant.resource),
        f"{grant.statement} grants {grant.action}: {why}",
        mend,
        statement=grant.statement,
    )


def broad(grants: Iterable[Granted], namespaces: Sequence[Pattern]) -> Iterator[Finding]:
    """Grants that reach further than all their needs.

    A namespace is what a stack may own, so a grant on the whole of it is none too broad, nor one within it.
    """
    for grant in grants:
        if not grant.needs or not has_resources(grant.action):
            continue
        wanted = tuple(dict.fromkeys(need.resource for need in grant.needs))
        beyond = uncovered(grant.resource, [*wanted, *namespaces])
        if beyond is not None:
            yield Finding(
                Kind.BROAD,
                grant.action,
                str(grant.resource),
                f"{grant.statement} grants {grant.action} on {grant.resource}, also on {beyond}, which nothing needs",
                f"narrow it to {', '.join(map(str, wanted[:3]))}{' ...' if len(wanted) > 3 else ''}",
                statement=grant.statement,
            )
