"""The delivery chain of a CDK app: from the role that deploys to the role that CloudFormation acts with, link by link.

Each link is proved in both directions: the role grants what is called with it, and nothing else. The roles of
`cdk bootstrap` serve every app of their environment: what aws-cdk itself gives them is not held against one app.

Sources: "AWS CDK bootstrapping" and "Customize AWS CDK bootstrapping", AWS CDK Developer Guide; the bootstrap template
of aws-cdk; "Configure and perform CDK stack synthesis", for which role does what.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Final

from leastgrant.iam.document import Effect, Principal, PrincipalKind, parse_policy
from leastgrant.iam.evaluation import AssumeRequest, Outcome, evaluate_trust
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier, bootstrap, lookups
from leastgrant.knowledge.managed_policies import managed_policy
from leastgrant.knowledge.tools import COMMANDS, DEFAULTS
from leastgrant.proof.assets import with_any_content
from leastgrant.proof.escalation import State, escalations, paths
from leastgrant.proof.excess import EVERYTHING, broad, excess, granted, wildcards_in_types
from leastgrant.proof.finding import Acknowledged, Finding, Kind
from leastgrant.proof.generation import Document, least_statements, managed_policies
from leastgrant.proof.link import MOST_MANAGED, Link, Per, Room
from leastgrant.proof.missing import is_demanded, least_statement, missing, refusals
from leastgrant.proof.needs import Need, Use
from leastgrant.proof.open_trust import open_to_others
from leastgrant.proof.prove import called_for, prove, ways_of
from leastgrant.proof.request import Tags
from leastgrant.proof.service_role import TRUST, as_passed_by, is_service_role
from leastgrant.proof.tools import Assets, tool_uses
from leastgrant.proof.walls import called_by, stopped
from leastgrant.role import Role
from leastgrant.text import counted, first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from leastgrant.assembly import Assembly, Lookup, Place, Stack
    from leastgrant.iam.document import Policy, Statement
    from leastgrant.proof.prove import Called
    from leastgrant.proof.walls import Wall
    from leastgrant.template import ResolvedTemplate


CDK: Final = "cdk"
"""The tool whose roles `cdk bootstrap` makes."""


class LinkState(Enum):
    """How far a link is proved."""

    PROVED = "proved"
    NOT_PROVED = "not proved"
    UNKNOWN = "unknown"
    """Its role was not given, so nothing is proved of it."""
    UNUSED = "not used"
    """The app needs no such role."""


@dataclass(frozen=True, slots=True)
class LinkProof:
    """What was asked of one role, and every answer."""

    link: Link
    place: Place | None
    """None: the link serves every environment, as that of the CI role does."""
    role: str
    """Its ARN, or its name if that is not known."""
    state: LinkState
    needs: int = 0
    findings: tuple[Finding, ...] = ()
    own_ways: tuple[Finding, ...] = ()
    """The ways to more permissions that the needs themselves open, so that no policy could close them."""
    shipped: tuple[str, ...] = ()
    """The actions that aws-cdk gives the role, and this app does not need."""
    is_administrator: bool = False
    acknowledged: tuple[Acknowledged, ...] = ()
    """What was found too, but is meant to be."""
    file: str | None = None
    """Where the role is written; None if that is not known."""
    line: int | None = None

    @property
    def proved(self) -> bool:
        """Whether nothing was found, and nothing is left open."""
        return self.state in {LinkState.PROVED, LinkState.UNUSED}

    def acknowledging(self, reasons: Mapping[str, str]) -> LinkProof:
        """Return the link with findings acknowledged, by `Finding.id`; those that it has not are of other links."""
        meant = tuple(Acknowledged(found, reasons[found.id]) for found in self.findings if found.id in reasons)
        left = tuple(finding for finding in self.findings if finding.id not in reasons)
        state = self.state if left or not meant else LinkState.PROVED
        return replace(self, state=state, findings=left, acknowledged=(*self.acknowledged, *meant))


@dataclass(frozen=True, slots=True)
class Chain:
    """The links of all environments."""

    links: tuple[LinkProof, ...]

    @property
    def proved(self) -> bool:
        """Whether every link is."""
        return all(link.proved for link in self.links)

    def acknowledging(self, reasons: Mapping[str, str]) -> Chain:
        """Return the chain with findings acknowledged: by `Finding.id`, why each is meant to be.

        Raises:
            ValueError: no link has such a finding, or a reason is blank.
        """
        ids = {finding.id for link in self.links for finding in link.findings}
        for stale in reasons:
            if stale not in ids:
                raise ValueError(f"{stale} is acknowledged, but there is no such finding; take it out")
        return Chain(tuple(link.acknowledging(reasons) for link in self.links))


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles that are known."""

    by_arn: Mapping[str, Role]
    ci: Role | None = None
    ci_arn: str | None = None
    """The ARN of the CI role; None if it is not known."""


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution role, and the stacks that are deployed with it."""

    place: Place
    arn: str
    qualifier: str
    stacks: tuple[tuple[Stack, ResolvedTemplate], ...]
    alike: tuple[str, ...] = ()
    """The other execution roles that have the same policies, so that each may be passed where they are."""

    @property
    def templates(self) -> tuple[ResolvedTemplate, ...]:
        """The stacks' templates."""
        return tuple(template for _, template in self.stacks)

    @property
    def tags(self) -> dict[str, Tags]:
        """The stacks' tags, by their names."""
        return {stack.name: Tags.literal(stack.tags) for stack, _ in self.stacks}

    def called(self) -> Called:
        """Return every call of CloudFormation for the stacks, and for those nested in them."""
        return called_for(self.templates, self.tags)

    def needs(self, room: Room = Room.NONE, called: Called | None = None) -> tuple[Need, ...]:
        """Return what the role needs for the calls, with the role that is passed on to nested stacks, and its room."""
        made = (self.called() if called is None else called).needs
        needs = dict.fromkeys(as_passed_by(Role("", (), TRUST, arns=(Pattern.literal(self.arn),)), made))
        return tuple(needs if room is Room.NONE else _with_room(needs, (stack.name for stack, _ in self.stacks)))


