"""CloudFormation's records, kept: what has changed of them is written down, and read again at the next start.

Between two records of a stack only what is another object is written: resources, events and change sets are immutable,
or are compared by what can change of them. An operation that ran when the process ended does not run on, as nothing
of its thread is left: its stack has failed, and may be rolled back or deleted.
"""

from __future__ import annotations

import io
import pickle
from base64 import b64decode, b64encode
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from local_aws.cloudformation.execution import Done
from local_aws.cloudformation.records import ChangeAction, Stack, StackResource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from leastgrant.template import Physical
    from local_aws.cloudformation.records import ResourceChange
    from local_aws.cloudformation.registry import Registry
    from local_aws.cloudformation.stack_template import StackTemplate

Record = dict[str, Any]
_ENDED: Final = "The emulator ended while this was under way, and what it was about to do is not known."
_CONTAINERS: Final = ("change_sets", "events", "resources")
_PLAIN: Final = tuple(one.name for one in fields(Stack) if one.name not in _CONTAINERS)
_OWN: Final = ("leastgrant.", "local_aws.")
_TRUSTED: Final = frozenset(
    {("builtins", "frozenset"), ("datetime", "datetime"), ("datetime", "timedelta"), ("datetime", "timezone")}
)


@dataclass(frozen=True, slots=True)
class Begun:
    """An operation that was begun on a stack."""

    template: StackTemplate
    previous: StackTemplate | None
    changes: tuple[ResourceChange, ...]


@dataclass
class Unfinished:
    """What the last operation on a stack has left to be taken back."""

    begun: Begun
    done: list[Done] = field(default_factory=list[Done])
    created: list[StackResource] = field(default_factory=list[StackResource])


@dataclass
class _Shadow:
    """What was last written of a stack."""

    plain: tuple[object, ...] = ()
    events: int = 0
    resources: dict[str, StackResource] = field(default_factory=dict[str, StackResource])
    change_sets: dict[str, tuple[object, ...]] = field(default_factory=dict[str, "tuple[object, ...]"])
    is_deleted: bool = False


@dataclass
class Keeping:
    """Writes down what has changed of the stacks, and of the resources that nothing stands behind."""

    registry: Registry
    stood_in: dict[str, dict[str, Physical]]
    append: Callable[[Mapping[str, Any]], None]
    _stacks: dict[str, _Shadow] = field(default_factory=dict[str, _Shadow])
    _stood_in: dict[str, dict[str, Physical]] = field(default_factory=dict[str, "dict[str, Physical]"])
    _lock: Lock = field(default_factory=Lock)

    def begun(self, stack: Stack, begun: Begun) -> None:
        """Write down that an operation begins."""
        with self._lock:
            self._write_stack(stack)
            self.append({"kind": "begun", "stack": stack.id, "pickle": _pickled(begun)})

    def write(self, *stacks: Stack) -> None:
        """Write down what has changed of some stacks, or of all."""
        registry = self.registry
        with self._lock:
            for stack in stacks or (*tuple(registry.stacks.values()), *tuple(registry.deleted.values())):
                self._write_stack(stack)
            for kind, there in tuple(self.stood_in.items()):
                now, then = dict(there), self._stood_in.get(kind, {})
                changed = _changed(then, now)
                if changed:
                    self.append({"kind": "stood in", "type": kind, "pickle": _pickled(changed)})
                    self._stood_in[kind] = now

    def _write_stack(self, stack: Stack) -> None:
        shadow = self._stacks.setdefault(stack.id, _Shadow())
        if shadow.is_deleted:
            return
        is_deleted = stack.id in self.registry.deleted
        plain = tuple(getattr(stack, name) for name in _PLAIN)
        resources, events = dict(stack.resources), stack.events[shadow.events :]
        sets = {one.id: one for one in tuple(stack.change_sets.values())}
        seen = {name: tuple(getattr(one, part.name) for part in fields(one)) for name, one in sets.items()}
        change = {
            "plain": {
                name: value
                for name, value, before in zip(_PLAIN, plain, shadow.plain or [_Shadow] * len(plain), strict=True)
                if value is not before
            },
            "events": events,
            "resources": _changed(shadow.resources, resources),
            "change_sets": {
                name: sets.get(name)
                for name in (*shadow.change_sets, *(one for one in seen if one not in shadow.change_sets))
                if seen.get(name) != shadow.change_sets.get(name)
            },
        }
        if any(change.values()) or is_deleted:
            # one that is not registered is a nested stack whose template was refused: nobody can ask for it
            self.append({"kind": "stack", "stack": stack.id, "deleted": is_deleted, "pickle": _pickled(change)})
        shadow.plain, shadow.resources, shadow.change_sets = plain, resources, seen
        shadow.events += len(events)
        shadow.is_deleted = is_deleted

    def restore(self, records: Iterable[Mapping[str, Any]]) -> dict[str, Unfinished]:
        """Take in what was written; return, by the stack's id, what may still be taken back."""
        unfinished: dict[str, _Open] = {}
        stacks: dict[str, Stack] = {}
        for record in records:
            match record["kind"]:
                case "stack":
                    self._restore_stack(record, stacks, unfinished.get(record["stack"]))
                case "begun":
                    stack = stacks[record["stack"]]
                    unfinished[stack.id] = _Open(_unpickled(record["pickle"]), dict(stack.resources))
                case "stood in":
                    _take(self.stood_in.setdefault(record["type"], {}), _unpickled(record["pickle"]))
                case _:
                    pass
        found = {name: one.left(stacks[name]) for name, one in unfinished.items()}
        for stack in stacks.values():
            self._stacks[stack.id] = _Shadow(
                tuple(getattr(stack, name) for name in _PLAIN),
                len(stack.events),
                dict(stack.resources),
                {one.id: tuple(getattr(one, part.name) for part in fields(one)) for one in stack.change_sets.values()},
                stack.id in self.registry.deleted,
            )
            if stack.is_busy:
                _end(stack, unfinished.get(stack.id))
        self._stood_in = {kind: dict(there) for kind, there in self.stood_in.items()}
        return found

    def _restore_stack(self, record: Mapping[str, Any], stacks: dict[str, Stack], was: _Open | None) -> None:
        change: Record = _unpickled(record["pickle"])
        plain: Record = change["plain"]
        stack = stacks.get(record["stack"]) or Stack(plain["id"], plain["name"])
        stacks[stack.id] = stack
        for name, value in plain.items():
            setattr(stack, name, value)
        stack.events.extend(change["events"])
        _take(stack.resources, change["resources"])
        _take(stack.change_sets, change["change_sets"])
        if was is not None:
            was.seen.update({one.physical_id: one for one in stack.resources.values()})
        if record["deleted"]:
            if self.registry.stacks.get(stack.name) is stack:
                del self.registry.stacks[stack.name]
            self.registry.deleted[stack.id] = stack
        else:
            self.registry.stacks[stack.name] = stack


