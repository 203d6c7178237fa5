"""A CloudFormation change set, as `DescribeChangeSet` tells it.

The names and values are those of the AWS CloudFormation API Reference: `DescribeChangeSet`, `ResourceChange`,
`ResourceChangeDetail` and `ResourceTargetDefinition`. A value that is not known here is an error, never passed over.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, cast

from ops.errors import OpsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ops.aws.response import Part


class Status(Enum):
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


class Kind(Enum):
    """What a change is of: there are only resources."""

    RESOURCE = "Resource"


class Action(Enum):
    """What becomes of a resource."""

    ADD = "Add"
    MODIFY = "Modify"
    REMOVE = "Remove"
    IMPORT = "Import"
    DYNAMIC = "Dynamic"
    """It is not known before the execution."""
    SYNC_WITH_ACTUAL = "SyncWithActual"
    """The resource stays; what CloudFormation has on record of it changes."""


class Replacement(Enum):
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


class Attribute(Enum):
    """The part of a resource's declaration that changes."""

    PROPERTIES = "Properties"
    METADATA = "Metadata"
    CREATION_POLICY = "CreationPolicy"
    UPDATE_POLICY = "UpdatePolicy"
    DELETION_POLICY = "DeletionPolicy"
    UPDATE_REPLACE_POLICY = "UpdateReplacePolicy"
    TAGS = "Tags"


class Recreation(Enum):
    """Whether the change of a property makes another resource."""

    NEVER = "Never"
    CONDITIONALLY = "Conditionally"
    ALWAYS = "Always"


class Evaluation(Enum):
    """Whether the new value is known before the execution."""

    STATIC = "Static"
    DYNAMIC = "Dynamic"


class Source(Enum):
    """What causes the change of a property."""

    RESOURCE_REFERENCE = "ResourceReference"
    PARAMETER_REFERENCE = "ParameterReference"
    RESOURCE_ATTRIBUTE = "ResourceAttribute"
    DIRECT_MODIFICATION = "DirectModification"
    AUTOMATIC = "Automatic"
    NO_MODIFICATION = "NoModification"


_ELEMENT = re.compile(r"/Statement(/\d+)?/((Not)?(Action|Resource)|Principal/\w+)$")


def _listed(value: str) -> list[str]:
    """The texts of a value: those of a list as it is shown, or the one."""
    try:
        items: object = json.loads(value) if value.startswith("[") else [value]
    except ValueError:
        return [value]
    listed = cast("list[object]", items) if isinstance(items, list) else [value]
    return sorted(item if isinstance(item, str) else json.dumps(item) for item in listed)


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that changes about a resource. CloudFormation may cut long values short."""

    attribute: Attribute
    name: str | None
    """The property."""
    path: str | None
    """Where in the declaration, such as `/Properties/Policies/0/PolicyName`."""
    recreation: Recreation
    evaluation: Evaluation
    source: Source | None
    cause: str | None
    """The entity that causes it: a logical id, an attribute or a parameter."""
    before: str | None
    after: str | None

    @property
    def of_properties(self) -> frozenset[str]:
        """The properties that change, by both ways to tell it: the name and the path; none if none is told."""
        section, _, rest = (self.path or "").removeprefix("/").partition("/")
        by_path = rest.partition("/")[0] if section == Attribute.PROPERTIES.value else ""
        return frozenset(name for name in (self.name, by_path) if name)

    @property
    def is_rewording(self) -> bool:
        """Whether a policy's element is written otherwise and says the same: one text for a list of it.

        "IAM JSON policy elements reference": `Action`, `Resource` and a principal take a text or a list of texts.
        """
        if not _ELEMENT.search(self.path or "") or self.before is None or self.after is None:
            return False
        return self.before != self.after and _listed(self.before) == _listed(self.after)

    @property
    def what(self) -> str:
        """The part that changes, as exactly as it is told."""
        if self.path is not None and self.path.startswith("/Properties/"):
            return self.path.removeprefix("/Properties/").replace("/", ".")
        return self.name or self.attribute.value


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one resource."""

    logical_id: str
    physical_id: str | None
    type: str
    action: Action
    replacement: Replacement
    """The worst that the change, its details and its policy action say."""
    policy_action: PolicyAction | None
    scope: tuple[Attribute, ...]
    details: tuple[Detail, ...]
    nested: str | None
    """The change set of the nested stack that this resource is."""

    @property
    def properties(self) -> tuple[str, ...]:
        """What changes, each once."""
        said = dict.fromkeys(detail.what for detail in self.details)
        return tuple(said or dict.fromkeys(attribute.value for attribute in self.scope))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A change set with all its changes."""

    id: str
    name: str
    stack: str
    stack_id: str
    status: Status
    execution: ExecutionStatus
    reason: str
    """Why it failed; empty if it did not."""
    parameters: Mapping[str, str]
    changes: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether it failed because there is nothing to change."""
        return self.status is Status.FAILED and any(self.reason.startswith(words) for words in _NO_CHANGES)


