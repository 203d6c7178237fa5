"""The whole proof of one role, from what is deployed with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant.iam.arn import components
from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.proof.deployed import deployed_of
from leastgrant.proof.escalation import escalations, paths
from leastgrant.proof.escape import escapes, escapes_of_buckets
from leastgrant.proof.excess import Granted, broad, excess, granted, wildcards_in_types
from leastgrant.proof.existing import check_existing
from leastgrant.proof.finding import Acknowledged, Finding, Kind
from leastgrant.proof.missing import least_statement, missing, refusals
from leastgrant.proof.needs import Need, needs_of, place_of, transform_arn
from leastgrant.proof.open_trust import open_to_others, trust_line
from leastgrant.proof.request import NO_TAGS
from leastgrant.proof.service_role import as_passed_by
from leastgrant.proof.trust import others_trusted
from leastgrant.role import managed_policies

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.proof.needs import Unmodelled, Use
    from leastgrant.proof.request import Tags
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
    trust: str = ""
    """Who may assume the role, in one line."""
    on_change: bool = False
    """What a change of the templates calls was demanded too."""

    @property
    def proved(self) -> bool:
        """Whether nothing was found, apart from what is acknowledged."""
        return not self.findings

    @property
    def needs(self) -> tuple[Need, ...]:
        """All needs."""
        return tuple(self.refused)

    def of(self, kind: Kind) -> tuple[Finding, ...]:
        """Return the findings of a kind."""
        return tuple(finding for finding in self.findings if finding.kind is kind)

    def acknowledging(self, reasons: Mapping[str, str]) -> Proof:
        """Return the proof with findings acknowledged: by `Finding.id`, why each is meant to be.

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


@dataclass(frozen=True, slots=True)
class Called:
    """What CloudFormation calls for templates, whichever role it acts with."""

    deployed: tuple[ResolvedTemplate, ...]
    """The templates, and those nested in them."""
    needs: tuple[Need, ...]
    unmodelled: tuple[Unmodelled, ...]


def called_for(
    deployed: Iterable[ResolvedTemplate],
    stack_tags: Tags | bool | Mapping[str, Tags] = False,
    existing: Collection[str] = (),
) -> Called:
    """Return what CloudFormation calls for templates and for what is nested in them; the arguments are as of `prove`.

    Raises:
        ExistingError: a name in `existing` is of no resource, or of several.
    """
    tagged = [(stack, _tags(resolved, stack_tags)) for resolved in deployed for stack in resolved.stacks]
    deployed = tuple(stack for stack, _ in tagged)
    check_existing(existing, deployed)
    needs: list[Need] = []
    unmodelled: list[Unmodelled] = []
    for resolved, tags in tagged:
        called, unknown = needs_of(resolved, stack_tags=tags, existing=frozenset(existing))
        needs += called
        unmodelled += unknown
    return Called(deployed, tuple(needs), tuple(unmodelled))


def prove(
    role: Role,
    deployed: Iterable[ResolvedTemplate] | Called,
    *,
    uses: Iterable[Use] = (),
    namespaces: Sequence[Pattern] = (),
    belongs: Sequence[Pattern] = (),
    trusted: Trusted | None = None,
    fix: Callable[[Need], str] = least_statement,
    stack_tags: Tags | bool | Mapping[str, Tags] = False,
    on_change: bool = False,
    existing: Collection[str] = (),
) -> Proof:
    """Prove that a role grants what the templates and the uses need, and nothing else.

    Args:
        role: The role that CloudFormation acts with.
        deployed: The templates that are deployed with it; what is nested in them is too. Or what is called for them,
            where that is known already; then `stack_tags` and `existing` are not asked for.
        uses: What else is done with it.
        namespaces: What its stacks may own. None: everything in the accounts and regions of the templates, and
            then a grant is too broad when it is broader than its needs.
        belongs: What belongs to the stacks besides, and the role need not reach, such as a secret made by hand that a
            function reads: a function's role that may read it gives nobody more than the stacks' own.
        trusted: The tokens that may assume the role. None: anyone of its own account may, and no one from outside
            who does not say who he is.
        fix: Says how a missing permission is granted.
        stack_tags: The stacks' own tags, of all or of each by its name (nested stacks have their parent's); True: they
            have some, and which is not known.
        on_change: The role must grant what a change of the templates calls too, not only what creates and deletes what
            they say.
        existing: The resources that are deployed already, each a logical id or `STACK/LOGICALID`: none is created,
            and no creation of one is rolled back.

    Raises:
        ExistingError: a name in `existing` is of no resource, or of several.
        PatternTooComplex: the role's patterns are too complex to compare.
    """
    called = deployed if isinstance(deployed, Called) else called_for(deployed, stack_tags, existing)
    needs = (need for some in (*(use.needs() for use in uses), called.needs) for need in some)
    demanded = dict.fromkeys(as_passed_by(role, needs))
    refused = refusals(demanded, role.permissions)
    grants = tuple(granted(role.statements, demanded))
    ways = ways_of(role, called.deployed, (*namespaces, *belongs))
    of_aws = tuple(_of_aws(called.deployed))
    findings = (
        *missing(refused, role, fix, on_change=on_change),
        *_unknown(called.unmodelled),
        *_unread(role),
        *excess(grants),
        *wildcards_in_types(role),
        *broad(grants, namespaces),
        *escapes(grants, (*namespaces, *of_aws) if namespaces else (), (*_places(called.deployed), *of_aws)),
        *(() if namespaces else escapes_of_buckets(grants, _accounts(called.deployed))),
        *escalations(ways),
        *_trust(role, trusted, called.deployed),
    )
    return Proof(role, refused, grants, ways, findings, trust=trust_line(role, trusted), on_change=on_change)


