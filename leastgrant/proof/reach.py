"""What a role can do to data, and to itself: by its own statements, and with code that runs as a deployed role.

A deployed role is reached by whoever can pass it, or change the code of a function that runs with it. What it may do
then is what its policies allow within its boundary; if its policies can be written or are not known, all that its
boundary allows; without a boundary that is known, everything or not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from leastgrant.iam.arn import components
from leastgrant.iam.document import Policy, Statement, parse_policy
from leastgrant.iam.evaluation import Permissions
from leastgrant.iam.inclusion import Witness, newly_allowed
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.knowledge.data_stores import DATA_STORES, DataVerb, store_type
from leastgrant.proof.deployed import deployed_of
from leastgrant.proof.prove import ways_of
from leastgrant.role import managed_policies

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.string import Context
    from leastgrant.proof.deployed import DeployedRole
    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.role import Role
    from leastgrant.template import ResolvedResource, ResolvedTemplate


class Answer(Enum):
    """Whether data can be reached."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"
    """It is not known, or not decided."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """An action that is allowed on a resource's data."""

    action: str
    statements: tuple[Statement, ...]
    context: Context
    """The context of a request that is allowed, as far as conditions ask for it."""
    through: str | None
    """The logical id of the deployed role that the code runs as; None: the role itself."""


@dataclass(frozen=True, slots=True)
class UndecidedAction:
    """An action of which it is not decided whether it is allowed."""

    action: str
    reason: str
    through: str | None


@dataclass(frozen=True, slots=True)
class DataAccess:
    """What can be done to the data of one resource, of one kind."""

    access: DataVerb
    allowed: tuple[Allowed, ...]
    doubts: tuple[UndecidedAction, ...]

    @property
    def answer(self) -> Answer:
        """Whether it can be done."""
        return Answer.YES if self.allowed else Answer.UNDECIDED if self.doubts else Answer.NO


@dataclass(frozen=True, slots=True)
class DataResource:
    """A resource that holds data, and what can be done to that."""

    name: str
    """Its logical id; of what belongs to the stacks besides, the end of its ARN."""
    type: str
    stack: str
    """Empty for what belongs to the stacks besides."""
    accesses: tuple[DataAccess, ...]
    """One for each `DataVerb`, in its order."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a role can do."""

    role: str
    data: tuple[DataResource, ...]
    ways: tuple[EscalationPath, ...]
    """Every known way to more permissions."""
    not_asked: tuple[str, ...]
    """The types of the templates' other resources: it is not known that they hold data."""
    unread: tuple[str, ...]
    """The ARNs of the role's policies that are not known: what they allow or deny is not considered."""


def reach(
    role: Role,
    deployed: Iterable[ResolvedTemplate],
    namespaces: Sequence[Pattern] = (),
    belongs: Sequence[Pattern] = (),
) -> Reach:
    """Say what a role can do to the data of templates, and to itself.

    Args:
        role: The role.
        deployed: The templates that are deployed with it; what is nested in them is asked about too.
        namespaces: What their stacks may own.
        belongs: What belongs to them besides; that is asked about too, as far as its service is known to hold data.

    Raises:
        PatternTooComplex: the role's patterns are too complex to compare.
    """
    stacks = [stack for root in deployed for stack in root.stacks]
    sources = (_Source(role.permissions, None), *_through(role, stacks))
    resources = [(stack, resource) for stack in stacks for resource in stack]
    return Reach(
        role.name,
        (
            *(_data(stack, resource, sources) for stack, resource in resources if _holds_data(resource)),
            *(found for arn in belongs if (found := _belonging(arn, sources)) is not None),
        ),
        ways_of(role, stacks, (*namespaces, *belongs)),
        tuple(sorted({r.declared.type for _, r in resources if not _holds_data(r)})),
        role.unread,
    )


@dataclass(frozen=True, slots=True)
class _Source:
    """Permissions that the role has, or gets through a deployed role."""

    permissions: Permissions | None
    """None: not known."""
    through: str | None


