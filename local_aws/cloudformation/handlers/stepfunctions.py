"""AWS::StepFunctions::StateMachine.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Step Functions API Reference. Not modelled:
a definition in S3. What a definition says is not run: moto tells of executions that succeed at once.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging

_SETTINGS = {
    "definition": "filled(p.DefinitionString || text(p.Definition), p.DefinitionSubstitutions)",
    "roleArn": "p.RoleArn",
    "loggingConfiguration": "p.LoggingConfiguration",
    "tracingConfiguration": "p.TracingConfiguration",
}


class StepFunctionsStateMachine(ApiHandler):
    """A state machine."""

    type_name = "AWS::StepFunctions::StateMachine"
    also_modelled = ("StateMachineName",)
    api = Api(
        service="stepfunctions",
        create=(
            Call(
                "CreateStateMachine",
                {
                    **_SETTINGS,
                    "name": "name",
                    "type": "p.StateMachineType",
                    "tags": "pairs(tags)",
                },
            ),
        ),
        overwrites="join(':', ['arn', env.partition, 'states', env.region, env.account, 'stateMachine', name])",
        made_id={"Arn": "made.stateMachineArn"},
        read=Call("DescribeStateMachine", {"stateMachineArn": "id.Arn"}),
        found="@",
        missing=("StateMachineDoesNotExist", "ResourceNotFound"),
        update=(Call("UpdateStateMachine", {"stateMachineArn": "id.Arn", **_SETTINGS}),),
        delete=(Call("DeleteStateMachine", {"stateMachineArn": "id.Arn"}),),
        tagging=Tagging(
            Call("ListTagsForResource", {"resourceArn": "id.Arn"}),
            "mapping(tags)",
            Call("TagResource", {"resourceArn": "id.Arn", "tags": "pairs(tags)"}),
            Call("UntagResource", {"resourceArn": "id.Arn", "tagKeys": "keys"}),
        ),
        name="there.name",
        ref="id.Arn",
        arn="id.Arn",
        attributes={"Name": "there.name"},
    )
