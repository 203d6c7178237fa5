"""The proof of a fleet: each role with the stacks that it deploys, in processes beside each other.

What a process works on is read in that process: it is given names of files, and gives back rows of plain values.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from leastgrant.account_details import roles_of_account
from leastgrant.errors import InputError
from leastgrant.fleet.stacks import FleetError
from leastgrant.proof.escalation import escalations
from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import prove, ways_of
from leastgrant.proof.request import Tags
from leastgrant.proof.service_role import is_service_role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from leastgrant.fleet.stacks import FleetStack
    from leastgrant.proof.excess import Granted
    from leastgrant.proof.finding import Finding
    from leastgrant.role import Role
    from leastgrant.template import ResolvedTemplate, Value


@dataclass(frozen=True, slots=True)
class FleetFinding:
    """A finding of a role."""

    id: str
    kind: str
    where: str
    """The statement, or the resource and its stack; empty, if it is about the role."""
    action: str
    resource: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """What is known of a role."""

    arn: str
    stacks: tuple[str, ...]
    """The stacks that were proved with it."""
    resources: int
    counts: Mapping[str, int]
    """How many findings of each kind; without stacks, of the ways to more permissions alone."""
    findings: tuple[FleetFinding, ...]
    not_read: tuple[str, ...] = ()
    """What is wrong with stacks of it that could not be read, each in one line."""

    @property
    def proved(self) -> bool:
        """Whether it has stacks, and nothing was found or left unread."""
        return bool(self.stacks) and not self.findings and not self.not_read


@dataclass(slots=True)
class Fleet:
    """The rows of all roles, and what is in none of them."""

    rows: list[RoleRow] = field(default_factory=list["RoleRow"])
    without_role: dict[str, str] = field(default_factory=dict[str, str])
    """The stacks whose role is not known, each with the reason."""
    broken: list[str] = field(default_factory=list[str])
    """What is wrong with files that could not be read, each in one line."""
    of_aws: int = 0
    """How many roles are AWS's own, service-linked ones, and were not asked about."""

    @property
    def proved(self) -> bool:
        """Whether every stack is proved with its role."""
        return not (self.broken or self.without_role) and all(row.proved for row in self.rows if row.stacks)


def of_aws(arn: str) -> bool:
    """Tell whether a role is a service-linked one, which AWS keeps.

    Source: "Create a service-linked role", AWS IAM User Guide.
    """
    return ":role/aws-service-role/" in arn


def matched(
    stacks: Iterable[FleetStack], roles: Mapping[str, Role]
) -> tuple[dict[str, list[FleetStack]], dict[str, str]]:
    """Say which role deploys which stack: what is told of the stack, else the one role that trusts CloudFormation.

    Returns:
        The stacks by role, and why no role is known, by stack.
    """
    by_account: defaultdict[str, list[str]] = defaultdict(list)
    for arn, role in roles.items():
        if role.trust is not None and is_service_role(role.trust) and not of_aws(arn):
            by_account[arn.split(":")[4]].append(arn)
    found: defaultdict[str, list[FleetStack]] = defaultdict(list)
    without: dict[str, str] = {}
    for stack in stacks:
        trusting = by_account.get(stack.account or "", [])
        if stack.role is not None and stack.role in roles:
            found[stack.role].append(stack)
        elif stack.role is not None:
            without[stack.id] = f"{stack.role} is in none of the account details"
        elif stack.account is None:
            without[stack.id] = "its account is not known; put it into a folder named after it, or give --account"
        elif len(trusting) == 1:
            found[trusting[0]].append(stack)
        elif not trusting:
            without[stack.id] = "nothing tells its role, and no role of its account trusts CloudFormation"
        else:
            without[stack.id] = f"nothing tells its role, and {len(trusting)} roles of its account trust CloudFormation"
    return dict(found), without


def prove_fleet(
    details: Sequence[Path],
    by_role: Mapping[str, Sequence[FleetStack]],
    roles: Iterable[str],
    *,
    processes: int = 1,
    progress: Callable[[int], None] = lambda _: None,
) -> list[RoleRow]:
    """Prove each role with its stacks; of a role without any, ask for its ways to more permissions.

    Args:
        details: The files with the roles.
        by_role: The stacks, by the role's ARN.
        roles: The ARNs of all roles that are asked about.
        processes: How many work beside each other; 1: this one alone.
        progress: Is told how many stacks and roles more are done.

    Raises:
        FleetError: a process ended before it was done.
        InputError: the details cannot be used.
    """
    tasks = [(arn, part) for arn in roles for part in _parts(tuple(by_role.get(arn, ())))]
    tasks.sort(key=lambda task: -len(task[1]))  # the longest first, so that none is left to one process at the end
    done: defaultdict[str, list[_Part]] = defaultdict(list)
    if processes == 1:
        known = _roles(details)
        for arn, stacks in tasks:
            done[arn].append(_part(known[arn], arn, stacks))
            progress(max(1, len(stacks)))
        return [_row(arn, parts) for arn, parts in done.items()]
    context = multiprocessing.get_context("spawn")  # the same everywhere, and no state comes along
    with ProcessPoolExecutor(processes, context, initializer=_start, initargs=(tuple(details),)) as pool:
        running = {pool.submit(_work, *task): task for task in tasks}
        try:
            for future in as_completed(running):
                arn, stacks = running[future]
                done[arn].append(future.result())
                progress(max(1, len(stacks)))
        except BrokenProcessPool:
            raise FleetError("a process ended before it was done, perhaps for lack of memory; give --jobs 1") from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    return [_row(arn, parts) for arn, parts in done.items()]