def _with_room(needs: Iterable[Need], stacks: Iterable[str]) -> Iterator[Need]:
    """Yield the needs, those on what is named after a stack on all that is; S3 has the names in lower case."""
    names = "|".join(map(re.escape, sorted(stacks, key=len, reverse=True)))
    named = re.compile(rf"[:/](?:{names})-", re.IGNORECASE)
    for need in needs:
        text = str(need.resource)
        found = named.search(text)
        yield need if found is None else replace(need, resource=Pattern.parse(f"{text[: found.end()]}*"))


def executions(assembly: Assembly, per: Per = Per.APP) -> tuple[Execution, ...]:
    """Return the execution roles of the assembly, by environment; per account each with all stacks of its account.

    Raises:
        TemplateError: a template cannot be used.
    """
    found = executions_of(assembly.resolved())
    return tuple(_of_account(one, found) for one in found) if per is Per.ACCOUNT else found


def _of_account(one: Execution, every: Iterable[Execution]) -> Execution:
    alike = [other for other in every if (other.place.account, other.qualifier) == (one.place.account, one.qualifier)]
    stacks = tuple(stack for other in alike for stack in other.stacks)
    return replace(one, stacks=stacks, alike=tuple(other.arn for other in alike if other.arn != one.arn))


def executions_of(stacks_and_templates: Iterable[tuple[Stack, ResolvedTemplate]]) -> tuple[Execution, ...]:
    """Return the execution roles of stacks, by environment."""
    found: defaultdict[tuple[Place, str], list[tuple[Stack, ResolvedTemplate]]] = defaultdict(list)
    for stack, template in stacks_and_templates:
        if stack.execution_role is not None:
            found[stack.place, stack.execution_role].append((stack, template))
    return tuple(
        Execution(place, arn, _qualifier(stack for stack, _ in stacks), tuple(stacks))
        for (place, arn), stacks in sorted(found.items(), key=lambda item: item[0])
    )


def least_policies(executions: Iterable[Execution], room: Room = Room.NONE, most: int = MOST_MANAGED) -> list[Document]:
    """Write the least managed policies for execution roles: those that each of them is given.

    Raises:
        PolicyTooLarge: they are more than a role may have.
    """
    statements = least_statements(need for execution in executions for need in execution.needs(room))
    return managed_policies(statements, most) if statements else []


