"""The resources that are deployed already: none is created, and so no creation of one is rolled back."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from leastgrant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from leastgrant.template import ResolvedTemplate


class ExistingError(InputError):
    """A resource is said to exist that no template declares, or that several do."""


def existing_of(resolved: ResolvedTemplate, existing: Collection[str]) -> frozenset[str]:
    """Give the logical ids of a template's existing resources.

    Args:
        resolved: The template.
        existing: Logical ids, each alone or as `STACK/LOGICALID`, with the stack's name as far as it is known.
    """
    stack = _stack(resolved)
    return frozenset(name for name in resolved.template.resources if name in existing or f"{stack}/{name}" in existing)


def check_existing(existing: Iterable[str], deployed: Sequence[ResolvedTemplate]) -> None:
    """Hold each name to one resource.

    Raises:
        ExistingError: a name is of no resource, or of several.
    """
    names = [(f"{_stack(resolved)}/{name}", name) for resolved in deployed for name in resolved.template.resources]
    for given in existing:
        meant = [full for full, name in names if given in (full, name)]
        if not meant:
            near = get_close_matches(given, [one for pair in names for one in pair], n=1)
            raise ExistingError(
                f"{given}: is said to exist, but no template declares it"
                + (f"; did you mean {near[0]}?" if near else "")
            )
        if len(meant) > 1:
            raise ExistingError(f"{given}: is said to exist, and several templates declare it; write {meant[0]}, or so")


def _stack(resolved: ResolvedTemplate) -> str:
    return str(resolved.environment.stack_name or resolved.template.source.name)
