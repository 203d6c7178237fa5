"""AWS::CloudWatch::Alarm.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon CloudWatch API Reference. Not modelled:
alarms that watch their own history of PromQL queries.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging, same

_SETTINGS = same(
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
    AlarmName="name",
)


class CloudWatchAlarm(ApiHandler):
    """An alarm, which is put anew to change it."""

    type_name = "AWS::CloudWatch::Alarm"
    also_modelled = ("AlarmName",)
    api = Api(
        service="cloudwatch",
        create=(Call("PutMetricAlarm", {**_SETTINGS, "Tags": "pairs(tags)"}),),
        overwrites="name",
        made_id={"AlarmName": "name"},
        read=Call("DescribeAlarms", {"AlarmNames": "[id.AlarmName]"}),
        found="MetricAlarms[0]",
        missing=("ResourceNotFound",),
        update=(Call("PutMetricAlarm", _SETTINGS),),
        delete=(Call("DeleteAlarms", {"AlarmNames": "[id.AlarmName]"}),),
        tagging=Tagging(
            Call("ListTagsForResource", {"ResourceARN": "there.AlarmArn"}),
            "mapping(Tags)",
            Call("TagResource", {"ResourceARN": "there.AlarmArn", "Tags": "pairs(tags)"}),
            Call("UntagResource", {"ResourceARN": "there.AlarmArn", "TagKeys": "keys"}),
        ),
        name="id.AlarmName",
        ref="id.AlarmName",
        arn="there.AlarmArn",
        attributes={"Arn": "there.AlarmArn"},
    )
