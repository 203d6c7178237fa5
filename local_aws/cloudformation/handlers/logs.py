"""AWS::Logs::LogGroup.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon CloudWatch Logs API Reference. Not
modelled: data protection, field indexes, resource policies.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging

_GROUP = {"logGroupName": "id.LogGroupName"}
_RETENTION = Call("PutRetentionPolicy", {**_GROUP, "retentionInDays": "p.RetentionInDays"}, when="p.RetentionInDays")


class LogsLogGroup(ApiHandler):
    """A log group."""

    type_name = "AWS::Logs::LogGroup"
    also_modelled = ("LogGroupName",)
    api = Api(
        service="logs",
        create=(
            Call(
                "CreateLogGroup",
                {
                    "logGroupName": "name",
                    "kmsKeyId": "p.KmsKeyId",
                    "logGroupClass": "p.LogGroupClass",
                    "tags": "tags",
                },
            ),
            _RETENTION,
        ),
        made_id={"LogGroupName": "name"},
        read=Call("DescribeLogGroups", {"logGroupNamePrefix": "id.LogGroupName"}),
        found="logGroups | sort_by(@, &logGroupName) | [0]",
        missing=("ResourceNotFoundException",),
        update=(
            _RETENTION,
            Call("DeleteRetentionPolicy", _GROUP, when="!(p.RetentionInDays)", on="p.RetentionInDays"),
            Call("AssociateKmsKey", {**_GROUP, "kmsKeyId": "p.KmsKeyId"}, when="p.KmsKeyId"),
            Call("DisassociateKmsKey", _GROUP, when="!(p.KmsKeyId)", on="p.KmsKeyId"),
        ),
        delete=(Call("DeleteLogGroup", _GROUP),),
        tagging=Tagging(
            Call("ListTagsLogGroup", _GROUP),
            "tags",
            Call("TagLogGroup", {**_GROUP, "tags": "tags"}),
            Call("UntagLogGroup", {**_GROUP, "tags": "keys"}),
        ),
        name="id.LogGroupName",
        ref="id.LogGroupName",
        arn="there.arn",
        attributes={"Arn": "there.arn"},
    )
