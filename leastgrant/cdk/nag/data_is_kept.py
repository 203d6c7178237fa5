"""What holds data is kept when it leaves the template, and when it is replaced."""

from __future__ import annotations

from typing import Final

from aws_cdk import CfnDeletionPolicy, CfnResource

from leastgrant.cdk.nag.rule import NagRule

_HOLD_DATA: Final = frozenset(
    {
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EFS::FileSystem",
        "AWS::KMS::Key",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)

_KEPT: Final = {
    CfnDeletionPolicy.RETAIN,
    CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
    CfnDeletionPolicy.SNAPSHOT,
}


def findings(node: CfnResource) -> list[str] | None:
    """Return the policies under which the data would go."""
    if node.cfn_resource_type not in _HOLD_DATA:
        return None
    options = node.cfn_options
    return [
        name
        for name, policy in (
            ("DeletionPolicy", options.deletion_policy),
            ("UpdateReplacePolicy", options.update_replace_policy),
        )
        if policy not in _KEPT
    ]


DATA_IS_KEPT = NagRule(
    name="DataIsKept",
    says="The resource holds data, and is deleted with the stack or when it is replaced.",
    because="A renamed logical id or a changed key would delete what it holds.",
    findings=findings,
)
