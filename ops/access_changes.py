"""Who gains and loses what between two states of the project, and what it is for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from leastgrant.iam.document import TrustPolicy, parse_policy, parse_trust_policy
from leastgrant.needs import Operation, needs_of
from leastgrant.pattern import ANY, Pattern
from leastgrant.proof.access import new_access
from leastgrant.role import Role
from leastgrant.template import ABSENT, ResolvedResource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from leastgrant.iam.evaluate import AssumeRequest
    from leastgrant.iam.inclusion import Witness
    from leastgrant.iam.string import Context
    from leastgrant.needs import Need
    from leastgrant.template import ResolvedTemplate, Value
    from ops.baseline import Side

    _Cause = Callable[[str, Sequence[Pattern]], str]
    """What an action on resources is for."""


class Sign(Enum):
    """Whether access is gained or lost."""

    GAINED = "+"
    LOST = "-"


@dataclass(frozen=True, slots=True)
class Change:
    """Access that is gained or lost."""

    who: str
    sign: Sign
    what: str
    """IAM actions, or what else."""
    on: str
    cause: str
    """What it is for: resources, tools, lines of workflows."""


_ROLE: Final = "AWS::IAM::Role"
_POLICIES: Final = frozenset({"AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"})
_OPEN: Final = frozenset(
    {
        "AWS::IAM::Group",
        "AWS::IAM::InstanceProfile",
        "AWS::IAM::User",
        "AWS::KMS::Key",
        "AWS::Lambda::LayerVersionPermission",
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
    }
)
"""Types that give others access, or are others that may have it: compared as a whole, not request by request."""
_ASSUME: Final = "sts:AssumeRoleWithWebIdentity"
_SHOWN: Final = 3


def access_changes(before: Side, after: Side) -> tuple[Change, ...]:
    """Every change: of both stacks' roles, of what is open to others, and of the jobs that can assume the deploy role.

    Raises:
        OpsError, PatternTooComplex, PolicyError, RoleError, WorkflowError: a side cannot be compared.
    """
    return (
        *_of_roles(
            before,
            after,
            lambda side: side.role,
            gained=partial(_needed_by, after),
            lost=partial(_no_longer_needed_by, before, after),
        ),
        *_of_jobs(before, after),
        *_of_roles(
            before, after, lambda side: side.app, gained=partial(_reached, after), lost=partial(_reached, before)
        ),
        *_of_open(before.app, after.app),
    )


def _of_roles(
    before: Side, after: Side, template: Callable[[Side], ResolvedTemplate], *, gained: _Cause, lost: _Cause
) -> Iterator[Change]:
    roles = {side.name: _roles(template(side)) for side in (before, after)}
    for name in sorted({*roles[before.name], *roles[after.name]}):
        none = _KnownRole(Role(name, (), TrustPolicy(())), frozenset())
        old, new = (roles[side.name].get(name, none) for side in (before, after))
        access = new_access(old.role, new.role)
        yield from _grouped(name, Sign.GAINED, access.gained, gained)
        yield from _grouped(name, Sign.LOST, access.lost, lost)
        for sign, arns, side in (
            (Sign.GAINED, new.attached - old.attached, after),
            (Sign.LOST, old.attached - new.attached, before),
        ):
            for arn in sorted(arns):
                yield Change(name, sign, "all that a policy allows", arn, f"attached by {name} of {side.name}")
        yield from _of_trust(name, Sign.GAINED, access.admitted or (), after)
        yield from _of_trust(name, Sign.LOST, access.refused or (), before)


def _grouped(name: str, sign: Sign, witnesses: Iterable[Witness], cause: _Cause) -> Iterator[Change]:
    """One change for all actions on the same, for the same."""
    groups: dict[tuple[str, str], list[str]] = {}
    for witness in witnesses:
        action = witness.request.action
        reached = list(_reached_by(witness))
        on = ", ".join(map(str, reached)) + _context(witness.request.context)
        groups.setdefault((on, cause(action, reached)), []).append(action)
    for (on, why), actions in groups.items():
        yield Change(name, sign, ", ".join(dict.fromkeys(actions)), on, why)


def _reached_by(witness: Witness) -> Iterator[Pattern]:
    """The resources that the statements which allow a request name, as far as the request is among them."""
    request = witness.request
    for statement in witness.decision.statements:
        if statement.resources.negated:
            yield Pattern.literal(request.resource)
            continue
        yield from (p for p in statement.resources.patterns(request.context) if p.matches(request.resource))


def _context(context: Context) -> str:
    return "".join(f", {key} {' or '.join(values) or 'absent'}" for key, values in context.items())


def _needed_by(side: Side, action: str, reached: Sequence[Pattern]) -> str:
    """What needs an action of the deploy role: resources of the app, declared uses."""
    found = list(_names(_explaining(side, action, reached)))
    if found:
        return ", ".join(found)
    if side.uses is None:
        return f"no resource of the app; {side.name} has no snapshot of the declared uses"
    return "nothing that is known: neither a resource of the app nor a declared use"


def _no_longer_needed_by(before: Side, after: Side, action: str, reached: Sequence[Pattern]) -> str:
    """What needed it; if something still does, that."""
    still = list(_names(_explaining(after, action, reached)))
    return f"STILL NEEDED: {', '.join(still)}" if still else _needed_by(before, action, reached)


def _explaining(side: Side, action: str, reached: Sequence[Pattern]) -> Iterator[Need]:
    called, _ = needs_of(side.app)
    for need in (*called, *(need for use in side.uses or () for need in use.needs())):
        if need.action == action and any(pattern.intersects(need.resource) for pattern in reached):
            yield need


def _names(needs: Iterable[Need]) -> Iterator[str]:
    subjects = dict.fromkeys(
        f"the use `{need.subject.name}`"
        if need.operation is Operation.USE
        else f"{need.subject.name} ({need.subject.type})"
        for need in needs
    )
    yield from list(subjects)[:_SHOWN]
    if len(subjects) > _SHOWN:
        yield f"and {len(subjects) - _SHOWN} more"


def _reached(side: Side, action: str, reached: Sequence[Pattern]) -> str:
    """Which resources of the app a function's role reaches."""
    del action
    found = [
        one.declared.logical_id
        for one in side.app
        if any(arn.intersects(pattern) for arn in one.arns if arn != ANY for pattern in reached)
    ]
    return f"reaches {', '.join(_first(found))}" if found else "reaches nothing of the app"


