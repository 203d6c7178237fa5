"""The proof as a validation plugin of the AWS CDK: `cdk synth` fails when the deploy role does not fit.

    Validations.of(app).add_plugins(DeployRoleProof(role=deploy_role, deployed=[app_stack]))

Needs `aws-cdk-lib` (`pip install leastgrant[cdk]`); nothing else in `leastgrant` does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from traceback import format_exception_only
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
    Stack,
)
from aws_cdk import aws_iam as iam

from leastgrant.assembly import stack_of
from leastgrant.errors import InputError
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Kind
from leastgrant.proof.missing import least_statement
from leastgrant.proof.needs import Need, Use
from leastgrant.proof.prove import prove
from leastgrant.proof.request import Tags
from leastgrant.proof.trust import Trusted
from leastgrant.role import role_of_template
from leastgrant.template import Physical
from leastgrant.text import printable

if TYPE_CHECKING:
    from constructs import IConstruct

    from leastgrant.proof.finding import Finding
    from leastgrant.proof.prove import Proof
    from leastgrant.template import ResolvedTemplate


@dataclass(frozen=True, slots=True)
class RoleInStack:
    """A role, by its stack's construct path and its logical id."""

    stack: str
    logical_id: str


Item = TypeVar("Item")

RoleReference: TypeAlias = iam.Role | iam.CfnRole | RoleInStack | str
"""A role of the app: the construct, or its construct path."""


