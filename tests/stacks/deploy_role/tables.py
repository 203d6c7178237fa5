"""The tables of docs/deploy-role.md that say what the role is granted, and what it can do with that.

`make snapshots` writes them anew; tests/test_snapshots.py fails when they are not those of the grants, or of what
`leastgrant.proof.reach` computes.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from leastgrant.knowledge.data_stores import DataVerb
from leastgrant.proof.escalation import State
from leastgrant.proof.reach import Allowed, Answer, DataAccess, Reach
from stacks.deploy_role.grants.statement import StackGrant, patterns_of
from stacks.namespace import StackArn


def with_tables(document: str, granted: Iterable[StackGrant], reach: Reach) -> str:
    """Put the tables of these grants, and of what they reach, between the document's marks."""
    granted = tuple(granted)
    for mark, table in (
        ("statements", _statements(granted)),
        ("patterns", _patterns(granted)),
        ("reach", _reach(reach)),
        ("ways", _ways(reach)),
    ):
        document, places = re.subn(
            rf"(?<=<!-- {mark} -->\n).*?(?=<!-- /{mark} -->)", lambda _, t=table: t, document, flags=re.DOTALL
        )
        assert places == 1, f"the document has the table {mark!r} {places} times"
    return document


def _statements(granted: Iterable[StackGrant]) -> str:
    return _table(
        ("statement", "on", "who needs it, for what"),
        (
            (f"`{grant.statement_id}`", "<br>".join(map(_short, grant.resources)) or "`*`", grant.purpose)
            for grant in granted
        ),
    )


def _patterns(granted: Iterable[StackGrant]) -> str:
    return _table(
        ("resources", "why no narrower"),
        ((f"`{pattern}`", reason) for pattern, reason in patterns_of(granted).items()),
    )


def _reach(reach: Reach) -> str:
    """Show what can be done to each resource; those of a type of which the same is true stand in one row."""
    rows: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource in reach.data:
        rows[resource.type, *map(_cell, resource.accesses)].append(resource.name)
    return _table(
        ("data", *(access.value for access in DataVerb)),
        ((f"{'<br>'.join(f'`{name}`' for name in names)}<br>{kind}", *cells) for (kind, *cells), names in rows.items()),
    )


def _cell(access: DataAccess) -> str:
    if access.answer is not Answer.YES:
        return access.answer.value
    by_statement: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for allowed in access.allowed:
        by_statement[_sids(allowed), allowed.through or ""].append(f"`{allowed.action.partition(':')[2]}`")
    itself = [f"{', '.join(actions)} by `{sid}`" for (sid, through), actions in by_statement.items() if not through]
    coded = [f"by code: {', '.join(actions)}" for (_, through), actions in by_statement.items() if through]
    doubts = ["some undecided"] if access.doubts else []
    return "; ".join(dict.fromkeys([*itself, *coded, *doubts]))


def _sids(allowed: Allowed) -> str:
    return ", ".join(statement.sid or statement.where for statement in allowed.statements)


def _ways(reach: Reach) -> str:
    return _table(("way", "is", "by"), _rows_of_ways(reach))


def _rows_of_ways(reach: Reach) -> Iterator[tuple[str, ...]]:
    there = [way for way in reach.ways if way.state is not State.ABSENT]
    for way in sorted(there, key=lambda way: (way.state is State.CLOSED, way.way.action)):
        because = re.sub(r"arn:[^ ,;]*:", "", way.because)
        yield f"`{way.way.action}`: {way.name}", way.state.value, because
    yield f"{len(reach.ways) - len(there)} others", "absent", "no statement allows one of their actions"


def _short(arn: StackArn) -> str:
    return f"`{arn.arn.split(':', 5)[5]}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ("---",) * len(head), *rows))
