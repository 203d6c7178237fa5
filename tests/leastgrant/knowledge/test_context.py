import pytest

from leastgrant.knowledge import UnknownType, known_calls
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
        # EC2 assumes the role of nodes, which is passed to EKS
        (
            "AWS::EKS::Nodegroup",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("eks.amazonaws.com",)),),
        ),
        # one of two, and nobody says which
        (
            "AWS::RDS::DBCluster",
            "iam:PassRole",
            (ContextKey("iam:PassedToService", ("rds.amazonaws.com", "monitoring.rds.amazonaws.com")),),
        ),
        # not known
        ("AWS::Nobody::Knows", "iam:PassRole", ()),
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "iam:CreateServiceLinkedRole",
            (ContextKey("iam:AWSServiceName", ("elasticloadbalancing.amazonaws.com",)),),
        ),
        ("AWS::Lambda::Function", "lambda:GetFunction", ()),
    ],
)
def test_what_is_known_of_a_request(type_name: str, action: str, expected: tuple[ContextKey, ...]):
    assert request_context(type_name, action) == expected


@pytest.mark.parametrize(
    ("type_name", "path", "service"),
    [
        ("AWS::ECS::ExpressGatewayService", "InfrastructureRoleArn", "ecs.amazonaws.com"),
        ("AWS::EKS::Addon", "PodIdentityAssociations/RoleArn", "pods.eks.amazonaws.com"),
        ("AWS::EKS::Addon", "ServiceAccountRoleArn", "eks.amazonaws.com"),
        ("AWS::RDS::DBCluster", "AssociatedRoles", "rds.amazonaws.com"),
    ],
)
def test_a_property_passes_its_role_to_a_service_of_its_own(type_name: str, path: str, service: str):
    assert request_context(type_name, "iam:PassRole", path) == (ContextKey("iam:PassedToService", (service,)),)
    calls = known_calls(type_name)
    assert not isinstance(calls, UnknownType)
    passing = [call for call in calls if call.action == "iam:PassRole" and [t.path for t in call.triggers] == [path]]
    assert passing
    assert {call.context for call in passing} == {(ContextKey("iam:PassedToService", (service,)),)}
