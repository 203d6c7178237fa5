"""A change set carried out: each resource in its turn, and all of it taken back if one fails.

Resources are handled one after another, where AWS handles several at once: what AWS would report as cancelled has not
begun here. Whether an update that was refused before it did anything is called back, AWS does not say; here it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from leastgrant.template import DeletionPolicy
from local_aws.cloudformation.exports import Exports
from local_aws.cloudformation.handler import NotModelled
from local_aws.cloudformation.records import (
    ChangeAction,
    OnFailure,
    ResourceChange,
    Stack,
    StackResource,
    StoredChangeSet,
)
from local_aws.cloudformation.resources import Place, ResourceFailed, StackResources
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from local_aws.cloudformation.stack_template import StackTemplate

_KEPT_ON_DELETION = frozenset({DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE})
_KEPT_ON_CREATION = frozenset({DeletionPolicy.RETAIN})
""""DeletionPolicy attribute", AWS CloudFormation User Guide: what the operation itself has made is deleted by
`RetainExceptOnCreate` when the operation is rolled back."""


@dataclass
class Done:
    """What was done to one resource, so that it can be taken back."""

    change: ResourceChange
    before: StackResource | None
    replaced: bool = False
    """Another resource has, or may have, taken its place."""


@dataclass
class StackExecution:
    """One operation on a stack."""

    resources: StackResources
    template: StackTemplate
    """What is deployed; of a deletion, what was."""
    previous: StackTemplate | None
    done: list[Done] = field(default_factory=list[Done])
    """What is still to be taken back, once the operation has failed."""
    created: list[StackResource] = field(default_factory=list[StackResource])
    """What a rollback has taken out of the stack, and will delete when all else is back."""

    exports: Exports = field(default_factory=Exports)
    """What other stacks export and import."""

    @property
    def stack(self) -> Stack:
        """The stack that is operated on."""
        return self.resources.stack

    def execute(self, change_set: StoredChangeSet) -> None:
        """Carry out a change set, to its end or back."""
        kind = change_set.kind
        self._status(f"{kind}_IN_PROGRESS", "User Initiated")
        problem = self._forward(change_set.changes) or self._set_outputs()
        if kind == "CREATE":
            self.stack.template = self.template
        if problem is None:
            self._complete(change_set)
        elif self.stack.on_failure is OnFailure.DO_NOTHING and kind != "IMPORT":
            self._status(f"{kind}_FAILED", problem)
        elif kind != "CREATE":
            self.roll_back(f"{kind}_ROLLBACK", problem)
        elif self.stack.on_failure is OnFailure.DELETE:
            self._status("CREATE_FAILED", problem)
            self.delete()
        else:
            self.roll_back_creation(f"{problem}Rollback requested by user.")

    def delete(self, also: Iterable[StackResource] = (), kept: Collection[str] = ()) -> None:
        """Delete the stack with all that it does not keep, and what a rollback that failed still had to delete.

        What is `kept` is not deleted, whatever its policy says (`RetainResources`).
        """
        self._status("DELETE_IN_PROGRESS", "User Initiated")
        for name in kept:
            resource = self.stack.resources.pop(name, None)
            if resource is not None:
                self.resources.discard(resource, self._declaring(resource), kept=True)
        self._delete(list(also), _KEPT_ON_CREATION)
        failed = self._delete(list(self.stack.resources.values()), _KEPT_ON_DELETION)
        if failed:
            self._status("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        else:
            self._status("DELETE_COMPLETE")

    def roll_back(self, verb: str, reason: str) -> None:
        """Update back what was updated, then let go of what was created; stop if something cannot be updated back."""
        self._status(f"{verb}_IN_PROGRESS", reason)
        failed: list[Done] = []
        for done in reversed(self.done):
            try:
                self.created += self._taken_back(done)
            except ResourceFailed:
                failed.append(done)
        self.done = failed[::-1]
        if failed:
            names = ", ".join(done.change.logical_id for done in failed)
            self._status(f"{verb}_FAILED", f"The following resource(s) failed to update: [{names}]. ")
            return
        if verb == "UPDATE_ROLLBACK":
            self._status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._delete(self.created, _KEPT_ON_CREATION)
        self.created = []
        self._status(f"{verb}_COMPLETE")

    def continue_rollback(self, resources: StackResources, skipped: Collection[str]) -> None:
        """Take up a rollback that failed, for whoever asks for it, without some of the resources that failed."""
        self.resources = resources
        for done in self.done:
            if done.change.logical_id in skipped and done.before is not None:
                self.stack.resources[done.change.logical_id] = replace(done.before, status="UPDATE_COMPLETE")
        self.done = [done for done in self.done if done.change.logical_id not in skipped]
        self.roll_back("UPDATE_ROLLBACK", "User Initiated")

    def _forward(self, changes: Iterable[ResourceChange]) -> str | None:
        """Handle each change in order, until one fails; return how the stack tells of it."""
        by_name = {change.logical_id: change for change in changes if change.action is not ChangeAction.REMOVE}
        for name in self.template.order:
            change = by_name.get(name)
            if change is not None:
                done = Done(change, self.stack.resources.get(name))
                self.done.append(done)
                try:
                    self._apply(done)
                except ResourceFailed:
                    return f"The following resource(s) failed to {_VERBS[change.action]}: [{name}]. "
        return None

    def _apply(self, done: Done) -> None:
        change = done.change
        match change.action:
            case ChangeAction.ADD:
                self.resources.create(change.logical_id, self.template)
            case ChangeAction.IMPORT if change.physical is not None:
                self.resources.take_in(change.logical_id, change.physical, self.template)
            case ChangeAction.MODIFY if change.may_replace and self.resources.is_replaced(
                change.logical_id, self.template
            ):
                done.replaced = True
                self.resources.replace(change.logical_id, self.template)
            case ChangeAction.MODIFY:
                self.resources.update(change.logical_id, self.template)
            case ChangeAction.IMPORT | ChangeAction.REMOVE:
                pass

    def _set_outputs(self) -> str | None:
        """Set the stack's outputs; return the problem, if one cannot be made."""
        try:
            found = self.template.outputs(self.stack.resources, self.resources.lookups)
        except NotModelled as error:
            return f"NOT MODELLED by the emulator: {error}. "
        except AwsError as error:
            return f"{error.message}. "
        return self.exports.take(self.stack, found)

    def _complete(self, change_set: StoredChangeSet) -> None:
        """Let go of what has lost its place: what was replaced, and what was removed."""
        self.stack.template, self.stack.tags = self.template, self.resources.tags
        if change_set.kind == "UPDATE":
            self._status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        replaced = [(done.before, done.change) for done in self.done if done.replaced]
        removed = [
            (self.stack.resources.pop(c.logical_id), c) for c in change_set.changes if c.action is ChangeAction.REMOVE
        ]
        kept = {change.logical_id: change.retained for _, change in (*replaced, *removed)}
        gone = [resource for resource, _ in (*replaced, *removed) if resource is not None]
        for resource in _backwards(gone, self.previous, self.template):
            self.resources.discard(resource, self._declaring(resource), kept=kept[resource.logical_id])
        self._status(f"{change_set.kind}_COMPLETE")

    def roll_back_creation(self, reason: str) -> None:
        """Delete what a creation has made, but for what is retained."""
        self._status("ROLLBACK_IN_PROGRESS", reason)
        self.stack.outputs = ()
        failed = self._delete(list(self.stack.resources.values()), _KEPT_ON_CREATION)
        self._status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE")

    def _taken_back(self, done: Done) -> list[StackResource]:
        """Put a resource back as it was; return what was created in the course of it, to be deleted."""
        name, before = done.change.logical_id, done.before
        there = self.stack.resources.get(name)
        if there is None:
            return []
        if done.change.action is ChangeAction.IMPORT:
            del self.stack.resources[name]
            reason = "Resource is taken out of the stack, and kept."
            self.resources.event(Place(name, there.type, there.physical_id), "IMPORT_ROLLBACK_COMPLETE", reason)
            return []
        if before is None:
            return [self.stack.resources.pop(name)]
        if done.replaced and there.physical.name != before.physical.name:
            self.stack.resources[name] = before
            return [there]
        self.resources.update(name, self.previous or self.template, before)
        self.stack.resources[name] = replace(before, physical=self.stack.resources[name].physical)
        return []

    def _delete(self, resources: list[StackResource], keeping: frozenset[DeletionPolicy]) -> list[str]:
        """Delete resources, or keep those whose policy says so; return the ids of those that could not be deleted.

        What such a one needs stays with it.
        """
        failed: list[str] = []
        needed: set[str] = set()
        for resource in _backwards(resources, self.template, self.previous):
            name, template = resource.logical_id, self._declaring(resource)
            kept = template.deletion_policy(name) in keeping
            if name in needed:
                needed |= template.needed_by(name)
            elif not self.resources.discard(resource, template, kept=kept):
                failed.append(name)
                needed |= template.needed_by(name)
            elif (there := self.stack.resources.get(name)) is not None and there.physical == resource.physical:
                del self.stack.resources[name]
        return failed

    def _declaring(self, resource: StackResource) -> StackTemplate:
        """Return the template that declares a resource."""
        if resource.logical_id in self.template.template.resources or self.previous is None:
            return self.template
        return self.previous

    def _status(self, status: str, reason: str | None = None) -> None:
        self.stack.set_status(status, self.resources.token, reason)


def _backwards(resources: list[StackResource], *templates: StackTemplate | None) -> list[StackResource]:
    """Order the resources, each before those it depends on by the first of the templates that knows them."""
    order = [name for template in templates if template for name in template.order]
    place = {name: number for number, name in reversed([*enumerate(order)])}
    return sorted(resources, key=lambda resource: place[resource.logical_id], reverse=True)


_VERBS = {
    ChangeAction.ADD: "create",
    ChangeAction.IMPORT: "import",
    ChangeAction.MODIFY: "update",
    ChangeAction.REMOVE: "delete",
}
