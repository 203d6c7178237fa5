"""Amazon Managed Streaming for Apache Kafka."""

from leastgrant.knowledge.rule import advisory, required

_CREATE = "CreateCluster: permissions, Actions defined by Amazon MSK, Service Authorization Reference"
_LINKED_ROLE = "Service-linked roles for Amazon MSK, Amazon MSK Developer Guide"
_LOGS = "MSK logging: required permissions, Amazon MSK Developer Guide"

_TO_LOGS = "LoggingInfo/BrokerLogs/CloudWatchLogs LoggingInfo/AuthorizerLogs/CloudWatchLogs"

RULES = {
    "AWS::MSK::Cluster": (
        advisory(
            "iam:AttachRolePolicy",
            "iam:PutRolePolicy",
            when="ClientAuthentication/Sasl/Iam",
            reason="writes the policy of a service-linked role, made on first use in an account",
            source=_LINKED_ROLE,
        ),
        advisory(
            "ec2:CreateTags",
            when="BrokerNodeGroupInfo",
            reason="the service's own role tags what it makes",
            source=_LINKED_ROLE,
        ),
        required(
            "logs:CreateLogDelivery",
            "logs:GetLogDelivery",
            on="create update",
            when="LoggingInfo",
            reason="asked of who sets up the delivery of broker logs",
            source=_LOGS,
        ),
        required(
            "logs:PutResourcePolicy",
            "logs:DescribeResourcePolicies",
            "logs:DescribeLogGroups",
            on="create update",
            when=_TO_LOGS,
            reason="asked of who has broker logs delivered to a log group",
            source=_LOGS,
        ),
        advisory(
            "logs:UpdateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:ListLogDeliveries",
            on="create",
            when="LoggingInfo",
            reason="a creation changes and ends no delivery",
            source=_LOGS,
        ),
    ),
}