def prove_chain(
    assembly: Assembly,
    roles: Roles,
    *,
    walls: Sequence[Wall] = (),
    organization: str | None = None,
    links: Iterable[Link] = Link,
    uses: Iterable[Use] = (),
    room: Room = Room.NONE,
    per: Per = Per.APP,
    tool: str = CDK,
    assets: Assets | None = None,
    progress: Callable[[int], None] | None = None,
) -> Chain:
    """Prove the links of an app.

    Args:
        assembly: The app.
        roles: Those that are known; what is not known of the rest is a finding.
        walls: What limits all of the roles from outside.
        organization: The id of the organisation of all accounts, for conditions that ask for it.
        links: Those to be proved.
        uses: What else the CI role is for.
        room: What the execution roles may do beyond what the app needs now.
        per: Per account, the execution roles may do what the stacks of their account need in any region.
        tool: What deploys the stacks: `cdk`, whose roles are those of `cdk bootstrap`, or another command.
        assets: Where another command uploads to; None: to its own bucket, or nothing.
        progress: Is told of how many more stacks the execution role is proved.

    Raises:
        TemplateError: a template cannot be used.
        ToolError: it is not known what the tool calls.
        PatternTooComplex: a role's patterns are too complex to compare.
    """
    asked = frozenset(links)
    found: list[LinkProof] = []
    outside = _Outside(tuple(walls), organization)
    if Link.CI in asked:
        found.append(_ci(assembly, roles, outside, uses))
    elsewhere = {_looked_up_in(one, place) for one in assembly.lookups for place in assembly.places[:1]}
    for place in sorted({*assembly.places, *elsewhere}):
        stacks = [stack for stack in assembly.stacks if stack.place == place]
        if not stacks and Link.LOOKUP in asked:
            found += _Support(place, (), roles, outside, tool, assets).looking_up(assembly.lookups)
        if not stacks:
            continue
        ask = _Support(place, stacks, roles, outside, tool, assets)
        found += ask.deploying() if Link.DEPLOY in asked else ()
        found += ask.publishing_files() if Link.FILES in asked else ()
        found += ask.publishing_images() if Link.IMAGES in asked else ()
        found += ask.looking_up(assembly.lookups) if Link.LOOKUP in asked else ()
    if Link.EXECUTION in asked:
        for one in executions(assembly, per):
            found.append(_execution(one, roles.by_arn.get(one.arn), outside, _generating(assembly), room))
            if progress is not None:
                progress(len(one.stacks))
        found += _with_own_permissions(assembly)
    order = [*Link]
    return Chain(tuple(sorted(found, key=lambda one: (one.place is not None, str(one.place), order.index(one.link)))))


def _generating(assembly: Assembly) -> str:
    """Return the command that writes the policies of the execution roles."""
    if assembly.is_plain:
        return "the same `leastgrant chain` with `--generate DIR`"
    return f"`leastgrant cdk {assembly.folder} --generate DIR`"


def _qualifier(stacks: Iterable[Stack]) -> str:
    return next((stack.qualifier for stack in stacks if stack.qualifier), bootstrap.DEFAULT_QUALIFIER)


@dataclass(frozen=True, slots=True)
class _Outside:
    """What limits every role from outside."""

    walls: tuple[Wall, ...]
    organization: str | None

    def stops(self, arn: str | None, needs: Iterable[Need]) -> Iterator[Finding]:
        """Yield what is not let through of what a role calls; its ARN may not be known."""
        known = needs if arn is None else called_by(arn, needs, self.organization)
        yield from stopped(known, self.walls, "the role" if arn is None else arn.rpartition("/")[2])


def _unknown(message: str, fix: str, arn: str = "") -> Finding:
    return Finding(Kind.UNKNOWN, "", arn, message, fix)


# --- the execution role -------------------------------------------------------------------------------------------


