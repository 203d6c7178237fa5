"""Amazon Managed Service for Prometheus."""

from leastgrant.knowledge.arn import ArnTemplate
from leastgrant.knowledge.rule import advisory, made_on

_PROBED = "IAM policy notes of a public workshop on Amazon Bedrock AgentCore: denials seen in live probes"
_WORKSPACES = ArnTemplate("arn:${Partition}:aps:${Region}:${Account}:/workspaces")

RULES = {
    "AWS::APS::Workspace": (
        # the collection, which the reference does not list
        made_on(_WORKSPACES, "aps:CreateWorkspace", on="create", source=_PROBED),
        made_on(_WORKSPACES, "aps:TagResource", on="create", source=_PROBED),
        advisory(
            "aps:TagResource",
            on="create",
            add=True,
            reason="tags may be put on the workspace itself, once it is there",
            source="TagResource, Amazon Managed Service for Prometheus User Guide",
        ),
    ),
}
