"""What the type of a resource tells: whether it holds data, and whether it says who may do what."""

from __future__ import annotations

DATA_BEARING = frozenset({"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"})
"""The types that hold what cannot be made anew: items, objects, messages, a secret's value. All else comes from the
source."""

GRANTING = frozenset(
    {
        "AWS::Lambda::Permission",
        "AWS::Lambda::Url",
        "AWS::S3::BucketPolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SQS::QueuePolicy",
        "AWS::SecretsManager::ResourcePolicy",
    }
)
"""The types, beside all of `AWS::IAM`, that say who may do what."""

_KEEPING = frozenset({"Retain", "RetainExceptOnCreate"})


def grants(type_name: str) -> bool:
    """Tell whether a resource of this type says who may do what."""
    return type_name.startswith("AWS::IAM::") or type_name in GRANTING


def keeps(policy: object) -> bool:
    """Tell whether a `DeletionPolicy` or `UpdateReplacePolicy` leaves the resource where it is."""
    return policy in _KEEPING