def _execution(one: Execution, role: Role | None, outside: _Outside, generating: str, room: Room) -> LinkProof:
    if role is None:
        fix = "give its policies with --exec-policy, or the account's roles with --account-details"
        finding = _unknown(f"what the execution role {one.arn} may do is not known", fix, one.arn)
        return LinkProof(Link.EXECUTION, one.place, one.arn, LinkState.UNKNOWN, findings=(finding,))
    role = replace(role, arns=(Pattern.literal(one.arn),), name=one.arn.rpartition("/")[2])
    is_administrator = any(map(_allows_everything, role.statements))
    called = one.called()
    needs = one.needs(room, called)
    own = () if room is Room.NONE else tuple({with_any_content(need.resource): None for need in needs if need.is_sure})
    proof = prove(role, called, namespaces=own, on_change=True)
    least = replace(role, policies=(_least_policy(as_passed_by(role, needs)),), unread=())
    opened = {found.id for found in escalations(ways_of(least, called.deployed, own)) if found.kind is Kind.ESCALATION}
    findings = [found for found in proof.findings if found.kind is not Kind.ESCALATION or found.id not in opened]
    findings = [f for f in findings if not (f.action == "iam:PassRole" and f.resource in one.alike and f.need is None)]
    own_ways = tuple(found for found in proof.of(Kind.ESCALATION) if found.id in opened)
    if is_administrator:
        too_much = {Kind.EXCESS, Kind.BROAD, Kind.ESCAPE, Kind.ESCALATION, Kind.UNDECIDED}
        findings = [
            _administrator(one, proof.needs, role, generating),
            *(f for f in findings if f.kind not in too_much),
        ]
    if role.trust is not None and not is_service_role(role.trust):
        findings.append(
            Finding(
                Kind.TRUST,
                "sts:AssumeRole",
                one.arn,
                f"CloudFormation may not assume {role.name}, so no stack can be deployed with it",
                'trust {"Service": "cloudformation.amazonaws.com"}',
            )
        )
    findings += outside.stops(one.arn, proof.needs)
    return LinkProof(
        Link.EXECUTION,
        one.place,
        one.arn,
        LinkState.NOT_PROVED if findings else LinkState.PROVED,
        needs=len(proof.needs),
        findings=tuple(findings),
        own_ways=() if is_administrator else own_ways,
        is_administrator=is_administrator,
        file=role.template,
        line=role.line,
    )


def _least_policy(needs: Iterable[Need]) -> Policy:
    """Return what grants the needs and nothing else, of whatever size."""
    statements = [statement.document for statement in least_statements(needs)]
    return parse_policy({"Version": "2012-10-17", "Statement": statements}, "least")


def _allows_everything(statement: Statement) -> bool:
    """Tell whether a statement is that of AdministratorAccess."""
    return (
        statement.effect is Effect.ALLOW
        and not statement.conditions
        and not statement.actions.negated
        and any(str(pattern) in EVERYTHING for pattern in statement.actions.patterns)
        and not statement.resources.negated
        and any(string.text == "*" for string in statement.resources.strings)
    )


def _administrator(one: Execution, needs: Sequence[Need], role: Role, generating: str) -> Finding:
    actions = {need.action for need in needs if is_demanded(need, on_change=True)}
    statement = next(filter(_allows_everything, role.statements))
    return Finding(
        Kind.EXCESS,
        "*",
        "",
        f"{role.name} may do everything in account {one.place.account} ({statement.where.partition('.')[0]}), and "
        f"{counted(len(one.stacks), 'stack')} of this app {'needs' if len(one.stacks) == 1 else 'need'} "
        f"{counted(len(actions), 'action')}",
        f"run {generating}, and the commands that it prints",
        statement=statement,
    )


def _with_own_permissions(assembly: Assembly) -> Iterator[LinkProof]:
    """Yield a link for the stacks that have no execution role."""
    for place in assembly.places:
        names = [s.name for s in assembly.stacks if s.place == place and s.execution_role is None]
        if names:
            finding = _unknown(
                f"{first_few(names, 'stack')} {'has' if len(names) == 1 else 'have'} no execution role: CloudFormation "
                "acts with the permissions of who deploys",
                "prove the role that deploys with `leastgrant check`, or use a synthesizer with an execution role",
            )
            yield LinkProof(Link.EXECUTION, place, "who deploys", LinkState.UNKNOWN, findings=(finding,))


# --- the role that starts it all ----------------------------------------------------------------------------------


_CLI = "aws-cdk 2.1148.1, which works with the roles that the assembly names"


