"""The inspections of the human gates: what the deploy role's policy says, and what IAM makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from msgspec import Struct

from leastgrant import new_access
from leastgrant.knowledge import authorization
from leastgrant.template import PARTITION_OF
from leastgrant.text import counted, printable
from ops.errors import OpsError
from ops.role.difference import request_text
from ops.role.documents import Document
from ops.role.live import read_live_role
from ops.role.simulated_request import SimulatedRequest, grouped_lines, requests_for
from ops.role.simulation import SimulatedDecision, simulate
from ops.role.synthesised import synthesised_role
from ops.terminal.result import ExitStatus
from ops.terminal.table import table

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from leastgrant import NotDecided
    from leastgrant.iam import Witness
    from ops.aws.account import Account
    from ops.project.deployment import Deployment
    from settings import Settings

ACTIONS: Final = (
    "events:DescribeRule",
    "events:PutRule",
    "events:DeleteRule",
    "events:PutTargets",
    "events:RemoveTargets",
)
"""The five EventBridge actions of the human gates: of the statement `EventBridgeDataOpsRules`, those by which a rule is
made and unmade. Its others read targets and tags."""

_MOST: Final = 10  # requests that show what the live role may do besides; the JSON has all

_RULE: Final = "WorkEngineFunctionDailyWorkEngineCron-test"
"""The rule of the human gates: as CloudFormation names the one on which the deployment was rolled back."""


@dataclass(frozen=True, slots=True)
class Line:
    """A request with its answers, and the answer that there should be."""

    request: SimulatedRequest
    target: str
    """Whose resource it is."""
    expected: bool
    by_iam: SimulatedDecision
    granted: bool
    """Leastgrant's answer. IAM denies what is of another account whatever the role's policies say; this does not."""

    @property
    def as_expected(self) -> bool:
        """Whether both say what they should."""
        return self.by_iam.allowed is self.expected and self.granted is self.expected

    @property
    def said(self) -> str:
        """The answers, and what they should be."""
        iam = f"{_word(self.by_iam.allowed)} by IAM ({self.by_iam.because})"
        return f"NOT AS EXPECTED: {iam}, {_word(self.granted)} by leastgrant, must be {_word(self.expected)}"


@dataclass(frozen=True, slots=True)
class Simulation:
    """The live policies, the matrix of the five actions, and all needs."""

    role: str
    policies: Mapping[str, Document | None]
    """By name, or ARN; None: the template has it, and the role does not."""
    matrix: Sequence[Line]
    needs: Sequence[Line]
    broader: Sequence[Witness]
    """Requests that the live role allows and the synthesised one does not: one for each such kind."""
    undecided: Sequence[NotDecided]
    """Of what it is not decided whether the live role allows more."""

    @property
    def status(self) -> ExitStatus:
        """Good if every policy is there, every answer is as it should be, and nothing else is allowed."""
        there = all(document is not None for document in self.policies.values())
        return (
            ExitStatus.GOOD if there and not (self._otherwise or self.broader or self.undecided) else ExitStatus.FOUND
        )

    @property
    def _otherwise(self) -> list[Line]:
        return [line for line in (*self.matrix, *self.needs) if not line.as_expected]

    def text(self) -> str:
        """Return the policies, the matrix, the needs, and what is not as expected."""
        lines = [line for name, document in self.policies.items() for line in (*self._policy(name, document), "")]
        allowed = sum(line.as_expected for line in self.needs)
        total = counted(len(self.needs), "request")
        lines += [
            *_matrix(self.matrix),
            "",
            f"Of {total} that stand for all that the deployment needs: {allowed} allowed",
        ]
        lines += [f"  {printable(line)}" for line in grouped_lines((one.request, one.said) for one in self._otherwise)]
        lines += self._broader()
        return "\n".join([*lines, "", self._end()]) + "\n"

    def _broader(self) -> Iterator[str]:
        if self.broader:
            yield ""
            yield "What the synthesised role does not allow, and the live one does, for example"
        yield from (f"  {printable(request_text(witness))}" for witness in self.broader[:_MOST])
        if len(self.broader) > _MOST:
            yield f"  and {len(self.broader) - _MOST:,} more, which --json shows"
        if self.undecided:
            yield ""
            yield "Not decided, whether the live role allows more"
        yield from (f"  {printable(str(one))}" for one in self.undecided)

    def _policy(self, name: str, document: Document | None) -> Iterator[str]:
        if document is None:
            yield f"{self.role} has no inline policy {name}: the live role is stale: update the role stack first"
            return
        yield f"The policy {name} of {self.role}"
        yield from table(("statement", "effect", "what, on what"), (_statement(one) for one in _statements(document)))

    def _end(self) -> str:
        if self.status is ExitStatus.GOOD:
            return "The role may do what the deployment needs, nothing of what is next to it, and nothing else."
        wrong = counted(len(self._otherwise), "answer is", "answers are")
        missing = ", ".join(name for name, document in self.policies.items() if document is None)
        said = [
            *([f"{wrong} not as expected"] if self._otherwise else []),
            *([f"the role has no {missing}"] if missing else []),
            *(["the role may do more than the synthesised one"] if self.broader else []),
            *(["it is not decided whether the role may do more"] if self.undecided else []),
        ]
        return f"{', and '.join(said)}: do not deploy before that is understood."

    def document(self) -> SimulationDocument:
        """Return the same; the policies as IAM has them."""
        return SimulationDocument(
            role=self.role,
            policies=self.policies,
            matrix=tuple(map(_line_document, self.matrix)),
            needs=tuple(map(_line_document, self.needs)),
            broader=tuple(map(request_text, self.broader)),
            undecided=tuple(map(str, self.undecided)),
        )


class LineDocument(Struct, frozen=True):
    """A request with both decisions, as JSON."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    target: str
    expected: str
    iam: str
    because: str
    leastgrant: str
    as_expected: bool


