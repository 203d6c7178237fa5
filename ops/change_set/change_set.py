"""A CloudFormation change set, as `DescribeChangeSet` tells it.

The names and values are those of the AWS CloudFormation API Reference: `DescribeChangeSet`, `ResourceChange`,
`ResourceChangeDetail` and `ResourceTargetDefinition`; `ops.aws.response` decodes them. A value that is not known here
is an error, never passed over.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import TYPE_CHECKING, cast

from msgspec import Struct, field

from ops.aws.response import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class ChangeSetStatus(Enum):
    """The status of a change set."""

    CREATE_PENDING = "CREATE_PENDING"
    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    DELETE_PENDING = "DELETE_PENDING"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    DELETE_FAILED = "DELETE_FAILED"
    FAILED = "FAILED"


class ExecutionStatus(Enum):
    """Whether a change set can be executed."""

    UNAVAILABLE = "UNAVAILABLE"
    AVAILABLE = "AVAILABLE"
    EXECUTE_IN_PROGRESS = "EXECUTE_IN_PROGRESS"
    EXECUTE_COMPLETE = "EXECUTE_COMPLETE"
    EXECUTE_FAILED = "EXECUTE_FAILED"
    OBSOLETE = "OBSOLETE"
    """The stack has changed since."""


class ChangeType(Enum):
    """What a change is of: there are only resources."""

    RESOURCE = "Resource"


class ResourceAction(Enum):
    """What becomes of a resource."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"
    """It is not known before the execution."""
    SYNC_WITH_ACTUAL = "SyncWithActual"
    """The resource stays; what CloudFormation has on record of it changes."""


class ReplacementType(Enum):
    """Whether a modified resource is replaced by another."""

    TRUE = "True"
    FALSE = "False"
    CONDITIONAL = "Conditional"


class PolicyAction(Enum):
    """What becomes of the physical resource that is removed or replaced."""

    DELETE = "Delete"
    RETAIN = "Retain"
    SNAPSHOT = "Snapshot"
    REPLACE_AND_DELETE = "ReplaceAndDelete"
    REPLACE_AND_RETAIN = "ReplaceAndRetain"
    REPLACE_AND_SNAPSHOT = "ReplaceAndSnapshot"


REPLACING = frozenset(
    {PolicyAction.REPLACE_AND_DELETE, PolicyAction.REPLACE_AND_RETAIN, PolicyAction.REPLACE_AND_SNAPSHOT}
)


class ResourceAttribute(Enum):
    """The part of a resource's declaration that changes."""

    PROPERTIES = "Properties"
    METADATA = "Metadata"
    CREATION_POLICY = "CreationPolicy"
    UPDATE_POLICY = "UpdatePolicy"
    DELETION_POLICY = "DeletionPolicy"
    UPDATE_REPLACE_POLICY = "UpdateReplacePolicy"
    TAGS = "Tags"


class RequiresRecreation(Enum):
    """Whether the change of a property makes another resource."""

    NEVER = "Never"
    CONDITIONALLY = "Conditionally"
    ALWAYS = "Always"


class EvaluationType(Enum):
    """Whether the new value is known before the execution."""

    STATIC = "Static"
    DYNAMIC = "Dynamic"


class ChangeSource(Enum):
    """What causes the change of a property."""

    RESOURCE_REFERENCE = "ResourceReference"
    PARAMETER_REFERENCE = "ParameterReference"
    RESOURCE_ATTRIBUTE = "ResourceAttribute"
    DIRECT_MODIFICATION = "DirectModification"
    AUTOMATIC = "Automatic"
    NO_MODIFICATION = "NoModification"


class AttributeChangeType(Enum):
    """What becomes of the value of a property."""

    ADD = "Add"
    REMOVE = "Remove"
    MODIFY = "Modify"
    SYNC_WITH_ACTUAL = "SyncWithActual"


_ELEMENT = re.compile(r"/Statement(/\d+)?/((Not)?(Action|Resource)|Principal/\w+)$")


def _listed(value: str) -> list[str]:
    """Return the texts of a value: those of a list as it is shown, or the one."""
    try:
        items: object = json.loads(value) if value.startswith("[") else [value]
    except ValueError:
        return [value]
    listed = cast("list[object]", items) if isinstance(items, list) else [value]
    return sorted(item if isinstance(item, str) else json.dumps(item) for item in listed)


class ResourceTarget(Struct, frozen=True, rename="pascal"):
    """The part of a resource that changes (`ResourceTargetDefinition`). CloudFormation may cut long values short."""

    attribute: ResourceAttribute
    name: str | None = None
    """The property."""
    path: str | None = None
    """Where in the declaration, such as `/Properties/Policies/0/PolicyName`."""
    requires_recreation: RequiresRecreation | None = None
    before_value: str | None = None
    after_value: str | None = None
    attribute_change_type: AttributeChangeType | None = None

    def __post_init__(self) -> None:
        """Refuse a change of properties that does not tell whether it makes another resource."""
        if self.requires_recreation is None and self.attribute is ResourceAttribute.PROPERTIES:
            raise ValueError("RequiresRecreation: missing; a change of properties has it")

    @property
    def properties(self) -> frozenset[str]:
        """The properties that change, by both ways to tell it: the name and the path; none if none is told."""
        section, _, rest = (self.path or "").removeprefix("/").partition("/")
        by_path = rest.partition("/")[0] if section == ResourceAttribute.PROPERTIES.value else ""
        return frozenset(name for name in (self.name, by_path) if name)

    @property
    def is_rewording(self) -> bool:
        """Whether a policy's element is written otherwise and says the same: one text for a list of it.

        "IAM JSON policy elements reference": `Action`, `Resource` and a principal take a text or a list of texts.
        """
        before, after = self.before_value, self.after_value
        if not _ELEMENT.search(self.path or "") or before is None or after is None:
            return False
        return before != after and _listed(before) == _listed(after)

    def __str__(self) -> str:
        """Return the part that changes, as exactly as it is told."""
        if self.path is not None and self.path.startswith("/Properties/"):
            return self.path.removeprefix("/Properties/").replace("/", ".")
        return self.name or self.attribute.value


