"""One resource handled for a stack: the caller's permission asked, the handler called, the events written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn, TypeVar
from uuid import uuid4

from botocore.exceptions import ClientError

from leastgrant.template import Physical
from ops.emulator.cloudformation.handler import Handler, NotModelled
from ops.emulator.cloudformation.permission import Step, denial
from ops.emulator.cloudformation.records import Event, Stack, StackResource
from ops.emulator.cloudformation.templates import StackTemplate, concrete

if TYPE_CHECKING:
    from leastgrant.template import ResolvedTemplate
    from ops.emulator.callers import Caller

HandlerOf = Callable[[str], Handler]
"""The handler of a type; raises `NotModelled` if there is none."""
_Result = TypeVar("_Result")

_RANDOM: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LENGTH: Final = 12


class Place(NamedTuple):
    """What an event is about."""

    name: str
    """The logical id."""
    type: str
    physical_id: str = ""


class ResourceFailed(Exception):  # noqa: N818  (an event of the stack, not of this program)
    """A resource could not be handled, as its last event says."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Handles the resources of a stack, one at a time, for whoever deploys it."""

    stack: Stack
    caller: Caller
    handler: HandlerOf
    token: str

    def create(self, name: str, template: StackTemplate) -> None:
        """Make a resource and add it to the stack.

        Raises:
            ResourceFailed: it could not be made; if it is there all the same, it is in the stack.
        """
        kind = template.template.resources[name].type
        at = Place(name, kind)
        self.event(at, "CREATE_IN_PROGRESS")
        physical_name = self.name(name, template)
        resolved = self._resolved(template, {name: Physical(physical_name)})
        properties = concrete(dict(resolved.resource(name).properties), name)
        refused = denial(Step.CREATE, resolved, name, self.caller)
        if refused is not None and not refused.after:
            self._fail(at, "CREATE_FAILED", _denied(refused.message))
        physical = self._handled(
            at, "CREATE_FAILED", lambda: self.handler(kind).create(physical_name, properties, self._tags(name))
        )
        made = StackResource(name, kind, physical, properties, "CREATE_COMPLETE")
        self.stack.resources[name] = made
        at = _place(made)
        self.event(at, "CREATE_IN_PROGRESS", "Resource creation Initiated", properties)
        if refused is not None:
            self._fail(at, "CREATE_FAILED", _denied(refused.message))
        self.event(at, "CREATE_COMPLETE", None, properties)

    def update(self, name: str, template: StackTemplate) -> None:
        """Change a resource in place.

        Raises:
            ResourceFailed: it could not be changed.
        """
        there = self.stack.resources[name]
        resolved = self._resolved(template, {})
        properties = concrete(dict(resolved.resource(name).properties), name)
        if properties == there.properties:
            return  # an attribute alone, such as DeletionPolicy, or a value that turned out the same: nothing is called
        at = _place(there)
        self.event(at, "UPDATE_IN_PROGRESS", None, properties)
        refused = denial(Step.UPDATE, resolved, name, self.caller)
        if refused is not None:
            self._fail(at, "UPDATE_FAILED", _denied(refused.message))
        physical = self._handled(
            at,
            "UPDATE_FAILED",
            lambda: self.handler(there.type).update(there.physical, there.properties, properties, self._tags(name)),
        )
        self.stack.resources[name] = replace(there, physical=physical, properties=properties, status="UPDATE_COMPLETE")
        self.event(at, "UPDATE_COMPLETE", None, properties)

    def take_in(self, name: str, physical: Physical, template: StackTemplate) -> None:
        """Import a resource as it is.

        Raises:
            ResourceFailed: it could not be read.
        """
        at = Place(name, template.template.resources[name].type, physical.ref or physical.name)
        self.event(at, "IMPORT_IN_PROGRESS", "Resource import started.")
        resolved = self._resolved(template, {name: physical})
        refused = denial(Step.IMPORT, resolved, name, self.caller)
        if refused is not None:
            self._fail(at, "IMPORT_FAILED", _denied(refused.message))
        properties = concrete(dict(resolved.resource(name).properties), name)
        self.stack.resources[name] = StackResource(name, at.type, physical, properties, "IMPORT_COMPLETE")
        self.event(at, "IMPORT_COMPLETE", "Resource import completed.")

    def replace(self, name: str, template: StackTemplate) -> StackResource:
        """Make another resource in the place of one; the one that was there.

        Raises:
            ResourceFailed: the other could not be made.
        """
        there = self.stack.resources[name]
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self.event(_place(there), "UPDATE_IN_PROGRESS", reason)
        if self.name(name, template) == there.physical.name:
            problem = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {there.physical.name} and update the stack again."
            )
            self._fail(_place(there), "UPDATE_FAILED", problem)
        self.create(name, template)
        return there

    def discard(self, resource: StackResource, template: StackTemplate, *, kept: bool) -> bool:
        """Delete, or let go of, a resource that the template declares; whether that succeeded."""
        name, at = resource.logical_id, _place(resource)
        if kept:
            self.event(at, "DELETE_SKIPPED")
            return True
        self.event(at, "DELETE_IN_PROGRESS")
        refused = denial(Step.DELETE, self._resolved(template, {name: resource.physical}), name, self.caller)
        try:
            if refused is not None:
                self._fail(at, "DELETE_FAILED", _denied(refused.message))
            self._handled(at, "DELETE_FAILED", lambda: self.handler(resource.type).delete(resource.physical))
        except ResourceFailed:
            return False
        self.event(at, "DELETE_COMPLETE")
        return True

    def name(self, name: str, template: StackTemplate) -> str:
        """The physical name of a resource: the template's, or a new one as CloudFormation makes them up."""
        (pattern,) = self._resolved(template, {}, without=name).resource(name).names
        if pattern.is_literal:
            return str(pattern)
        known = str(pattern) if str(pattern).endswith("-*") else f"{self.stack.name}-{name}-*"
        random = "".join(secrets.choice(_RANDOM) for _ in range(_LENGTH))
        return known[:-1] + (random.lower() if known.islower() else random)

    def event(
        self, at: Place, status: str, reason: str | None = None, properties: Mapping[str, Any] | None = None
    ) -> None:
        """Write an event."""
        known = None if properties is None else json.dumps(properties)
        self.stack.events.append(Event(at.name, at.physical_id, at.type, status, reason, self.token, known))

    def _resolved(
        self, template: StackTemplate, known: Mapping[str, Physical], without: str | None = None
    ) -> ResolvedTemplate:
        there = {n: r.physical for n, r in self.stack.resources.items() if n != without}
        return template.resolved({**there, **known})

    def _tags(self, name: str) -> dict[str, str]:
        """What CloudFormation adds to a resource's tags ("Resource tag", AWS CloudFormation User Guide)."""
        own = {"stack-name": self.stack.name, "stack-id": self.stack.id, "logical-id": name}
        return {**self.stack.tags, **{f"aws:cloudformation:{key}": value for key, value in own.items()}}

    def _handled(self, at: Place, failure: str, handle: Callable[[], _Result]) -> _Result:
        """What a handler gives; its failure, as CloudFormation reports it."""
        try:
            return handle()
        except ClientError as error:
            self._fail(at, failure, _returned(error))
        except NotModelled as error:
            self._fail(at, failure, f"NOT MODELLED by the emulator: {error}")

    def _fail(self, at: Place, status: str, reason: str) -> NoReturn:
        self.event(at, status, reason)
        raise ResourceFailed(reason)


