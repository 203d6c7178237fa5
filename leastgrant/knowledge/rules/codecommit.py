"""AWS CodeCommit."""

from leastgrant.knowledge.rule import advisory, required

_CODE = "AWS::CodeCommit::Repository, Code, AWS CloudFormation Template Reference"

RULES = {
    "AWS::CodeCommit::Repository": (
        required(
            "codecommit:CreateCommit",
            on="create",
            when="Code",
            reason="the first commit has the code",
            source=_CODE,
        ),
        required(
            "s3:GetObjectVersion",
            on="create",
            when="Code/S3/ObjectVersion",
            reason="only a named version is fetched as one",
            source=_CODE,
        ),
        required(
            "codecommit:UpdateRepositoryEncryptionKey",
            on="update",
            when="KmsKeyId",
            reason="the key is changed by a call of its own",
            source="UpdateRepositoryEncryptionKey, AWS CodeCommit API Reference",
        ),
        advisory(
            "codecommit:ListRepositories",
            on="delete",
            reason="looks whether the repository has gone",
            source="AWS::CodeCommit::Repository provider schema, delete handler",
        ),
    ),
}
