"""Using the bucket that holds what is deployed: templates and Lambda code."""

from typing import Self

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant, own_account
from stacks.namespace import StackNamespace


class ArtifactBucketAction(GrantableAction):
    """What the CDK CLI asks of the bucket before it uploads."""

    GET_BUCKET_LOCATION = "s3:GetBucketLocation"
    GET_ENCRYPTION_CONFIGURATION = "s3:GetEncryptionConfiguration"
    LIST_BUCKET = "s3:ListBucket"


class ArtifactAction(GrantableAction):
    """What is done to an artifact; no member deletes one, since a rollback needs the artifacts of before."""

    GET_OBJECT = "s3:GetObject"
    PUT_OBJECT = "s3:PutObject"


class ArtifactBucketGrants(StackGrants):
    """Grants on one existing bucket, which other stacks may use too."""

    def __init__(self, namespace: StackNamespace, bucket_name: str) -> None:
        super().__init__(namespace)
        self._bucket_name = bucket_name

    @classmethod
    def from_bucket(cls, namespace: StackNamespace, bucket_name: str) -> Self:
        """Make the grants on the bucket of that name, for deploying that stack."""
        return cls(namespace, bucket_name)

    def find(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow looking at the bucket and at what it holds."""
        bucket = self._namespace.artifact_bucket(self._bucket_name)
        return grant(
            grantee,
            "ArtifactBucket",
            ArtifactBucketAction,
            [bucket],
            conditions=own_account(self._namespace),
            purpose=(
                "The CDK CLI, before an upload: where the bucket is, how it encrypts, and whether the object is there"
                " already."
            ),
        )

    def upload(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow uploading under the stack's own prefix, and nowhere else."""
        own = self._namespace.artifacts(self._bucket_name)
        return grant(
            grantee,
            "ArtifactUpload",
            [ArtifactAction.PUT_OBJECT],
            [own],
            conditions=own_account(self._namespace),
            purpose="The CDK CLI uploads the template and the functions' code.",
        )

    def read(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow reading the stack's own artifacts and, during the take-over, what SAM put elsewhere in the bucket.

        Lambda is given code, and CloudFormation templates, that the caller may read. A rollback gives Lambda the code
        of before.
        """
        earlier = self._namespace.earlier_artifacts(self._bucket_name)
        whole = any(one.is_pattern for one in earlier)
        return grant(
            grantee,
            "SamArtifacts",
            [ArtifactAction.GET_OBJECT],
            earlier if whole else [self._namespace.artifacts(self._bucket_name), *earlier],
            conditions=own_account(self._namespace),
            purpose=(
                "CloudFormation reads the template; Lambda reads the code, also that of before, in a rollback."
                + (" SAM kept its objects outside the stack's prefix." if earlier else "")
            ),
        )
