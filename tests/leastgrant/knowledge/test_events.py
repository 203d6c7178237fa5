"""CloudTrail's events as IAM actions, held against the operations that botocore has."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from leastgrant.knowledge import authorization
from leastgrant.knowledge.events import ACTIONS, PREFIXES, VERBS, Trace, actions_of, trace_of


@pytest.mark.parametrize(
    ("source", "name", "actions"),
    [
        ("sqs.amazonaws.com", "CreateQueue", {"sqs:CreateQueue"}),
        ("s3.amazonaws.com", "ListObjects", {"s3:ListBucket"}),
        ("s3.amazonaws.com", "HeadObject", {"s3:GetObject"}),
        ("s3.amazonaws.com", "HeadBucket", {"s3:ListBucket"}),
        ("s3.amazonaws.com", "GetBucketReplication", {"s3:GetReplicationConfiguration"}),
        ("s3.amazonaws.com", "PutBucketCors", {"s3:PutBucketCORS"}),
        ("s3.amazonaws.com", "PutBucketVersioning", {"s3:PutBucketVersioning"}),
        ("s3.amazonaws.com", "CopyObject", {"s3:PutObject", "s3:GetObject"}),
        ("lambda.amazonaws.com", "Invoke", {"lambda:InvokeFunction"}),
        ("lambda.amazonaws.com", "Invoke20150331", {"lambda:InvokeFunction"}),
        ("lambda.amazonaws.com", "CreateFunction20150331", {"lambda:CreateFunction"}),
        ("lambda.amazonaws.com", "UpdateFunctionCode20150331v2", {"lambda:UpdateFunctionCode"}),
        ("lambda.amazonaws.com", "TagResource20170331v2", {"lambda:TagResource"}),
        ("cloudfront.amazonaws.com", "CreateFunction2020_05_31", {"cloudfront:CreateFunction"}),
        ("apigateway.amazonaws.com", "CreateRestApi", {"apigateway:POST"}),
        ("apigateway.amazonaws.com", "UpdateStage", {"apigateway:PATCH"}),
        ("monitoring.amazonaws.com", "PutMetricAlarm", {"cloudwatch:PutMetricAlarm"}),
        ("tagging.amazonaws.com", "TagResources", {"tag:TagResources"}),
        ("amazonmq.amazonaws.com", "CreateBroker", {"mq:CreateBroker"}),
        ("autoscaling.amazonaws.com", "RegisterScalableTarget", {"application-autoscaling:RegisterScalableTarget"}),
        ("autoscaling.amazonaws.com", "CreateAutoScalingGroup", {"autoscaling:CreateAutoScalingGroup"}),
        ("streams.dynamodb.amazonaws.com", "GetRecords", {"dynamodb:GetRecords"}),
        ("sqs.amazonaws.com.cn", "CreateQueue", {"sqs:CreateQueue"}),
        ("signin.amazonaws.com", "ConsoleLogin", set[str]()),
        ("none.amazonaws.com", "CreateThing", set[str]()),
        ("", "", set[str]()),
        ("apigateway.amazonaws.com", "___", set[str]()),
    ],
)
def test_an_event_is_an_action(source: str, name: str, actions: set[str]):
    assert {*actions_of(source, name)} == actions


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the prefix, the name and the HTTP method of each operation that botocore knows."""
    loader: Any = botocore.session.get_session().get_component("data_loader")
    for service in loader.list_available_services("service-2"):
        model = loader.load_service_model(service, "service-2")
        told = model["metadata"]
        sources = dict.fromkeys((told.get("signingName", told["endpointPrefix"]), told["endpointPrefix"], service))
        for name, operation in model["operations"].items():
            yield ",".join(sources), name, operation


@pytest.mark.slow
def test_almost_every_operation_of_aws_is_an_action():
    mapped = {
        (sources, name): any(actions_of(f"{source}.amazonaws.com", name) for source in sources.split(","))
        for sources, name, _ in operations()
    }
    assert len(mapped) > 19_000
    assert sum(mapped.values()) / len(mapped) > 0.94


def test_no_entry_of_the_tables_is_wrong_or_needless():
    listed = [action for actions in ACTIONS.values() for action in actions]
    listed += [action for verbs in VERBS.values() for actions in verbs.values() for action in actions]
    assert [action for action in listed if str(authorization.action(action)) != action] == []
    assert [name for name in ACTIONS if authorization.action(name)] == []
    assert {prefix for prefixes in PREFIXES.values() for prefix in prefixes} <= {*authorization.services()}


@pytest.mark.parametrize("service", ["apigateway", "apigatewayv2"])
def test_the_verbs_of_api_gateway_are_its_methods(service: str):
    loader: Any = botocore.session.get_session().get_component("data_loader")
    for name, operation in loader.load_service_model(service, "service-2")["operations"].items():
        has_own = authorization.action(f"apigateway:{name}")  # newer ones have
        method = f"apigateway:{operation['http']['method']}"
        assert has_own or method in actions_of("apigateway.amazonaws.com", name), name


@pytest.mark.parametrize(
    ("action", "trace"),
    [
        ("iam:PassRole", Trace.NONE),
        ("logs:Link", Trace.NONE),
        ("s3:GetObject", Trace.DATA),
        ("s3:CreateBucket", Trace.EVENT),
        ("lambda:InvokeFunction", Trace.DATA),
        ("lambda:CreateFunction", Trace.EVENT),
        ("sqs:TagQueue", Trace.TAGGING),
        ("none:None", Trace.EVENT),
    ],
)
def test_what_an_action_leaves_in_a_trail(action: str, trace: Trace):
    assert trace_of(action) is trace
