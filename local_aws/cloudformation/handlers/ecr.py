"""AWS::ECR::Repository.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon ECR API Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call, Tagging, same

_NAME = {"repositoryName": "id.RepositoryName"}
_LIFECYCLE = Call(
    "PutLifecyclePolicy",
    {**_NAME, "lifecyclePolicyText": "p.LifecyclePolicy.LifecyclePolicyText"},
    when="p.LifecyclePolicy",
)
_POLICY = Call(
    "SetRepositoryPolicy", {**_NAME, "policyText": "text(p.RepositoryPolicyText)"}, when="p.RepositoryPolicyText"
)


class EcrRepository(ApiHandler):
    """A repository of images; a name that is made up is in lower case."""

    type_name = "AWS::ECR::Repository"
    also_modelled = ("EmptyOnDelete", "RepositoryName")
    api = Api(
        service="ecr",
        create=(
            Call(
                "CreateRepository",
                same(
                    "EncryptionConfiguration",
                    "ImageScanningConfiguration",
                    "ImageTagMutability",
                    repositoryName="lower(name)",
                    tags="pairs(tags)",
                ),
            ),
            _LIFECYCLE,
            _POLICY,
        ),
        made_id={"RepositoryName": "lower(name)"},
        read=Call("DescribeRepositories", {"repositoryNames": "[id.RepositoryName]"}),
        found="repositories[0]",
        missing=("RepositoryNotFoundException",),
        update=(
            Call("PutImageTagMutability", {**_NAME, "imageTagMutability": "p.ImageTagMutability"}),
            Call("PutImageScanningConfiguration", {**_NAME, **same("ImageScanningConfiguration")}),
            _LIFECYCLE,
            Call("DeleteLifecyclePolicy", _NAME, when="!(p.LifecyclePolicy)", on="p.LifecyclePolicy"),
            _POLICY,
            Call("DeleteRepositoryPolicy", _NAME, when="!(p.RepositoryPolicyText)", on="p.RepositoryPolicyText"),
        ),
        delete=(Call("DeleteRepository", {**_NAME, "force": "p.EmptyOnDelete"}),),
        tagging=Tagging(
            Call("ListTagsForResource", {"resourceArn": "there.repositoryArn"}),
            "mapping(tags)",
            Call("TagResource", {"resourceArn": "there.repositoryArn", "tags": "pairs(tags)"}),
            Call("UntagResource", {"resourceArn": "there.repositoryArn", "tagKeys": "keys"}),
        ),
        defaults={"ImageScanningConfiguration": {"ScanOnPush": False}, "ImageTagMutability": "MUTABLE"},
        name="id.RepositoryName",
        ref="id.RepositoryName",
        arn="there.repositoryArn",
        attributes={"Arn": "there.repositoryArn", "RepositoryUri": "there.repositoryUri"},
    )
