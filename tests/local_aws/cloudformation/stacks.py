"""Small templates, and somebody who deploys them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws import Emulator
from local_aws.callers import Credentials

Template = dict[str, Any]
CAPABILITIES = ["CAPABILITY_NAMED_IAM"]
_NUMBERS = count(1)


def new_name(stem: str) -> str:
    """A name that no other test has: the emulator is shared."""
    return f"{stem}-{next(_NUMBERS)}"


def template(**resources: Any) -> Template:
    return {"Resources": resources}


def declared(kind: str, properties: dict[str, Any], **attributes: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties, **attributes}


def table(name: str | None = None, key: str = "PK", kept: str | None = None, **properties: Any) -> dict[str, Any]:
    named = {} if name is None else {"TableName": name}
    own = {
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **named,
        **properties,
    }
    policies = {} if kept is None else {"DeletionPolicy": kept}
    return declared("AWS::DynamoDB::Table", own, **policies)


def rule(description: Any = "each day", **attributes: Any) -> dict[str, Any]:
    properties = {"ScheduleExpression": "rate(1 day)", "Description": description, **attributes.pop("properties", {})}
    return declared("AWS::Events::Rule", properties, **attributes)


def role(action: str = "s3:GetObject", resource: Any = "*", name: str | None = None, path: str = "/") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    own = {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        },
        "Path": path,
        "Policies": [
            {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}},
        ],
    }
    return declared("AWS::IAM::Role", own if name is None else {**own, "RoleName": name})


def function(role: Any, code: dict[str, str], **properties: Any) -> dict[str, Any]:
    own = {"Code": code, "Handler": "app.handler", "Runtime": "python3.13", "Role": role, **properties}
    return declared("AWS::Lambda::Function", own)


@dataclass(frozen=True)
class Deployer:
    """Deploys with somebody's credentials."""

    aws: Emulator
    credentials: Credentials

    @property
    def api(self) -> Any:
        return self.aws.client("cloudformation", self.credentials)

    def change_set(self, stack: str, body: Template | None, kind: str = "UPDATE", **options: Any) -> dict[str, Any]:
        """A change set, made and described with the values of properties."""
        given = {} if body is None else {"TemplateBody": json.dumps(body)}
        made = self.api.create_change_set(
            StackName=stack,
            ChangeSetType=kind,
            **{"ChangeSetName": new_name("changes"), "Capabilities": CAPABILITIES, **given, **options},
        )
        return self.api.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True)

    def execute(self, change_set: dict[str, Any]) -> str:
        """Execute it, to its end; the stack's status."""
        self.api.execute_change_set(ChangeSetName=change_set["ChangeSetId"])
        return self.status(change_set["StackId"])

    def deploy(self, stack: str, body: Template, kind: str = "UPDATE", **options: Any) -> str:
        return self.execute(self.change_set(stack, body, kind, **options))

    def create(self, stem: str, body: Template, **options: Any) -> str:
        """A new stack; its name."""
        name = new_name(stem)
        assert self.deploy(name, body, "CREATE", **options) == "CREATE_COMPLETE"
        return name

    def delete(self, stack: str) -> str:
        identity = self.described(stack)["StackId"]
        self.api.delete_stack(StackName=stack)
        return self.status(identity)

    def status(self, stack: str) -> str:
        self.aws.cloudformation.settle()
        return self.described(stack)["StackStatus"]

    def described(self, stack: str) -> dict[str, Any]:
        (found,) = self.api.describe_stacks(StackName=stack)["Stacks"]
        return found

    def events(self, stack: str) -> list[tuple[str, str, str]]:
        """The events, oldest first: logical id (of the stack `-`), status and reason; of the last operation only."""
        found = self.api.describe_stack_events(StackName=stack)["StackEvents"]
        told: list[tuple[str, str, str]] = []
        for event in found:
            own = event["PhysicalResourceId"] == event["StackId"]
            reason = event.get("ResourceStatusReason", "")
            told.append(("-" if own else event["LogicalResourceId"], event["ResourceStatus"], reason))
            if own and reason == "User Initiated":
                break
        return told[::-1]

    def steps(self, stack: str) -> list[str]:
        """The last operation's events, in short."""
        return [f"{name} {status}" for name, status, reason in self.events(stack) if "creation Initiated" not in reason]

    def failures(self, stack: str) -> list[tuple[str, str]]:
        """What failed in the last operation, and why."""
        return [(name, why) for name, status, why in self.events(stack) if status.endswith("FAILED") and name != "-"]

    def physical(self, stack: str) -> dict[str, str]:
        """The physical ids, by logical id."""
        found = self.api.describe_stack_resources(StackName=stack)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}


def changes(change_set: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The changes of resources, by logical id."""
    return {one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"] for one in change_set["Changes"]}


def refused(call: Callable[..., object], *arguments: Any, **options: Any) -> str:
    """The code and message with which a call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **options)
    error: Any = caught.value.response
    return f"{error['Error']['Code']}: {error['Error']['Message']}"
