"""What CloudFormation remembers: stacks, their resources, events and change sets, by the API's own terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant.template import Physical
    from local_aws.cloudformation.stack_template import OutputValue, StackTemplate


def now() -> datetime:
    """Return the moment."""
    return datetime.now(UTC)


class ChangeAction(Enum):
    """What a change set does to a resource."""

    ADD = "Add"
    IMPORT = "Import"
    MODIFY = "Modify"
    REMOVE = "Remove"


class ChangeReplacement(Enum):
    """Whether a modified resource is replaced."""

    NEVER = "False"
    CONDITIONAL = "Conditional"
    ALWAYS = "True"


class CauseKind(Enum):
    """What a new value follows from, if not from the template alone ("ResourceChangeDetail": `ChangeSource`)."""

    PARAMETER = "ParameterReference"
    REFERENCE = "ResourceReference"
    """A resource that is, or may be, replaced."""
    ATTRIBUTE = "ResourceAttribute"
    """An attribute of such a one."""
    ATTRIBUTE_IN_PLACE = "ResourceAttribute in place"
    """An attribute of a resource that changes and stays where it is: it may, or may not, be another."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What a new value follows from."""

    kind: CauseKind
    entity: str
    """A parameter, a resource's logical id, or one with an attribute, such as `MyRole.Arn`."""


@dataclass(frozen=True, slots=True)
class ResourceChangeDetail:
    """One property, or attribute, that changes."""

    attribute: str
    """`Properties`, or an attribute of the resource such as `DeletionPolicy`."""
    path: str
    """Such as `/Properties/Policies/0/PolicyDocument`."""
    before: object
    after: object
    recreation: ChangeReplacement = ChangeReplacement.NEVER
    cause: Cause | None = None

    @property
    def is_indirect(self) -> bool:
        """Whether the value may turn out the same."""
        return self.cause is not None and self.cause.kind is CauseKind.ATTRIBUTE_IN_PLACE

    @property
    def replaces(self) -> ChangeReplacement:
        """What it says of the resource ("ResourceChange": always, by a value not known yet, is conditional)."""
        if self.recreation is ChangeReplacement.ALWAYS and self.is_indirect:
            return ChangeReplacement.CONDITIONAL
        return self.recreation

    @property
    def name(self) -> str | None:
        """The property's name; None for an attribute."""
        return self.path.split("/")[2] if self.attribute == "Properties" else None


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource."""

    action: ChangeAction
    logical_id: str
    type: str
    physical: Physical | None = None
    """What is there: None for what is added."""
    replacement: ChangeReplacement | None = None
    details: tuple[ResourceChangeDetail, ...] = ()
    retained: bool = False
    """What is removed or replaced is kept."""
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    """The properties, before and after, as far as there are any."""

    @property
    def may_replace(self) -> bool:
        """Whether another resource takes, or may take, the place of what is there."""
        return self.replacement in (ChangeReplacement.ALWAYS, ChangeReplacement.CONDITIONAL)


@dataclass(frozen=True, slots=True)
class StackEvent:
    """Something that happened to a stack or a resource of it."""

    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None
    token: str | None
    """The client request token of the operation, if it was given one."""
    properties: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    time: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class StackResource:
    """A resource of a stack, as it was last deployed."""

    logical_id: str
    type: str
    physical: Physical
    properties: Mapping[str, Any]
    status: str
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those of the stack that it has."""
    reason: str | None = None
    time: datetime = field(default_factory=now)

    @property
    def physical_id(self) -> str:
        """What `Ref` gives."""
        return self.physical.ref or self.physical.name


class DriftStatus(Enum):
    """How a resource is, compared with what its stack was deployed with."""

    DELETED = "DELETED"
    IN_SYNC = "IN_SYNC"
    MODIFIED = "MODIFIED"


@dataclass(frozen=True, slots=True)
class Drift:
    """What was found of a resource."""

    status: DriftStatus
    expected: Mapping[str, Any]
    live: Mapping[str, Any] | None
    """As far as it can be read back; None: it is gone."""
    differences: tuple[tuple[str, Any, Any], ...]
    """Each with its path, what is expected, and what is there."""
    unread: tuple[str, ...] = ()
    """The properties that cannot be read back."""
    time: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class StackDrift:
    """What was last found of a stack's resources."""

    resources: Mapping[str, Drift]
    """By logical id: those that could be checked."""
    failed: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why others could not be read."""
    time: datetime = field(default_factory=now)

    @property
    def drifted(self) -> int:
        """How many resources have changed, or are gone."""
        return sum(one.status is not DriftStatus.IN_SYNC for one in self.resources.values())

    @property
    def status(self) -> StackDriftStatus:
        """What that says of the stack: nothing, if nothing could be checked."""
        if self.drifted:
            return StackDriftStatus.DRIFTED
        return StackDriftStatus.IN_SYNC if self.resources else StackDriftStatus.NOT_CHECKED


class StackDriftStatus(Enum):
    """How a stack's resources are."""

    DRIFTED = "DRIFTED"
    IN_SYNC = "IN_SYNC"
    NOT_CHECKED = "NOT_CHECKED"


class OnFailure(Enum):
    """What becomes of a stack whose operation failed (`OnStackFailure`, `OnFailure`, `DisableRollback`)."""

    ROLLBACK = "ROLLBACK"
    DO_NOTHING = "DO_NOTHING"
    DELETE = "DELETE"


@dataclass
class StoredChangeSet:
    """A change set of a stack."""

    id: str
    name: str
    kind: str
    """`CREATE`, `UPDATE` or `IMPORT`."""
    template: StackTemplate
    changes: tuple[ResourceChange, ...]
    tags: Mapping[str, str]
    capabilities: Sequence[str]
    imports_existing: bool = False
    description: str | None = None
    role_arn: str | None = None
    """The service role that the handlers are called with; None: whoever executes."""
    on_failure: OnFailure | None = None
    """As of `OnStackFailure`, if it was given."""
    includes_nested: bool = False
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    time: datetime = field(default_factory=now)


@dataclass
class Stack:
    """A stack."""

    id: str
    name: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    template: StackTemplate | None = None
    """None: never deployed."""
    resources: dict[str, StackResource] = field(default_factory=dict[str, StackResource])
    events: list[StackEvent] = field(default_factory=list[StackEvent])
    """Oldest first."""
    change_sets: dict[str, StoredChangeSet] = field(default_factory=dict[str, StoredChangeSet])
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    outputs: Sequence[OutputValue] = ()
    """As of the last operation that succeeded."""
    capabilities: Sequence[str] = ()
    notification_arns: Sequence[str] = ()
    role_arn: str | None = None
    on_failure: OnFailure = OnFailure.ROLLBACK
    is_protected: bool = False
    policy: str | None = None
    """The stack policy's text."""
    parent: tuple[str, str] | None = None
    """Of a nested stack: the ids of the stack that it is a resource of, and of the root."""
    last_change_set: str | None = None
    drift: StackDrift | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an operation runs."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def imports(self) -> frozenset[str]:
        """The names of the exports that it imports."""
        gone = self.status in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE")
        return frozenset() if self.template is None or gone else self.template.imported

    def set_status(self, status: str, token: str | None, reason: str | None = None) -> None:
        """Record the stack's new status, and the event of it."""
        self.status, self.reason = status, reason
        if status == "DELETE_COMPLETE":
            self.deleted = now()
        self.events.append(StackEvent(self.name, self.id, "AWS::CloudFormation::Stack", status, reason, token))
