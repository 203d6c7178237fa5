"""Requests that a role is asked about, one by one: what stands for all that is needed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from leastgrant import refusals
from leastgrant.iam import Pattern, Request, Wildcard, evaluate, member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leastgrant import Need
    from leastgrant.iam import Context, Permissions

Entries: TypeAlias = "tuple[tuple[str, tuple[str, ...]], ...]"
"""A context, as a value: sorted by key."""


@dataclass(frozen=True, slots=True)
class SimulatedRequest:
    """One request of the role. `context` is what is known of it; what is not in it, IAM takes for absent."""

    action: str
    resource: str
    context: Entries = ()

    def allowed_by(self, permissions: Permissions) -> bool:
        """Tell whether the permissions allow it, by leastgrant."""
        return evaluate(Request(self.action, self.resource, dict(self.context)), permissions).allowed

    @property
    def on(self) -> str:
        """The resource and the context, in words."""
        context = "".join(f", {key} {' or '.join(values)}" for key, values in self.context if values)
        return f"{self.resource}{context}"


def grouped_lines(said: Iterable[tuple[SimulatedRequest, str]]) -> list[str]:
    """Group what is said of requests: one line for all actions with the same resource and remark."""
    actions: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for request, what in said:
        actions[request.on, what].append(request.action)
    return [f"{', '.join(names)} on {on}: {what}" for (on, what), names in actions.items()]


def requests_for(needs: Iterable[Need], permissions: Permissions) -> tuple[SimulatedRequest, ...]:
    """Return a request for each required need: the one that leastgrant finds refused, else an example.

    Raises:
        PatternTooComplex: the patterns are too complex to compare.
    """
    found: dict[SimulatedRequest, None] = {}
    for need, witness in refusals([need for need in needs if need.is_deployed_with], permissions).items():
        if witness is not None:
            found[_simulated(witness.request.action, witness.request.resource, witness.request.context)] = None
        else:
            found |= dict.fromkeys(_simulated(need.action, example(need.resource), one) for one in need.contexts)
    return tuple(found)


def _simulated(action: str, resource: str, context: Context) -> SimulatedRequest:
    return SimulatedRequest(action, resource, tuple(sorted(context.items())))


def example(pattern: Pattern) -> str:
    """Return a shortest ARN of a pattern, each `*` in it standing for at least one character.

    Raises:
        PatternTooComplex: there is no telling.
    """
    tokens = (Wildcard.ONE if token is Wildcard.ANY else token for token in pattern.tokens)
    found = member((Pattern(tuple(tokens)),))
    return str(pattern) if found is None else found
