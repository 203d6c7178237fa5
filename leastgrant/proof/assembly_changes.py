"""Who gains and loses what between two synthesised states of a CDK app, and what its deployment newly calls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.documents.document import read_file
from leastgrant.proof.access_changes import AccessChange, Sign, State, access_changes, path_of
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.chain import executions_of
from leastgrant.template.moves import moved

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.assembly import Assembly, Stack
    from leastgrant.proof.needs import Need
    from leastgrant.template import ResolvedTemplate


@dataclass(frozen=True, slots=True)
class Moved:
    """A resource that has another logical id: its construct was put elsewhere, or is called otherwise."""

    stack: str
    """The construct path."""
    type: str
    before: str
    """Its construct path, or else its logical id."""
    after: str


@dataclass(frozen=True, slots=True)
class AssemblyChanges:
    """What differs between two assemblies."""

    access: tuple[AccessChange, ...]
    needs: tuple[AccessChange, ...]
    """What execution roles must newly be able to do, and what no longer; who may do what is not changed by it."""
    moved: tuple[Moved, ...] = ()
    """The resources that are compared with what they were by another logical id."""

    @property
    def widens(self) -> bool:
        """Whether somebody gains access, or may gain it."""
        return any(change.sign is not Sign.LOST for change in self.access)


def assembly_changes(before: Assembly, after: Assembly, names: tuple[str, str]) -> AssemblyChanges:
    """Compare two assemblies, a stack with the one that has its construct path, and a resource with what it was.

    What the execution roles call is compared as it is called: another logical id can make another name.

    Args:
        before: The older assembly.
        after: The newer one.
        names: How changes call them.

    Raises:
        InputError: a template or a policy cannot be used.
    """
    olds, news = before.resolved(), after.resolved()
    renamed = dict(_renamed(before.stacks, after.stacks))
    compared = before.resolved(renamed) if renamed else olds
    old, new = (_state(name, stacks) for name, stacks in zip(names, (compared, news), strict=True))
    access = (*_of_stacks(before.stacks, after.stacks), *access_changes(old, new))
    return AssemblyChanges(access, tuple(_of_needs(olds, news)), tuple(_moved(olds, news, renamed)))


def _renamed(before: Iterable[Stack], after: Iterable[Stack]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield the logical ids that the resources of a stack have now, by its construct path and by those they had."""
    olds = {stack.display_name: stack for stack in before}
    for new in after:
        old = olds.get(new.display_name)
        if old is not None and old.template.read_bytes() != new.template.read_bytes():
            ids = moved(read_file(old.template).tree, read_file(new.template).tree)
            if ids:
                yield new.display_name, ids


def _moved(
    olds: Iterable[tuple[Stack, ResolvedTemplate]],
    news: Iterable[tuple[Stack, ResolvedTemplate]],
    renamed: Mapping[str, Mapping[str, str]],
) -> Iterator[Moved]:
    before, after = ({stack.display_name: template.template.resources for stack, template in s} for s in (olds, news))
    for stack, ids in renamed.items():
        for one, other in sorted(ids.items()):
            old, new = before[stack][one], after[stack][other]
            names = (path_of(each.construct_path) or each.logical_id for each in (old, new))
            yield Moved(stack, new.type, *names)


def _state(name: str, stacks: Iterable[tuple[Stack, ResolvedTemplate]]) -> State:
    return State(name, {stack.display_name: template for stack, template in stacks})


def _of_stacks(before: Iterable[Stack], after: Iterable[Stack]) -> Iterator[AccessChange]:
    """Yield the stacks that are deployed with other roles, or elsewhere."""
    olds = {stack.display_name: stack for stack in before}
    for new in after:
        old = olds.get(new.display_name)
        if old is None:
            continue
        for what, was, now in (
            ("is deployed in another environment", str(old.place), str(new.place)),
            ("is deployed through another role", old.deploy_role, new.deploy_role),
            ("is deployed with another execution role", old.execution_role, new.execution_role),
        ):
            if was != now:
                cause = f"was {was or 'none: with the permissions of who deploys'}"
                yield AccessChange(new.display_name, Sign.CHANGED, what, now or "none", cause)


def _of_needs(
    before: Iterable[tuple[Stack, ResolvedTemplate]], after: Iterable[tuple[Stack, ResolvedTemplate]]
) -> Iterator[AccessChange]:
    """Yield what the execution roles newly call, and what they no longer do, by the resource that it is for."""
    olds, news = (dict(_calls(stacks)) for stacks in (before, after))
    for sign, calls, others in ((Sign.GAINED, news, olds), (Sign.LOST, olds, news)):
        groups: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        for (role, action, on), needs in calls.items():
            if (role, action, on) not in others:
                first = needs[0].subject
                path = path_of(first.construct_path)
                groups[role, on, f"{path or f'{first.stack}/{first.name}'} ({first.type})"].append(action)
        for (role, on, cause), actions in sorted(groups.items()):
            some = tuple(sorted(actions))
            yield AccessChange(role, sign, ", ".join(some), on, cause, some, some)


def _calls(
    stacks: Iterable[tuple[Stack, ResolvedTemplate]],
) -> Iterator[tuple[tuple[str, str, str], list[Need]]]:
    """Yield the calls that are sure: the execution role, the action, what it is on, and what for."""
    for one in executions_of(stacks):
        found: defaultdict[tuple[str, str, str], list[Need]] = defaultdict(list)
        for need in one.needs():
            if need.is_sure:
                found[one.arn.rpartition("/")[2], need.action, str(with_any_content(need.resource))].append(need)
        yield from found.items()