class SimulationDocument(Struct, frozen=True):
    """The simulation, as JSON."""

    role: str
    policies: Mapping[str, Document | None]
    matrix: tuple[LineDocument, ...]
    needs: tuple[LineDocument, ...]
    broader: tuple[str, ...]
    undecided: tuple[str, ...]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no arguments of its own."""
    del parser


def run(deployment: Deployment, account: Account, options: argparse.Namespace) -> Simulation:
    """Read the live role, and ask IAM.

    Raises:
        InputError: the cloud assembly or the live role cannot be read, or there is no such role.
        PatternTooComplex: the live policies are too complex.
        BotoCoreError, ClientError: as any call.
    """
    del options
    synthesised = synthesised_role(deployment)
    live = read_live_role(account.iam, synthesised.name)
    if live is None:
        raise OpsError(f"there is no role {synthesised.name}: deploy the role stack first")
    permissions = live.role.permissions
    targets = _targets(deployment.settings)
    gates = {
        SimulatedRequest(action, arn): (target, expected) for target, arn, expected in targets for action in ACTIONS
    }
    needs = requests_for(deployment.needs_of_the_role, permissions)
    decisions = simulate(account.iam, live.arn, dict.fromkeys((*gates, *needs)))
    access = new_access(synthesised.role, live.role)
    return Simulation(
        role=live.name,
        policies={**dict.fromkeys(synthesised.inline), **live.inline, **live.attached},
        matrix=tuple(
            Line(one, target, expected, decisions[one], one.allowed_by(permissions))
            for one, (target, expected) in gates.items()
        ),
        needs=tuple(
            Line(
                one,
                "what the deployment needs",
                expected=True,
                by_iam=decisions[one],
                granted=one.allowed_by(permissions),
            )
            for one in needs
        ),
        broader=tuple(
            witness
            for witness in access.gained
            if authorization.action(witness.request.action) is not None  # what IAM does not know allows nothing
        ),
        undecided=access.not_known_gained,
    )


def _targets(settings: Settings) -> tuple[tuple[str, str, bool], ...]:
    """Return rules, by whose they are, and whether the role may act on them; those next to its own it may not."""
    own, place = settings.app_stack_name, (settings.region, settings.account)
    return (
        ("own rule", _rule(settings, *place, own), True),
        ("another stack", _rule(settings, *place, f"{own}x"), False),
        ("another region", _rule(settings, _another_region(settings), settings.account, own), False),
        ("another account", _rule(settings, settings.region, _another_account(settings), own), False),
    )


def _rule(settings: Settings, region: str, account: str, stack: str) -> str:
    return f"arn:{settings.partition}:events:{region}:{account}:rule/{stack}-{_RULE}"


def _another_region(settings: Settings) -> str:
    """Return another region of the same partition; else one that there is not."""
    regions = [region for region, partition in PARTITION_OF.items() if partition == settings.partition]
    return next((region for region in reversed(regions) if region != settings.region), f"{settings.region}0")


def _another_account(settings: Settings) -> str:
    return "111111111111" if settings.account != "111111111111" else "222222222222"


def _matrix(lines: Sequence[Line]) -> Iterator[str]:
    """Yield what the targets are, then the answers: a row for each action, a column for each target."""
    targets = {line.target: line for line in lines}
    yield "EventBridge, as the human gates ask it"
    yield from (f"  {target}: {line.request.resource}" for target, line in targets.items())
    yield ""
    answers = {(line.request.action, line.target): _cell(line) for line in lines}
    yield from table(
        ("action", *targets),
        [
            ("(must be)", *(_word(line.expected) for line in targets.values())),
            *((action, *(answers[action, target] for target in targets)) for action in ACTIONS),
        ],
    )


def _cell(line: Line) -> str:
    if line.by_iam.allowed is line.granted:
        return f"{_word(line.granted)}{'' if line.as_expected else ' (!)'}"
    return f"IAM {_word(line.by_iam.allowed)}, leastgrant {_word(line.granted)} (!)"


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "denied"


def _statements(document: Document) -> list[Mapping[str, Any]]:
    statements: Any = document["Statement"]
    return cast("list[Mapping[str, Any]]", statements) if isinstance(statements, list) else [statements]


def _statement(statement: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return a statement in a row of a table: its actions without what their service repeats."""
    actions = " ".join(_texts(statement, "Action", "NotAction"))
    resources = " ".join(_texts(statement, "Resource", "NotResource"))
    condition = f" if {json.dumps(statement['Condition'])}" if "Condition" in statement else ""
    return statement.get("Sid", "-"), statement["Effect"], printable(f"{actions} on {resources}{condition}")


def _texts(statement: Mapping[str, Any], *elements: str) -> Iterator[str]:
    for element in elements:
        if element in statement:
            value = statement[element]
            if element.startswith("Not"):
                yield "all but"
            yield from value if isinstance(value, list) else [value]


def _line_document(line: Line) -> LineDocument:
    return LineDocument(
        action=line.request.action,
        resource=line.request.resource,
        context=dict(line.request.context),
        target=line.target,
        expected=_word(line.expected),
        iam=_word(line.by_iam.allowed),
        because=line.by_iam.because,
        leastgrant=_word(line.granted),
        as_expected=line.as_expected,
    )