def _ci(assembly: Assembly, roles: Roles, outside: _Outside, uses: Iterable[Use]) -> LinkProof:
    needed, perhaps = _assumed(assembly)
    if not needed and not perhaps and all(one.role for one in assembly.lookups):
        return LinkProof(Link.CI, None, "none", LinkState.UNUSED)
    if roles.ci is None:
        number = counted(len(needed), "role")
        finding = _unknown(
            f"the role that starts the deployment is not known; it needs sts:AssumeRole on {number}",
            "give it with --ci-role, or leave the link out with --link",
        )
        return LinkProof(Link.CI, None, "not given", LinkState.UNKNOWN, findings=(finding,))
    tagged = any(stack.session_tags for stack in assembly.stacks)
    by_caller = [one for one in assembly.lookups if one.role is None]
    looking = [use for one in by_caller for use in _uses_of_lookups([one], _looked_up_in(one, assembly.places[0]))]
    declared = [
        *uses,
        *looking,
        _use(
            "deployment" if assembly.is_plain else CDK,
            "assumes the roles that the app is deployed with",
            ("sts:AssumeRole",),
            needed,
        ),
        _use("cdk: others", "may assume it, as `cdk diff` does", ("sts:AssumeRole",), perhaps, Tier.ADVISORY),
        _use(
            "cdk: session tags",
            "assumes the roles with session tags",
            ("sts:TagSession",),
            (*needed, *perhaps),
            Tier.REQUIRED if tagged else Tier.ADVISORY,
        ),
    ]
    needs = tuple(need for use in declared if use.resources for need in use.needs())
    findings = [
        *_enough_and_no_more(roles.ci, roles.ci.statements, needs),
        *_trusting(roles, (*needed, *perhaps), "the role that runs the tool" if assembly.is_plain else CDK),
        *outside.stops(roles.ci_arn, needs),
    ]
    state = LinkState.NOT_PROVED if findings else LinkState.PROVED
    name, ci = roles.ci_arn or roles.ci.name, roles.ci
    return LinkProof(Link.CI, None, name, state, len(needs), tuple(findings), file=ci.template, line=ci.line)


