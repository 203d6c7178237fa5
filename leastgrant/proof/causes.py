"""Findings by cause: what is missing for one kind of thing, or too much in one statement, is put right at one place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.generation import LeastStatement, least_statements
from leastgrant.proof.needs import Operation
from leastgrant.text import counted, first_few

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from leastgrant.iam.document import Statement
    from leastgrant.proof.needs import Need

FAILING_FIRST = (
    Operation.USE,
    Operation.CREATE,
    Operation.READ,
    Operation.UPDATE,
    Operation.DELETE,
    Operation.ROLLBACK,
)
"""What a first deployment does, in the order in which it does it; then what later ones do."""

_KINDS = (
    Kind.UNKNOWN,
    Kind.MISSING,
    Kind.TRUST,
    Kind.ESCALATION,
    Kind.ESCAPE,
    Kind.EXCESS,
    Kind.BROAD,
    Kind.UNDECIDED,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What reports count and list as one finding: a call for one resource, whichever operations fail without it.

    An action that nothing calls, and that reaches too far, is one too.
    """

    findings: tuple[Finding, ...]
    """The finding of each operation, what fails first first."""

    @property
    def first(self) -> Finding:
        """The finding of the operation that fails first."""
        return self.findings[0]

    @property
    def ids(self) -> tuple[str, ...]:
        """What its findings are acknowledged by."""
        return tuple(dict.fromkeys(finding.id for finding in self.findings))

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What fails, in the order in which it does; nothing, if it is no call that is missing."""
        return tuple(dict.fromkeys(finding.need.operation for finding in self.findings if finding.need is not None))


@dataclass(frozen=True, slots=True)
class Cause:
    """Findings that one change puts right."""

    kind: Kind
    message: str
    """What is wrong, in one sentence; of several findings, with their number."""
    fix: str
    entries: tuple[Entry, ...]
    statements: tuple[LeastStatement, ...] = ()
    """What is to be granted, if something is missing."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of all entries."""
        return tuple(finding for entry in self.entries for finding in entry.findings)

    @property
    def operation(self) -> Operation | None:
        """What fails first; None if nothing does."""
        failing = {finding.need.operation for finding in self.findings if finding.need is not None}
        return next((operation for operation in FAILING_FIRST if operation in failing), None)

    @property
    def when(self) -> int:
        """The place of what fails first in a deployment; what fails nothing is last."""
        return len(FAILING_FIRST) if self.operation is None else FAILING_FIRST.index(self.operation)


def causes(findings: Iterable[Finding]) -> tuple[Cause, ...]:
    """Group findings by their cause, what fails first before what fails later, and that before what is too much."""
    findings = tuple(findings)
    useless = {(f.statement.where, f.action) for f in findings if f.kind is Kind.EXCESS and f.statement and f.action}
    groups: defaultdict[tuple[object, ...], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda one: one.kind is Kind.ESCAPE):
        groups[_key(finding, useless)].append(finding)
    return tuple(sorted((_cause(group) for group in groups.values()), key=_order))


def _key(finding: Finding, useless: Container[tuple[str, str]]) -> tuple[object, ...]:
    """Return what the findings of one cause have in common; what nothing calls need not be told to reach too far."""
    if finding.kind is Kind.MISSING and finding.need is not None:
        if finding.layer:
            return finding.kind, finding.layer, finding.fix if "denies" in finding.fix else finding.action
        return finding.kind, finding.need.subject.type, _use_of(finding.need)
    if finding.statement is not None:
        is_useless = finding.kind is Kind.ESCAPE and (finding.statement.where, finding.action) in useless
        return Kind.EXCESS if is_useless else finding.kind, finding.statement.where
    return finding.kind, finding.message


def _use_of(need: Need) -> str:
    return need.subject.name if need.operation is Operation.USE else ""


