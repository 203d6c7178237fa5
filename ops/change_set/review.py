"""The review of a change set: may it be executed, and why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import Struct

from leastgrant.iam import Context
from leastgrant.text import counted, printable
from ops.aws.errors import CALL_ERRORS, explained
from ops.change_set.calls import proposed_template
from ops.change_set.change_set import ChangeSetStatus, ExecutionStatus, PolicyAction, ReplacementType, ResourceAction
from ops.change_set.code import code_rulings
from ops.change_set.comparison import compare
from ops.change_set.judgement import of_changes, of_whole
from ops.change_set.trust import only_narrows_trust
from ops.change_set.verdict import ReviewVerdict, Ruling
from ops.errors import OpsError
from ops.role.deployed import read_deployed_role
from ops.role.difference import assumed_text, request_text
from ops.role.drift import role_drift
from ops.role.live import read_live_role
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ops.aws.account import Account
    from ops.change_set.change_set import ChangeSet
    from ops.change_set.comparison import Gain, ReviewComparison
    from ops.change_set.judgement import Judged
    from ops.project.deployment import Deployment


@dataclass(frozen=True)
class Review:
    """The verdict on a change set, with every reason."""

    change_set: ChangeSet
    changes: tuple[Judged, ...]
    rulings: tuple[Ruling, ...]
    """What is said of the change set as such, and of resources that it does not change."""
    comparison: ReviewComparison | None
    """None: there was no template to compare."""
    next: tuple[str, ...] = ()
    """How to go on."""

    @property
    def verdict(self) -> ReviewVerdict:
        """The worst of all."""
        said = (*self.rulings, *(ruling for judged in self.changes for ruling in judged.rulings))
        return max((ruling.verdict for ruling in said), default=ReviewVerdict.SAFE)

    @property
    def status(self) -> ExitStatus:
        """Good only if it is safe."""
        return ExitStatus.GOOD if self.verdict is ReviewVerdict.SAFE else ExitStatus.FOUND

    @property
    def gains(self) -> tuple[Gain, ...]:
        """The access that it gains."""
        return self.comparison.gains if self.comparison else ()

    def text(self) -> str:
        """Return the verdict, then what it rests on."""
        lines = [
            self._headline,
            *(f"  {ruling.verdict.label}: {printable(ruling.reason)}" for ruling in self.rulings),
            *(["  its access was not compared: a file has no template"] if self._not_compared else []),
            *(["", *table(_HEADER, _rows(self.changes))] if self.changes else []),
            *_witnesses(self.gains),
            *(["", *self.next] if self.next else []),
        ]
        return "\n".join(lines) + "\n"

    @property
    def _headline(self) -> str:
        changes = counted(len(self.changes), "change")
        return f"{self.verdict.label.upper()}: {self.change_set.name} of {self.change_set.stack}, {changes}"

    @property
    def _not_compared(self) -> bool:
        return self.comparison is None and self.change_set.status is ChangeSetStatus.CREATE_COMPLETE

    def document(self) -> ReviewDocument:
        """Return the same as typed values, for JSON."""
        change_set = self.change_set
        return ReviewDocument(
            verdict=self.verdict.label,
            change_set=ChangeSetDocument(
                name=change_set.name,
                id=change_set.id,
                stack=change_set.stack,
                status=change_set.status,
                execution_status=change_set.execution,
                reason=change_set.reason,
            ),
            decisions=tuple(map(_ruling_document, self.rulings)),
            changes=tuple(map(_change_document, self.changes)),
            access_compared=self.comparison is not None,
            gains=tuple(map(_gain_document, self.gains)),
            next=self.next,
        )


class ChangeSetDocument(Struct, frozen=True):
    """A change set, as JSON."""

    name: str
    id: str
    stack: str
    status: ChangeSetStatus
    execution_status: ExecutionStatus
    reason: str


class RulingDocument(Struct, frozen=True):
    """A verdict with its reason, as JSON."""

    verdict: str
    reason: str


class ChangeDocument(Struct, frozen=True):
    """A change with its verdict, as JSON."""

    logical_id: str
    physical_id: str | None
    type: str
    action: ResourceAction
    replacement: ReplacementType
    policy_action: PolicyAction | None
    properties: tuple[str, ...]
    verdict: str
    decisions: tuple[RulingDocument, ...]


class RequestDocument(Struct, frozen=True):
    """A request that would be allowed, as JSON."""

    action: str
    resource: str
    context: Context


class AssumeRequestDocument(Struct, frozen=True):
    """A request to assume a role that would be allowed, as JSON."""

    action: str
    principal: str
    context: Context


class GainDocument(Struct, frozen=True):
    """Access that is gained, as JSON."""

    logical_id: str
    what: str
    why: str | None
    requests: tuple[RequestDocument | AssumeRequestDocument, ...]


class ReviewDocument(Struct, frozen=True):
    """A review, as JSON."""

    verdict: str
    change_set: ChangeSetDocument
    decisions: tuple[RulingDocument, ...]
    changes: tuple[ChangeDocument, ...]
    access_compared: bool
    gains: tuple[GainDocument, ...]
    next: tuple[str, ...]


def review(deployment: Deployment, account: Account, change_set: ChangeSet, *, uploaded: bool = False) -> Review:
    """Judge a live change set, its template compared with the synthesised one.

    Args:
        deployment: What was synthesised.
        account: The account.
        change_set: The change set.
        uploaded: Whether its code should be there, so that it is compared with the sealed code.

    Raises:
        InputError: the assembly or a template cannot be read.
        BotoCoreError, ClientError: as any call.
    """
    comparison, narrows_trust = None, False
    if change_set.status is ChangeSetStatus.CREATE_COMPLETE and change_set.stack in stack_names(deployment):
        reviewed, proposed = deployment.stack(change_set.stack).declared, proposed_template(account, change_set)
        comparison = compare(reviewed, proposed)
        is_roles = change_set.stack == deployment.settings.role_stack_name
        narrows_trust = is_roles and only_narrows_trust(account, change_set, proposed)
    found = judge(deployment, change_set.stack, change_set, comparison, narrows_trust=narrows_trust)
    if uploaded and comparison is not None:
        code = tuple(code_rulings(account, deployment.stack(change_set.stack), change_set))
        found = replace(found, rulings=(*found.rulings, *code))
    if change_set.empty and change_set.stack == deployment.settings.role_stack_name:
        return replace(found, rulings=(*found.rulings, _of_live_role(deployment, account)))
    return found


def _of_live_role(deployment: Deployment, account: Account) -> Ruling:
    """Tell whether the role is as its stack deployed it: CloudFormation, which does not look, sees no change."""
    settings = deployment.settings
    try:
        live = read_live_role(account.iam, settings.deploy_role_name)
        drift = role_drift(settings, live, read_deployed_role(account.cloudformation, settings))
    except CALL_ERRORS as error:
        return Ruling(
            ReviewVerdict.HUMAN, f"whether the live role was changed by hand is not known: {explained(error)}"
        )
    except OpsError as error:
        return Ruling(ReviewVerdict.HUMAN, f"whether the live role was changed by hand is not known: {error}")
    if drift.none:
        return Ruling(ReviewVerdict.SAFE, drift.sentence)
    return Ruling(ReviewVerdict.HUMAN, f"{drift.sentence}; ops preflight shows how it differs")


def judge(
    deployment: Deployment,
    stack: str,
    change_set: ChangeSet,
    comparison: ReviewComparison | None,
    *,
    narrows_trust: bool = False,
) -> Review:
    """Judge a change set that should be of `stack`.

    Args:
        deployment: What was synthesised.
        stack: The stack's name.
        change_set: The change set.
        comparison: Its template against the synthesised one; None: there was none to compare.
        narrows_trust: Whether it is proved that nobody can newly assume the deploy role.

    Raises:
        InputError: the synthesised deploy role cannot be read.
    """
    whole = tuple(of_whole(deployment, stack, change_set, comparison))
    changes = of_changes(deployment, stack, change_set, comparison, narrows_trust=narrows_trust)
    return Review(change_set, tuple(changes), whole, comparison)


def stack_names(deployment: Deployment) -> tuple[str, str]:
    """Return the names of both stacks of the settings."""
    return deployment.settings.app_stack_name, deployment.settings.role_stack_name


_HEADER = ("resource", "action", "replacement", "properties", "verdict and reason")
_MOST = 3  # requests that show what one resource gains


def _rows(changes: Sequence[Judged]) -> list[Sequence[str]]:
    """Return a row for all resources of which the same is said."""
    alike: dict[Sequence[str], list[str]] = {}
    for judged in changes:
        alike.setdefault(_said(judged), []).append(judged.change.logical_id)
    return [(", ".join(resources), *said) for said, resources in alike.items()]


def _said(judged: Judged) -> Sequence[str]:
    change = judged.change
    properties = dict.fromkeys(part.partition(".")[0] for part in change.properties)  # the JSON has the parts
    return (
        change.action.value,
        change.replacement.value,
        ", ".join(properties),
        f"{judged.verdict.label}: {judged.reason}",
    )


def _witnesses(gains: Sequence[Gain]) -> Iterator[str]:
    shown = [gain for gain in gains if gain.witnesses or gain.admitted or gain.why]  # of the others all is said above
    if shown:
        yield ""
        yield "Access that the reviewed source does not give, for example"
    for gain in shown:
        requests = [
            *map(request_text, gain.witnesses),
            *map(assumed_text, gain.admitted),
        ]
        yield from (
            printable(f"  {gain.logical_id}: {words}") for words in requests[:_MOST] or [f"{gain.what}: {gain.why}"]
        )
        if len(requests) > _MOST:
            yield f"  {gain.logical_id}: and {len(requests) - _MOST:,} more, which --json shows"


def _ruling_document(ruling: Ruling) -> RulingDocument:
    return RulingDocument(ruling.verdict.label, ruling.reason)


def _change_document(judged: Judged) -> ChangeDocument:
    change = judged.change
    return ChangeDocument(
        logical_id=change.logical_id,
        physical_id=change.physical_id,
        type=change.type,
        action=change.action,
        replacement=change.replacement,
        policy_action=change.policy_action,
        properties=change.properties,
        verdict=judged.verdict.label,
        decisions=tuple(map(_ruling_document, judged.rulings)),
    )


def _gain_document(gain: Gain) -> GainDocument:
    requests = [one.request for one in gain.witnesses]
    return GainDocument(
        gain.logical_id,
        gain.what,
        gain.why or None,
        (
            *(RequestDocument(one.action, one.resource, one.context) for one in requests),
            *(AssumeRequestDocument(one.action, one.principal.name, one.context) for one in gain.admitted),
        ),
    )