_NO_CHANGES = ("The submitted information didn't contain changes.", "No updates are to be performed.")
"""How the reason begins; the CDK CLI and `aws cloudformation deploy` know the same two sentences."""


def change_set_of(response: Part) -> ChangeSet:
    """The change set in a response of `DescribeChangeSet` that holds all its pages.

    Raises:
        OpsError: a key is missing or malformed, or holds a value that is not known; or there are more pages.
    """
    if response.optional_text("NextToken"):
        raise OpsError(f"{response.where('NextToken')}: there are more pages; give them in one, as the AWS CLI does")
    status = response.member("Status", Status)
    if status is not Status.FAILED and response.members.get("Changes") is None:
        raise OpsError(f"{response.where('Changes')}: missing; it must be a list")
    return ChangeSet(
        id=response.text("ChangeSetId"),
        name=response.text("ChangeSetName"),
        stack=response.text("StackName"),
        stack_id=response.text("StackId"),
        status=status,
        execution=response.member("ExecutionStatus", ExecutionStatus),
        reason=" ".join((response.optional_text("StatusReason") or "").split()),
        parameters={one.text("ParameterKey"): _value(one) for one in response.parts("Parameters")},
        changes=tuple(_change(part) for part in response.parts("Changes")),
    )


def _value(parameter: Part) -> str:
    """What Parameter Store gave, for a parameter that is stored there."""
    return parameter.optional_text("ResolvedValue") or parameter.optional_text("ParameterValue") or ""


def _change(part: Part) -> Change:
    part.member("Type", Kind)
    change = part.part("ResourceChange")
    action = change.member("Action", Action)
    details = tuple(_detail(detail) for detail in change.parts("Details"))
    policy_action = change.optional_member("PolicyAction", PolicyAction)
    said = change.optional_member("Replacement", Replacement)
    return Change(
        logical_id=change.text("LogicalResourceId"),
        physical_id=change.optional_text("PhysicalResourceId") or None,
        type=change.text("ResourceType"),
        action=action,
        replacement=_replacement(action, said, policy_action, details),
        policy_action=policy_action,
        scope=change.members_of("Scope", Attribute),
        details=details,
        nested=change.optional_text("ChangeSetId"),
    )


def _detail(part: Part) -> Detail:
    target = part.part("Target")
    attribute = target.member("Attribute", Attribute)
    recreation = target.optional_member("RequiresRecreation", Recreation)
    if recreation is None and attribute is Attribute.PROPERTIES:
        raise OpsError(f"{target.where('RequiresRecreation')}: missing; a change of properties has it")
    return Detail(
        attribute=attribute,
        name=target.optional_text("Name") or None,
        path=target.optional_text("Path") or None,
        recreation=recreation or Recreation.NEVER,
        # not told is not known: the worse of the two
        evaluation=part.optional_member("Evaluation", Evaluation) or Evaluation.DYNAMIC,
        source=part.optional_member("ChangeSource", Source),
        cause=part.optional_text("CausingEntity") or None,
        before=target.optional_text("BeforeValue"),
        after=target.optional_text("AfterValue"),
    )


def _replacement(
    action: Action, said: Replacement | None, policy: PolicyAction | None, details: tuple[Detail, ...]
) -> Replacement:
    """The worst of what is told: `Always` with a value that is not known yet is conditional, as is `Dynamic`."""
    if policy in REPLACING:
        return Replacement.TRUE
    told = {said, *(_of_detail(detail) for detail in details)}
    if action is Action.MODIFY and said is None and not details:
        return Replacement.CONDITIONAL  # nothing says that it stays
    for worse in (Replacement.TRUE, Replacement.CONDITIONAL):
        if worse in told:
            return worse
    return Replacement.CONDITIONAL if action is Action.DYNAMIC else Replacement.FALSE


def _of_detail(detail: Detail) -> Replacement:
    match detail.recreation, detail.evaluation:
        case Recreation.NEVER, _:
            return Replacement.FALSE
        case Recreation.ALWAYS, Evaluation.STATIC:
            return Replacement.TRUE
        case _:
            return Replacement.CONDITIONAL