_WRITING = ("iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
_UNBINDING = ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
_CHANGING = ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration")


def _through(role: Role, stacks: Sequence[ResolvedTemplate]) -> Iterator[_Source]:
    """Yield what is got through each deployed role that code can be run as."""
    documents = {**managed_policies(stacks), **role.managed}
    deployed = deployed_of(stacks, documents)
    functions = [function for function in deployed.functions if _may(role, _CHANGING, function.arns)]
    changed = [function.runs_with for function in functions]
    yield from (_Source(None, f"the role that {f.name} runs with") for f in functions if f.runs_with is None)
    for one in deployed.roles:
        if one in changed or _may(role, ["iam:PassRole"], one.arns):
            yield _Source(_permissions_of(one, role, documents), one.name)


def _permissions_of(one: DeployedRole, role: Role, documents: Mapping[str, Policy]) -> Permissions | None:
    """Return at most what a deployed role may do, in the hands of the role; None: not known."""
    boundary = documents.get(one.boundary) if one.boundary and not _may(role, _UNBINDING, one.arns) else None
    written = _may(role, _WRITING[:2], one.arns) or (not one.is_own and _may(role, _WRITING[2:], [ANY]))
    if not written and one.declared is not None:
        return Permissions(one.declared.policies, boundary)
    if boundary is not None:
        return Permissions([boundary])
    return Permissions([_everything("Resource", [ANY])]) if written else None


def _may(role: Role, actions: Iterable[str], on: Sequence[Pattern]) -> bool:
    """Tell whether the role may be allowed one of the actions, on one of the ARNs; what is not decided, it may."""
    return next(newly_allowed(_elsewhere(on or [ANY]), role.permissions, actions), None) is not None


def _everything(element: str, arns: Sequence[Pattern]) -> Policy:
    statement = {"Effect": "Allow", "Action": "*", element: [*map(str, arns)]}
    return parse_policy({"Version": "2012-10-17", "Statement": statement}, "whatever it is given")


def _holds_data(resource: ResolvedResource) -> bool:
    return resource.declared.type in DATA_STORES


def _data(stack: ResolvedTemplate, resource: ResolvedResource, sources: Sequence[_Source]) -> DataResource:
    store = DATA_STORES[resource.declared.type]
    on = [arn + Pattern.parse(part) for arn in resource.arns or (ANY,) for part in store.parts]
    account = stack.environment.account
    known: Context = {"aws:resourceaccount": (account,)} if account else {}
    return DataResource(
        resource.declared.logical_id,
        resource.declared.type,
        str(stack.environment.stack_name or stack.template.source.name),
        tuple(_access(access, store.actions[access], on, known, sources) for access in DataVerb),
    )


def _belonging(arn: Pattern, sources: Sequence[_Source]) -> DataResource | None:
    parts = components(str(arn))
    kind = store_type(parts[2]) if parts else None
    if parts is None or kind is None:
        return None
    store = DATA_STORES[kind]
    on = [arn + Pattern.parse(part) for part in store.parts]
    accesses = (_access(access, store.actions[access], on, {}, sources) for access in DataVerb)
    return DataResource(parts[-1], kind, "", tuple(accesses))


def _access(
    access: DataVerb, actions: Sequence[str], on: Sequence[Pattern], known: Context, sources: Sequence[_Source]
) -> DataAccess:
    allowed: list[Allowed] = []
    doubts: list[UndecidedAction] = []
    for source in sources:
        if source.permissions is None:
            reason = f"what {source.through} may do is not known"
            doubts += [UndecidedAction(action, reason, source.through) for action in actions]
            continue
        for action in actions:
            for answer in newly_allowed(_elsewhere(on), source.permissions, [action], known):
                if not isinstance(answer, Witness):
                    doubts.append(UndecidedAction(action, answer.reason, source.through))
                    continue
                asked = {key: values for key, values in answer.request.context.items() if key not in known}
                allowed.append(Allowed(action, answer.decision.statements, asked, source.through))
    return DataAccess(access, tuple(allowed), tuple(doubts))


def _elsewhere(on: Sequence[Pattern]) -> Permissions:
    """Allow everything on all other ARNs."""
    return Permissions([] if ANY in on else [_everything("NotResource", on)])
