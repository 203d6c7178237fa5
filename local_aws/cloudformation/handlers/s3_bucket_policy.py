"""AWS::S3::BucketPolicy.

Sources: its page in the AWS CloudFormation Template Reference, and the Amazon S3 API Reference.
"""

from __future__ import annotations

from local_aws.cloudformation.handlers.api import Api, ApiHandler, Call

_PUT = Call("PutBucketPolicy", {"Bucket": "p.Bucket", "Policy": "text(p.PolicyDocument)"})


class S3BucketPolicy(ApiHandler):
    """The policy of a bucket, which has one at most."""

    type_name = "AWS::S3::BucketPolicy"
    api = Api(
        service="s3",
        create=(_PUT,),
        overwrites="p.Bucket",
        made_id={"Bucket": "p.Bucket"},
        read=Call("GetBucketPolicy", {"Bucket": "id.Bucket"}),
        found="@",
        missing=("NoSuchBucket", "NoSuchBucketPolicy"),
        update=(_PUT,),
        delete=(Call("DeleteBucketPolicy", {"Bucket": "id.Bucket"}),),
        name="id.Bucket",
        ref="id.Bucket",
        arn="join('', ['arn:', env.partition, ':s3:::', id.Bucket])",
    )
