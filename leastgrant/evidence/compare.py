"""A trail against a proof: what was seen and predicted, seen and not predicted, refused, and never seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING

from leastgrant.denial import denial_in
from leastgrant.evidence.event import Via
from leastgrant.iam.evaluation import Request, evaluate
from leastgrant.knowledge import Tier
from leastgrant.knowledge.events import Trace, actions_of, trace_of
from leastgrant.proof.needs import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from leastgrant.denial import Denial
    from leastgrant.evidence.event import Event
    from leastgrant.iam.document import Statement
    from leastgrant.iam.pattern import Pattern
    from leastgrant.proof.needs import Need
    from leastgrant.proof.prove import Proof

_EXAMPLES = 5
"""How many ARNs of a call, and callers, are kept: a trail of any size is read in the same room."""
_CALLERS = 1_000


class Predicted(Enum):
    """Whether the needs explain a call."""

    YES = "predicted"
    ELSEWHERE = "needed, but on other resources"
    NO = "not predicted"


@dataclass(frozen=True, slots=True)
class Whose:
    """The calls that count: of a role, or of everyone who let CloudFormation make them."""

    role: Pattern | None = None
    """Its ARN; None: not known, so that all that CloudFormation called counts."""
    sessions: tuple[Pattern, ...] = ()
    """The names of the sessions that count; none: all."""

    def has(self, event: Event) -> bool:
        """Tell whether a call counts."""
        if self.sessions and not any(one.matches(event.session or "") for one in self.sessions):
            return False
        if event.identity is None:
            return False
        return event.via is Via.CLOUDFORMATION if self.role is None else self._is_role(event.identity)

    def _is_role(self, arn: str) -> bool:
        if self.role is None or self.role.matches(arn):
            return self.role is not None
        # of a session whose issuer is not told, the role's path is not known either
        account, _, name = str(self.role).partition(":role/")
        return bool(name) and arn == f"{account}:role/{name.rpartition('/')[2]}"


@dataclass(slots=True)
class Seen:
    """Calls of one operation, made in one way."""

    source: str
    name: str
    via: Via
    actions: tuple[str, ...]
    """What they may have asked for, one or all of these."""
    calls: int = 0
    by: Counter[Predicted] = field(default_factory=Counter["Predicted"])
    elsewhere: dict[str, None] = field(default_factory=dict[str, None])
    """Some ARNs that no need has."""
    arns: dict[str, None] = field(default_factory=dict[str, None])

    @property
    def predicted(self) -> Predicted:
        """The worst of them."""
        return next((one for one in (Predicted.NO, Predicted.ELSEWHERE) if self.by[one]), Predicted.YES)


@dataclass(slots=True)
class Refused:
    """Calls that were refused for lack of a permission."""

    action: str
    """What the error names, or what the operation may ask for."""
    resource: str | None
    """As the error or the event names it; None: it names none."""
    via: Via
    because: str
    """What the error says of the policies, or its code."""
    granted: bool
    """Whether the role, as it is given, allows it, as far as is known."""
    tiers: tuple[Tier, ...]
    """Of the needs that explain it."""
    calls: int = 0


@dataclass(frozen=True, slots=True)
class NeverSeen:
    """An action that is needed, and granted, and that no event shows."""

    action: str
    tier: Tier
    """The surest of its needs."""
    statements: tuple[Statement, ...]
    trace: Trace


@dataclass(slots=True)
class Evidence:
    """What a trail shows of a role."""

    proof: Proof
    with_role: bool
    """Whether what it grants was given too."""
    whose: Whose
    events: int = 0
    calls: int = 0
    """Those that count."""
    via: Counter[Via] = field(default_factory=Counter["Via"])
    others: Counter[str] = field(default_factory=Counter[str])
    """Whom CloudFormation called for beside the role, with how many calls."""
    no_calls: Counter[str] = field(default_factory=Counter[str])
    """Events of the role that record no call of an API, such as a sign-in."""
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Calls of which it is not known what they ask for, by source and name."""
    left_out: str = ""
    """Files of the given folders that were not read."""
    first: str = ""
    last: str = ""
    seen: dict[tuple[str, str, Via], Seen] = field(default_factory=dict[tuple[str, str, Via], "Seen"])
    refused: dict[tuple[str, str | None, Via], Refused] = field(
        default_factory=dict[tuple[str, str | None, Via], "Refused"]
    )

    @property
    def not_predicted(self) -> tuple[Seen, ...]:
        """What no need explains, the most frequent first."""
        found = [one for one in self.seen.values() if one.predicted is not Predicted.YES]
        return tuple(sorted(found, key=lambda one: (-one.calls, one.source, one.name)))

    @property
    def explained(self) -> int:
        """How many calls the needs explain."""
        return sum(one.by[Predicted.YES] for one in self.seen.values())

    @property
    def actions_seen(self) -> frozenset[str]:
        """The actions that calls may have asked for, refused or not."""
        return frozenset(action for one in self.seen.values() for action in one.actions) | {
            one.action for one in self.refused.values()
        }

    @property
    def needed(self) -> dict[str, list[Need]]:
        """The needs that are granted, by action; of no role, all."""
        found: defaultdict[str, list[Need]] = defaultdict(list)
        for need, witness in self.proof.refused.items():
            if witness is None or not self.with_role:
                found[need.action].append(need)
        return dict(found)

    @property
    def never_seen(self) -> tuple[NeverSeen, ...]:
        """What is needed and granted, and was not seen: what surely is called first."""
        statements: defaultdict[str, dict[Statement, None]] = defaultdict(dict)
        for grant in self.proof.grants if self.with_role else ():
            if grant.needs:
                statements[grant.action][grant.statement] = None
        tiers = tuple(Tier)
        found = [
            NeverSeen(
                action,
                min((need.tier for need in needs), key=tiers.index),
                tuple(statements[action]),
                trace_of(action),
            )
            for action, needs in self.needed.items()
            if action not in self.actions_seen
        ]
        traces = tuple(Trace)
        return tuple(sorted(found, key=lambda one: (traces.index(one.trace), tiers.index(one.tier), one.action)))

    @property
    def holds(self) -> bool:
        """Whether something was seen, and all of it is known, predicted and allowed."""
        return self.calls > 0 and not (self.refused or self.unmapped or self.not_predicted)