def _entries(findings: Sequence[Finding]) -> tuple[Entry, ...]:
    """Put the findings of one call for one resource together, in the order in which they fail.

    So is put together what nothing calls and reaches too far.
    """
    together: defaultdict[tuple[object, ...], list[Finding]] = defaultdict(list)
    is_mixed = len({finding.kind for finding in findings}) > 1
    for number, finding in enumerate(findings):
        about = (finding.action, finding.resource, finding.subject, finding.layer)
        key = about if finding.need is not None else (finding.action,) if is_mixed else (number,)
        together[key].append(finding)
    return tuple(Entry(tuple(some)) for some in together.values())


def _cause(findings: Sequence[Finding]) -> Cause:
    first = findings[0]
    if first.kind is Kind.MISSING:
        return _missing(findings)
    entries = _entries(findings)
    if len(findings) == 1 or first.statement is None:
        return Cause(first.kind, first.message, first.fix, entries)
    return Cause(first.kind, _of_statement(first.kind, first.statement, findings), _fix(findings), entries)


def _missing(findings: Sequence[Finding]) -> Cause:
    ordered = sorted(findings, key=lambda one: FAILING_FIRST.index(one.need.operation) if one.need else 0)
    first, entries = ordered[0], _entries(ordered)
    needs = [finding.need for finding in findings if finding.need is not None]
    if first.layer:
        actions = [*dict.fromkeys(need.action for need in needs)]
        message = first.message
        if len(entries) > 1:
            subjects = [*dict.fromkeys(f"`{need.subject.name}`" for need in needs)]
            message = f"{first.layer} refuses {first_few(actions, 'action')}: {needs[0].doing} will fail" + (
                f", and {counted(len(subjects) - 1, 'other')}" if subjects[1:] else ""
            )
        return Cause(Kind.MISSING, message, first.fix, entries)
    statements = least_statements(needs)
    if len(entries) == 1:
        return Cause(Kind.MISSING, first.message, first.fix, entries, statements)
    subjects = [*dict.fromkeys(f"`{need.subject.name}`" for need in needs)]
    actions = [*dict.fromkeys(finding.action for finding in ordered)]
    doing = needs[0].doing if first.need is None else first.need.doing
    others = f" ({counted(len(subjects), 'resource')} of this type)" if len(subjects) > 1 else ""
    return Cause(
        Kind.MISSING,
        f"{doing} will fail{others}: {first_few(actions, 'action')} may not be called",
        f"add {counted(len(statements), 'statement')} ({first_few([one.sid for one in statements], 'statement')})",
        entries,
        statements,
    )


_TOO_MUCH = {
    Kind.EXCESS: "grants what nothing calls",
    Kind.BROAD: "grants more than is called",
    Kind.ESCAPE: "reaches what the stacks do not own",
    Kind.ESCALATION: "leads to more permissions",
    Kind.UNDECIDED: "is not decided",
}


def _of_statement(kind: Kind, statement: Statement, findings: Sequence[Finding]) -> str:
    what = _TOO_MUCH.get(kind, kind.value)
    about = [*dict.fromkeys(finding.action or finding.resource for finding in findings)]
    resources = {finding.resource for finding in findings if finding.action}
    (on,) = resources if len(resources) == 1 else ("",)
    return f"{statement} {what}: {first_few(about, 'action')}{f' on {on}' if on else ''}"


_REMEDIES = {
    Kind.EXCESS: "take them out of the statement",
    Kind.BROAD: "narrow the statement to what is called",
    Kind.ESCAPE: "narrow its resources to what the stacks own",
    Kind.ESCALATION: "narrow the statement, or set a permissions boundary that bounds",
}


def _fix(findings: Sequence[Finding]) -> str:
    """Return the one remedy that all of the findings have, or else what there is to do with the statement."""
    remedies = {finding.fix for finding in findings}
    return findings[0].fix if len(remedies) == 1 else _REMEDIES.get(findings[0].kind, findings[0].fix)


def _order(cause: Cause) -> tuple[int, int, int]:
    return _KINDS.index(cause.kind), cause.when, -len(cause.entries)
