"""The matrix of resources and operations; each cell opens to the calls behind it."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from leastgrant.knowledge import Tier
from leastgrant.proof.needs import Operation
from leastgrant.report.element import NOTHING, Html, code, element, joined
from leastgrant.report.model import Column, GrantState, NeedRow, Row, rows, worst
from leastgrant.text import counted, shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.proof.prove import Proof

_COLUMNS = (Column.CREATE, Column.READ, Column.UPDATE, Column.TAG, Column.DELETE, Column.ROLLBACK)

_LABELS = {
    GrantState.PROVED: "granted",
    GrantState.ADVISORY: "not granted, and not demanded",
    GrantState.MISSING: "not granted, so it will fail",
}


NONE = element("span", "·", class_="none")
"""Where nothing is called."""


SHAPES = Html(
    '<svg class="shapes" aria-hidden="true">'
    '<symbol id="proved" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7"/><path d="M4.5 8.5 7 11l4.5-6"/></symbol>'
    '<symbol id="advisory" viewBox="0 0 16 16"><path d="M8 1.5 15 14.5H1z"/><path d="M8 6v4.2M8 12.2v.6"/></symbol>'
    '<symbol id="missing" viewBox="0 0 16 16"><path d="M1.5 1.5h13v13h-13z"/><path d="m5 5 6 6m0-6-6 6"/></symbol>'
    "</svg>"
)
"""The marks, drawn once for the page."""


def mark(state: GrantState) -> Html:
    """Draw a state's mark: each has a shape of its own, so that none is told by colour alone."""
    return Html(f'<svg><use href="#{state.value}"/></svg>')


def matrix(proof: Proof) -> Html:
    """Render the table, its resources by stack and type."""
    groups: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(proof):
        groups[row.subject.stack, row.subject.type].append(row)
    stacks = {stack for stack, type_name in groups if type_name != "use"}
    numbers = iter(range(len(proof.needs) * len(Column)))
    titles = (element("th", column.value, scope="col") for column in _COLUMNS)
    head = element("thead", element("tr", element("th", "resource", scope="col"), *titles))
    bodies = (
        _group(f"{stack} · {type_name}" if len(stacks) > 1 and stack else type_name, found, numbers)
        for (stack, type_name), found in groups.items()
    )
    return element("table", head, *bodies, class_="matrix")


def _group(title: str, found: Sequence[Row], numbers: Iterator[int]) -> Html:
    uses = found[0].subject.type == "use"
    title = "Declared uses" if uses else title
    state = "" if any(row.state is not GrantState.PROVED or not row.calls for row in found) else "proved"
    heading = element("th", title, " ", element("small", f"{len(found):,}"), colspan=7, scope="rowgroup")
    body = (_use(row, numbers) if uses else _resource(row, numbers) for row in found)
    return element("tbody", element("tr", heading, class_="type"), *body, class_=state)


def _resource(row: Row, numbers: Iterator[int]) -> Html:
    name = element("th", _broken(row.subject.name), scope="row")
    if not row.calls:
        said = "not known what it needs, acknowledged" if row.acknowledged else "not known what it needs"
        state = "unknown acknowledged" if row.acknowledged else "unknown"
        return element("tr", name, element("td", said, colspan=6, class_=state))
    cells = (element("td", _cell(row, column, numbers)) for column in _COLUMNS)
    return element("tr", name, *cells, class_=row.state.value)


def _broken(name: str) -> Html:
    """Set a name as code that breaks between its words, where it must."""
    first, *others = re.split(r"(?<=[a-z0-9])(?=[A-Z])", name)
    return element("code", first, *(joined((Html("<wbr>"), other)) for other in others))


def _use(row: Row, numbers: Iterator[int]) -> Html:
    name = element("th", row.subject.name, scope="row")
    reason = next((call.need.reason for calls in row.calls.values() for call in calls), "")
    cell = element("div", _cell(row, Column.USE, numbers), element("span", reason, class_="why"))
    return element("tr", name, element("td", cell, colspan=6), class_=f"use {row.state.value}")