def _assumed(assembly: Assembly) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the roles that must be assumed, and those that may be."""
    needed: dict[str, None] = {}
    perhaps: dict[str, None] = {}
    needed |= dict.fromkeys(lookup.role for lookup in assembly.lookups if lookup.role is not None)
    for stack in assembly.stacks:
        roles = (stack.deploy_role, *(asset.role for asset in (*stack.files, *stack.images)))
        needed |= dict.fromkeys(role for role in roles if role is not None)
        if stack.lookup_role is not None:
            perhaps[stack.lookup_role] = None
    return tuple(needed), tuple(role for role in perhaps if role not in needed)


def _use(name: str, reason: str, actions: tuple[str, ...], resources: Iterable[str], tier: Tier = Tier.REQUIRED) -> Use:
    return Use(name, reason, actions, tuple(map(Pattern.parse, resources)), tier=tier, source=_CLI)


def _in_account(use: Use, place: Place) -> Use:
    """Return the use with what the ARNs of buckets and objects do not tell: whose they are, and in which region."""
    known = {
        "aws:ResourceAccount": place.account,
        "s3:ResourceAccount": place.account,
        "aws:RequestedRegion": place.region,
    }
    context = tuple((key, (Pattern.literal(value),)) for key, value in known.items())
    return replace(use, context=(*use.context, *context))


def _trusting(roles: Roles, assumed: Iterable[str], what: str) -> Iterator[Finding]:
    """Yield a finding for each role that does not trust the CI role."""
    known = [arn for arn in assumed if arn in roles.by_arn and roles.by_arn[arn].trust is not None]
    if known and roles.ci_arn is None:
        yield _unknown(
            f"whether {first_few([arn.rpartition('/')[2] for arn in known], 'role')} may be assumed is not known: the "
            "CI role's own ARN is not",
            "give it with --ci-role-arn",
        )
        return
    for arn in known:
        trust = roles.by_arn[arn].trust
        request = AssumeRequest("sts:AssumeRole", Principal(PrincipalKind.AWS, str(roles.ci_arn)))
        if trust is not None and evaluate_trust(request, trust).outcome is not Outcome.ALLOWED:
            yield Finding(
                Kind.TRUST,
                "sts:AssumeRole",
                arn,
                f"{arn} does not trust {roles.ci_arn}, so {what} cannot assume it",
                f"bootstrap {arn.split(':')[4]} with --trust {str(roles.ci_arn).split(':')[4]}"
                if what == CDK
                else f"have {arn} trust {roles.ci_arn}",
            )


# --- the roles that cdk bootstrap makes ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Support:
    """The roles that the CLI works with in one environment."""

    place: Place
    stacks: Sequence[Stack]
    roles: Roles
    outside: _Outside
    tool: str
    assets: Assets | None

    def deploying(self) -> Iterator[LinkProof]:
        """Yield a link for each deploy role."""
        of_role: defaultdict[str, list[Stack]] = defaultdict(list)
        for stack in self.stacks:
            if stack.deploy_role is not None:
                of_role[stack.deploy_role].append(stack)
        for arn, stacks in of_role.items():
            with_cdk = self.tool == CDK
            uses = _uses_of_deploy_role(stacks, self.place) if with_cdk else self._uses_of_tool(stacks)
            yield self._link(Link.DEPLOY, arn, list(uses))
        if not of_role:
            yield self._unused(Link.DEPLOY)

    def _uses_of_tool(self, stacks: Sequence[Stack]) -> Iterator[Use]:
        """Yield what another tool than cdk calls, with the execution roles that it passes."""
        name = DEFAULTS.get(self.tool, self.tool)
        executing = dict.fromkeys(stack.execution_role for stack in stacks if stack.execution_role is not None)
        for each in tool_uses(name, [stack.environment for stack in stacks], self.assets):
            use = _in_account(each, self.place) if any(a.startswith("s3:") for a in each.actions) else each
            if use.name == name and executing:
                yield from (_passing(use, role, stacks) for role in executing)
            else:
                yield use

    def publishing_files(self) -> Iterator[LinkProof]:
        """Yield a link for each role that publishes files."""
        of_role: defaultdict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for asset in (asset for stack in self.stacks for asset in stack.files):
            if asset.role is not None:
                of_role[asset.role][asset.bucket, asset.key] = None
        for arn, objects in of_role.items():
            yield self._link(Link.FILES, arn, _uses_of_file_publishing(objects, self.place))
        if not of_role:
            yield self._unused(Link.FILES)

    def publishing_images(self) -> Iterator[LinkProof]:
        """Yield a link for each role that pushes images."""
        of_role: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for asset in (asset for stack in self.stacks for asset in stack.images):
            if asset.role is not None:
                of_role[asset.role][asset.repository] = None
        for arn, repositories in of_role.items():
            yield self._link(Link.IMAGES, arn, _uses_of_image_publishing(repositories, self.place))
        if not of_role:
            yield self._unused(Link.IMAGES)

    def looking_up(self, asked: Sequence[Lookup]) -> Iterator[LinkProof]:
        """Yield a link for each role that looks something up in the environment."""
        of_role: defaultdict[str, list[Lookup]] = defaultdict(list)
        for one in asked:
            if one.role is not None and _looked_up_in(one, self.place) == self.place:
                of_role[one.role].append(one)
        if not of_role:
            yield self._unused(Link.LOOKUP)
            return
        for arn, here in of_role.items():
            unknown = [one.provider for one in here if one.provider not in lookups.ACTIONS]
            findings = [
                _unknown(f"what the lookup of {provider} calls is not known", "read it in the documentation of CDK")
                for provider in dict.fromkeys(unknown)
            ]
            yield self._link(Link.LOOKUP, arn, _uses_of_lookups(here, self.place), findings)

    def _unused(self, link: Link) -> LinkProof:
        return LinkProof(link, self.place, "none", LinkState.UNUSED)

    def _link(self, link: Link, arn: str, uses: Iterable[Use], also: Iterable[Finding] = ()) -> LinkProof:
        role = self.roles.by_arn.get(arn)
        if role is None:
            fix = f"give the bootstrap template with --bootstrap ({bootstrap.SHOW_TEMPLATE})"
            if self.tool != CDK:
                fix = "give it with --deploy-role"
            finding = _unknown(f"what {arn} may do is not known", fix, arn)
            return LinkProof(link, self.place, arn, LinkState.UNKNOWN, findings=(finding,))
        role = replace(role, name=arn.rpartition("/")[2], arns=(Pattern.literal(arn),))
        needs = tuple(called_by(arn, (need for use in uses for need in use.needs())))
        shipped = self._shipped()
        grants = [*granted(role.statements, needs)]
        own = [statement for statement in role.statements if statement not in shipped]
        needed = {need.action.lower() for need in needs}
        unneeded = dict.fromkeys(g.action for g in grants if g.statement in shipped and g.action.lower() not in needed)
        findings = [
            *also,
            *_enough_and_no_more(role, own, needs),
            *self._escalating(role, needs, own),
            *_open(role, self.place, self.roles),
            *self.outside.stops(arn, needs),
        ]
        state = LinkState.NOT_PROVED if findings else LinkState.PROVED
        return LinkProof(
            link,
            self.place,
            arn,
            state,
            len(needs),
            tuple(findings),
            shipped=tuple(unneeded),
            file=role.template,
            line=role.line,
        )

    def _escalating(self, role: Role, needs: Iterable[Need], own: Sequence[Statement]) -> Iterator[Finding]:
        """Yield the ways to more permissions that neither the needs open nor what aws-cdk ships."""
        if not any(statement.effect is Effect.ALLOW for statement in own):
            return
        usual = replace(role, policies=(_least_policy(needs), *self._shipped_policies()))
        known = {way.name for way in paths(usual) if way.state is State.OPEN}
        yield from escalations(way for way in paths(role) if way.name not in known)

    def _shipped(self) -> frozenset[Statement]:
        return frozenset(statement for policy in self._shipped_policies() for statement in policy.statements)

    def _shipped_policies(self) -> Iterator[Policy]:
        """Yield what aws-cdk ships, by the names that each stack has for what the bootstrap stack made."""
        if self.tool != CDK:
            return
        place = self.place
        names = dict.fromkeys(
            (stack.qualifier or bootstrap.DEFAULT_QUALIFIER, bucket, repository, stack.execution_role)
            for stack in self.stacks
            for bucket in {asset.bucket for asset in stack.files} or {None}
            for repository in {asset.repository for asset in stack.images} or {None}
        )
        for qualifier, bucket, repository, role in names:
            statements = bootstrap.shipped_statements(
                partition=place.partition,
                account=place.account,
                region=place.region,
                qualifier=qualifier,
                bucket=bucket,
                repository=repository,
                execution_role=role,
            )
            yield parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, "shipped")
        for name in bootstrap.MANAGED:
            yield parse_policy(managed_policy(f"arn:aws:iam::aws:policy/{name}"), name)


def _enough_and_no_more(role: Role, own: Sequence[Statement], needs: Sequence[Need]) -> Iterator[Finding]:
    """Yield what a role may not do and must, and what `own`, of its statements, grants beyond the needs."""
    refused = refusals(dict.fromkeys(needs), role.permissions)
    yield from missing(refused, role, least_statement, on_change=True)
    grants = tuple(granted(own, needs))
    yield from excess(grants)
    yield from broad(grants, ())
    yield from wildcards_in_types(role)
    for arn in role.unread:
        yield _unknown(
            f"{role.name} has the policy {arn}, of which it is not known what it allows or denies",
            "give its document with --managed-policy, or the account's with --account-details",
            arn,
        )


def _open(role: Role, place: Place, roles: Roles) -> Iterator[Finding]:
    """Yield who may assume the role from outside: of neither its own account nor that of the CI role."""
    of_ci = [roles.ci_arn.split(":")[4]] if roles.ci_arn else []
    if role.trust is not None:
        yield from open_to_others(role.trust, {place.account, *of_ci})


_PUBLISHING = ("artifacts", "upload")
"""The parts of a command's calls that are made with the role that publishes files."""


