"""Say what a role can do to data and to itself."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from leastgrant.cli.arguments import OwnOptions, add_deployed, add_example, add_output, add_own, add_role
from leastgrant.cli.commands.common import PROVED
from leastgrant.cli.inputs import read_inputs
from leastgrant.cli.listing import table
from leastgrant.cli.output import write, write_lines
from leastgrant.proof.escalation import State
from leastgrant.proof.reach import Answer, reach
from leastgrant.report.json_ import VERSION
from leastgrant.text import counted, printable, shown_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.cli.parser import Parser
    from leastgrant.proof.reach import Allowed, DataAccess, DataResource, Reach


class Options(OwnOptions):
    """The arguments of the command."""


def run(options: Options) -> int:
    """Run the command; returns the exit status: it answers, and judges nothing."""
    inputs = read_inputs(options, options.role)
    (role,) = inputs.roles
    role = replace(role, arns=(options.role_arn,) if options.role_arn else role.arns)
    found = reach(role, inputs.deployed, options.namespace, options.belongs)
    if options.format == "json":
        write(_json(found), options.output)
    else:
        write_lines(_text(found), options.output)
    return PROVED


def _text(found: Reach) -> Iterator[str]:
    yield printable(f"What {found.role} can do to data")
    for resource in found.data:
        place = f"in {resource.stack}" if resource.stack else "beside the stacks"
        yield printable(f"{resource.name} ({resource.type}) {place}")
        yield from table([row for access in resource.accesses for row in _rows(access)], 2)
    if not found.data:
        yield "  there is none that is known to hold any"
    if found.not_asked:
        yield f"Not asked about, as it is not known that they hold data: {', '.join(found.not_asked)}"
    for arn in found.unread:
        yield printable(f"Not considered, as its document is not known: {arn}")
    yield ""
    yield printable(f"What {found.role} can do to itself and others")
    there = [way for way in found.ways if way.state is not State.ABSENT]
    yield from table([(way.name, way.state.value, way.because) for way in there], 2)
    yield f"  {counted(len(found.ways) - len(there), 'other way')}: no statement allows one of its actions"


def _rows(access: DataAccess) -> Iterator[tuple[str, str, str]]:
    name = access.access.value
    granted: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
    for allowed in access.allowed:
        granted[_by(allowed), allowed.through].append(allowed.action)
    runs_as: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for (by, through), actions in granted.items():
        runs_as[", ".join(dict.fromkeys(actions)), by] += [through] if through else []
    for (actions, by), roles in runs_as.items():
        code = f", with code that runs as {' or '.join(roles)}" if roles else ""
        yield name, Answer.YES.value, f"{actions}: {by}{code}"
    doubts: defaultdict[str, list[str]] = defaultdict(list)
    for doubt in access.doubts:
        doubts[doubt.reason].append(doubt.action)
    for reason, actions in doubts.items():
        yield name, Answer.UNDECIDED.value, f"{', '.join(dict.fromkeys(actions))}: {reason}"
    if access.answer is Answer.NO:
        yield name, Answer.NO.value, ""


def _by(allowed: Allowed) -> str:
    statements = ", ".join(map(str, allowed.statements))
    context = "".join(f", {key} {shown_values(values)}" for key, values in allowed.context.items() if values)
    return f"{statements}{context}"


class _Statement(TypedDict):
    where: str
    sid: str | None


class _Allowed(TypedDict):
    action: str
    statements: list[_Statement]
    context: dict[str, list[str]]
    through: str | None


class _Doubt(TypedDict):
    action: str
    reason: str
    through: str | None


class _Access(TypedDict):
    answer: str
    allowed: list[_Allowed]
    undecided: list[_Doubt]


class _Resource(TypedDict):
    name: str
    type: str
    stack: str
    access: dict[str, _Access]


class _Way(TypedDict):
    name: str
    state: str
    because: str
    gives: str
    source: str


class _Report(TypedDict):
    version: int | str
    role: str
    data: list[_Resource]
    ways: list[_Way]
    notAsked: list[str]
    unread: list[str]


def _json(found: Reach) -> str:
    report: _Report = {
        "version": VERSION,
        "role": found.role,
        "data": [_resource(one) for one in found.data],
        "ways": [
            {"name": w.name, "state": w.state.value, "because": w.because, "gives": w.gives, "source": w.source}
            for w in found.ways
        ],
        "notAsked": [*found.not_asked],
        "unread": [*found.unread],
    }
    return json.dumps(report, indent=2) + "\n"


def _resource(one: DataResource) -> _Resource:
    access: dict[str, _Access] = {
        kind.access.value: {
            "answer": kind.answer.value,
            "allowed": [
                {
                    "action": a.action,
                    "statements": [{"where": s.where, "sid": s.sid} for s in a.statements],
                    "context": {key: list(values) for key, values in a.context.items()},
                    "through": a.through,
                }
                for a in kind.allowed
            ],
            "undecided": [{"action": d.action, "reason": d.reason, "through": d.through} for d in kind.doubts],
        }
        for kind in one.accesses
    }
    return {"name": one.name, "type": one.type, "stack": one.stack, "access": access}


def add_arguments(parser: Parser) -> None:
    """Declare what the command takes."""
    add_example(
        parser,
        "leastgrant reach --role role.yaml#DeployRole --app app.yaml --stack-name shop \\\n"
        "    --account 123456789012 --region eu-west-1",
    )
    add_role(parser, required=True)
    add_deployed(parser, required=True)
    add_own(parser)
    add_output(parser, ("text", "json"))