class DescribedDetail(Struct, frozen=True, rename="pascal"):
    """One thing that changes about a resource."""

    target: ResourceTarget
    evaluation: EvaluationType = EvaluationType.DYNAMIC
    """Not told is not known: the worse of the two."""
    change_source: ChangeSource | None = None
    causing_entity: str | None = None
    """What causes it: a logical id, an attribute or a parameter."""

    @property
    def replacement(self) -> ReplacementType:
        """What it does to the resource: `Always` with a value that is not known yet is conditional."""
        match self.target.requires_recreation, self.evaluation:
            case None | RequiresRecreation.NEVER, _:
                return ReplacementType.FALSE
            case RequiresRecreation.ALWAYS, EvaluationType.STATIC:
                return ReplacementType.TRUE
            case _:
                return ReplacementType.CONDITIONAL


class DescribedChange(Struct, frozen=True, rename="pascal"):
    """What becomes of one resource."""

    action: ResourceAction
    logical_id: Text = field(name="LogicalResourceId")
    type: Text = field(name="ResourceType")
    physical_id: str | None = field(name="PhysicalResourceId", default=None)
    stated_replacement: ReplacementType | None = field(name="Replacement", default=None)
    policy_action: PolicyAction | None = None
    scope: tuple[ResourceAttribute, ...] = ()
    details: tuple[DescribedDetail, ...] = ()
    before_context: str | None = None
    after_context: str | None = None
    """The whole resource before and after, as JSON."""
    change_set_id: str | None = None
    """The change set of the nested stack that this resource is."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What changes, each once."""
        told = dict.fromkeys(str(detail.target) for detail in self.details)
        return tuple(told or dict.fromkeys(attribute.value for attribute in self.scope))

    @property
    def replacement(self) -> ReplacementType:
        """The worst that the change, its details and its policy action say."""
        if self.policy_action in REPLACING:
            return ReplacementType.TRUE
        if self.action is ResourceAction.MODIFY and self.stated_replacement is None and not self.details:
            return ReplacementType.CONDITIONAL  # nothing says that it stays
        told = {self.stated_replacement, *(detail.replacement for detail in self.details)}
        for worse in (ReplacementType.TRUE, ReplacementType.CONDITIONAL):
            if worse in told:
                return worse
        return ReplacementType.CONDITIONAL if self.action is ResourceAction.DYNAMIC else ReplacementType.FALSE


class ListedChange(Struct, frozen=True, rename="pascal"):
    """An item of `Changes`."""

    type: ChangeType
    resource_change: DescribedChange


class ParameterValue(Struct, frozen=True, rename="pascal"):
    """An item of `Parameters`."""

    parameter_key: Text
    parameter_value: str = ""
    resolved_value: str = ""
    """What Parameter Store gave, for a parameter that is stored there."""


class ChangeSet(Struct, frozen=True, rename="pascal"):
    """A change set with all its changes: a response of `DescribeChangeSet` that holds all its pages."""

    status: ChangeSetStatus
    execution: ExecutionStatus = field(name="ExecutionStatus")
    id: Text = field(name="ChangeSetId")
    name: Text = field(name="ChangeSetName")
    stack: Text = field(name="StackName")
    stack_id: Text
    status_reason: str = ""
    listed_parameters: tuple[ParameterValue, ...] = field(name="Parameters", default=())
    listed_changes: tuple[ListedChange, ...] | None = field(name="Changes", default=None)
    next_token: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not whole: nothing that is not told may pass for safe."""
        if self.next_token:
            raise ValueError("NextToken: there are more pages; give them in one, as the AWS CLI does")
        if self.status is not ChangeSetStatus.FAILED and self.listed_changes is None:
            raise ValueError("Changes: missing; it must be a list")

    @property
    def changes(self) -> tuple[DescribedChange, ...]:
        """What becomes of each resource that changes."""
        return tuple(one.resource_change for one in self.listed_changes or ())

    @property
    def parameters(self) -> Mapping[str, str]:
        """The values of the parameters."""
        return {one.parameter_key: one.resolved_value or one.parameter_value for one in self.listed_parameters}

    @property
    def reason(self) -> str:
        """Why it failed, on one line; empty if it did not."""
        return " ".join(self.status_reason.split())

    @property
    def empty(self) -> bool:
        """Whether it failed because there is nothing to change."""
        failed = self.status is ChangeSetStatus.FAILED
        return failed and any(self.reason.startswith(words) for words in _NO_CHANGES)


_NO_CHANGES = ("The submitted information didn't contain changes.", "No updates are to be performed.")
"""How the reason begins; the CDK CLI and `aws cloudformation deploy` know the same two sentences."""
