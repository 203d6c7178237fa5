"""Who gains and loses what between two synthesised states of a CDK app, and what its deployment newly calls."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.proof.access_changes import AccessChange, Sign, State, access_changes, path_of
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.chain import executions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from leastgrant.assembly import Assembly, Stack
    from leastgrant.proof.needs import Need
    from leastgrant.template import ResolvedTemplate


@dataclass(frozen=True, slots=True)
class AssemblyChanges:
    """What differs between two assemblies."""

    access: tuple[AccessChange, ...]
    needs: tuple[AccessChange, ...]
    """What execution roles must newly be able to do, and what no longer; who may do what is not changed by it."""

    @property
    def widens(self) -> bool:
        """Whether somebody gains access, or may gain it."""
        return any(change.sign is not Sign.LOST for change in self.access)


def assembly_changes(before: Assembly, after: Assembly, names: tuple[str, str]) -> AssemblyChanges:
    """Compare two assemblies, a stack with the one that has its construct path.

    Args:
        before: The older assembly.
        after: The newer one.
        names: How changes call them.

    Raises:
        InputError: a template or a policy cannot be used.
    """
    olds, news = before.resolved(), after.resolved()
    old, new = (_state(name, stacks) for name, stacks in zip(names, (olds, news), strict=True))
    access = (*_of_stacks(before.stacks, after.stacks), *access_changes(old, new))
    return AssemblyChanges(access, tuple(_of_needs(olds, news)))


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
