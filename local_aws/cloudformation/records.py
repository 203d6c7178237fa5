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
    from local_aws.cloudformation.stack_template import StackTemplate


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
    is_dynamic: bool = False
    """The new value is known only once the change set is executed."""
    cause: str | None = None
    """What it then follows from: a resource's logical id, or one with an attribute, such as `MyRole.Arn`."""

    @property
    def replaces(self) -> ChangeReplacement:
        """What it says of the resource ("ResourceChange": always, by a value not known yet, is conditional)."""
        if self.recreation is ChangeReplacement.ALWAYS and self.is_dynamic:
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
    """The properties of what is modified."""

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
    token: str
    """The client request token of the operation."""
    properties: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


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
    time: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def physical_id(self) -> str:
        """What `Ref` gives."""
        return self.physical.ref or self.physical.name


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
    imports_existing: bool
    description: str | None = None
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


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
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """As of the last operation that succeeded."""
    last_change_set: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an operation runs."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def set_status(self, status: str, token: str, reason: str | None = None) -> None:
        """Record the stack's new status, and the event of it."""
        self.status, self.reason = status, reason
        self.events.append(StackEvent(self.name, self.id, "AWS::CloudFormation::Stack", status, reason, token))
