"""Amazon EMR, whose clusters have no handlers in their provider schema."""

from leastgrant.knowledge.rule import required

_API = "Actions, Amazon EMR API Reference"
_ROLES = "IAM service roles used by Amazon EMR, Amazon EMR Management Guide"

RULES = {
    "AWS::EMR::Cluster": (
        required(
            "elasticmapreduce:RunJobFlow", on="create", add=True, reason="it is how a cluster is created", source=_API
        ),
        required(
            "elasticmapreduce:DescribeCluster",
            on="create delete",
            add=True,
            reason="a cluster is waited for",
            source=_API,
        ),
        required(
            "elasticmapreduce:TerminateJobFlows",
            on="delete",
            add=True,
            reason="it is how a cluster is deleted",
            source=_API,
        ),
        required(
            "elasticmapreduce:AddTags",
            on="create update",
            when="Tags",
            stack_tags=True,
            add=True,
            reason="the template's and the stack's tags",
            source=_API,
        ),
        required(
            "iam:PassRole",
            on="create",
            when="ServiceRole AutoScalingRole",
            add=True,
            reason="the cluster is given the roles",
            source=_ROLES,
        ),
    ),
}
