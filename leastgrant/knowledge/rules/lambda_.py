"""AWS Lambda."""

from leastgrant.knowledge.arn import ArnTemplate, PropertyValue
from leastgrant.knowledge.rule import Rule, advisory, required

_CODE_DEPLOY = "Gradual deployments with CodeDeploy: UpdatePolicy attribute, AWS CloudFormation User Guide"
_CONCURRENCY = "Configuring reserved concurrency for a function, AWS Lambda Developer Guide"
_DEPLOYED = "role dataops-github-actions-deploy, which made the functions of stack dataops-v1 without it, June 2026"
_FILES = "Configuring file system access for Lambda functions, AWS Lambda Developer Guide"
_IMAGES = "Create a Lambda function using a container image, Amazon ECR permissions, AWS Lambda Developer Guide"
_KEYS = "Securing Lambda environment variables, AWS Lambda Developer Guide"
_LAYERS = "github.com/brefphp/bref/issues/840"
_LOOP = "Use Lambda recursive loop detection to prevent infinite loops, AWS Lambda Developer Guide"
_MAPPING_KEYS = "Encryption of filter criteria, AWS Lambda Developer Guide"
_PACKAGES = "github.com/convox/rack/issues/1204"
_RUNTIMES = "AWS::Lambda::Function RuntimeConfig, RuntimeAlias, AWS CloudFormation Template Reference"
_UPDATED = "github.com/buildkite/elastic-ci-stack-for-aws/commit/81c5284d"
_VPC = "Giving Lambda functions access to resources in an Amazon VPC, AWS Lambda Developer Guide"


def _package(content: str) -> ArnTemplate:
    """Return the ARN of the object that a function's or a layer's code is fetched from."""
    bucket, key = PropertyValue(f"{content}/S3Bucket"), PropertyValue(f"{content}/S3Key")
    return ArnTemplate(
        "arn:${Partition}:s3:::${BucketName}/${ObjectName}", (("BucketName", bucket), ("ObjectName", key))
    )


