"""What several commands do: the needs of all inputs, the stacks' tags, the exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from leastgrant.cli.parser import ArgumentError
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.needs import needs_of
from leastgrant.proof.request import Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.cli.arguments import AcknowledgingOptions, InputOptions
    from leastgrant.cli.inputs import Inputs
    from leastgrant.proof.needs import Need, Unmodelled

PROVED, FOUND = 0, 1
"""The exit statuses of a command that could use its input."""


def all_needs(options: InputOptions, inputs: Inputs) -> tuple[list[Need], list[Unmodelled]]:
    """Return the needs of all templates and uses, and the resources of which they are not known."""
    needs: list[Need] = []
    unknown: list[Unmodelled] = []
    for resolved in (stack for deployed in inputs.deployed for stack in deployed.stacks):
        called, unmodelled = needs_of(resolved, stack_tags=stack_tags(options), existing=frozenset(options.existing))
        needs += called
        unknown += unmodelled
    return [*needs, *(need for use in inputs.uses for need in use.needs())], unknown


def stack_tags(options: InputOptions) -> Tags:
    """Return the stacks' own tags.

    Raises:
        ArgumentError: a key is given twice.
    """
    pairs = dict(options.stack_tag)
    if len(pairs) < len(options.stack_tag):
        raise ArgumentError("--stack-tag: a key is given twice; keep one value")
    tags = tuple((key, Pattern.literal(value)) for key, value in pairs.items())
    return Tags(tags, complete=not options.stack_tags)


class _Acknowledging(Protocol):
    """What has findings that can be acknowledged: a proof, or a chain of them."""

    def acknowledging(self, reasons: Mapping[str, str]) -> Self: ...


_Found = TypeVar("_Found", bound=_Acknowledging)


def acknowledged(found: _Found, options: AcknowledgingOptions) -> _Found:
    """Return what was found, with what the arguments acknowledge.

    Raises:
        ArgumentError: a finding is given twice, or there is no such finding.
    """
    reasons = dict(options.acknowledge)
    if len(reasons) < len(options.acknowledge):
        raise ArgumentError("--acknowledge: a finding is given twice; keep one reason")
    try:
        return found.acknowledging(reasons)
    except ValueError as error:
        raise ArgumentError(f"--acknowledge: {error}") from None
