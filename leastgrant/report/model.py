"""What the reports show of a proof, apart from how they show it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.knowledge import Tier
from leastgrant.proof.escalation import State as PathState
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.missing import is_demanded
from leastgrant.proof.needs import Operation
from leastgrant.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.iam.document import Statement
    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.proof.excess import Granted
    from leastgrant.proof.finding import Acknowledged
    from leastgrant.proof.needs import Need, Subject
    from leastgrant.proof.prove import Proof


class GrantState(Enum):
    """What is known of a call, or of several: of the worst of them."""

    PROVED = "proved"
    """Granted."""
    ADVISORY = "advisory"
    """Not granted, and not demanded: a deployment may do without."""
    MISSING = "missing"
    """Demanded, and not granted."""


_WORST_FIRST = (GrantState.MISSING, GrantState.ADVISORY, GrantState.PROVED)


def worst(calls: Iterable[NeedRow]) -> GrantState:
    """Return the state of several calls; of none, proved."""
    states = {call.state for call in calls}
    return next((state for state in _WORST_FIRST if state in states), GrantState.PROVED)


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need, whether it is granted, and what grants it."""

    need: Need
    state: GrantState
    statements: tuple[Statement, ...]


class Column(Enum):
    """What is done with a resource; tagging stands apart from the operation that does it."""

    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    TAG = "tag"
    DELETE = "delete"
    ROLLBACK = "rollback"
    USE = "use"


UNDOING = frozenset({Operation.UPDATE, Operation.DELETE, Operation.ROLLBACK})
"""A rollback deletes what was created, and updates back what was updated."""


@dataclass(frozen=True, slots=True)
class Row:
    """A resource, or a declared use, with the calls made for it."""

    subject: Subject
    calls: Mapping[Column, tuple[NeedRow, ...]]
    """Each call once: under `ROLLBACK` are only those that nothing but a rollback makes."""
    acknowledged: bool = False
    """Whether it is acknowledged that nothing is known of it."""

    @property
    def undoing(self) -> tuple[NeedRow, ...]:
        """All that a rollback calls."""
        return tuple(call for calls in self.calls.values() for call in calls if call.need.operation in UNDOING)

    @property
    def state(self) -> GrantState:
        """The worst of its calls."""
        return worst(call for calls in self.calls.values() for call in calls)


@dataclass(frozen=True, slots=True)
class StatementUse:
    """A statement, and what for."""

    statement: Statement
    grants: tuple[Granted, ...]
    """Each action on each resource pattern; none if it denies."""

    @property
    def explained(self) -> int:
        """How many of the grants something needs."""
        return sum(1 for grant in self.grants if grant.needs)


@dataclass(frozen=True, slots=True)
class Summary:
    """The proof in numbers."""

    needs: int
    required: int
    required_not_granted: int
    on_change: int
    on_change_not_granted: int
    read_back: int
    read_back_not_granted: int
    advisory: int
    advisory_not_granted: int
    statements: int
    actions: int
    """Different actions that the statements grant."""
    grants: int
    """Actions, each on each resource pattern that a statement grants it on."""
    explained: int
    """How many of the grants something needs."""
    findings: Mapping[Kind, int]
    """How many are not acknowledged."""
    acknowledged: int
    trust: str
    """Who may assume the role."""


def summary(proof: Proof) -> Summary:
    """Return the proof in numbers."""
    of_tier = Counter(need.tier for need in proof.needs)
    refused = Counter(need.tier for need, witness in proof.refused.items() if witness is not None)
    return Summary(
        needs=len(proof.needs),
        required=of_tier[Tier.REQUIRED],
        required_not_granted=refused[Tier.REQUIRED],
        on_change=of_tier[Tier.ON_CHANGE],
        on_change_not_granted=refused[Tier.ON_CHANGE],
        read_back=of_tier[Tier.READ_BACK],
        read_back_not_granted=refused[Tier.READ_BACK],
        advisory=of_tier[Tier.ADVISORY],
        advisory_not_granted=refused[Tier.ADVISORY],
        statements=len(proof.role.statements),
        actions=len({grant.action for grant in proof.grants}),
        grants=len(proof.grants),
        explained=sum(1 for grant in proof.grants if grant.needs),
        findings={kind: len(proof.of(kind)) for kind in Kind},
        acknowledged=len(proof.acknowledged),
        trust=proof.trust,
    )


def tiers(known: Summary) -> str:
    """How many needs there are of each tier, and how many of the rest are not granted."""
    parts = (
        (known.required, "required", 0),  # those that are not granted are findings
        (known.on_change, "on change", known.on_change_not_granted),
        (known.read_back, "read back", known.read_back_not_granted),
        (known.advisory, "advisory", known.advisory_not_granted),
    )
    return ", ".join(
        f"{count:,} {name}{f' ({refused:,} not granted)' if refused else ''}" for count, name, refused in parts if count
    )


def verdict(proof: Proof) -> str:
    """Say the outcome in one sentence."""
    acknowledged = f"{counted(len(proof.acknowledged), 'finding')} acknowledged." if proof.acknowledged else ""
    if proof.proved and acknowledged:
        return f"Proved; {acknowledged}"
    if proof.proved:
        demanded = sum(1 for need in proof.needs if is_demanded(need, on_change=proof.on_change))
        what = "what is required, and called on a change," if proof.on_change else "every required need"
        return f"Proved: {what} ({demanded:,}) is granted, and nothing else."
    counts = ", ".join(f"{count:,} {kind.value}" for kind, count in summary(proof).findings.items() if count)
    return f"Not proved: {counts}; {acknowledged}" if acknowledged else f"Not proved: {counts}."