def _first(names: Sequence[str]) -> Iterator[str]:
    yield from names[:_SHOWN]
    if len(names) > _SHOWN:
        yield f"and {len(names) - _SHOWN} more"


def _of_trust(name: str, sign: Sign, requests: Iterable[AssumeRequest], side: Side) -> Iterator[Change]:
    for request in requests:
        who = f"{request.principal.kind.value} {request.principal.name}{_context(request.context)}"
        yield Change(who, sign, request.action, name, f"the trust policy of {name} in {side.name}")


def _of_jobs(before: Side, after: Side) -> Iterator[Change]:
    """The jobs that can assume the deploy role, each with the subject that the role trusts."""
    old, new = _jobs(before), _jobs(after)
    for sign, jobs, others in ((Sign.GAINED, new, old), (Sign.LOST, old, new)):
        for (job, subject), where in jobs.items():
            if (job, subject) not in others:
                yield Change(
                    f"job {job}, as {subject}", sign, "sts:AssumeRoleWithWebIdentity", "the deploy role", where
                )


def _jobs(side: Side) -> dict[tuple[str, str], str]:
    contract = side.contract
    return {
        (run.name, subject): f"{run.workflow.file}:{run.permissions.line if run.permissions else run.job.line}"
        for run in contract.with_token
        for subject in contract.trusted_of(run)
    }


@dataclass(frozen=True, slots=True)
class _KnownRole:
    """A role, with unknown parts of its policies as wildcards; policies of AWS's are known by name alone."""

    role: Role
    attached: frozenset[str]


def _roles(resolved: ResolvedTemplate) -> dict[str, _KnownRole]:
    return {one.declared.logical_id: _role(resolved, one) for one in resolved if one.declared.type == _ROLE}


def _role(resolved: ResolvedTemplate, resource: ResolvedResource) -> _KnownRole:
    name, properties = resource.declared.logical_id, cast("dict[str, Any]", _known(resource.properties))
    documents = {str(policy["PolicyName"]): policy["PolicyDocument"] for policy in properties.get("Policies", [])}
    for one in resolved:
        if one.declared.type in _POLICIES:
            policy = cast("dict[str, Any]", _known(one.properties))
            roles = [*policy.get("Roles", []), policy.get("RoleName")]
            if any(_text(ref) in roles for ref in resource.refs) and "PolicyDocument" in policy:
                documents[one.declared.logical_id] = policy["PolicyDocument"]
    return _KnownRole(
        Role(
            name,
            tuple(parse_policy(document, where) for where, document in documents.items()),
            parse_trust_policy(properties["AssumeRolePolicyDocument"], f"{name}.AssumeRolePolicyDocument"),
        ),
        frozenset(map(str, properties.get("ManagedPolicyArns", []))),
    )


def _known(value: Value) -> object:
    """A value as JSON, what is not known of it as `*`."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items() if item is not ABSENT}
    if isinstance(value, tuple):
        return [_known(item) for item in value if item is not ABSENT]
    if isinstance(value, bool | int | float):
        return value
    return _text(value) if isinstance(value, Pattern) else "*"


def _text(pattern: Pattern) -> str:
    """As a policy would have it: what is written in the template stays, wildcards too."""
    return "".join(token if isinstance(token, str) else token.value for token in pattern.tokens)


def _of_open(before: ResolvedTemplate, after: ResolvedTemplate) -> Iterator[Change]:
    old, new = _open(before), _open(after)
    for name in sorted({*old, *new}):
        for sign, sides, others in ((Sign.LOST, old, new), (Sign.GAINED, new, old)):
            if name in sides and sides[name] != others.get(name):
                kind, properties = sides[name]
                yield Change(
                    "others", sign, kind, name, f"as the app declares: {json.dumps(properties, sort_keys=True)}"
                )


def _open(resolved: ResolvedTemplate) -> dict[str, tuple[str, object]]:
    return {
        one.declared.logical_id: (one.declared.type, _known(one.properties))
        for one in resolved
        if one.declared.type in _OPEN
    }