def _uses_of_deploy_role(stacks: Sequence[Stack], place: Place) -> Iterator[Use]:
    environments = [stack.environment for stack in stacks]
    buckets = dict.fromkeys(asset.bucket for stack in stacks for asset in stack.files)
    executing = dict.fromkeys(stack.execution_role for stack in stacks if stack.execution_role is not None)
    for name in (name for name in COMMANDS if name.startswith("cdk ")):
        is_deployment = name == "cdk deploy"
        for bucket in buckets or ("",):
            for each in tool_uses(name, environments, Assets(bucket) if bucket else None):
                use = _in_account(each, place) if any(a.startswith("s3:") for a in each.actions) else each
                part = use.name.rpartition(": ")[2]
                if part in _PUBLISHING:
                    continue
                if use.name == "cdk deploy" and executing:
                    yield from (_passing(use, role, stacks) for role in executing)
                else:
                    yield use if is_deployment else replace(use, tier=Tier.ADVISORY)
    versions = dict.fromkeys(stack.version_parameter for stack in stacks if stack.version_parameter)
    arns = [f"arn:{place.partition}:ssm:{place.region}:{place.account}:parameter{name}" for name in versions]
    if arns:
        reading = ("ssm:GetParameter", "ssm:GetParameters")
        yield _use("cdk: bootstrap version", "reads the version of the bootstrap stack", reading, arns)
    yield _use("cdk: identity", "asks who it is", ("sts:GetCallerIdentity",), ("*",), Tier.ADVISORY)