@dataclass
class _Open:
    """An operation as it is read again."""

    begun: Begun
    before: dict[str, StackResource]
    seen: dict[str, StackResource] = field(default_factory=dict[str, StackResource])

    def left(self, stack: Stack) -> Unfinished:
        """Return what is not as it was before the operation."""
        done: list[Done] = []
        for change in self.begun.changes:
            there, before = stack.resources.get(change.logical_id), self.before.get(change.logical_id)
            if change.action is not ChangeAction.REMOVE and there is not None and there != before:
                replaced = before is not None and there.physical != before.physical
                done.append(Done(change, before, replaced))
        gone = {e.physical_id for e in stack.events if e.status in ("DELETE_COMPLETE", "DELETE_SKIPPED")}
        known = {one.physical_id for one in (*self.before.values(), *stack.resources.values())}
        created = [one for name, one in self.seen.items() if name not in gone | known]
        return Unfinished(self.begun, done, created)


def _end(stack: Stack, was: _Open | None) -> None:
    if stack.template is None and was is not None:
        stack.template = was.begun.template  # of a creation, which has it once all is made or has failed
    begun = stack.status.removesuffix("_IN_PROGRESS")
    failed = {
        "IMPORT": "IMPORT_ROLLBACK_FAILED",
        "UPDATE_COMPLETE_CLEANUP": "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP": "UPDATE_ROLLBACK_COMPLETE",
    }.get(begun, f"{begun}_FAILED")
    stack.set_status(failed, None, _ENDED)
    for change_set in stack.change_sets.values():
        if change_set.execution == "EXECUTE_IN_PROGRESS":
            change_set.execution = "EXECUTE_FAILED"


def _changed(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is another object now; None for what is gone."""
    gone = {name: None for name in then if name not in now}
    return {**gone, **{name: one for name, one in now.items() if then.get(name) is not one}}


def _take(there: dict[str, Any], changed: Mapping[str, Any]) -> None:
    for name, one in changed.items():
        if one is None:
            there.pop(name, None)
        else:
            there[name] = one


def _pickled(value: object) -> str:
    return b64encode(pickle.dumps(value)).decode()


class _Unpickler(pickle.Unpickler):
    """Reads values of this project, and dates; a journal from elsewhere can run nothing."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(_OWN) and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        if (module, name) in _TRUSTED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is none of the emulator's records")


def _unpickled(text: str) -> Any:
    return _Unpickler(io.BytesIO(b64decode(text))).load()
