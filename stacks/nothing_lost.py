"""What is live stays: synthesis fails when the app's template would leave behind or replace what is recorded."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import jsii
from aws_cdk import (
    IPolicyValidationContext,
    IPolicyValidationPlugin,
    PolicyValidationPluginReport,
    PolicyViolatingResource,
    PolicyViolation,
)

from leastgrant.template import IDENTITIES
from settings import LiveRecord

_KEEPING: Final = frozenset({"Retain", "RetainExceptOnCreate"})


def losses(record: LiveRecord, resources: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield each recorded resource that a template does not keep, and the sentence that tells what would be lost.

    What the template has and the record has not is new, and no loss.

    Args:
        record: what the app's stack has.
        resources: those of the template, by logical id.
    """
    new = sorted(resources.keys() - record.resources.keys())
    added = ", ".join(f"{one} ({resources[one]['Type']})" for one in new) or "nothing"
    for logical_id, name in record.resources.items():
        what = f"{logical_id} ({name})" if name else logical_id
        if logical_id not in resources:
            yield logical_id, f"{what} {_GONE}. What the template adds is empty: {added}"
        elif name is not None and (new_name := _fixed_name(resources[logical_id])) not in (None, name):
            keeps = resources[logical_id].get("UpdateReplacePolicy") in _KEEPING
            rest = "stays behind outside the stack" if keeps else "is deleted"
            yield logical_id, f"{what} is live, and the template calls it {new_name}, {_ANOTHER}: {name} {rest}"


_GONE: Final = (
    "is live, and the template has it no more: CloudFormation deletes it, or leaves it behind outside the stack, with"
    " all that it holds"
)
_ANOTHER: Final = "which would be another one that is empty"


def _fixed_name(resource: Mapping[str, Any]) -> str | None:
    """Return the name that the template gives the resource; None if it gives none, or one that is not text."""
    identity = IDENTITIES.get(resource["Type"])
    name = resource.get("Properties", {}).get(identity.name_property) if identity and identity.name_property else None
    return name if isinstance(name, str) else None


@jsii.implements(IPolicyValidationPlugin)
class NothingIsLost:
    """A validation at synth that the template of a stack keeps what is recorded as live."""

    def __init__(self, stack: str, record: LiveRecord, file: str) -> None:
        """Take the construct path of the stack, what it has, and the file that says so."""
        self._stack, self._record, self._file = stack, record, file

    @property
    def name(self) -> str:
        """What CDK calls the plugin in reports."""
        return "NothingIsLost"

    @property
    def version(self) -> None:
        """Not given: CDK then reports none."""
        return

    @property
    def rule_ids(self) -> list[str]:
        """The one rule."""
        return ["lost"]

    def validate(self, context: IPolicyValidationContext) -> PolicyValidationPluginReport:
        """Compare the synthesised template with the record."""
        paths = [one.template_path for one in context.stack_templates if one.stack_construct_path == self._stack]
        violations = [
            PolicyViolation(
                rule_name="lost",
                description=sentence,
                fix=(
                    f"leave its name and its logical id as they are; or, if it is to go, take {logical_id} out of"
                    f" {self._file} in the same pull request, once nobody needs what it holds"
                ),
                severity="fatal",  # which no construct can acknowledge
                violating_resources=[
                    PolicyViolatingResource(resource_logical_id=logical_id, template_path=path, locations=[])
                ],
            )
            for path in paths
            for logical_id, sentence in losses(self._record, _resources(Path(path)))
        ]
        return PolicyValidationPluginReport(success=not violations, violations=violations)


def _resources(template: Path) -> Mapping[str, Mapping[str, Any]]:
    return json.loads(template.read_text(encoding="utf-8"))["Resources"]
