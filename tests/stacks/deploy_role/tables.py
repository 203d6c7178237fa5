"""The tables of docs/deploy-role.md that say what the role is granted, made from its grants.

`make snapshots` writes them anew; tests/test_snapshots.py fails when they are not those of the grants.
"""

import re
from collections.abc import Iterable

from stacks.deploy_role.grants.statement import StackGrant, patterns_of
from stacks.namespace import StackArn


def with_tables(document: str, granted: Iterable[StackGrant]) -> str:
    """Put the tables of these grants between the document's marks."""
    granted = tuple(granted)
    for mark, table in (("statements", _statements(granted)), ("patterns", _patterns(granted))):
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


def _short(arn: StackArn) -> str:
    return f"`{arn.arn.split(':', 5)[5]}`"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = tuple(head)
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (head, ("---",) * len(head), *rows))
