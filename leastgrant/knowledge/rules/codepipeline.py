"""AWS CodePipeline."""

from leastgrant.knowledge.arn import ArnIn, ArnTemplate
from leastgrant.knowledge.rule import advisory

_ROLES = ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",)

RULES = {
    "AWS::CodePipeline::Pipeline": (
        advisory(
            "iam:PassRole",
            on="create update",
            when="Stages/Actions/Configuration",
            resource=ArnTemplate("${Arn}", (("Arn", ArnIn("Stages/Actions/Configuration", _ROLES)),)),
            add=True,
            reason="an action's configuration may name a role, as a CloudFormation action's does",
            source="AWS CloudFormation deploy action reference, AWS CodePipeline User Guide",
        ),
    ),
}
