"""What the deploy job's tools call with the role, recorded anew: granted, declared, and nothing declared in vain.

Beside `make test`, as it takes most of a minute: `make test-recording`.
"""

import json

import pytest

from ops.project.deployment import Deployment
from rehearsal.acts import APP_STACK
from rehearsal.outcome import RehearsalFailed
from rehearsal.pipeline_calls import (
    GONE_WITHOUT,
    NOT_CALLED_BY_THE_PIPELINE,
    GoneWithout,
    PipelineCall,
    calls_of,
    calls_table,
    refused,
    undeclared,
    unexercised,
)
from rehearsal.recording import judge
from rehearsal.stage import Stage

Recording = tuple[PipelineCall, ...]


def test_each_call_is_granted(recording: Recording, deployment: Deployment) -> None:
    left = [str(call) for call in refused(recording, deployment.uses)]
    assert not left, calls_table(recording, deployment.uses)


def test_each_call_is_a_declared_use(recording: Recording, deployment: Deployment) -> None:
    left = [str(call) for call in undeclared(recording, deployment.uses)]
    assert not left, calls_table(recording, deployment.uses)


def test_each_declared_use_is_called(recording: Recording, deployment: Deployment) -> None:
    """What nothing calls goes from `stacks/deploy_role/proof.py`, or is given a reason beside the recording."""
    left = [f"{need.action} on {need.on}: {need.subject.name}" for need in unexercised(recording, deployment.uses)]
    assert not left, calls_table(recording, deployment.uses)


@pytest.mark.parametrize("known", GONE_WITHOUT, ids=lambda known: f"{known.tool}, {known.action}")
def test_what_the_tools_go_on_without_they_still_call(recording: Recording, known: GoneWithout) -> None:
    assert any(call.error and call.is_of(known) for call in recording)


def test_what_the_pipeline_does_not_call_is_declared(deployment: Deployment) -> None:
    assert NOT_CALLED_BY_THE_PIPELINE.keys() <= {use.name for use in deployment.uses}


def test_every_request_was_read(recording: Recording, stage: Stage) -> None:
    assert recording
    assert stage.aws.gateway.unread == []


def test_a_call_that_is_new_is_named(recording: Recording, stage: Stage, deployment: Deployment) -> None:
    """As after an upgrade of the CLI: here by one of its commands that the pipeline does not use."""
    ran = stage.cdk(stage.job(), "drift", APP_STACK)
    calls = calls_of(stage.role_arn, [ran])
    new = "cloudformation:DetectStackDrift on arn:aws:cloudformation:eu-west-1:817685572750:stack/dataops-v1/"
    for left in (undeclared(calls, deployment.uses), refused(calls, deployment.uses)):
        (found,) = map(str, left)
        assert found.startswith(new)
        assert found.endswith(f", by cdk drift {APP_STACK}")
    with pytest.raises(RehearsalFailed, match=f"each call is a declared use: {new}"):
        judge(stage, (*recording, *calls))


def test_a_grant_that_is_gone_is_named(recording: Recording, stage: Stage, deployment: Deployment) -> None:
    assert recording
    without = "cloudformation:GetTemplate"
    iam, names = stage.client("iam"), {"RoleName": stage.settings.deploy_role_name}
    names["PolicyName"] = f"{stage.settings.app_stack_name}-deploy"
    document = iam.get_role_policy(**names)["PolicyDocument"]
    narrower = json.loads(json.dumps(document))
    for statement in narrower["Statement"]:
        if without in statement["Action"]:
            statement["Action"].remove(without)
    iam.put_role_policy(**names, PolicyDocument=json.dumps(narrower))
    ran = stage.cdk(stage.job(), "diff", APP_STACK)
    iam.put_role_policy(**names, PolicyDocument=json.dumps(document))
    assert ran.status == 1
    (found,) = map(str, refused(calls_of(stage.role_arn, [ran]), deployment.uses))
    assert found.startswith(f"{without} on arn:aws:cloudformation:eu-west-1:817685572750:stack/dataops-v1/")
    assert found.endswith(f", by cdk diff {APP_STACK}")