def _place(resource: StackResource) -> Place:
    return Place(resource.logical_id, resource.type, resource.physical_id)


def _denied(message: str) -> str:
    return _message(f"{message} (Status Code: 403, Request ID: {uuid4()})", "AccessDenied")


_CODES: Final = {
    "BucketAlreadyExists": "AlreadyExists",
    "BucketAlreadyOwnedByYou": "AlreadyExists",
    "EntityAlreadyExists": "AlreadyExists",
    "ResourceAlreadyExistsException": "AlreadyExists",
    "ResourceConflictException": "AlreadyExists",
    "ResourceExistsException": "AlreadyExists",
    "ResourceInUseException": "AlreadyExists",
    "ResourceNotFoundException": "NotFound",
    "NoSuchEntity": "NotFound",
    "ThrottlingException": "Throttling",
    "ValidationException": "InvalidRequest",
}


def _returned(error: ClientError) -> str:
    said = error.response.get("Error", {})
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    message = f"{said.get('Message')} (Status Code: {status}, Request ID: {uuid4()})"
    return _message(message, _CODES.get(said.get("Code", ""), "GeneralServiceException"))


def _message(message: str, code: str) -> str:
    """As events show what a handler returned."""
    return f'Resource handler returned message: "{message}" (RequestToken: {uuid4()}, HandlerErrorCode: {code})'
