"""The stacks of one account and region, found by name, id or what they have."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from uuid import uuid4

from local_aws.cloudformation.inputs import invalid
from local_aws.cloudformation.records import Stack
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leastgrant.template import Physical
    from local_aws.cloudformation.records import StoredChangeSet

_PAGE: Final = 100
_Item = TypeVar("_Item")


@dataclass
class Registry:
    """The stacks, by name; those that are deleted, by id."""

    account: str
    region: str
    stacks: dict[str, Stack] = field(default_factory=dict[str, Stack])
    deleted: dict[str, Stack] = field(default_factory=dict[str, Stack])

    def new(self, name: str) -> Stack:
        """Return a stack that is not among the others yet."""
        return Stack(f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{name}/{uuid4()}", name)

    def forget(self, stack: Stack) -> None:
        """Put a stack among those that are deleted."""
        self.deleted[stack.id] = self.stacks.pop(stack.name)

    def all_live(self) -> Collection[Stack]:
        """Return the stacks that are not deleted."""
        return tuple(self.stacks.values())

    def live(self, name: str) -> Stack | None:
        """Find the stack of a name or id, unless it is deleted."""
        named = self.stacks.get(name)
        return named or next((stack for stack in tuple(self.stacks.values()) if name == stack.id), None)

    def stack(self, name: str) -> Stack:
        """Find the stack of a name or id, also one that is deleted, by its id.

        Raises:
            AwsError: there is none.
        """
        stack = self.live(name) or self.deleted.get(name)
        if stack is None:
            raise invalid(f"Stack with id {name} does not exist")
        return stack

    def with_resource(self, physical_id: str) -> Stack:
        """Find the stack that has a resource of this physical id.

        Raises:
            AwsError: there is none.
        """
        for stack in tuple(self.stacks.values()):
            if any(one.physical_id == physical_id for one in tuple(stack.resources.values())):
                return stack
        raise invalid(f"Stack for {physical_id} does not exist")

    def owner(self, kind: str, physical: Physical) -> Stack | None:
        """Find the stack that a resource belongs to."""
        for stack in tuple(self.stacks.values()):
            if any((r.type, r.physical.name) == (kind, physical.name) for r in tuple(stack.resources.values())):
                return stack
        return None

    def change_set(self, params: Mapping[str, Any]) -> tuple[Stack, StoredChangeSet]:
        """Find the change set that a call names, by its id or with its stack.

        Raises:
            AwsError: there is none.
        """
        name, wanted = str(params["ChangeSetName"]), params.get("StackName")
        if not wanted and not name.startswith("arn:"):
            raise invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
        if wanted and self.live(wanted) is None and wanted not in self.deleted:
            raise AwsError("ValidationError", f"Stack [{wanted}] does not exist")
        for stack in (*tuple(self.stacks.values()), *tuple(self.deleted.values())):
            for change_set in reversed(tuple(stack.change_sets.values())):
                if name == change_set.id or (name == change_set.name and wanted in (stack.name, stack.id)):
                    return stack, change_set
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def page(items: Sequence[_Item], token: str | None) -> tuple[Sequence[_Item], dict[str, str]]:
    """Return one page of a list, and the token of the next.

    Raises:
        AwsError: the token is none of ours.
    """
    if token is not None and not token.isdigit():
        raise invalid(f"NextToken {token} is not valid")
    start = int(token or 0)
    more = {"NextToken": str(start + _PAGE)} if start + _PAGE < len(items) else {}
    return items[start : start + _PAGE], more
