"""The deployed stacks, from the record in `tests/stacks/live`, which is in the normal form of the take-over test."""

import json
from pathlib import Path
from typing import Any

from leastgrant.role import Role, role_of_template
from leastgrant.template import Environment, ResolvedTemplate, parse, resolve
from tests.json_values import is_array, is_object

_RECORD = Path(__file__).parent.parent / "stacks" / "live"
_KEYED = {"Tags", "AttributeDefinitions", "GlobalSecondaryIndexes", "Policies", "Targets"}
_CODE = {"S3Bucket": "aws-sam-cli-managed-default-samclisourcebucket-dgwncwijmnpd", "S3Key": "dataops-v1/code"}
"""The record leaves `Code` out; SAM put it under some key of this bucket."""

RULES_STATEMENT = "EventBridgeDataOpsRules"
"""What the role in the account did not have when the deploy was rolled back."""


def live_app() -> ResolvedTemplate:
    template = _template("dataops-v1")
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Code"] = _CODE
        if resource["Type"] == "AWS::Lambda::Permission":
            (resource["Properties"]["Action"],) = resource["Properties"]["Action"]
    return _resolved(template, "dataops-v1")


def live_role(*, without: str | None = None) -> Role:
    """The role, perhaps without the statement of that id."""
    template = _template("dataops-v1-github-actions")
    (policy,) = template["Resources"]["GitHubActionsDeployRole"]["Properties"]["Policies"]
    document = policy["PolicyDocument"]
    document["Statement"] = [s for s in document["Statement"] if s["Sid"] != without]
    return role_of_template(_resolved(template, "dataops-v1-github-actions"))


def _template(name: str) -> dict[str, Any]:
    record = json.loads((_RECORD / f"{name}.json").read_text(encoding="utf-8"))
    return {"Resources": _written(record["Resources"])}


def _written(value: Any, name: str = "") -> Any:
    """A value of the record, as a template writes it."""
    if is_object(value):
        members = {key: _written(item, key) for key, item in value.items()}
        return list(members.values()) if name in _KEYED else members
    if is_array(value):
        return [_written(item) for item in value]
    return {"Fn::Sub": value} if isinstance(value, str) and "${" in value else value


def _resolved(template: dict[str, Any], stack: str) -> ResolvedTemplate:
    place = Environment("aws", "eu-west-1", "817685572750", stack)
    return resolve(parse(json.dumps(template), f"{stack}.json"), place)