def evidence_of(events: Iterable[Event], proof: Proof, whose: Whose, *, with_role: bool) -> Evidence:
    """Hold the events against the proof, one after the other.

    Args:
        events: Of everyone: those that do not count are passed over.
        proof: Of the role, or of an empty one.
        whose: Whose calls count.
        with_role: Whether the proof is of a role.
    """
    found = Evidence(proof, with_role, whose)
    prediction = _Prediction(proof.needs)
    for event in events:
        found.events += event.calls
        if not whose.has(event):
            if (
                event.via is Via.CLOUDFORMATION
                and event.identity
                and (event.identity in found.others or len(found.others) < _CALLERS)
            ):
                found.others[event.identity] += event.calls
        elif event.is_call:
            _count(event, found, prediction)
        else:
            found.no_calls[f"{event.source} {event.name}"] += event.calls
    return found


def _count(event: Event, found: Evidence, prediction: _Prediction) -> None:
    found.calls += event.calls
    found.via[event.via] += event.calls
    if event.time:
        found.first = min(found.first or event.time, event.time)
        found.last = max(found.last, event.time)
    actions = actions_of(event.source, event.name)
    if event.is_refused:
        _refused(event, actions, found)
        return
    if not actions:
        found.unmapped[event.source, event.name] += event.calls
        return
    key = (event.source, event.name, event.via)
    seen = found.seen.get(key)
    if seen is None:
        seen = found.seen[key] = Seen(*key, actions)
    predicted = prediction.of(actions, event.via, event.arns)
    seen.calls += event.calls
    seen.by[predicted] += event.calls
    kept = seen.elsewhere if predicted is Predicted.ELSEWHERE else seen.arns
    kept.update(dict.fromkeys(event.arns[: max(0, _EXAMPLES - len(kept))]))


class _Prediction:
    """Whether needs explain a call; asked again of the same, it is known."""

    def __init__(self, needs: Sequence[Need]) -> None:
        self._needs: defaultdict[str, list[Need]] = defaultdict(list)
        for need in needs:
            self._needs[need.action].append(need)
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, actions: tuple[str, ...], via: Via, arns: tuple[str, ...]) -> Predicted:
        of_template = via is Via.CLOUDFORMATION
        needs = [
            need
            for action in actions
            for need in self._needs.get(action, ())
            if not of_template or need.operation is not Operation.USE
        ]
        if not needs:
            return Predicted.NO
        named = not arns or any(need.on == "*" or need.resource.matches(arn) for need in needs for arn in arns)
        return Predicted.YES if named else Predicted.ELSEWHERE


def _refused(event: Event, actions: tuple[str, ...], found: Evidence) -> None:
    told = denial_in(event.message or "")
    action = (told.action if told else None) or next(iter(actions), None)
    if action is None:
        found.unmapped[event.source, event.name] += event.calls
        return
    resource = (told.resource if told else None) or (event.arns[0] if event.arns else None)
    key = (action, resource, event.via)
    known = found.refused.get(key)
    if known is None and sum(1 for one in found.refused if one[0] == action) >= _EXAMPLES:
        key = (action, None, event.via)  # the resources of more are no longer told apart
        known, resource = found.refused.get(key), None
    if known is None:
        tiers = {need.tier for need in found.proof.needs if need.action == action}
        known = found.refused[key] = Refused(
            action,
            resource,
            event.via,
            _because(told) or event.error or "",
            found.with_role and _is_granted(action, resource, found.proof),
            tuple(tier for tier in Tier if tier in tiers),
        )
    known.calls += event.calls


def _because(told: Denial | None) -> str:
    """Say which kind of policy refused it, and how; empty, if that is not told."""
    if told is None or told.policy is None:
        return "an explicit deny" if told and told.explicit else ""
    return f"explicit deny in a {told.policy.value}" if told.explicit else f"no {told.policy.value} allows it"


def _is_granted(action: str, resource: str | None, proof: Proof) -> bool:
    if resource is not None and resource.startswith("arn:"):
        return evaluate(Request(action, resource), proof.role.permissions).allowed
    return bool(proof.role.permissions.about(action).allows)