def _parts(stacks: tuple[FleetStack, ...]) -> Iterator[tuple[FleetStack, ...]]:
    """Part the stacks of a role, so that several processes share them; none are one part."""
    for start in range(0, len(stacks) or 1, _TOGETHER):
        yield stacks[start : start + _TOGETHER]


_TOGETHER: Final = 100
"""The most stacks that are proved together: what a role grants for more is compared with too many patterns."""


_known: dict[str, Role] = {}
"""The roles, in a process of the pool."""


def _start(details: Sequence[Path]) -> None:
    _known.update(_roles(details))


def _work(arn: str, stacks: Sequence[FleetStack]) -> _Part:
    return _part(_known[arn], arn, stacks)


def _roles(details: Sequence[Path]) -> dict[str, Role]:
    return {arn: role for path in details for arn, role in roles_of_account(path).items()}


_Grant: TypeAlias = "tuple[str, str, str]"
"""A statement, an action and a resource pattern."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A role with some of its stacks."""

    stacks: tuple[str, ...]
    resources: int
    findings: tuple[FleetFinding, ...]
    not_read: tuple[str, ...]
    explained: frozenset[_Grant] = frozenset()
    unexplained: frozenset[_Grant] = frozenset()


def _part(role: Role, arn: str, stacks: Sequence[FleetStack]) -> _Part:
    deployed: dict[str, ResolvedTemplate | None] = {}
    tags: dict[str, Tags] = {}
    exports: defaultdict[tuple[str | None, str | None], dict[str, Value]] = defaultdict(dict)
    not_read: list[str] = []
    for stack in stacks:
        known = exports[stack.account, stack.region]
        try:
            template = deployed[stack.id] = stack.resolved(known)
        except InputError as error:
            not_read.append(f"{stack.id}: {error}")
        else:
            known.update({} if template is None else template.exports)
            tags[stack.name] = _tags(tags.get(stack.name), stack)
    templates = [template for template in deployed.values() if template is not None]
    found: Iterable[Finding] = ()
    grants: Sequence[Granted] = ()
    try:
        if templates:
            proof = prove(role, templates, stack_tags=tags)
            found, grants = proof.findings, proof.grants
        elif not not_read:
            found = escalations(ways_of(role, ()))
    except InputError as error:
        not_read.append(f"{arn}: {error}")
    return _Part(
        tuple(deployed),
        sum(1 for root in templates for resolved in root.stacks for _ in resolved),
        tuple(map(_finding, found)),
        tuple(not_read),
        frozenset(_grant(one) for one in grants if one.needs),
        frozenset(_grant(one) for one in grants if not one.needs),
    )


def _finding(one: Finding) -> FleetFinding:
    subject = f"{one.subject.name} in {one.subject.stack}" if one.subject else ""
    where = str(one.statement) if one.statement else subject
    return FleetFinding(one.id, one.kind.value, where, one.action, one.resource, one.message, one.fix)


def _grant(one: Granted) -> _Grant:
    return str(one.statement), one.action, str(one.resource)


def _row(arn: str, parts: Sequence[_Part]) -> RoleRow:
    findings = parts[0].findings if len(parts) == 1 else tuple(_of_all(parts))
    return RoleRow(
        arn,
        tuple(stack for part in parts for stack in part.stacks),
        sum(part.resources for part in parts),
        Counter(one.kind for one in findings),
        findings,
        tuple(dict.fromkeys(problem for part in parts for problem in part.not_read)),
    )


def _of_all(parts: Sequence[_Part]) -> Iterator[FleetFinding]:
    """Yield what is found of all the parts of a role: a grant that one of them needs is no excess, nor too broad."""
    explained = frozenset[_Grant]().union(*(part.explained for part in parts))
    in_use = {(where, action) for where, action, _ in explained}
    found: dict[tuple[str, str, str], FleetFinding] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for part in parts:
        of_part = {(one.where, one.id, one.kind): one for one in part.findings}
        times.update(of_part.keys())
        found = of_part | found
    for key, one in found.items():
        grant = one.where, one.action, one.resource
        if one.kind == Kind.EXCESS.value and one.action:
            needed = grant in explained if one.resource else (one.where, one.action) in in_use
        else:
            needing = sum(grant in part.explained for part in parts)
            needed = one.kind == Kind.BROAD.value and times[key] < needing
        if not needed:
            yield one


def _tags(known: Tags | None, stack: FleetStack) -> Tags:
    """Return a stack's tags; those of two of one name, in two regions, that differ are not told apart."""
    tags = Tags.literal(stack.tags)
    return tags if known is None or known == tags else Tags(complete=False)
