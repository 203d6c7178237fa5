"""What a trail shows of a role, for a terminal, a pull request and programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.evidence.compare import Predicted
from leastgrant.evidence.event import Via
from leastgrant.knowledge.events import Trace
from leastgrant.report.columns import aligned, markdown_table
from leastgrant.report.markdown import code, sentence
from leastgrant.report.text import wrapped
from leastgrant.text import counted, first_few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.evidence.compare import Evidence, NeverSeen, Refused, Seen
    from leastgrant.evidence.incident import Incident

VERSION = 1
"""Of the JSON; raised when what is there already changes, not when something is added."""

_SHOWN = 10
"""How many callers, sign-ins and the like are named."""


def evidence_text(found: Evidence, incidents: Sequence[Incident], width: int | None = None) -> str:
    """Write what was refused and not predicted first, then what was never seen, then the numbers."""
    lines: list[str] = []
    for title, rows in _sections(found):
        lines += [title, *aligned(rows, width=width), ""]
    if incidents:
        lines += ["To send, with the link to a public report if there is one: nothing in it names you", ""]
        lines += [*json.dumps([one.row() for one in incidents], indent=1).splitlines(), ""]
    return "\n".join([*lines, *(wrapped(line, 0, width) for line in numbers(found))]) + "\n"


def evidence_markdown(found: Evidence, incidents: Sequence[Incident]) -> str:
    """Write the same for a pull request or an issue, in GitHub's Markdown."""
    whose = code(str(found.whose.role) if found.whose.role else found.proof.role.name)
    parts = [f"### {'✅' if found.holds else '❌'} What CloudTrail shows of {whose}"]
    for title, rows in _sections(found):
        parts += [f"**{sentence(title)}**", markdown_table(rows)]
    if incidents:
        rows = json.dumps([one.row() for one in incidents], indent=1)
        parts.append(f"<details>\n<summary>Rows to send</summary>\n\n```json\n{rows}\n```\n\n</details>")
    return "\n\n".join([*parts, *map(sentence, numbers(found))]) + "\n"