def ways_of(
    role: Role, deployed: Sequence[ResolvedTemplate], own: Sequence[Pattern] = ()
) -> tuple[EscalationPath, ...]:
    """Return every known way to more permissions, and whether the role has it.

    Args:
        role: The role.
        deployed: The templates that are deployed with it, nested ones too.
        own: What their stacks may own, and what belongs to them besides.

    Raises:
        PatternTooComplex: the role's patterns are too complex to compare.
    """
    documents = {**managed_policies(deployed), **role.managed}
    return paths(role, (*_stacks(deployed), *own), documents, deployed_of(deployed, documents))


def _tags(resolved: ResolvedTemplate, stack_tags: Tags | bool | Mapping[str, Tags]) -> Tags | bool:
    if isinstance(stack_tags, Mapping):
        return stack_tags.get(str(resolved.environment.stack_name), NO_TAGS)
    return stack_tags


def _trust(role: Role, trusted: Trusted | None, deployed: Iterable[ResolvedTemplate]) -> Iterator[Finding]:
    if role.trust is None:
        return iter(())
    if trusted is not None:
        return others_trusted(role.trust, trusted)
    arns = (components(str(arn)) for arn in role.arns)
    own = {parts[4] for parts in arns if parts and parts[4].isdecimal()}
    return open_to_others(role.trust, own or {r.environment.account for r in deployed if r.environment.account})


def _stacks(deployed: Iterable[ResolvedTemplate]) -> Iterator[Pattern]:
    """Yield the ARNs of the deployed stacks, as far as their names are known."""
    for resolved in deployed:
        known = resolved.environment.patterns
        if resolved.environment.stack_name:
            place = Pattern.literal("arn:") + known["partition"] + Pattern.literal(":cloudformation:") + known["region"]
            name = Pattern.literal(":stack/") + known["stack_name"] + Pattern.literal("/") + ANY
            yield place + _COLON + known["account"] + name


def _unknown(unmodelled: Iterable[Unmodelled]) -> Iterator[Finding]:
    for resource in unmodelled:
        yield Finding(
            Kind.UNKNOWN,
            action="",
            resource=resource.what or resource.subject.type,
            message=f"`{resource.subject.name}` ({resource.subject.type}): {resource.reason}",
            fix=resource.fix,
            subject=resource.subject,
        )


def _unread(role: Role) -> Iterator[Finding]:
    for arn in role.unread:
        yield Finding(
            Kind.UNKNOWN,
            action="",
            resource=arn,
            message=f"{role.name} has the policy {arn}, of which it is not known what it allows or denies",
            fix="write its statements inline, or give its document with --managed-policy",
        )


def _places(deployed: Iterable[ResolvedTemplate]) -> tuple[Pattern, ...]:
    """Return the ARNs of the templates' accounts and regions; IAM's have no region, and S3's neither."""
    places = (
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
    return tuple(dict.fromkeys(places))


def _of_aws(deployed: Iterable[ResolvedTemplate]) -> Iterator[Pattern]:
    """Yield the ARNs of the templates' transforms that AWS owns, which are in its own account."""
    for resolved in deployed:
        place = place_of(resolved)
        yield from (transform_arn(one, place) for one in resolved.template.transforms if one.is_of_aws)


def _accounts(deployed: Iterable[ResolvedTemplate]) -> frozenset[str]:
    """Return the accounts of the templates, as far as they are known."""
    known = (resolved.environment.patterns["account"] for resolved in deployed)
    return frozenset(str(account) for account in known if account.is_literal)


_COLON = Pattern.literal(":")
