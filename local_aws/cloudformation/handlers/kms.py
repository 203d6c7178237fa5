"""AWS::KMS::Key and AWS::KMS::Alias.

Sources: their pages in the AWS CloudFormation Template Reference, and the AWS Key Management Service API Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging, same

_KEY = {"KeyId": "id.KeyId"}
_SWITCHES = tuple(
    Call(operation, _KEY, when=when, on=f"p.{name}")
    for operation, name, when in (
        ("EnableKeyRotation", "EnableKeyRotation", "to_string(p.EnableKeyRotation) == 'true'"),
        ("DisableKeyRotation", "EnableKeyRotation", "p.EnableKeyRotation && to_string(p.EnableKeyRotation) == 'false'"),
        ("EnableKey", "Enabled", "to_string(p.Enabled) == 'true'"),
        ("DisableKey", "Enabled", "to_string(p.Enabled) == 'false'"),
    )
)


class KmsKey(ApiHandler):
    """A key. Deleting one begins the days in which it waits."""

    type_name = "AWS::KMS::Key"
    also_modelled = ("EnableKeyRotation", "Enabled", "PendingWindowInDays")
    api = Api(
        service="kms",
        create=(
            Call(
                "CreateKey",
                {
                    **same("Description", "KeyUsage", "KeySpec", "MultiRegion", "Origin"),
                    "Policy": "p.KeyPolicy && text(p.KeyPolicy)",
                    "Tags": "pairs(tags)[*].{TagKey: Key, TagValue: Value}",
                },
            ),
            *_SWITCHES,
        ),
        made_id={"KeyId": "made.KeyMetadata.KeyId"},
        read=Call("DescribeKey", _KEY),
        found="KeyMetadata.KeyState != 'PendingDeletion' && KeyMetadata || `null`",
        missing=("NotFoundException",),
        update=(
            Call("UpdateKeyDescription", {**_KEY, "Description": "p.Description"}),
            Call("PutKeyPolicy", {**_KEY, "PolicyName": "'default'", "Policy": "text(p.KeyPolicy)"}),
            *_SWITCHES,
        ),
        delete=(Call("ScheduleKeyDeletion", {**_KEY, "PendingWindowInDays": "p.PendingWindowInDays"}, when="there"),),
        tagging=Tagging(
            Call("ListResourceTags", _KEY),
            "mapping(Tags)",
            Call("TagResource", {**_KEY, "Tags": "pairs(tags)[*].{TagKey: Key, TagValue: Value}"}),
            Call("UntagResource", {**_KEY, "TagKeys": "keys"}),
        ),
        defaults={"Description": "", "EnableKeyRotation": False, "Enabled": True},
        name="id.KeyId",
        ref="id.KeyId",
        arn="there.Arn",
        attributes={"Arn": "there.Arn"},
    )


class KmsAlias(ApiHandler):
    """A name of a key."""

    type_name = "AWS::KMS::Alias"
    api = Api(
        service="kms",
        create=(Call("CreateAlias", same("AliasName", "TargetKeyId")),),
        made_id={"AliasName": "p.AliasName"},
        read=Call("DescribeKey", {"KeyId": "id.AliasName"}),
        found="KeyMetadata",
        missing=("NotFoundException",),
        update=(Call("UpdateAlias", same("AliasName", "TargetKeyId")),),
        delete=(Call("DeleteAlias", {"AliasName": "id.AliasName"}, when="there"),),
        name="id.AliasName",
        ref="id.AliasName",
        arn="join(':', ['arn', env.partition, 'kms', env.region, env.account, id.AliasName])",
    )