def _sections(found: Evidence) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Yield the titles with their rows; the first row is the head."""
    if found.refused:
        refused = sorted(found.refused.values(), key=lambda one: (-one.calls, one.action, one.resource or ""))
        head = ("action", "resource", "calls", "by", "why", "now")
        yield f"Refused ({len(refused):,})", [head, *(_refused(one, with_role=found.with_role) for one in refused)]
    if found.not_predicted:
        head = ("action", "event", "calls", "by", "what", "for example")
        yield f"Seen, not predicted ({len(found.not_predicted):,})", [head, *map(_seen, found.not_predicted)]
    if found.unmapped:
        rows = [(source, name, f"{calls:,}") for (source, name), calls in found.unmapped.most_common()]
        yield f"Seen, and it is not known what they ask for ({len(rows):,})", [("source", "event", "calls"), *rows]
    if found.never_seen:
        title = "Granted and needed, never seen" if found.with_role else "Needed, never seen"
        yield (
            f"{title} ({len(found.never_seen):,})",
            [("action", "without it", "granted by", "trace"), *map(_never, found.never_seen)],
        )


def _refused(one: Refused, *, with_role: bool) -> tuple[str, ...]:
    needed = f"needed, {one.tiers[0].value}" if one.tiers else "not predicted"
    now = "; granted: another policy refuses it" if one.granted else "; not granted" if with_role else ""
    return one.action, one.resource or "not told", f"{one.calls:,}", one.via.value, one.because, f"{needed}{now}"


_UNDECLARED = ": no --tool, and no use, declares it"


def _seen(one: Seen) -> tuple[str, ...]:
    examples = one.elsewhere or one.arns
    return (
        " or ".join(one.actions),
        f"{one.source.removesuffix('.amazonaws.com')} {one.name}",
        f"{one.calls:,}",
        one.via.value,
        one.predicted.value + _UNDECLARED * (one.via is Via.ITSELF and one.predicted is Predicted.NO),
        next(iter(examples), ""),
    )


def _never(one: NeverSeen) -> tuple[str, ...]:
    return (
        one.action,
        one.tier.value,
        first_few([statement.sid or statement.where for statement in one.statements], "statement"),
        "" if one.trace is Trace.EVENT else one.trace.value,
    )


def numbers(found: Evidence) -> Iterator[str]:
    """Yield the sentences with the rates, and with what was passed over."""
    whose = str(found.whose.role) if found.whose.role else "whoever let CloudFormation make them"
    via = ", ".join(f"{found.via[one]:,} by {one.value}" for one in Via if found.via[one])
    span = f", {found.first} to {found.last}" if found.first else ""
    yield (
        f"{counted(found.events, 'event')}, of which {counted(found.calls, 'call')} with the permissions of {whose}"
        + (f": {via}{span}." if found.calls else ".")
    )
    if not found.calls:
        yield "No call counts, so the trail shows nothing of the role: give its ARN with --role-arn, or another trail."
    refused = sum(one.calls for one in found.refused.values())
    unmapped = found.unmapped.total()
    known = found.calls - refused - unmapped
    if known:
        operations = len(found.seen)
        explained = sum(1 for one in found.seen.values() if one.predicted is Predicted.YES)
        yield (
            f"Predicted: {_rate(found.explained, known)} of the calls that were let through and are known, "
            f"{_rate(explained, operations)} of their operations. Refused: {refused:,}. Not known: {unmapped:,}."
        )
    needed = found.needed
    seen = sum(1 for action in needed if action in found.actions_seen)
    if needed and found.calls:
        what = "needed and granted" if found.with_role else "needed"
        yield f"Seen: {_rate(seen, len(needed))} of the actions that are {what}."
    if found.left_out:
        yield f"Not read, as its name is not that of a log file: {found.left_out}."
    if found.no_calls:
        shown = first_few([name for name, _ in found.no_calls.most_common()], "kind", _SHOWN)
        yield f"{counted(found.no_calls.total(), 'event')} of the role record no call of an API: {shown}."
    if found.others:
        shown = first_few([f"{arn} ({calls:,})" for arn, calls in found.others.most_common()], "identity", _SHOWN)
        made = counted(found.others.total(), "call")
        yield f"CloudFormation also made {made} for others, which do not count: {shown}."


def _rate(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,} ({part / whole:.1%})"


def evidence_json(found: Evidence, incidents: Sequence[Incident]) -> str:
    """Write the whole of it as one JSON object."""
    report = {
        "version": VERSION,
        "holds": found.holds,
        "role": str(found.whose.role) if found.whose.role else None,
        "events": found.events,
        "calls": found.calls,
        "first": found.first or None,
        "last": found.last or None,
        "via": {one.value: found.via[one] for one in Via},
        "predicted": {"calls": found.explained, "of": sum(one.calls for one in found.seen.values())},
        "actions": {"seen": sum(1 for a in found.needed if a in found.actions_seen), "needed": len(found.needed)},
        "seen": [_seen_object(one) for one in found.seen.values()],
        "refused": [
            {
                "action": one.action,
                "resource": one.resource,
                "by": one.via.value,
                "calls": one.calls,
                "because": one.because,
                "granted": one.granted if found.with_role else None,
                "tiers": [tier.value for tier in one.tiers],
            }
            for one in found.refused.values()
        ],
        "never_seen": [
            {
                "action": one.action,
                "tier": one.tier.value,
                "statements": [{"where": s.where, "sid": s.sid} for s in one.statements],
                "trace": one.trace.name.lower(),
            }
            for one in found.never_seen
        ],
        "not_known": [{"source": s, "name": n, "calls": c} for (s, n), c in found.unmapped.most_common()],
        "no_calls": dict(found.no_calls.most_common()),
        "others": dict(found.others.most_common()),
        "incidents": [one.row() for one in incidents],
    }
    return json.dumps(report, indent=2) + "\n"


def _seen_object(one: Seen) -> dict[str, object]:
    return {
        "source": one.source,
        "name": one.name,
        "by": one.via.value,
        "actions": list(one.actions),
        "calls": one.calls,
        "predicted": {kind.name.lower(): one.by[kind] for kind in Predicted},
        "elsewhere": list(one.elsewhere),
        "examples": list(one.arns),
    }
