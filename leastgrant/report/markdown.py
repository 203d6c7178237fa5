"""A proof for a pull request: the verdict, what was found, and what each statement is for, in GitHub's Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.proof.escalation import State as PathState
from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import TITLES
from leastgrant.report.model import (
    GrantState,
    Group,
    acknowledged_groups,
    escalation_paths,
    groups,
    reasons_for_open,
    rows,
    statement_uses,
    summary,
    tiers,
    verdict,
)
from leastgrant.text import counted, printable, shown_values, spans, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.prove import Proof

MOST_ROWS = 50
"""Rows of a table that are shown: a comment on GitHub takes no more than 65,536 characters."""


def markdown_report(proof: Proof, *, new: Sequence[Witness] = (), lost: Sequence[Witness] = ()) -> str:
    """Write the verdict, the findings, and in folded parts the statements and the resources.

    Args:
        proof: What to report.
        new: Requests that are allowed now and were not before.
        lost: Requests that were allowed before and are not now.
    """
    parts = [
        f"### {'✅' if proof.proved else '❌'} Deploy role {code(proof.role.name)}",
        sentence(verdict(proof)),
        *_findings(proof),
        *_acknowledged(proof),
        *_access("Newly allowed", new),
        *_access("No longer allowed", lost),
        _numbers(proof),
        *_folded("What each statement is for", _statements(proof)),
        *_paths(proof),
        *_folded("What each resource needs", _resources(proof)),
    ]
    return "\n\n".join(parts) + "\n"


def _findings(proof: Proof) -> Iterator[str]:
    for kind in Kind:
        if findings := proof.of(kind):
            yield f"**{TITLES[kind]}** ({kind.value}, {len(findings):,})"
            yield from _table(
                ("Where", "What is wrong", "To fix"),
                _lines(groups(findings, proof.role.name)),
            )


def _acknowledged(proof: Proof) -> Iterator[str]:
    if proof.acknowledged:
        lines = _lines(acknowledged_groups(proof.acknowledged, proof.role.name))
        table = _table(("Where", "What was found", "Why it is meant to be"), lines)
        yield from _folded(f"Acknowledged ({len(proof.acknowledged):,})", table)


def _lines(found: Sequence[Group]) -> Sequence[Sequence[str]]:
    return [
        (_where(group), sentence(upper_first(wrong)), sentence(group.remark))
        for group in found
        for wrong in group.sentences
    ]


def _where(group: Group) -> str:
    first = group.findings[0]
    if first.statement is not None:
        return code(first.statement.sid or first.statement.where)
    return code(first.subject.name if first.subject else group.place)


def _access(title: str, requests: Sequence[Witness]) -> Iterator[str]:
    if requests:
        yield f"**{title}** ({len(requests):,})"
        yield from _table(("Action", "For example on", "With"), [_request(witness) for witness in requests])


def _request(witness: Witness) -> Sequence[str]:
    request = witness.request
    context = [code(f"{key} = {shown_values(values)}") for key, values in request.context.items()]
    context += [f"{code(key)} unknown" for key in sorted(witness.undecided)]
    return code(request.action), code(request.resource), ", ".join(context)


def _numbers(proof: Proof) -> str:
    known = summary(proof)
    return (
        f"{counted(known.needs, 'need')}: {tiers(known)}. "
        f"{counted(known.statements, 'statement')} granting {counted(known.actions, 'action')}: "
        f"{known.explained:,} of {counted(known.grants, 'grant')} (an action on a resource) explained. "
        f"Trust: {sentence(known.trust)}."
    )


def _statements(proof: Proof) -> Iterator[str]:
    lines: list[Sequence[str]] = []
    for use in statement_uses(proof):
        statement = use.statement
        needed_by = dict.fromkeys(need.subject.name for grant in use.grants for need in grant.needs)
        explained = f"{use.explained:,} of {len(use.grants):,}" if use.grants else statement.effect.value
        lines.append((code(statement.sid or statement.where), explained, _some([code(name) for name in needed_by])))
    yield from _table(("Statement", "Explained", "Needed by"), lines)


def _paths(proof: Proof) -> Iterator[str]:
    found = [path for path in escalation_paths(proof) if path.state is not PathState.ABSENT]
    if found:
        meant = reasons_for_open(proof)
        states = {p.name: f"{p.state.value}, acknowledged" if p.name in meant else p.state.value for p in found}
        lines = [(code(p.name), states[p.name], sentence(p.gives), sentence(p.because)) for p in found]
        yield from _folded("Ways to more permissions", _table(("Way", "GrantState", "Gives", "Because"), lines))


def _some(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


_MARKS = {GrantState.PROVED: "✅ proved", GrantState.ADVISORY: "⚠️ not demanded", GrantState.MISSING: "❌ missing"}
_NOT_KNOWN = {False: "❌ not known", True: "not known, acknowledged"}


def _resources(proof: Proof) -> Iterator[str]:
    yield from _table(
        ("Resource", "Type", "Calls", "GrantState"),
        [
            (
                code(row.subject.name),
                code(row.subject.type),
                f"{sum(map(len, row.calls.values())):,}",
                _MARKS[row.state] if row.calls else _NOT_KNOWN[row.acknowledged],
            )
            for row in rows(proof)
        ],
    )


def _folded(title: str, content: Iterator[str]) -> Iterator[str]:
    yield f"<details>\n<summary>{title}</summary>"
    yield from content
    yield "</details>"


def _table(titles: Sequence[str], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    shown = [titles, ["---"] * len(titles), *lines[:MOST_ROWS]]
    yield "\n".join(f"| {' | '.join(cells)} |" for cells in shown)
    if len(lines) > MOST_ROWS:
        yield f"… and {len(lines) - MOST_ROWS:,} more; the HTML report shows all."


_SPECIAL = re.compile(r"[\\`*_{}\[\]<>()#+!|~&@$-]")


def sentence(text: str) -> str:
    """Escape a sentence for Markdown and GitHub, its names as code."""
    return "".join(code(span.text) if span.is_code else _SPECIAL.sub(_escaped, span.text) for span in spans(text))


def _escaped(match: re.Match[str]) -> str:
    return "&lt;" if match[0] == "<" else "&amp;" if match[0] == "&" else f"\\{match[0]}"


def code(text: str) -> str:
    """Set text as a code span that may stand in a table's cell, whatever it holds."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    pad = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
