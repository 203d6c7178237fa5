"""Public reports of a denied call, and what is said of each before the deployment."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from leastgrant import Environment, needs_of, parse, resolve
from leastgrant.iam import Pattern
from leastgrant.knowledge import Tier, authorization

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from leastgrant import Need

HERE: Final = Environment("aws", "us-east-1", "123456789012", "app")
"""Where every report is replayed; the resource is `Thing`."""
TESTS: Final = Path(__file__).parents[2] / "tests" / "leastgrant"


class DenialSet(Enum):
    """A set of reports, by when they were seen."""

    INCIDENTS = "incidents.json"
    """Known while the rules were written."""
    REPORTED = "denials/reported.json"
    """Unseen until they were measured in November 2026; rules were written for them since."""
    HELD_OUT = "denials/held_out.json"
    """Measured alone: no rule is written for what it finds, until another set replaces it."""
    HELD_OUT_LATER = "denials/held_out_later.json"
    """Held out too, and collected once the kinds that the set before had shown were known."""

    @property
    def title(self) -> str:
        """The set's name in the table."""
        return {
            DenialSet.INCIDENTS: "known while the rules were written",
            DenialSet.REPORTED: "measured first, then learnt from",
            DenialSet.HELD_OUT: "held out",
            DenialSet.HELD_OUT_LATER: "held out, collected last",
        }[self]

    @property
    def path(self) -> Path:
        """The file."""
        return TESTS / self.value


class DeniedOn(Enum):
    """How a need's resource fits the one that a call was denied on."""

    RIGHT = "right"
    """It asks for no more than the denied resource, as far as that was known before the deployment."""
    WIDE = "wide"
    """The denied resource is among those that it asks for."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Denial:
    """A call that CloudFormation was denied."""

    id: str
    type: str
    properties: Mapping[str, object]
    operation: str
    """`create`, `read`, `update`, `delete`, `tag` (either of create and update), or `rollback`."""
    action: str
    resource: Pattern | None
    """What the call was made on, as narrow as it can be known before the deployment; None: not recorded."""
    beside: Mapping[str, object] = field(default_factory=dict[str, object])
    """Other resources of the template."""

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Denial:
        """Read a row of a set."""
        resource = row.get("resource")
        return cls(
            id=row.get("id") or row["link"],
            type=row["type"],
            properties=row["properties"],
            operation=row["operation"],
            action=row["action"],
            resource=None if resource is None else Pattern.parse(resource),
            beside=row.get("beside", {}),
        )

    @property
    def template(self) -> str:
        """A template with the resource that the call was made for."""
        if "<" in self.type:  # a parameter of the template
            parameters = {"Thing": {"Type": self.type, **self.properties}}
            return json.dumps({"Parameters": parameters, "Resources": {"Other": {"Type": "AWS::CDK::Metadata"}}})
        thing = {"Type": self.type, "Properties": self.properties}
        transform = {"Transform": "AWS::Serverless-2016-10-31"} if self.type.startswith("AWS::Serverless::") else {}
        return json.dumps({**transform, "Resources": {"Thing": thing, **self.beside}})


OPERATIONS: Final[Mapping[str, frozenset[str]]] = {
    "create": frozenset({"create"}),
    "read": frozenset({"read", "create", "update"}),  # in a deployment, or of drift
    "update": frozenset({"update"}),
    "delete": frozenset({"delete"}),
    "tag": frozenset({"create", "update"}),
    "rollback": frozenset({"delete", "update", "rollback"}),  # of a creation, of an update
}
"""The operations of a need that foretell a denial, by the operation that was denied."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of a denial beforehand."""

    denial: Denial
    tier: Tier | None
    """The surest, in the operation that was denied; None: nothing is said of the action there."""
    elsewhere: bool
    """The action is asked for, but in no operation that was denied."""
    resource: DeniedOn | None
    """None: the action is not asked for at all, or the resource was not recorded."""


@cache
def denials(of: DenialSet) -> tuple[Denial, ...]:
    """Return the reports of a set."""
    rows: list[dict[str, Any]] = json.loads(of.path.read_text(encoding="utf-8"))
    return tuple(map(Denial.read, rows))


def needs(denial: Denial) -> tuple[Need, ...]:
    """Return what leastgrant says is called for the template."""
    resolved = resolve(parse(denial.template, "app.json"), HERE)
    return needs_of(resolved, stack_tags=denial.operation == "tag")[0]


def judged(denial: Denial) -> Judgement:
    """Return what leastgrant says of a denial."""
    asked = [need for need in needs(denial) if need.action.lower() == denial.action.lower()]
    there = [need for need in asked if need.operation.value in OPERATIONS[denial.operation]]
    order = list(Tier)
    tier = min((need.tier for need in there), key=order.index, default=None)
    return Judgement(denial, tier, bool(asked) and not there, _resource(denial, there or asked))


def _resource(denial: Denial, asked: Iterable[Need]) -> DeniedOn | None:
    resources = [need.resource for need in asked]
    if denial.resource is None or not resources:
        return None
    if not authorization.has_resources(denial.action):
        return DeniedOn.RIGHT
    if any(denial.resource.includes(resource) for resource in resources):
        return DeniedOn.RIGHT
    return DeniedOn.WIDE if any(resource.includes(denial.resource) for resource in resources) else DeniedOn.WRONG


def tally(judgements: Iterable[Judgement]) -> Counter[Tier | DeniedOn | str]:
    """How many denials have each answer: by tier, `elsewhere` or `absent`, and by resource or `not recorded`."""
    found: Counter[Tier | DeniedOn | str] = Counter()
    for one in judgements:
        found[one.tier or ("elsewhere" if one.elsewhere else "absent")] += 1
        if one.resource is not None:
            found[one.resource] += 1
        elif one.denial.resource is None:
            found["not recorded"] += 1
    return found
