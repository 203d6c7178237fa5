"""What leastgrant predicts of a deployment, and what happens in one, agree on every permission that is taken away.

They share what is known of CloudFormation's calls, and not the path to it: leastgrant holds sets of requests against a
policy before anything is there; the emulator makes the resources one by one, and asks for each call on what has been
made by then.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from leastgrant import Execution, Need, Operation, executions, least_policies, read_assembly, refusals
from leastgrant.iam import Permissions, parse_policy
from local_aws import Emulator
from local_aws.callers import OutsideSession
from local_aws.rehearse.changes import changed
from local_aws.rehearse.variants import read_template
from local_aws.wire import ApiCall
from tests.local_aws.conftest import ACCOUNT, REGION

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
CAPABILITIES = ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


@dataclass(frozen=True)
class App:
    """One of the apps, and the policies that its execution role needs."""

    execution: Execution

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        return tuple(need for need in self.execution.needs() if need.is_deployed_with)

    @cached_property
    def documents(self) -> list[Any]:
        return json.loads(json.dumps(least_policies(self.execution)))

    @property
    def name(self) -> str:
        return self.execution.stacks[0][0].name

    @property
    def template(self) -> dict[str, Any]:
        return read_template(self.execution.stacks[0][0].template)

    @property
    def actions(self) -> list[str]:
        return sorted({need.action for need in self.needs})

    def permissions(self, without: str | None = None) -> Permissions:
        policies = json.loads(json.dumps(self.documents))
        for policy in policies:
            for statement in policy["Statement"]:
                named = statement["Action"]
                statement["Action"] = [one for one in ([named] if isinstance(named, str) else named) if one != without]
            policy["Statement"] = [statement for statement in policy["Statement"] if statement["Action"]]
        return Permissions([parse_policy(one, "least") for one in policies if one["Statement"]])


@pytest.fixture(scope="module")
def apps(rehearsed_apps: Path) -> dict[str, App]:
    (execution,) = executions(read_assembly(rehearsed_apps))
    alone = (replace(execution, stacks=(stack,)) for stack in execution.stacks)
    return {app.name: app for app in map(App, alone)}


@pytest.fixture(scope="module")
def account(aws: Emulator, rehearsed_apps: Path) -> Emulator:
    """An account with the bucket of assets, and the assets in it."""
    s3 = aws.client("s3", aws.operator)
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    ssm = aws.client("ssm", aws.operator)
    ssm.put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="33", Type="String")
    for manifest in rehearsed_apps.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text())["files"].values():
            for destination in asset["destinations"].values():
                body = (rehearsed_apps / asset["source"]["path"]).read_bytes()
                s3.put_object(Bucket=BUCKET, Key=destination["objectKey"], Body=body)
    return aws


@dataclass
class Deployment:
    """A stack deployed with what somebody may do, in this process."""

    aws: Emulator
    stack: str
    permissions: Permissions

    def call(self, operation: str, **params: Any) -> Any:
        caller = OutsideSession(ACCOUNT, "deployer", "session", self.permissions)
        call = ApiCall("cloudformation", operation, params, REGION, None, None)
        answered = self.aws.cloudformation.operations["cloudformation", operation](call, caller)
        self.aws.cloudformation.settle()
        return answered

    def deploy(self, kind: str, template: dict[str, Any]) -> str:
        body = json.dumps(template)
        more = {"TemplateBody": body, "Capabilities": CAPABILITIES, "ChangeSetType": kind}
        made = self.call("CreateChangeSet", StackName=self.stack, ChangeSetName="changes", **more)
        self.call("ExecuteChangeSet", ChangeSetName=made["Id"])
        return self.aws.cloudformation.stacks[self.stack].status

    def delete(self) -> str:
        stack = self.aws.cloudformation.stacks[self.stack]
        self.call("DeleteStack", StackName=self.stack)
        return stack.status

    @property
    def reasons(self) -> list[str]:
        """Why resources failed, those of nested stacks too."""
        registry = self.aws.cloudformation.engine.registry
        stacks = (*registry.stacks.values(), *registry.deleted.values())
        events = (event for stack in stacks if stack.name.startswith(self.stack) for event in stack.events)
        return [event.reason or "" for event in events if event.status.endswith("_FAILED")]


def clear(aws: Emulator, app: App) -> None:
    """Delete what is left of an app, as somebody who may do everything."""
    everything = parse_policy(
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, "all"
    )
    if app.name in aws.cloudformation.stacks:
        assert Deployment(aws, app.name, Permissions([everything])).delete() == "DELETE_COMPLETE"
    aws.cloudformation.engine.registry.deleted.clear()


def test_with_what_is_generated_each_is_deployed_changed_and_deleted(account: Emulator, apps: dict[str, App]) -> None:
    for app in apps.values():
        deployment = Deployment(account, app.name, app.permissions())
        assert deployment.deploy("CREATE", app.template) == "CREATE_COMPLETE", deployment.reasons
        _, template = changed(app.template)
        assert deployment.deploy("UPDATE", template) == "UPDATE_COMPLETE", deployment.reasons
        assert deployment.delete() == "DELETE_COMPLETE", deployment.reasons
        clear(account, app)


def differences(aws: Emulator, app: App, action: str) -> Iterator[str]:
    """Take an action away, create and delete the app, and yield where prediction and deployment part."""
    permissions = app.permissions(action)
    refused = {need for need, witness in refusals(app.needs, permissions).items() if witness is not None}
    predicted = {operation: any(need.operation is operation for need in refused) for operation in Operation}
    deployment = Deployment(aws, app.name, permissions)
    created = deployment.deploy("CREATE", app.template)
    named = any(f"perform: {action}".lower() in reason.lower() for reason in deployment.reasons)
    if (created != "CREATE_COMPLETE") != predicted[Operation.CREATE]:
        yield f"{app.name} without {action}: creation: {created}, predicted: {predicted[Operation.CREATE]}"
    if created != "CREATE_COMPLETE" and not named:
        yield f"{app.name} without {action}: creation: another reason: {deployment.reasons}"
    if created == "CREATE_COMPLETE":
        deleted = deployment.delete()
        if (deleted != "DELETE_COMPLETE") != predicted[Operation.DELETE]:
            yield f"{app.name} without {action}: deletion: {deleted}, predicted: {predicted[Operation.DELETE]}"
    clear(aws, app)


@pytest.mark.slow
def test_prediction_and_deployment_agree_on_each_permission(account: Emulator, apps: dict[str, App]) -> None:
    tried = [(app, action) for app in apps.values() for action in app.actions]
    parted = [line for app, action in tried for line in differences(account, app, action)]
    assert not parted, "\n".join(parted)
    assert len(tried) > 150


def test_they_agree_on_some(account: Emulator, apps: dict[str, App]) -> None:
    parted = [line for app in apps.values() for line in differences(account, app, app.actions[len(app.actions) // 2])]
    assert not parted, "\n".join(parted)


def test_a_permission_that_nobody_predicts_is_noticed(account: Emulator, apps: dict[str, App]) -> None:
    """If leastgrant did not know that a queue is created, this would be what differs."""
    app = apps["Alarm"]
    blind = replace(app)
    object.__setattr__(blind, "needs", tuple(need for need in app.needs if need.action != "sqs:CreateQueue"))
    object.__setattr__(blind, "documents", app.documents)
    assert [*differences(account, blind, "sqs:CreateQueue")] == [
        "Alarm without sqs:CreateQueue: creation: ROLLBACK_COMPLETE, predicted: False"
    ]
