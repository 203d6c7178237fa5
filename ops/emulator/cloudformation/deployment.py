"""A change set carried out: each resource in its turn, and all of it taken back if one fails.

Resources are handled one after another, where AWS handles several at once: what AWS would report as cancelled has not
begun here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leastgrant.template import DeletionPolicy
from ops.emulator.cloudformation.records import Action, Change, ChangeSet, Stack, StackResource
from ops.emulator.cloudformation.resources import Place, ResourceFailed, Resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ops.emulator.cloudformation.templates import StackTemplate

_KEPT_ON_DELETION = frozenset({DeletionPolicy.RETAIN, DeletionPolicy.RETAIN_EXCEPT_ON_CREATE})
_KEPT_ON_CREATION = frozenset({DeletionPolicy.RETAIN})
""""DeletionPolicy attribute", AWS CloudFormation User Guide: what the operation itself has made is deleted by
`RetainExceptOnCreate` when the operation is rolled back."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to one resource, so that it can be taken back."""

    change: Change
    before: StackResource | None


@dataclass
class Deployment:
    """One operation on a stack."""

    resources: Resources
    template: StackTemplate
    """What is deployed; of a deletion, what was."""
    previous: StackTemplate | None
    tags: Mapping[str, str]
    done: list[Done] = field(default_factory=list[Done])
    created: list[StackResource] = field(default_factory=list[StackResource])
    """What a rollback has taken out of the stack, and will delete when all else is back."""

    @property
    def stack(self) -> Stack:
        """The stack that is operated on."""
        return self.resources.stack

    def execute(self, change_set: ChangeSet) -> None:
        """Carry out a change set, to its end or back."""
        kind = change_set.kind
        self._status(f"{kind}_IN_PROGRESS", "User Initiated")
        failed = self._forward(change_set.changes)
        if failed is None:
            self.stack.template, self.stack.tags = self.template, self.tags
            self._complete(change_set)
            return
        reason = f"The following resource(s) failed to {_VERBS[failed.action]}: [{failed.logical_id}]. "
        if kind == "CREATE":
            self.stack.template = self.template
            self._take_back_creation(reason)
        else:
            self.roll_back(f"{kind}_ROLLBACK", reason)

    def delete(self) -> None:
        """Delete the stack, with all that it does not keep."""
        self._status("DELETE_IN_PROGRESS", "User Initiated")
        failed = self._delete(self.stack.resources.values(), _KEPT_ON_DELETION)
        if failed:
            self._status("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        else:
            self._status("DELETE_COMPLETE")

    def roll_back(self, verb: str, reason: str) -> None:
        """Update back what was updated, then let go of what was created; stop at what cannot be updated back."""
        self._status(f"{verb}_IN_PROGRESS", reason)
        while self.done:
            try:
                self.created += self._taken_back(self.done[-1])
            except ResourceFailed:
                problem = f"The following resource(s) failed to update: [{self.done[-1].change.logical_id}]. "
                self._status(f"{verb}_FAILED", problem)
                return
            self.done.pop()
        if verb == "UPDATE_ROLLBACK":
            self._status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._delete(self.created, _KEPT_ON_CREATION)
        self._status(f"{verb}_COMPLETE")

    def continue_rollback(self, resources: Resources, skipped: Iterable[str]) -> None:
        """Take up a rollback that failed, for whoever asks for it, without some of the resources."""
        self.resources = resources
        self.done = [done for done in self.done if done.change.logical_id not in skipped]
        self.roll_back("UPDATE_ROLLBACK", "User Initiated")

    def _forward(self, changes: Iterable[Change]) -> Change | None:
        """Handle each change in order; the first that fails."""
        by_name = {change.logical_id: change for change in changes if change.action is not Action.REMOVE}
        for name in self.template.resolved({}).order:
            change = by_name.get(name)
            if change is not None:
                self.done.append(Done(change, self.stack.resources.get(name)))
                try:
                    self._apply(change)
                except ResourceFailed:
                    return change
        return None

    def _apply(self, change: Change) -> None:
        match change.action:
            case Action.ADD:
                self.resources.create(change.logical_id, self.template)
            case Action.IMPORT if change.physical is not None:
                self.resources.take_in(change.logical_id, change.physical, self.template)
            case Action.MODIFY if change.replaces:
                self.resources.replace(change.logical_id, self.template)
            case Action.MODIFY:
                self.resources.update(change.logical_id, self.template)
            case Action.IMPORT | Action.REMOVE:
                pass

    def _complete(self, change_set: ChangeSet) -> None:
        """Let go of what has lost its place: what was replaced, and what was removed."""
        if change_set.kind == "UPDATE":
            self._status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for done in self.done:
            if done.change.replaces and done.before is not None:
                self.resources.discard(done.before, self._declaring(done.before), kept=done.change.retained)
        removed = {c.logical_id: c.retained for c in change_set.changes if c.action is Action.REMOVE}
        for resource in self._backwards([self.stack.resources[name] for name in removed]):
            self.resources.discard(resource, self._declaring(resource), kept=removed[resource.logical_id])
            del self.stack.resources[resource.logical_id]
        self._status(f"{change_set.kind}_COMPLETE")

    def _take_back_creation(self, reason: str) -> None:
        self._status("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
        failed = self._delete(self.stack.resources.values(), _KEPT_ON_CREATION)
        self._status("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE")

    def _taken_back(self, done: Done) -> list[StackResource]:
        """Put a resource back as it was; what was created in the course of it, to be deleted."""
        name, before = done.change.logical_id, done.before
        there = self.stack.resources.get(name)
        if done.change.action is Action.IMPORT:
            if self.stack.resources.pop(name, None) is not None and there is not None:
                reason = "Resource is taken out of the stack, and kept."
                self.resources.event(Place(name, there.type, there.physical_id), "IMPORT_ROLLBACK_COMPLETE", reason)
            return []
        if there is None or there is before:
            return []
        if before is None:
            return [self.stack.resources.pop(name)]
        if done.change.replaces:
            self.stack.resources[name] = before
            return [there]
        self.resources.update(name, self.previous or self.template)
        return []

    def _delete(self, resources: Iterable[StackResource], keeping: frozenset[DeletionPolicy]) -> list[str]:
        """Delete resources, or keep those whose policy says so; the logical ids of those that could not be deleted."""
        failed: list[str] = []
        for resource in self._backwards(list(resources)):
            template = self._declaring(resource)
            kept = template.template.resources[resource.logical_id].deletion_policy in keeping
            if not self.resources.discard(resource, template, kept=kept):
                failed.append(resource.logical_id)
            elif self.stack.resources.get(resource.logical_id) is resource:
                del self.stack.resources[resource.logical_id]
        return failed

    def _declaring(self, resource: StackResource) -> StackTemplate:
        """The template that declares a resource."""
        if resource.logical_id in self.template.template.resources or self.previous is None:
            return self.template
        return self.previous

    def _backwards(self, resources: list[StackResource]) -> list[StackResource]:
        """The resources, each before those it depends on."""
        templates = [self.template, *([self.previous] if self.previous else [])]
        order = [name for template in templates for name in template.resolved({}).order]
        return sorted(resources, key=lambda resource: order.index(resource.logical_id), reverse=True)

    def _status(self, status: str, reason: str | None = None) -> None:
        self.stack.set_status(status, self.resources.token, reason)


_VERBS = {Action.ADD: "create", Action.IMPORT: "import", Action.MODIFY: "update", Action.REMOVE: "delete"}