_ANY_REPOSITORY = ArnTemplate("arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}")
_ANY_FILE_SYSTEM = ArnTemplate("arn:${Partition}:elasticfilesystem:${Region}:${Account}:file-system/${FileSystemId}")

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Lambda::CodeSigningConfig": (),
    "AWS::Lambda::Function": (
        required(
            "s3:GetObject",
            when="Code/S3Bucket",
            resource=_package("Code"),
            reason="Lambda fetches the code with the caller's permissions",
            source=_PACKAGES,
        ),
        required(
            "s3:GetObjectVersion",
            when="Code/S3ObjectVersion",
            resource=_package("Code"),
            reason="only a named version is fetched as one",
            source=_PACKAGES,
        ),
        required(
            "lambda:AssociateRuntimeAlias",
            on="create update",
            when="RuntimeConfig",
            reason="a runtime of one's own is associated by its alias",
            source=_RUNTIMES,
        ),
        advisory(
            "ecr:BatchGetImage",
            "ecr:GetDownloadUrlForLayer",
            "ecr:GetRepositoryPolicy",
            "ecr:SetRepositoryPolicy",
            on="create update",
            when="Code/ImageUri",
            resource=_ANY_REPOSITORY,
            add=True,
            reason="Lambda pulls the image, and adds its permission to the repository's policy",
            source=_IMAGES,
        ),
        required(
            "kms:CreateGrant",
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            on="create update",
            when="KmsKeyArn Code/SourceKMSKeyArn",
            reason="environment and code are encrypted under the named key",
            source=_KEYS,
        ),
        advisory(
            "kms:Encrypt",
            on="create",
            when="KmsKeyArn",
            reason="not among what Lambda's guide asks for",
            source=_KEYS,
        ),
        advisory(
            "kms:Decrypt",
            on="read",
            when="KmsKeyArn",
            reason="without it GetFunction answers, and leaves the environment out",
            source=_KEYS,
        ),
        advisory(
            "ec2:DescribeNetworkInterfaces",
            on="delete",
            when="VpcConfig",
            reason="waits for the network interfaces to go",
            source=_VPC,
        ),
        required(
            "elasticfilesystem:DescribeMountTargets",
            "s3files:ListMountTargets",
            when="FileSystemConfigs",
            resource=_ANY_FILE_SYSTEM,
            reason="the property names an access point; its file system is not known",
            source=_FILES,
        ),
        required(
            "lambda:GetLayerVersion",
            when="Layers",
            resource="layerVersion",
            reason="each layer is read with the caller's permissions",
            source=_LAYERS,
        ),
        required(
            "lambda:PutFunctionConcurrency",
            "lambda:DeleteFunctionConcurrency",
            when="ReservedConcurrentExecutions",
            reason="reserved concurrency has calls of its own",
            source=_CONCURRENCY,
        ),
        required(
            "lambda:PutFunctionRecursionConfig",
            "lambda:GetFunctionRecursionConfig",
            when="RecursiveLoop",
            reason="loop detection has calls of its own",
            source=_LOOP,
        ),
        required(
            "lambda:PublishVersion",
            when="PublishToLatestPublished",
            reason="only this property publishes a version of the function itself",
            source="AWS::Lambda::Function, PublishToLatestPublished, AWS CloudFormation Template Reference",
        ),
        advisory(
            "lambda:ListTags",
            on="read",
            reason="without it GetFunction answers, and leaves the tags out",
            source="GetFunction, AWS Lambda API Reference",
        ),
        required(
            "lambda:ListTags",
            on="update",
            when="Tags",
            add=True,
            reason="an update of the tags reads them first, and the schema lists it in no handler",
            source=_UPDATED,
        ),
        advisory(
            "lambda:GetFunctionConfiguration",
            on="update",
            add=True,
            reason="an update was once refused without it; the schema waits with GetFunction, and does not list it",
            source="github.com/convox/rack/pull/2322",
        ),
    ),
    "AWS::Lambda::Url": (
        required(
            "lambda:GetFunctionUrlConfig",
            on="create update",
            add=True,
            reason="the URL is read back",
            source="github.com/aws-amplify/amplify-cli/issues/11584",
        ),
    ),
    "AWS::Lambda::Permission": (
        advisory(
            "lambda:GetPolicy",
            reason="a permission has nothing that a template could ask back",
            source=_DEPLOYED,
        ),
    ),
    "AWS::Lambda::Version": (
        required(
            "lambda:*ProvisionedConcurrencyConfig",
            when="ProvisionedConcurrencyConfig",
            resource="function version",
            reason="provisioned concurrency has calls of its own",
            source="Configuring provisioned concurrency for a function, AWS Lambda Developer Guide",
        ),
        required(
            "lambda:*RuntimeManagementConfig",
            when="RuntimePolicy",
            reason="the runtime's policy has calls of its own",
            source="PutRuntimeManagementConfig, AWS Lambda API Reference",
        ),
        required(
            "lambda:GetFunctionConfiguration",
            reason="waits for the function, and reads the version",
            source="AWS::Lambda::Version provider schema",
        ),
        advisory(
            "lambda:ListVersionsByFunction",
            on="create",
            reason="finds a version with the same code",
            source="AWS::Lambda::Version provider schema, create handler",
        ),
    ),
    "AWS::Lambda::Alias": (
        required(
            "lambda:*ProvisionedConcurrencyConfig",
            when="ProvisionedConcurrencyConfig",
            reason="provisioned concurrency has calls of its own",
            source="Configuring provisioned concurrency for a function, AWS Lambda Developer Guide",
        ),
        advisory(
            "codedeploy:*",
            when="RoutingConfig",
            reason="made only under UpdatePolicy's CodeDeployLambdaAliasUpdate, which is no property",
            source=_CODE_DEPLOY,
        ),
    ),
    "AWS::Lambda::EventSourceMapping": (
        required(
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:Decrypt",
            on="create update",
            when="KmsKeyArn",
            reason="filter criteria are encrypted under the named key",
            source=_MAPPING_KEYS,
        ),
        advisory(
            "kms:Decrypt",
            on="read delete",
            when="KmsKeyArn",
            reason="without it the mapping is read, and its filter criteria left out",
            source=_MAPPING_KEYS,
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        required(
            "s3:GetObject",
            when="Content/S3Bucket",
            resource=_package("Content"),
            reason="Lambda fetches the layer with the caller's permissions",
            source=_PACKAGES,
        ),
        required(
            "s3:GetObjectVersion",
            when="Content/S3ObjectVersion",
            resource=_package("Content"),
            reason="only a named version is fetched as one",
            source=_PACKAGES,
        ),
    ),
}