def _cell(row: Row, column: Column, numbers: Iterator[int]) -> Html:
    calls = row.calls.get(column, ())
    counting = row.undoing if column is Column.ROLLBACK else calls
    if not counting:
        return NONE
    state = worst(counting)
    refused = sum(1 for call in counting if call.state is not GrantState.PROVED)
    count = f"{refused}/{len(counting)}" if refused else str(len(counting))
    said = f"{column.value} {row.subject.name}: {state.value}, {counted(len(counting), 'call')}"
    said += f", {refused} not granted" if refused else ""
    sheet_id = f"c{next(numbers)}"
    button = element("button", mark(state), count, class_=state.value, popovertarget=sheet_id, aria_label=said)
    return joined((button, _sheet(sheet_id, row, column)))


def _sheet(sheet_id: str, row: Row, column: Column) -> Html:
    """Render what a cell opens to. The browser shows it, without a script, above the page."""
    subject = row.subject
    line = f"line {subject.line}" if subject.line else None
    about = " · ".join(part for part in (subject.type, subject.stack, subject.construct_path, line) if part)
    close = element("button", "Close", popovertarget=sheet_id, popovertargetaction="hide")
    calls = row.calls.get(column, ())
    undoing = NOTHING
    if column is Column.ROLLBACK:
        undoing = element("p", _of_rollback(row), class_="note")
        calls = (*calls, *(c for c in row.undoing if c.state is not GrantState.PROVED and c not in calls))
    return element(
        "div",
        close,
        element("h3", f"{column.value.capitalize()} ", code(subject.name)),
        element("p", about, class_="about") if column is not Column.USE else NOTHING,
        undoing,
        _calls(calls) if calls else NOTHING,
        id=sheet_id,
        popover=True,
        class_="sheet",
    )


def _of_rollback(row: Row) -> str:
    if Column.DELETE in row.calls:
        created = "A creation is rolled back with the calls of delete"
    elif Column.ROLLBACK in row.calls:
        created = "A creation is rolled back with the calls below; once created it is never deleted"
    else:
        created = "A creation is rolled back without a call"
    return f"{created}, an update with those of update. {counted(len(row.undoing), 'call')} in all."


def _calls(calls: Sequence[NeedRow]) -> Html:
    """Render the calls by ARN; why they are made, and how that is known, is told below, once for all of them."""
    notes: dict[tuple[Html, str], int] = {}
    sources: defaultdict[str, dict[int, None]] = defaultdict(dict)
    by_arn: defaultdict[str, dict[Html, None]] = defaultdict(dict)
    for call in calls:
        number = notes.setdefault((_note(call), call.need.source), len(notes) + 1)
        sources[call.need.source][number] = None
        by_arn[str(call.need.resource)][_call(call, number)] = None
    arns = (joined((element("h4", code(arn)), element("ul", *items))) for arn, items in by_arn.items())
    cited = (element("p", f"Source of {', '.join(map(str, numbers))}: {source}") for source, numbers in sources.items())
    return joined((*arns, element("ol", *(note for note, _ in notes)), *cited))


_USUAL = {Operation.READ: Tier.READ_BACK, Operation.UPDATE: Tier.ON_CHANGE}
"""What the calls of an operation are if nothing else is said of them."""


def _call(call: NeedRow, number: int) -> Html:
    need = call.need
    names = ", ".join(statement.sid or statement.where for statement in call.statements)
    text = f"by {names}" if names else _LABELS[call.state]
    tier = "" if need.tier is _USUAL.get(need.operation, Tier.REQUIRED) else f" · {need.tier.value}"
    context = " or ".join(
        ", ".join(f"{key} = {shown_values(values)}" for key, values in context.items())
        for context in need.contexts
        if context
    )
    return element(
        "li",
        NOTHING if call.state is GrantState.PROVED else mark(call.state),
        code(need.action),
        element("sup", str(number)),
        f" {text}{tier}",
        element("small", f"with {context}") if context else NOTHING,
        class_=False if call.state is GrantState.PROVED else call.state.value,
    )


def _note(call: NeedRow) -> Html:
    """Say why a call is made."""
    need = call.need
    trigger = joined((code(need.trigger), " is set: ")) if need.trigger else NOTHING
    return element("li", f"{need.operation.value}: " if need.tags else "", trigger, need.reason)
