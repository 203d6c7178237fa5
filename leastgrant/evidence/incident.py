"""What was called and not predicted, or refused and not known, as rows that can be sent: no name or account is left.

A row has the fields of `tests/leastgrant/incidents.json`; who sends it fills in what a trail does not tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leastgrant.evidence.compare import Predicted
from leastgrant.evidence.event import Via
from leastgrant.iam.arn import components
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import authorization, type_schema
from leastgrant.knowledge.name_words import ENDS, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.evidence.compare import Evidence
    from leastgrant.template import ResolvedTemplate

ACCOUNT: Final = "123456789012"
"""What stands for every account."""

_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_CREATES = frozenset({"allocate", "create", "import", "launch", "register", "request", "run"})


@dataclass(frozen=True, slots=True)
class Incident:
    """A call that leastgrant did not know."""

    action: str
    resource: str | None
    """The ARN's format, with the region, and with nothing of the account."""
    operation: str
    """By the action's name: create, read, update, delete or tag."""
    types: tuple[str, ...]
    """The types of the templates that the service handles."""
    properties: tuple[str, ...]
    """The names of what they set, if it is one type."""
    quote: str

    def row(self) -> dict[str, object]:
        """Return the row to send."""
        return {
            "type": " or ".join(self.types),
            "properties": dict.fromkeys(self.properties, "..."),
            "operation": self.operation,
            "action": self.action,
            **({"resource": self.resource} if self.resource else {}),
            "link": "",
            "quote": self.quote,
            "lesson": "",
        }


def incidents(found: Evidence, deployed: Iterable[ResolvedTemplate]) -> tuple[Incident, ...]:
    """Return what CloudFormation called with the role, and no need of the templates explains."""
    templates = [stack for root in deployed for stack in root.stacks]
    rows: dict[tuple[str, str | None], Incident] = {}
    for seen in found.not_predicted:
        if seen.via is Via.CLOUDFORMATION:
            arns = seen.elsewhere if seen.predicted is Predicted.ELSEWHERE else seen.arns
            quote = f"CloudTrail: {seen.source} {seen.name}, invoked by cloudformation.amazonaws.com"
            for action in seen.actions[:1]:
                row = _incident(action, next(iter(arns), None), quote, templates)
                rows.setdefault((row.action, row.resource), row)
    for one in found.refused.values():
        if one.via is Via.CLOUDFORMATION and not one.tiers:
            quote = f"is not authorized to perform: {one.action} {one.because}"
            row = _incident(one.action, one.resource, quote, templates)
            rows.setdefault((row.action, row.resource), row)
    return tuple(rows.values())


def _incident(action: str, arn: str | None, quote: str, templates: Iterable[ResolvedTemplate]) -> Incident:
    set_of = dict(_types(action, templates))
    properties = next(iter(set_of.values())) if len(set_of) == 1 else ()
    return Incident(action, without_names(action, arn), _operation(action), tuple(set_of), properties, quote)


def _types(action: str, templates: Iterable[ResolvedTemplate]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the types that the action's service handles, each with the names of the properties that are set."""
    service = action.partition(":")[0]
    found: dict[str, dict[str, None]] = {}
    for resource in (resource for resolved in templates for resource in resolved):
        schema = type_schema(resource.declared.type)
        if schema is not None and schema.iam_prefix == service:
            found.setdefault(resource.declared.type, {}).update(dict.fromkeys(resource.properties))
    yield from ((name, tuple(sorted(properties))) for name, properties in sorted(found.items()))


def _operation(action: str) -> str:
    known = authorization.action(action)
    verb = next(iter(words(action.partition(":")[2])), "")
    if known is not None and "Tagging" in known.levels:
        return "tag"
    if known is not None and known.reads:
        return "read"
    return "delete" if verb in ENDS else "create" if verb in _CREATES else "update"


def without_names(action: str, arn: str | None) -> str | None:
    """Write an ARN as its format: the account replaced, and each name a wildcard; None if no format fits."""
    parts = components(arn) if arn else None
    if parts is None:
        return None
    for text in authorization.formats(action) or ():
        if Pattern.parse(_PLACEHOLDER.sub("*", text)).matches(arn or ""):
            known: Mapping[str, str] = {"${Partition}": parts[1], "${Region}": parts[3], "${Account}": ACCOUNT}
            return _PLACEHOLDER.sub(lambda match, known=known: known.get(match[0], "*"), text)
    return f"arn:{parts[1]}:{parts[2]}:{parts[3]}:{ACCOUNT if parts[4] else ''}:*"
