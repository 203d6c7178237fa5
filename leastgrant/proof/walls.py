"""Policies that limit a role from outside: of its organisation, and of the resources that it calls.

Sources: "Service control policies", "Resource control policies", AWS Organizations User Guide: a request must be
allowed on every level from the root to the account, and denied on none; what has no policy of its own has
`FullAWSAccess`, or `RCPFullAWSAccess`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, cast

from leastgrant.iam.document import Effect, Policy, parse_policy
from leastgrant.iam.evaluation import Outcome, Permissions
from leastgrant.iam.json_values import PolicyError
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.missing import is_demanded, refusals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.needs import Need

_FULL_ACCESS = parse_policy(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, "FullAWSAccess"
)


class WallKind(Enum):
    """What limits the role."""

    SCP = "service control policy"
    RCP = "resource control policy"


@dataclass(frozen=True, slots=True)
class Wall:
    """The policies of one level: what none of them allows, or one denies, nobody in the account can do."""

    kind: WallKind
    name: str
    """How findings call it: its file."""
    policies: tuple[Policy, ...]

    @property
    def permissions(self) -> Permissions:
        """What they let through; policies that only deny stand beside those that allow everything."""
        allowing = any(s.effect is Effect.ALLOW for policy in self.policies for s in policy.statements)
        return Permissions(self.policies if allowing else (*self.policies, _FULL_ACCESS))


def parse_wall(kind: WallKind, name: str, documents: Sequence[tuple[str, object]]) -> Wall:
    """Parse the policies of one level, each with its name.

    Raises:
        PolicyError: one is not valid.
    """
    of = _without_principal if kind is WallKind.RCP else _as_it_is
    return Wall(kind, name, tuple(parse_policy(of(document, where), where) for where, document in documents))


def _as_it_is(document: object, _: str) -> object:
    return document


def _without_principal(document: object, name: str) -> object:
    """Leave out the principal of each statement: it is everyone, as a resource control policy takes no other."""
    if not isinstance(document, dict):
        return document
    policy = cast("dict[str, object]", document)
    statements = policy.get("Statement")
    listed = cast("list[object]", statements if isinstance(statements, list) else [statements])
    kept: list[object] = []
    for number, statement in enumerate(listed):
        if isinstance(statement, dict):
            members = cast("dict[str, object]", statement)
            if members.get("Principal") not in ("*", {"AWS": "*"}):
                raise PolicyError(f"{name}.Statement[{number}]", 'Principal must be "*" in a resource control policy')
            kept.append({key: value for key, value in members.items() if key != "Principal"})
        else:
            kept.append(statement)
    return {**policy, "Statement": kept}


def called_by(arn: str, needs: Iterable[Need], organization: str | None = None) -> Iterator[Need]:
    """Yield the needs, with what is known of every request of a role.

    Sources: "AWS global condition context keys", AWS IAM User Guide.

    Args:
        arn: The role's.
        needs: What is called with it.
        organization: The id of the organisation that the accounts are in, if it is known.
    """
    of_all = {"aws:principalarn": arn, "aws:principalaccount": arn.split(":")[4], "aws:principalisawsservice": "false"}
    if organization is not None:
        of_all |= {"aws:principalorgid": organization, "aws:resourceorgid": organization}
    keys = tuple((key, ((Pattern.literal(value),),)) for key, value in of_all.items())
    for need in needs:
        yield replace(need, known=replace(need.known, keys=(*need.known.keys, *keys)))


def stopped(needs: Iterable[Need], walls: Iterable[Wall], role: str) -> Iterator[Finding]:
    """Yield a finding for each need that a wall does not let through, whatever the role's own policies say."""
    demanded = tuple(dict.fromkeys(need for need in needs if is_demanded(need, on_change=True)))
    for wall in walls:
        for need, witness in refusals(demanded, wall.permissions).items():
            if witness is not None:
                yield _finding(need, witness, wall, role)


def _finding(need: Need, witness: Witness, wall: Wall, role: str) -> Finding:
    what = f"the {wall.kind.value} {wall.name}"
    statements = ", ".join(map(str, witness.decision.statements))
    if witness.undecided:
        why = f"whether {what} lets it through depends on {', '.join(sorted(witness.undecided))}"
        remedy = f"except {role} from {what}, or have its condition ask for what is known before the deployment"
    elif witness.decision.outcome is Outcome.EXPLICITLY_DENIED:
        why, remedy = f"{what} denies it ({statements})", f"leave it out of what {statements} denies, or except {role}"
    else:
        why, remedy = f"{what} does not allow it", f'allow "{need.action}" on "{need.on}" in {what}'
    return Finding(
        Kind.MISSING,
        need.action,
        need.on,
        f"{need.doing} will fail: {role} may not {need.action} on {need.on}: {why}",
        remedy,
        need=need,
        subject=need.subject,
        layer=what,
    )
