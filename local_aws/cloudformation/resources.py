"""One resource handled for a stack: the caller's permission asked, the handler called, the events written."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Container, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, NoReturn
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from leastgrant.template import Physical
from local_aws.cloudformation.comparison import differences, passed_on
from local_aws.cloudformation.handler import NotModelled, ResourceHandler
from local_aws.cloudformation.nested import STACK
from local_aws.cloudformation.permission import HandlerStep, RefusedCall, denial
from local_aws.cloudformation.property_checks import require_valid
from local_aws.cloudformation.records import ChangeReplacement, Stack, StackEvent, StackResource, now
from local_aws.cloudformation.stack_template import StackTemplate, concrete
from local_aws.wire import AwsError

if TYPE_CHECKING:
    from local_aws.callers import Caller
    from local_aws.cloudformation.lookups import Lookups

HandlerOf = Callable[[str], ResourceHandler]
"""The handler of a type; raises `NotModelled` if there is none."""

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
class StackResources:
    """The resources of a stack, handled one at a time, for whoever deploys it."""

    stack: Stack
    caller: Caller
    handler: HandlerOf
    lookups: Lookups
    token: str | None
    tags: Mapping[str, str]
    """The stack's."""
    write: Callable[[], None] = lambda: None
    """Writes down what has become of the stack, if that is kept."""

    def create(self, name: str, template: StackTemplate, verb: str = "CREATE") -> None:
        """Make a resource and add it to the stack.

        Args:
            name: Its logical id.
            template: What declares it.
            verb: What its events tell of: `UPDATE` if it takes the place of another.

        Raises:
            ResourceFailed: it could not be made; if it is there all the same, it is in the stack.
        """
        kind = template.template.resources[name].type
        at = Place(name, kind)
        with self._reported(at, f"{verb}_FAILED", verb == "CREATE" and "CREATE_IN_PROGRESS"):
            written = self._properties(name, template)
        if verb == "CREATE":
            self.event(at, "CREATE_IN_PROGRESS", None, written)
        with self._reported(at, f"{verb}_FAILED"):
            properties = self.lookups.without_references(written)
            _require_valid(name, kind, properties)
            physical_name = self.name(name, template, written)
            refused = self._denial(HandlerStep.CREATE, template, name, written, physical=Physical(physical_name))
            if refused is not None and not refused.after:
                self._fail(at, f"{verb}_FAILED", _denied(refused))
            physical = self.handler(kind).create(physical_name, properties, self._marked(name, self.tags))
        made = StackResource(name, kind, physical, written, f"{verb}_COMPLETE", passed_on(self.tags, kind))
        self.stack.resources[name] = made
        at = _place(made)
        self.event(at, f"{verb}_IN_PROGRESS", "Resource creation Initiated", written)
        if refused is not None:
            self._fail(at, f"{verb}_FAILED", _denied(refused))
        self.event(at, f"{verb}_COMPLETE", None, written)

    def update(self, name: str, template: StackTemplate, back_to: StackResource | None = None) -> None:
        """Change a resource in place.

        Args:
            name: Its logical id.
            template: What declares it.
            back_to: What it was, if that is what it shall be again.

        Raises:
            ResourceFailed: it could not be changed.
        """
        there = self.stack.resources[name]
        at = _place(there)
        with self._reported(at, "UPDATE_FAILED"):
            written = self._properties(name, template) if back_to is None else back_to.properties
            tags = passed_on(self.tags, there.type) if back_to is None else back_to.tags
            if (written, tags) == (there.properties, there.tags):
                return  # an attribute alone, such as DeletionPolicy, or a value that turned out the same
            self.event(at, "UPDATE_IN_PROGRESS", None, written)
            before, after = (self.lookups.without_references(one) for one in (there.properties, written))
            _require_valid(name, there.type, after)
            names = written.keys() | there.properties.keys()
            changed = {one for one in names if written.get(one) != there.properties.get(one)}
            refused = self._denial(
                HandlerStep.UPDATE, template, name, written, physical=there.physical, changed=changed
            )
            if refused is not None:
                self._fail(at, "UPDATE_FAILED", _denied(refused))
            # whatever becomes of it, some of it may be changed from here on
            begun = replace(there, properties=written, tags=tags, status="UPDATE_FAILED")
            self.stack.resources[name] = begun
            marked = self._marked(name, tags)
            physical = self.handler(there.type).update(there.physical, before, after, marked)
        self.stack.resources[name] = replace(begun, physical=physical, status="UPDATE_COMPLETE", time=now())
        self.event(at, "UPDATE_COMPLETE", None, written)

    def take_in(self, name: str, physical: Physical, template: StackTemplate) -> None:
        """Import a resource as it is.

        Raises:
            ResourceFailed: it could not be read.
        """
        at = Place(name, template.template.resources[name].type, physical.ref or physical.name)
        self.event(at, "IMPORT_IN_PROGRESS", "Resource import started.")
        with self._reported(at, "IMPORT_FAILED"):
            properties = self._properties(name, template)
            refused = self._denial(HandlerStep.IMPORT, template, name, properties, physical=physical)
            if refused is not None:
                self._fail(at, "IMPORT_FAILED", _denied(refused))
        tags = passed_on(self.tags, at.type)
        self.stack.resources[name] = StackResource(name, at.type, physical, properties, "IMPORT_COMPLETE", tags)
        self.event(at, "IMPORT_COMPLETE", "Resource import completed.")

    def is_replaced(self, name: str, template: StackTemplate) -> bool:
        """Tell whether another resource must take the place of one, now that all values are known.

        Raises:
            ResourceFailed: they are not known.
        """
        there = self.stack.resources[name]
        with self._reported(_place(there), "UPDATE_FAILED"):
            properties = self._properties(name, template)
        details = differences(there.type, there.properties, properties)
        return any(detail.recreation is not ChangeReplacement.NEVER for detail in details)

    def replace(self, name: str, template: StackTemplate) -> None:
        """Make another resource in the place of one.

        Raises:
            ResourceFailed: the other could not be made.
        """
        there = self.stack.resources[name]
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        with self._reported(_place(there), "UPDATE_FAILED"):
            written = self._properties(name, template)
        self.event(_place(there), "UPDATE_IN_PROGRESS", reason, written)
        if self.name(name, template, written) == there.physical.name:
            problem = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {there.physical.name} and update the stack again."
            )
            self._fail(_place(there), "UPDATE_FAILED", problem)
        self.create(name, template, "UPDATE")

    def discard(self, resource: StackResource, template: StackTemplate, *, kept: bool) -> bool:
        """Delete, or let go of, a resource that the template declares; return whether that succeeded."""
        name, at = resource.logical_id, _place(resource)
        if kept:
            self.event(at, "DELETE_SKIPPED", None, resource.properties)
            return True
        self.event(at, "DELETE_IN_PROGRESS", None, resource.properties)
        try:
            with self._reported(at, "DELETE_FAILED"):
                refused = self._denial(
                    HandlerStep.DELETE, template, name, resource.properties, physical=resource.physical
                )
                if refused is not None:
                    self._fail(at, "DELETE_FAILED", _denied(refused))
                self.handler(resource.type).delete(resource.physical, resource.properties)
        except ResourceFailed:
            return False
        self.event(at, "DELETE_COMPLETE", None, resource.properties)
        return True

    def live(self, resource: StackResource, properties: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return what a service tells of a resource's properties; None: it is gone.

        Raises:
            NotModelled: it cannot be read back.
            AwsError: the caller may not read it.
            ResourceFailed: its service refuses to tell.
        """
        handler, name = self.handler(resource.type), resource.logical_id
        if self.stack.template is not None:
            refused = self._denial(
                HandlerStep.IMPORT, self.stack.template, name, resource.properties, physical=resource.physical
            )
            if refused is not None:
                raise AwsError("AccessDenied", refused.message, 403)
        try:
            return handler.live(resource.physical, properties)
        except ClientError as error:
            raise ResourceFailed(_returned(error)) from None

    def name(self, name: str, template: StackTemplate, properties: Mapping[str, Any]) -> str:
        """Return the physical name of a resource: the template's, or a new one as CloudFormation makes them up."""
        (pattern,) = template.resolved_alone(name, properties, None).resource(name).names
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
        self.stack.events.append(StackEvent(at.name, at.physical_id, at.type, status, reason, self.token, known))
        self.write()

    def _properties(self, name: str, template: StackTemplate) -> dict[str, Any]:
        """Return a resource's properties as they are now, with dynamic references as they are written."""
        evaluation = template.evaluation(self.stack.resources, self.lookups)
        return concrete(evaluation.members(template.template.resources[name].properties), name)

    def _denial(
        self,
        step: HandlerStep,
        template: StackTemplate,
        name: str,
        properties: Mapping[str, Any],
        *,
        physical: Physical,
        changed: Container[str] | None = None,
    ) -> RefusedCall | None:
        if self.caller.permissions is None:
            return None
        has_tags = bool(self.tags or self.stack.tags)
        resolved = template.resolved_alone(name, properties, physical)
        return denial(step, resolved, name, self.caller, stack_tags=has_tags, changed=changed)

    def _marked(self, name: str, tags: Mapping[str, str]) -> dict[str, str]:
        """Add CloudFormation's own tags to the stack's ("Resource tag", AWS CloudFormation User Guide)."""
        own = {"stack-name": self.stack.name, "stack-id": self.stack.id, "logical-id": name}
        return {**tags, **{f"aws:cloudformation:{key}": value for key, value in own.items()}}

    @contextmanager
    def _reported(self, at: Place, failure: str, begun: str | Literal[False] = False) -> Generator[None]:
        """Report a failure within as CloudFormation does, after the event that it has begun, if that is still to be."""
        try:
            yield
        except ClientError as error:
            reason = _returned(error)
        except BotoCoreError as error:
            said = " ".join(str(error).split())
            reason = f"Properties validation failed for resource {at.name} with message: {said}"
        except NotModelled as error:
            reason = f"NOT MODELLED by the emulator: {error}"
        except AwsError as error:
            reason = error.message
        else:
            return
        if begun:
            self.event(at, begun)
        self._fail(at, failure, reason)

    def _fail(self, at: Place, status: str, reason: str) -> NoReturn:
        there = self.stack.resources.get(at.name)
        if there is not None and at.physical_id in ("", there.physical_id):
            self.stack.resources[at.name] = replace(there, status=status, reason=reason, time=now())
        self.event(at, status, reason)
        raise ResourceFailed(reason)


def _require_valid(name: str, kind: str, properties: Mapping[str, Any]) -> None:
    if kind != STACK:  # whose schema is of a type that asks for a StackName, which a nested stack has not
        require_valid(name, kind, properties)


def _place(resource: StackResource) -> Place:
    return Place(resource.logical_id, resource.type, resource.physical_id)


def _denied(refused: RefusedCall) -> str:
    """Write a refusal as events show it; of tags, CloudFormation says more (brefphp/bref pull request 2028)."""
    if not refused.tagging:
        return _message(refused.message, "AccessDenied")
    said = f'{_ON_TAGS} Resource handler returned message: "{refused.message}"'
    return _message(said, "UnauthorizedTaggingOperation")


_ON_TAGS: Final = (
    "Encountered a permissions error performing a tagging operation, please add required tag permissions. See"
    " https://repost.aws/knowledge-center/cloudformation-tagging-permission-error for how to resolve."
)


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
    """Write a handler's error as events show it."""
    return f'Resource handler returned message: "{message}" (RequestToken: {uuid4()}, HandlerErrorCode: {code})'
