import pytest

from leastgrant.knowledge.context import ContextKey, request_context


@pytest.mark.parametrize(
    ("type_name", "action", "expected"),
    [
        (
            "AWS::Lambda::Function",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("lambda.amazonaws.com",)),),
        ),
        (
            "AWS::Events::Rule",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("events.amazonaws.com",)),),
        ),
        # does not present the key at all
        ("AWS::AppRunner::Service", "iam:PassRole", (ContextKey("iam:PassedToService", ()),)),
        # a type that differs from its service
        (
            "AWS::EC2::FlowLog",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("vpc-flow-logs.amazonaws.com",)),),
        ),
        # a type that is of one service, where its neighbours are of others
        (
            "AWS::ECS::TaskDefinition",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("ecs-tasks.amazonaws.com",)),),
        ),
        # not known
        ("AWS::Nobody::Knows", "iam:PassRole", ()),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "iam:CreateServiceLinkedRole",
            (ContextKey("iam:AWSServiceName", ("elasticloadbalancing.amazonaws.com",)),),
        ),
        ("AWS::Lambda::Function", "lambda:CreateFunction", ()),
    ],
)
def test_what_is_known_of_a_request(type_name: str, action: str, expected: tuple[ContextKey, ...]):
    assert request_context(type_name, action) == expected
