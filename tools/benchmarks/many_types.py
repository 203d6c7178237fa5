"""A template of many types: 536 resources of 68, shared out as in AWS's sample templates, with all that can be set.

Source of the shares: the 68 most frequent types of the first 546 resources in the repository
`aws-cloudformation/aws-cloudformation-templates`, read on 2026-11-29.
"""

import json
from itertools import cycle, islice
from typing import Any

from leastgrant.knowledge import type_schema

SHARES = {
    "AWS::IAM": "Role 43, InstanceProfile 12, RolePolicy 4, ManagedPolicy 2",
    "AWS::EC2": "SecurityGroup 37, Subnet 31, SubnetRouteTableAssociation 31, RouteTable 23, Route 19, EIP 16, "
    "SecurityGroupIngress 16, VPC 10, InternetGateway 9, VPCGatewayAttachment 9, NatGateway 9, Instance 8, "
    "LaunchTemplate 6, VPCEndpoint 4, EIPAssociation 3, Volume 1, VPCEndpointService 1, NetworkInterface 1",
    "AWS::ElasticLoadBalancingV2": "TargetGroup 16, LoadBalancer 11, Listener 11, ListenerRule 6",
    "AWS::ElasticLoadBalancing": "LoadBalancer 7",
    "AWS::Logs": "QueryDefinition 15, LogGroup 4, ResourcePolicy 1, LogStream 1",
    "AWS::S3": "Bucket 13, BucketPolicy 10",
    "AWS::AutoScaling": "AutoScalingGroup 10, LaunchConfiguration 5, ScalingPolicy 4, ScheduledAction 2",
    "AWS::Lambda": "Function 9, Permission 3, Version 2",
    "AWS::CloudWatch": "Alarm 9, Dashboard 1",
    "AWS::EFS": "MountTarget 7, FileSystem 2, AccessPoint 1",
    "AWS::ECS": "TaskDefinition 6, Service 6, Cluster 5",
    "AWS::ServiceCatalog": "TagOption 4",
    "AWS::SNS": "Topic 3, TopicPolicy 1",
    "AWS::Events": "Rule 3, EventBus 1",
    "AWS::RDS": "DBInstance 3, DBSubnetGroup 1, DBCluster 1",
    "AWS::SecretsManager": "Secret 3",
    "AWS::SQS": "Queue 2, QueuePolicy 1",
    "AWS::KMS": "Key 2",
    "AWS::Config": "ConfigRule 2, ConfigurationRecorder 1",
    "AWS::IoT": "Policy 2",
    "AWS::CloudFormation": "StackSet 1",
    "AWS::KinesisFirehose": "DeliveryStream 1",
    "AWS::ApplicationAutoScaling": "ScalableTarget 1, ScalingPolicy 1",
    "AWS::EKS": "Cluster 1",
}
RESOURCES = 536


def template() -> str:
    """Return the template; each resource refers to the one before it."""
    shares = {
        f"{service}::{noun}": int(count)
        for service, nouns in SHARES.items()
        for noun, count in (share.split() for share in nouns.split(", "))
    }
    types = [name for name, count in shares.items() for _ in range(count)]
    types += islice(cycle(shares), RESOURCES - len(types))
    resources: dict[str, Any] = {}
    before = {"Ref": "AWS::StackName"}
    for number, name in enumerate(types):
        resources[f"R{number}"] = {"Type": name, "Properties": _properties(name, before)}
        before = {"Ref": f"R{number}"}
    return json.dumps({"Resources": resources})


def _properties(type_name: str, value: dict[str, str]) -> dict[str, Any]:
    """Return a value for each property that can be set.

    Raises:
        ValueError: there is no such type.
    """
    schema = type_schema(type_name)
    if schema is None:
        raise ValueError(f"{type_name} is no type of the registry")
    inner = {path.rpartition("/")[0] for path in schema.properties}
    found: dict[str, Any] = {}
    for path in schema.properties:
        if path in inner or schema.read_only & {path, path.partition("/")[0]}:
            continue
        *outer, last = path.split("/")
        at = found
        for part in outer:
            at = at.setdefault(part, {})
        at[last] = value
    return found
