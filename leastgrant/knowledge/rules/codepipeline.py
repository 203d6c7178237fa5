"""AWS CodePipeline."""

from leastgrant.knowledge.arn import ArnIn, ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import advisory, names_resource_of, required

_API = "Actions, AWS CodePipeline API Reference"
_LISTED = "AWS::CodePipeline::Pipeline provider schema"

_CONNECTION = "Stages/Actions/Configuration/ConnectionArn"
_PASSED = (
    "Actions, resources, and condition keys for AWS CodeConnections, Service Authorization Reference: PassConnection"
)

_ROLES = ("arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",)

RULES = {
    "AWS::CodePipeline::Pipeline": (
        required(
            "codepipeline:DisableStageTransition",
            on="create",
            when="DisableInboundStageTransitions",
            reason="a transition is disabled after the pipeline is made",
            source=_API,
        ),
        required(
            "codepipeline:StartPipelineExecution",
            on="update",
            when="RestartExecutionOnUpdate=true",
            reason="only this property starts the pipeline again",
            source="AWS::CodePipeline::Pipeline, RestartExecutionOnUpdate, AWS CloudFormation Template Reference",
        ),
        advisory(
            "iam:GetRole",
            when="RoleArn Stages/Actions/RoleArn",
            reason="looks at roles that are passed anyway",
            source=_LISTED,
        ),
        advisory(
            "codepipeline:GetPipelineState",
            reason="looks at transitions",
            source=_LISTED,
        ),
        advisory(
            "iam:PassRole",
            on="create update",
            when="Stages/Actions/Configuration",
            resource=ArnTemplate("${Arn}", (("Arn", ArnIn("Stages/Actions/Configuration", _ROLES)),)),
            add=True,
            reason="an action's configuration may name a role, as a CloudFormation action's does",
            source="AWS CloudFormation deploy action reference, AWS CodePipeline User Guide",
        ),
        *(
            required(
                f"{service}:PassConnection",
                on="create update",
                when=names_resource_of(_CONNECTION, service),
                resource=ArnTemplate("${Arn}", (("Arn", PropertyValue(_CONNECTION)),)),
                add=True,
                reason="a source action's connection is passed to the pipeline",
                source=_PASSED,
            )
            for service in ("codeconnections", "codestar-connections")
        ),
    ),
}
