"""The proof as a validation plugin of the AWS CDK: `cdk synth` fails when the deploy role does not fit.

    Validations.of(app).add_plugins(DeployRoleProof(role="RoleStack/DeployRole", deployed=["AppStack"]))

Needs `aws-cdk-lib` (`pip install leastgrant[cdk]`); nothing else in `leastgrant` does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from leastgrant.proof.finding import Kind
from leastgrant.proof.missing import least_statement
from leastgrant.proof.prove import prove
from leastgrant.role import role_of_template
from leastgrant.template import Environment, load, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from leastgrant.iam.pattern import Pattern
    from leastgrant.proof.finding import Finding
    from leastgrant.proof.needs import Need, Use
    from leastgrant.proof.prove import Proof
    from leastgrant.proof.trust import Trusted
    from leastgrant.template import ResolvedTemplate


@dataclass(frozen=True, slots=True)
class RoleInStack:
    """A role, by its stack's construct path and its logical id."""

    stack: str
    logical_id: str


@jsii.implements(IPolicyValidationPlugin)
class DeployRoleProof:
    """Proves at synth that a role grants what stacks need to be deployed, and nothing else.

    Each finding is a violation of its own, on the resource it concerns or else on the role, and is acknowledged
    there as `LeastGrant::<kind>[<action> <resource>]`.
    """

    def __init__(
        self,
        *,
        role: RoleInStack,
        deployed: Sequence[str],
        uses: Sequence[Use] = (),
        namespaces: Sequence[Pattern] = (),
        trusted: Trusted | None = None,
        mend: Callable[[Need], str] = least_statement,
    ) -> None:
        """`deployed` are construct paths of stacks; the rest is as `leastgrant.proof.prove.prove` takes it."""
        self._role = role
        self._deployed = tuple(deployed)
        self.uses = tuple(uses)
        """What else is done with the role."""
        self._namespaces = tuple(namespaces)
        self._trusted = trusted
        self._mend = mend
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
        """Prove the role against the synthesised templates."""
        paths = {stack.stack_construct_path: Path(stack.template_path) for stack in context.stack_templates}
        try:
            self.proof = self.prove(paths)
            violations = self._violations(self.proof, paths)
        except Exception as error:  # noqa: BLE001  CDK takes a plugin that raises for one that found nothing
            violations = [self._unproved(error, paths)]
        return PolicyValidationPluginReport(success=not violations, violations=violations)

    def prove(self, templates: dict[str, Path]) -> Proof:
        """The proof, of synthesised templates by their stacks' construct paths."""
        resolved = {stack: _resolved(templates[stack]) for stack in {self._role.stack, *self._deployed}}
        return prove(
            role_of_template(resolved[self._role.stack], self._role.logical_id),
            [resolved[stack] for stack in self._deployed],
            uses=self.uses,
            namespaces=self._namespaces,
            trusted=self._trusted,
            mend=self._mend,
        )

    def acknowledged(self, assembly: Path) -> Proof | None:
        """The proof, with what constructs acknowledge; None if synthesis came to no proof.

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

    def _violations(self, proof: Proof, templates: dict[str, Path]) -> list[PolicyViolation]:
        by_id: defaultdict[str, list[Finding]] = defaultdict(list)
        for finding in proof.findings:
            by_id[finding.id].append(finding)
        return [
            PolicyViolation(
                rule_name=rule,
                description="; ".join(dict.fromkeys(finding.message for finding in findings)),
                fix=findings[0].mend,
                severity="error",
                violating_resources=[
                    PolicyViolatingResource(resource_logical_id=name, template_path=template, locations=["Properties"])
                    for name, template in dict.fromkeys(self._place(finding, templates) for finding in findings)
                ],
            )
            for rule, findings in by_id.items()
        ]

    def _unproved(self, error: Exception, templates: dict[str, Path]) -> PolicyViolation:
        template = templates.get(self._role.stack)
        return PolicyViolation(
            rule_name="unproved",
            description=f"the proof could not be made: {type(error).__name__}: {error}",
            severity="error",
            violating_resources=[
                PolicyViolatingResource(
                    resource_logical_id=self._role.logical_id,
                    template_path=str(template) if template else None,
                    locations=[],
                )
            ],
        )

    def _place(self, finding: Finding, templates: dict[str, Path]) -> tuple[str, str]:
        """The resource and the template that a finding is about."""
        subject = finding.subject
        if subject is not None and subject.template is not None:
            return subject.name, subject.template
        return self._role.logical_id, str(templates[self._role.stack])


def _resolved(template: Path) -> ResolvedTemplate:
    return resolve(load(template), _environment(template))


def _environment(template: Path) -> Environment:
    """Where the stack is deployed, from the manifest of the cloud assembly that the template is in."""
    manifest = json.loads((template.parent / "manifest.json").read_text(encoding="utf-8"))
    for artifact_id, artifact in manifest["artifacts"].items():
        properties = artifact.get("properties", {})
        if properties.get("templateFile") == template.name:
            account, _, region = artifact["environment"].removeprefix("aws://").partition("/")
            known = {"account": account, "region": region}
            return Environment(
                stack_name=properties.get("stackName", artifact_id),
                **{key: value for key, value in known.items() if not value.startswith("unknown")},
            )
    raise LookupError(f"{template.parent / 'manifest.json'} has no stack with the template {template.name}")
