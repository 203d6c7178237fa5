"""AWS::Lambda::EventSourceMapping.

Sources: its page in the AWS CloudFormation Template Reference, and the AWS Lambda API Reference. Not modelled: sources
of Kafka, MQ and DocumentDB. moto hands a queue's messages to the function itself, in a container that is not there.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, same

_SETTINGS = same(
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionName",
    "FunctionResponseTypes",
    "KmsKeyArn",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "ScalingConfig",
    "TumblingWindowInSeconds",
)


class LambdaEventSourceMapping(ApiHandler):
    """What hands the records of a source to a function."""

    type_name = "AWS::Lambda::EventSourceMapping"
    api = Api(
        service="lambda",
        create=(
            Call(
                "CreateEventSourceMapping",
                {**_SETTINGS, **same("EventSourceArn", "StartingPosition", "StartingPositionTimestamp")},
            ),
        ),
        made_id={"Id": "made.UUID"},
        read=Call("GetEventSourceMapping", {"UUID": "id.Id"}),
        found="@",
        missing=("ResourceNotFoundException",),
        update=(Call("UpdateEventSourceMapping", {"UUID": "id.Id", **_SETTINGS}),),
        delete=(Call("DeleteEventSourceMapping", {"UUID": "id.Id"}),),
        defaults={"Enabled": True},
        name="id.Id",
        ref="id.Id",
        arn=("join(':', ['arn', env.partition, 'lambda', env.region, env.account, 'event-source-mapping', id.Id])"),
        attributes={
            "EventSourceMappingArn": (
                "join(':', ['arn', env.partition, 'lambda', env.region, env.account, 'event-source-mapping', id.Id])"
            )
        },
    )
