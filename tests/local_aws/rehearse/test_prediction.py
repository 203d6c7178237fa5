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
from local_aws.rehearse.changes import changed
from local_aws.rehearse.variants import read_template
from local_aws.wire import AwsError
from tests.local_aws.cloudformation.direct import DirectDeployer, Session
from tests.local_aws.conftest import ACCOUNT, REGION

BUCKET = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
NAMES = (
    *("Alarm", "Api", "Custom", "Machine", "Nested", "Network"),
    *("Queue", "Role", "Schedule", "Table", "Topic"),
)
"""Of `apps.KINDS`, which takes jsii to read."""


@dataclass(frozen=True)
class App:
    """One of the apps, and the policies that its execution role needs."""

    execution: Execution

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """All but that the role passes itself to nested stacks: here it is called as, and not passed."""
        found = (need for need in self.execution.needs() if need.is_deployed_with)
        return tuple(need for need in found if str(need.resource) != self.execution.arn)

    @cached_property
    def documents(self) -> list[Any]:
        return json.loads(json.dumps(least_policies([self.execution])))

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


def deployer(aws: Emulator, permissions: Permissions) -> DirectDeployer:
    return DirectDeployer(aws, Session(ACCOUNT, permissions))


def reasons(aws: Emulator, app: App) -> list[str]:
    """Why resources failed, those of nested stacks too."""
    registry = aws.cloudformation.engine.registry
    stacks = (*registry.stacks.values(), *registry.deleted.values())
    events = (event for stack in stacks if stack.name.startswith(app.name) for event in stack.events)
    return [event.reason or "" for event in events if event.status.endswith("_FAILED")]


EVERYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


def clear(aws: Emulator, app: App) -> None:
    """Delete what is left of an app, as somebody who may do everything."""
    if app.name in aws.cloudformation.stacks:
        everything = Permissions([parse_policy(EVERYTHING, "everything")])
        assert deployer(aws, everything).delete(app.name) == "DELETE_COMPLETE", reasons(aws, app)
    aws.cloudformation.engine.registry.deleted.clear()


@pytest.mark.parametrize("name", NAMES)
def test_with_what_is_generated_it_is_deployed_changed_and_deleted(
    account: Emulator, apps: dict[str, App], name: str
) -> None:
    app = apps[name]
    deploys = deployer(account, app.permissions())
    assert deploys.deploy(name, app.template, "CREATE") == "CREATE_COMPLETE", reasons(account, app)
    _, template = changed(app.template)
    assert deploys.deploy(name, template) == "UPDATE_COMPLETE", reasons(account, app)
    assert deploys.delete(name) == "DELETE_COMPLETE", reasons(account, app)
    clear(account, app)


def differences(aws: Emulator, app: App, action: str) -> Iterator[str]:
    """Take an action away, create and delete the app, and yield where prediction and deployment part."""
    permissions = app.permissions(action)
    refused = {need for need, witness in refusals(app.needs, permissions).items() if witness is not None}
    predicted = {operation: any(need.operation is operation for need in refused) for operation in Operation}
    deploys, what = deployer(aws, permissions), f"{app.name} without {action}"
    try:
        created = deploys.deploy(app.name, app.template, "CREATE")
        said = reasons(aws, app)
    except AwsError as error:  # what the template reads is refused before there is a stack
        created, said = "refused", [error.message]
    if (created != "CREATE_COMPLETE") != predicted[Operation.CREATE]:
        yield f"{what}: creation: {created}, predicted: {predicted[Operation.CREATE]}"
    if created != "CREATE_COMPLETE" and not any(f"perform: {action}".lower() in one.lower() for one in said):
        yield f"{what}: creation fails for another reason: {said}"
    if created == "CREATE_COMPLETE":
        deleted = deploys.delete(app.name)
        if (deleted != "DELETE_COMPLETE") != predicted[Operation.DELETE]:
            yield f"{what}: deletion: {deleted}, predicted: {predicted[Operation.DELETE]}"
    clear(aws, app)


def test_each_app_is_among_them(apps: dict[str, App]) -> None:
    assert sorted(apps) == sorted(NAMES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_prediction_and_deployment_agree_on_each_permission(account: Emulator, apps: dict[str, App], name: str) -> None:
    app = apps[name]
    parted = [line for action in app.actions for line in differences(account, app, action)]
    assert not parted, "\n".join(parted)


@pytest.mark.parametrize("name", NAMES)
def test_they_agree_on_one(account: Emulator, apps: dict[str, App], name: str) -> None:
    app = apps[name]
    assert [*differences(account, app, app.actions[len(app.actions) // 2])] == []


@dataclass(frozen=True)
class Blind(App):
    """An app of which one call is not known."""

    unknown: str

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        return tuple(need for need in super().needs if need.action != self.unknown)


def test_a_call_that_is_not_predicted_is_noticed(account: Emulator, apps: dict[str, App]) -> None:
    blind = Blind(apps["Alarm"].execution, "sqs:CreateQueue")
    assert [*differences(account, blind, "sqs:CreateQueue")] == [
        "Alarm without sqs:CreateQueue: creation: ROLLBACK_COMPLETE, predicted: False"
    ]
