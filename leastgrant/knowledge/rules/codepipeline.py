"""AWS CodePipeline."""

from leastgrant.knowledge.rule import advisory, required

_API = "Actions, AWS CodePipeline API Reference"
_LISTED = "AWS::CodePipeline::Pipeline provider schema"

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
    ),
}
