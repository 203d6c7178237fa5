"""May the caller make the calls of a handler? As leastgrant knows them, on the physical resource, at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

from leastgrant import Operation, needs_of, refusals
from leastgrant.knowledge import Tier, authorization
from local_aws.cloudformation.handler import NotModelled
from local_aws.refusal import is_tagging, refusal

if TYPE_CHECKING:
    from collections.abc import Container

    from leastgrant import Need
    from leastgrant.template import ResolvedTemplate
    from local_aws.callers import Caller


class HandlerStep(Enum):
    """What a handler is called for."""

    CREATE = (Operation.CREATE,)
    UPDATE = (Operation.UPDATE,)
    DELETE = (Operation.DELETE, Operation.ROLLBACK)
    IMPORT = (Operation.READ,)


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """A call that the caller may not make."""

    message: str
    """As the service says it, and the handler's SDK."""
    after: bool
    """The resource had been made by then."""
    tagging: bool = False
    """It would have set tags."""


_NESTED: Final = "AWS::CloudFormation::Stack"
_MAKING: Final = ("Create", "Put", "Add", "Run")


def denial(
    step: HandlerStep,
    resolved: ResolvedTemplate,
    logical_id: str,
    caller: Caller,
    *,
    stack_tags: bool = False,
    changed: Container[str] | None = None,
) -> RefusedCall | None:
    """Find the first call of a handler that the caller may not make.

    What is read, what is passed and the first call that makes the resource come first; then the rest, such as tags.
    Advisory calls are made too, and a handler carries on when they are refused.

    Args:
        step: What the handler is called for.
        resolved: The template.
        logical_id: The resource.
        caller: Whose permissions are asked.
        stack_tags: The stack has tags.
        changed: The properties that an update changes, by their first names; None: whatever the template sets.

    Raises:
        NotModelled: it is not known what the handler calls.
    """
    if caller.permissions is None:
        return None
    needs, unknown = needs_of(resolved, stack_tags=stack_tags)
    for one in unknown:
        if one.subject.name == logical_id and one.subject.type != _NESTED:  # what is nested asks for its own
            raise NotModelled(f"{logical_id} ({one.subject.type}): {one.reason}")
    own = [need for need in needs if need.subject.name == logical_id and need.operation in step.value and need.is_sure]
    if changed is not None:
        called = [need for need in own if _is_called(need, changed)]
        # what changes is written by some call: if none is known to be made for it, any of them may be
        own = called if any(not _reads(need) for need in called) else own
    first = _first(own)
    for need in (*first, *(need for need in own if need not in first)):
        refused = _refused(need, caller)
        if refused is not None:
            after = step is HandlerStep.CREATE and need not in first
            return RefusedCall(refused, after=after, tagging=is_tagging(need.action))
    return None


def _is_called(need: Need, changed: Container[str]) -> bool:
    """Tell whether an update of these properties makes a call. A role is passed again with whatever else changes."""
    always = need.tier is not Tier.ON_CHANGE or need.trigger is None or need.action == "iam:PassRole"
    return always or (need.trigger or "").partition("/")[0] in changed


def _first(needs: list[Need]) -> list[Need]:
    before = [need for need in needs if _reads(need)]
    making = [need for need in needs if not _reads(need) and need.action.partition(":")[2].startswith(_MAKING)]
    passing = [need for need in needs if need.action in ("iam:PassRole", "iam:CreateServiceLinkedRole")]
    return [*before, *passing, *making[:1]]


def _reads(need: Need) -> bool:
    known = authorization.action(need.action)
    return known is not None and known.reads


def _refused(need: Need, caller: Caller) -> str | None:
    permissions = caller.permissions
    if permissions is None:
        return None
    witness = refusals([need], permissions)[need]
    if witness is None:
        return None
    refused = refusal(witness.request, permissions, caller.arn)
    if refused is not None:
        return refused.in_handler()
    depends = f"whether it may depends on {', '.join(sorted(witness.undecided))}"
    return f"{need.action} on {need.on}: {depends}"