_SERVICE_ROLE = "cloudformation:RoleArn"


_ANYWHERE = Assets("any")
"""A tool may want to know where it uploads to, also for what it does not upload."""


def _passing(use: Use, role: str, stacks: Iterable[Stack]) -> Use:
    """Return the use of the stacks that are deployed with an execution role, which is passed to CloudFormation."""
    of_role = [stack.environment for stack in stacks if stack.execution_role == role]
    (on,) = [one.resources for one in tool_uses(use.name, of_role, _ANYWHERE) if one.name == use.name]
    return replace(use, resources=on, context=((_SERVICE_ROLE, (Pattern.literal(role),)),))


def _uses_of_file_publishing(objects: Iterable[tuple[str, str]], place: Place) -> Iterator[Use]:
    by_bucket: defaultdict[str, list[str]] = defaultdict(list)
    for bucket, key in objects:
        by_bucket[bucket].append(key)
    for bucket, keys in by_bucket.items():
        arn = f"arn:{place.partition}:s3:::{bucket}"
        looking = ("s3:GetBucketLocation", "s3:GetEncryptionConfiguration", "s3:ListBucket")
        uploaded = [f"{arn}/{key}" for key in keys]
        artifacts = _use("cdk: artifacts", "looks at the bucket before it uploads", looking, (arn,))
        upload = _use("cdk: upload", "uploads templates and code", ("s3:PutObject",), uploaded)
        yield from (_in_account(use, place) for use in (artifacts, upload))


def _uses_of_image_publishing(repositories: Iterable[str], place: Place) -> Iterator[Use]:
    arns = [f"arn:{place.partition}:ecr:{place.region}:{place.account}:repository/{name}" for name in repositories]
    pushing = (
        "ecr:BatchCheckLayerAvailability",
        "ecr:CompleteLayerUpload",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    )
    yield _use("cdk: images", "pushes what is not there yet", pushing, arns)
    yield _use(
        "cdk: images, cached",
        "reads layers that are there already",
        ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
        arns,
        Tier.ADVISORY,
    )
    yield _use("cdk: log-in", "logs in to the registry", ("ecr:GetAuthorizationToken",), ("*",))


def _looked_up_in(lookup: Lookup, place: Place) -> Place:
    """Return the environment that is asked; what a lookup does not say of it is as of a place."""
    asked = lookup.properties
    return replace(
        place, account=str(asked.get("account", place.account)), region=str(asked.get("region", place.region))
    )


def _uses_of_lookups(asked: Iterable[Lookup], place: Place) -> Iterator[Use]:
    for one in asked:
        actions = lookups.ACTIONS.get(one.provider, ())
        if actions:
            resource = "*"
            if one.provider == "ssm":
                name = str(one.properties.get("parameterName", "*")).removeprefix("/")
                resource = f"arn:{place.partition}:ssm:{place.region}:{place.account}:parameter/{name}"
            elif one.provider == "hosted-zone":
                resource = f"arn:{place.partition}:route53:::hostedzone/*"
            use = _use(f"lookup of {one.provider}", "is asked while the app is synthesised", actions, (resource,))
            yield replace(use, source=lookups.SOURCE)