@jsii.implements(IPolicyValidationPlugin)
class DeployRoleProof:
    """A proof at synth that a role grants what stacks need to be deployed, and nothing else.

    Each finding is a violation of its own, on the resource it concerns or else on the role, and is acknowledged
    there as `LeastGrant::<kind>[<action> <resource>]`.
    """

    def __init__(
        self,
        *,
        role: RoleReference,
        deployed: Sequence[Stack | str],
        uses: Sequence[Use] = (),
        namespaces: Sequence[Pattern] = (),
        belongs: Sequence[Pattern] = (),
        trusted: Trusted | None = None,
        fix: Callable[[Need], str] = least_statement,
        on_change: bool = False,
        acknowledge: Mapping[str, str] = MappingProxyType({}),
        existing: Sequence[str] | Mapping[str, str | None] = (),
        own_buckets: Sequence[str] = (),
    ) -> None:
        """Take constructs, or construct paths; `uses` and what follows is as `leastgrant.prove` takes it.

        What is missing fails the deployment, so no construct can acknowledge it; where the proof is known to be wrong,
        `acknowledge` has the finding's id with the reason. Other findings can stand there too. `existing` may give the
        physical names of what exists, as far as they are known: the role need reach no other.

        Raises:
            TypeError: an argument is of another type.
        """
        self._role = _checked_role(role)
        self._deployed = _checked("deployed", deployed, Stack, str, what="stacks or their construct paths")
        self.uses = _checked("uses", uses, Use, what="uses")
        """What else is done with the role."""
        self._namespaces = _checked("namespaces", namespaces, Pattern, what="patterns of ARNs")
        self._belongs = _checked("belongs", belongs, Pattern, what="patterns of ARNs")
        if not isinstance(trusted, Trusted | None):
            raise TypeError(f"trusted: expected Trusted or None, not {type(trusted).__name__}")
        if not callable(fix):
            raise TypeError(f"fix: expected a function of a Need, not {type(fix).__name__}")
        named: Mapping[str, str | None] = existing if isinstance(existing, Mapping) else {}
        ids: Sequence[str] = tuple(existing) if isinstance(existing, Mapping) else existing
        self._existing = _checked("existing", ids, str, what="logical ids")
        self._names = _checked_names(named)
        self._own_buckets = _checked("own_buckets", own_buckets, str, what="names of buckets")
        self._trusted = trusted
        self._fix = fix
        self._on_change = on_change
        self._acknowledged = dict(acknowledge)
        self.proof: Proof | None = None
        """The proof, once `cdk synth` has asked for it."""

    @property
    def name(self) -> str:
        """What CDK calls the plugin in reports and in acknowledgements."""
        return "LeastGrant"

    @property
    def version(self) -> None:
        """Not given: CDK then reports none."""
        return

    @property
    def rule_ids(self) -> list[str]:
        """The kinds of finding."""
        return [kind.value for kind in Kind]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Prove the role against the synthesised templates.

        CDK takes a plugin that raises for one that found nothing, so whatever is raised is a violation.
        """
        try:
            paths = {stack.stack_construct_path: Path(stack.template_path) for stack in context.stack_templates}
            role = self._located(context.app_construct)
            self.proof = self._prove(role, paths).acknowledging(self._acknowledged)
            return _report(self._violations(self.proof, role, paths))
        except Exception as error:  # noqa: BLE001  see above
            return _report([_unproved(error)])

    def _located(self, app: IConstruct) -> RoleInStack:
        """Return the role's stack and logical id.

        Raises:
            InputError: the app has no such role.
        """
        if isinstance(self._role, RoleInStack):
            return self._role
        role = _at(self._role, app) if isinstance(self._role, str) else self._role
        stack = Stack.of(role)
        return RoleInStack(stack.node.path, str(stack.resolve(role.logical_id)))

    def _prove(self, role: RoleInStack, templates: Mapping[str, Path]) -> Proof:
        deployed = [one if isinstance(one, str) else one.node.path for one in self._deployed]
        stacks = {
            path: _stack(_template_of(path, templates), self._own_buckets, self._names if path in deployed else {})
            for path in {role.stack, *deployed}
        }
        return prove(
            role_of_template(stacks[role.stack].template, role.logical_id),
            [stacks[path].template for path in deployed],
            uses=self.uses,
            namespaces=self._namespaces,
            belongs=self._belongs,
            trusted=self._trusted,
            fix=self._fix,
            on_change=self._on_change,
            stack_tags={stacks[path].name: stacks[path].tags for path in deployed},
            existing=self._existing,
        )

    def acknowledged(self, assembly: Path) -> Proof | None:
        """Return the proof with what constructs acknowledge; None if synthesis came to no proof.

        CDK knows the acknowledgements, and says in its report which of them met a finding.
        """
        report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
        reasons: dict[str, str] = {
            violation["ruleName"]: violation["reason"]
            for plugin in report["pluginReports"]
            if plugin["pluginName"] == self.name
            for violation in plugin.get("suppressedViolations", [])
        }
        return self.proof and self.proof.acknowledging(reasons)

    def _violations(self, proof: Proof, role: RoleInStack, templates: Mapping[str, Path]) -> list[PolicyViolation]:
        by_id: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in proof.findings:
            by_id[finding.id].append(finding)
        of_role = role.logical_id, str(templates[role.stack])
        return [
            PolicyViolation(
                rule_name=printable(rule),
                description=printable("; ".join(dict.fromkeys(finding.message for finding in findings))),
                fix=printable(findings[0].fix),
                severity=_FATAL if findings[0].kind is Kind.MISSING else "error",
                violating_resources=[
                    PolicyViolatingResource(resource_logical_id=name, template_path=template, locations=["Properties"])
                    for name, template in dict.fromkeys(_place(finding) or of_role for finding in findings)
                ],
            )
            for rule, findings in by_id.items()
        ]


_FATAL = "fatal"
"""Such a violation CDK lets no construct acknowledge, and it does not offer it (aws-cdk-lib 2.275.0)."""


def _unproved(error: Exception) -> PolicyViolation:
    """Make the violation of a proof that could not be made; nothing else is known to work then."""
    (*_, last) = format_exception_only(error)  # also of an error that cannot tell what it is
    return PolicyViolation(
        rule_name="unproved",
        description=printable(f"the proof could not be made: {' '.join(last.split())}"),
        fix="correct what is named, or report it as a fault of leastgrant; nothing is proved until then",
        severity=_FATAL,
        violating_resources=[PolicyViolatingResource(resource_logical_id="LeastGrant", locations=[])],
    )


def _checked_role(role: object) -> RoleInStack | iam.CfnRole | str:
    """Return the role in a form that can be found in a template.

    Raises:
        TypeError: it is no role that this app makes.
    """
    if isinstance(role, iam.Role):
        role = role.node.default_child
    if isinstance(role, (RoleInStack, iam.CfnRole)) or (isinstance(role, str) and role):
        return role
    raise TypeError(
        "role: expected an iam.Role or iam.CfnRole that this app makes, or its construct path such as"
        f" 'RoleStack/DeployRole', not {role if isinstance(role, str) else type(role).__name__!r}"
    )


def _checked(name: str, values: Sequence[Item], *types: type, what: str) -> tuple[Item, ...]:
    """Return the values as a tuple, each of one of the types.

    Raises:
        TypeError: one is not, or they are no list.
    """
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise TypeError(f"{name}: expected a list of {what}, not {type(values).__name__}")
    for number, value in enumerate(values):
        if not isinstance(value, types):
            raise TypeError(f"{name}[{number}]: expected {what}, not {type(value).__name__}")
    return tuple(values)


def _checked_names(existing: Mapping[str, object]) -> dict[str, Physical]:
    """Return the physical names that are known.

    Raises:
        TypeError: one is neither text nor None.
    """
    for logical_id, name in existing.items():
        if not isinstance(name, str | None):
            raise TypeError(f"existing[{logical_id!r}]: expected a physical name or None, not {type(name).__name__}")
    return {logical_id: Physical(name) for logical_id, name in existing.items() if isinstance(name, str)}


def _at(path: str, app: IConstruct) -> iam.CfnRole:
    """Find the role of a construct path.

    Raises:
        InputError: there is no such construct, or it is no role.
    """
    construct: IConstruct | None = app
    for part in path.split("/"):
        construct = construct and construct.node.try_find_child(part)
    found = construct.node.default_child if isinstance(construct, iam.Role) else construct
    if isinstance(found, iam.CfnRole):
        return found
    raise InputError(f"role: the app has no iam.Role or iam.CfnRole at the construct path {path!r}")


def _template_of(stack: str, templates: Mapping[str, Path]) -> Path:
    if stack not in templates:
        known = ", ".join(sorted(templates)) or "none"
        raise InputError(f"no stack has the construct path {stack!r} (there are: {known})")
    return templates[stack]


def _place(finding: Finding) -> tuple[str, str] | None:
    """Return the resource and the template that a finding is about; None: the role's."""
    subject = finding.subject
    return None if subject is None or subject.template is None else (subject.name, subject.template)


@dataclass(frozen=True, slots=True)
class _Stack:
    """What the cloud assembly says of a stack."""

    name: str
    template: ResolvedTemplate
    tags: Tags


def _stack(template: Path, own_buckets: tuple[str, ...], names: Mapping[str, Physical]) -> _Stack:
    """Read the stack of a template from the manifest of the cloud assembly that it is in.

    Raises:
        LookupError: the manifest does not name the template.
        InputError: it has no resources.
    """
    stack = stack_of(template)
    resolved = stack.resolved(own_buckets=own_buckets, physical=names)
    if resolved is None:
        raise InputError(f"{template}: has no resources, so there is nothing to prove")
    return _Stack(stack.name, resolved, Tags.literal(stack.tags))


def _report(violations: list[PolicyViolation]) -> PolicyValidationPluginReport:
    return PolicyValidationPluginReport(success=not violations, violations=violations)
