"""The whole proof of one role, from what is deployed with it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.escalation import escalations, paths
from leastgrant.proof.escape import escapes
from leastgrant.proof.excess import Granted, broad, excess, granted, wildcards_in_types
from leastgrant.proof.finding import Acknowledged, Finding, Kind
from leastgrant.proof.missing import least_statement, missing, refusals
from leastgrant.proof.needs import Need, needs_of
from leastgrant.proof.trust import others_trusted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.proof.needs import Unmodelled, Use
    from leastgrant.proof.trust import Trusted
    from leastgrant.role import Role
    from leastgrant.template import ResolvedTemplate


@dataclass(frozen=True)
class Proof:
    """What was asked, and every answer."""

    role: Role
    refused: Mapping[Need, Witness | None]
    """Each need with a request of it that is refused; None if all are allowed."""
    grants: tuple[Granted, ...]
    paths: tuple[EscalationPath, ...]
    """Every known way to more permissions: absent, closed or open."""
    findings: tuple[Finding, ...]
    acknowledged: tuple[Acknowledged, ...] = ()
    """What was found too, but is meant to be."""

    @property
    def proved(self) -> bool:
        """Whether nothing was found, apart from what is acknowledged."""
        return not self.findings

    @property
    def needs(self) -> tuple[Need, ...]:
        """All needs."""
        return tuple(self.refused)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of a kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)

    def acknowledging(self, reasons: Mapping[str, str]) -> Proof:
        """The proof with findings acknowledged: by `Finding.id`, why each is meant to be.

        Raises:
            ValueError: an id is of no finding, or a reason is blank.
        """
        ids = {finding.id for finding in self.findings}
        for stale in reasons:
            if stale not in ids:
                raise ValueError(f"{stale} is acknowledged, but there is no such finding; take it out")
        meant = tuple(Acknowledged(found, reasons[found.id]) for found in self.findings if found.id in reasons)
        left = tuple(finding for finding in self.findings if finding.id not in reasons)
        return replace(self, findings=left, acknowledged=(*self.acknowledged, *meant))


def prove(
    role: Role,
    deployed: Iterable[ResolvedTemplate],
    *,
    uses: Iterable[Use] = (),
    namespaces: Sequence[Pattern] = (),
    trusted: Trusted | None = None,
    mend: Callable[[Need], str] = least_statement,
    stack_tags: bool = False,
) -> Proof:
    """Prove that a role grants what the templates and the uses need, and nothing else.

    Args:
        role: The role that CloudFormation acts with.
        deployed: The templates that are deployed with it.
        uses: What else is done with it.
        namespaces: What its stacks may own. None: everything in the accounts and regions of the templates, and
            then a grant is too broad when it is broader than its needs.
        trusted: The tokens that may assume the role. None: who may is not asked.
        mend: Says how a missing permission is granted.
        stack_tags: The stacks have tags of their own.

    Raises:
        PatternTooComplex: the role's patterns are too complex to compare.
    """
    deployed = tuple(deployed)
    needs: list[Need] = [need for use in uses for need in use.needs()]
    unmodelled: list[Unmodelled] = []
    for resolved in deployed:
        called, unknown = needs_of(resolved, stack_tags=stack_tags)
        needs += called
        unmodelled += unknown
    refused = refusals(dict.fromkeys(needs), role.permissions)
    grants = tuple(granted(role.statements, needs))
    ways = paths(role)
    findings = (
        *missing(refused, role, mend),
        *_unknown(unmodelled),
        *excess(grants),
        *wildcards_in_types(role),
        *broad(grants, namespaces),
        *escapes(grants, namespaces or _places(deployed)),
        *escalations(ways),
        *(others_trusted(role.trust, trusted) if role.trust and trusted else ()),
    )
    return Proof(role, refused, grants, ways, findings)


def _unknown(unmodelled: Iterable[Unmodelled]) -> Iterator[Finding]:
    for resource in unmodelled:
        yield Finding(
            Kind.UNKNOWN,
            action="",
            resource=resource.subject.type,
            message=f"`{resource.subject.name}` ({resource.subject.type}): {resource.reason}",
            mend="declare what it needs as a use, and acknowledge this",
            subject=resource.subject,
        )


def _places(deployed: Iterable[ResolvedTemplate]) -> tuple[Pattern, ...]:
    """Every ARN of the templates' accounts and regions; IAM's have no region, and S3's neither."""
    return tuple(
        Pattern.literal("arn:")
        + known["partition"]
        + Pattern.parse(":*:")
        + region
        + _COLON
        + account
        + Pattern.parse(":*")
        for known in (resolved.environment.patterns for resolved in deployed)
        for region in (known["region"], Pattern.literal(""))
        for account in (known["account"], Pattern.literal(""))
    )


_COLON = Pattern.literal(":")
