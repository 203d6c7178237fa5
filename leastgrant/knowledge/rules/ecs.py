"""Amazon ECS."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PropertyValue
from leastgrant.knowledge.rule import advisory, made_on, required

_ACCOUNT = "PutAccountSetting, Amazon ECS API Reference"
_READ_BACK = "github.com/aws/aws-cdk/issues/8571"
_LINKED_ROLE = "Using service-linked roles for Amazon ECS, Amazon ECS Developer Guide"
_REVISIONS = "Resource types defined by Amazon Elastic Container Service, Service Authorization Reference"
_DEPLOYMENTS = "View service history using Amazon ECS service deployments, Amazon ECS Developer Guide"
_TASK_DEFINITION = ArnTemplate(
    "arn:${Partition}:ecs:${Region}:${Account}:task-definition/${Family}:${Revision}",
    (("Family", OwnName("Family")),),
)
_SERVICE = ArnTemplate(
    "arn:${Partition}:ecs:${Region}:${Account}:service/${Cluster}/${ServiceName}",
    (("Cluster", PropertyValue("Cluster", default="default")), ("ServiceName", OwnName("ServiceName"))),
)

RULES = {
    "AWS::ECS::Cluster": (
        required(
            "ecs:DescribeClusters",
            reason="the cluster is read back",
            source=_READ_BACK,
        ),
        required(
            "ecs:UpdateClusterSettings",
            when="ClusterSettings",
            reason="the action is named after the property",
            source="UpdateClusterSettings, Amazon ECS API Reference",
        ),
        required(
            "ecs:PutClusterCapacityProviders",
            when="CapacityProviders DefaultCapacityProviderStrategy",
            reason="the cluster's capacity providers",
            source="PutClusterCapacityProviders, Amazon ECS API Reference",
        ),
        advisory(
            "ecs:PutAccountSetting*",
            when="ClusterSettings",
            reason="changes settings of the account, which no property of a cluster does",
            source=_ACCOUNT,
        ),
        advisory(
            "iam:CreateServiceLinkedRole",
            reason="the role of ecs.amazonaws.com is made on first use in an account",
            source=_LINKED_ROLE,
        ),
    ),
    "AWS::ECS::Service": (
        made_on(_SERVICE, "ecs:*Service", "ecs:DescribeServices", "ecs:*agResource", source=_REVISIONS),
        advisory(
            "ecs:*ServiceDeployment*",
            when="DeploymentConfiguration",
            reason="follows the deployment that DescribeServices tells of too",
            source=_DEPLOYMENTS,
        ),
    ),
    "AWS::ECS::TaskDefinition": (
        made_on(_TASK_DEFINITION, "ecs:RegisterTaskDefinition", "ecs:*agResource", source=_REVISIONS),
        advisory(
            "iam:GetRole",
            when="TaskRoleArn ExecutionRoleArn",
            reason="a role that may only pass the task's roles registers and removes tasks",
            source="github.com/stelligent/mu, common-iam.yml",
        ),
    ),
}