def escalation_paths(proof: Proof) -> tuple[EscalationPath, ...]:
    """Return the ways to more permissions that were looked for: the open ones first, the absent ones last."""
    return tuple(sorted(proof.paths, key=lambda path: _OPEN_FIRST.index(path.state)))


def reasons_for_open(proof: Proof) -> Mapping[str, str]:
    """Return the open ways to more permissions that are acknowledged, by name, each with the reason."""
    return {a.finding.resource: a.reason for a in proof.acknowledged if a.finding.kind is Kind.ESCALATION}


_OPEN_FIRST = (PathState.OPEN, PathState.UNDECIDED, PathState.CLOSED, PathState.ABSENT)


def rows(proof: Proof) -> tuple[Row, ...]:
    """Return the resources in the order of the templates, the declared uses last.

    Calls that are made only where a template says otherwise are left out; `calls` has them.
    """
    found: defaultdict[Subject, defaultdict[Column, list[NeedRow]]] = defaultdict(lambda: defaultdict(list))
    for call in calls(proof):
        if call.need.otherwise:
            continue
        found[call.need.subject][_column(call.need)].append(call)
    meant = [a.finding.subject for a in proof.acknowledged if a.finding.kind is Kind.UNKNOWN]
    for subject in (*(finding.subject for finding in proof.of(Kind.UNKNOWN)), *meant):
        if subject is not None:
            found[subject]  # a resource of which nothing is known has a row too, an empty one
    ordered = sorted(found, key=lambda subject: subject.type == "use")
    return tuple(
        Row(s, {column: tuple(found[s][column]) for column in Column if column in found[s]}, s in meant)
        for s in ordered
    )


def _column(need: Need) -> Column:
    if need.operation is not Operation.USE and need.tags:
        return Column.TAG
    return Column(need.operation.value)


def calls(proof: Proof) -> Iterator[NeedRow]:
    """Yield every need, with what grants it."""
    granting: defaultdict[Need, list[Statement]] = defaultdict(list)
    for grant in proof.grants:
        for need in grant.needs:
            if grant.statement not in granting[need] and not _fails(grant.statement, need):
                granting[need].append(grant.statement)
    for need, witness in proof.refused.items():
        demanded = is_demanded(need, on_change=proof.on_change)
        refused = GrantState.MISSING if demanded else GrantState.ADVISORY
        state = GrantState.PROVED if witness is None else refused
        yield NeedRow(need, state, tuple(granting[need]) if state is GrantState.PROVED else ())


def _fails(statement: Statement, need: Need) -> bool:
    """Tell whether a condition keeps the statement from applying, such as on the service that a role is passed to."""
    return all(
        any(c.keys <= context.keys() and not c.holds(context) for c in statement.conditions)
        for context in need.contexts
    )


def statement_uses(proof: Proof) -> tuple[StatementUse, ...]:
    """Return the role's statements in order."""
    grants: defaultdict[int, list[Granted]] = defaultdict(list)
    for grant in proof.grants:
        grants[id(grant.statement)].append(grant)  # by identity: two statements may say the same
    return tuple(StatementUse(statement, tuple(grants[id(statement)])) for statement in proof.role.statements)


@dataclass(frozen=True, slots=True)
class Group:
    """Findings in one place of which the same remark is made."""

    place: str
    remark: str
    """What fixes them; or, if they are acknowledged, why they are meant to be."""
    findings: tuple[Finding, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong: once for all actions, or operations, of which the same is said."""
        holes: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for finding in self.findings:
            before, hole, after = _varying(finding, finding.message.removeprefix(f"{self.place} "))
            holes[before, after][hole] = None
        return tuple(f"{before}{', '.join(filled)}{after}" for (before, after), filled in holes.items())


def _varying(finding: Finding, message: str) -> tuple[str, str, str]:
    """Split the message around what alone may differ between findings: the operation that fails, or the action."""
    if finding.need is not None and message.startswith(finding.need.doing):
        operation = finding.need.doing.removesuffix(f" `{finding.need.subject.name}`")
        return "", operation, message.removeprefix(operation)
    return message.partition(finding.action) if finding.action else (message, "", "")


def groups(findings: Iterable[Finding], role: str) -> tuple[Group, ...]:
    """Group the findings by place and fix, in the order of the first of each."""
    return _grouped(((finding, finding.fix) for finding in findings), role)


def acknowledged_groups(acknowledged: Iterable[Acknowledged], role: str) -> tuple[Group, ...]:
    """Group acknowledged findings by place and reason, in the order of the first of each."""
    return _grouped(((each.finding, each.reason) for each in acknowledged), role)


def _grouped(remarks: Iterable[tuple[Finding, str]], role: str) -> tuple[Group, ...]:
    found: defaultdict[str, defaultdict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for finding, remark in remarks:
        found[_place(finding, role)][remark].append(finding)
    return tuple(Group(place, remark, tuple(those)) for place, by in found.items() for remark, those in by.items())


def _place(finding: Finding, role: str) -> str:
    if finding.statement is not None:
        return str(finding.statement)
    if finding.subject is None:
        return role
    stack = f" in {finding.subject.stack}" if finding.subject.stack else ""
    return f"{finding.subject.name} ({finding.subject.type}){stack}"
