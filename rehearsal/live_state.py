"""The account as it was found: the record in `live/`, written back as templates, and what else was there.

The record is in a normal form (`tests/stacks/normal_form.py`): lists that have no order are keyed, references are
`${...}`, and `Code` is left out.
"""

from __future__ import annotations

import copy
import json
from typing import Any, Final, cast

from rehearsal.places import LIVE

_KEYED: Final = frozenset({"Tags", "AttributeDefinitions", "GlobalSecondaryIndexes", "Policies", "Targets"})

APP: Final = "dataops-v1"
ROLE: Final = "dataops-v1-github-actions"
RULES_STATEMENT: Final = "EventBridgeDataOpsRules"
"""What the role in the account did not have when the deploy was rolled back."""
SCHEDULES: Final = (
    "WorkEngineFunctionDailyWorkEngineCron",
    "WorkEngineFunctionDailyWorkEngineCronPermission",
    "WorkEngineFunctionDailyWorkEngineExport",
    "WorkEngineFunctionDailyWorkEngineExportPermission",
)
INTAKE: Final = "DataOpsIntakeTable"
"""Made by the update that was rolled back, and left behind by it."""

Template = dict[str, Any]


def recorded(stack: str) -> Template:
    """Return a stack's template, as SAM had written it; a function's `Code` is still to be set."""
    record = json.loads((LIVE / f"{stack}.json").read_text(encoding="utf-8"))
    template = {section: _written(record[section]) for section in ("Resources", "Outputs")}
    for resource in template["Resources"].values():
        properties = resource["Properties"]
        if resource["Type"] == "AWS::Lambda::Permission":
            (properties["Action"],) = properties["Action"]
        if "RoleName" in properties:  # the deploy role's trust has its one action as text, the functions' as a list
            (trusting,) = properties["AssumeRolePolicyDocument"]["Statement"]
            (trusting["Action"],) = trusting["Action"]
    return template


def with_code(template: Template, code: dict[str, Any]) -> Template:
    """Return the template with its functions' code, by logical id."""
    changed = copy.deepcopy(template)
    for name, where in code.items():
        changed["Resources"][name]["Properties"]["Code"] = where
    return changed


def stale_role() -> Template:
    """Return the deploy role's template as it was last deployed: older than what was in the repository."""
    template = recorded(ROLE)
    (role,) = template["Resources"].values()
    (policy,) = role["Properties"]["Policies"]
    document = policy["PolicyDocument"]
    document["Statement"] = [one for one in document["Statement"] if one["Sid"] != RULES_STATEMENT]
    return template


def before_the_incident(template: Template) -> Template:
    """Return the app's template before the update that failed: without the schedules, and without the intake table."""
    before = copy.deepcopy(template)
    for name in (*SCHEDULES, INTAKE):
        del before["Resources"][name]
    names = [name for name, output in before["Outputs"].items() if INTAKE in json.dumps(output)]
    for name in names:
        del before["Outputs"][name]
    return cast("Template", _without_reference(before, f"${{{INTAKE}"))


def _without_reference(value: Any, reference: str) -> Any:
    """Return the value without the items and members that refer to a resource."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value).items()
        return {key: _without_reference(item, reference) for key, item in members if not _refers(item, reference)}
    if isinstance(value, list):
        return [_without_reference(i, reference) for i in cast("list[Any]", value) if not _refers(i, reference)]
    return value


def _refers(value: Any, reference: str) -> bool:
    return isinstance(value, dict) and reference in str(cast("dict[str, Any]", value).get("Fn::Sub", ""))


def _written(value: Any, name: str = "") -> Any:
    """Return a value of the record, as a template writes it."""
    if isinstance(value, dict):
        members = {key: _written(item, key) for key, item in cast("dict[str, Any]", value).items()}
        return list(members.values()) if name in _KEYED else members
    if isinstance(value, list):
        return [_written(item) for item in cast("list[Any]", value)]
    return {"Fn::Sub": value} if isinstance(value, str) and "${" in value else value
