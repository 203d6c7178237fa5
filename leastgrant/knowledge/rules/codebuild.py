"""AWS CodeBuild."""

from leastgrant.knowledge.rule import advisory, required

_ROLES = "CreateProject: serviceRole, buildBatchConfig, AWS CodeBuild API Reference"
_KEY = "Encrypt build outputs: the caller must be able to use the key, AWS CodeBuild User Guide"

RULES = {
    # The provider schema lists no handlers: the type is not handled through the registry.
    "AWS::CodeBuild::Project": (
        required(
            "codebuild:CreateProject",
            on="create",
            add=True,
            reason="it is how the type is created",
            source="github.com/udacity/cd0157-Server-Deployment-and-Containerization/issues/47",
        ),
        required(
            "codebuild:UpdateProject",
            on="update",
            add=True,
            reason="it is how the type is updated",
            source="UpdateProject, AWS CodeBuild API Reference",
        ),
        required(
            "codebuild:DeleteProject",
            on="delete",
            add=True,
            reason="it is how the type is deleted",
            source="DeleteProject, AWS CodeBuild API Reference",
        ),
        advisory(
            "codebuild:BatchGetProjects",
            on="read update",
            add=True,
            reason="it is how a project is read; which operations read it is not documented",
            source="BatchGetProjects, AWS CodeBuild API Reference",
        ),
        required(
            "iam:PassRole",
            on="create update",
            when="ServiceRole ResourceAccessRole BuildBatchConfig/ServiceRole",
            add=True,
            reason="the project is given the role",
            source=_ROLES,
        ),
        required(
            "codebuild:CreateWebhook",
            on="create update",
            when="Triggers/Webhook=true",
            add=True,
            reason="the webhook is made by a call of its own",
            source="CreateWebhook, AWS CodeBuild API Reference",
        ),
        required(
            "codebuild:UpdateWebhook",
            "codebuild:DeleteWebhook",
            on="update",
            when="Triggers",
            add=True,
            reason="the webhook is changed and taken away by calls of its own",
            source="UpdateWebhook and DeleteWebhook, AWS CodeBuild API Reference",
        ),
        required(
            "codebuild:UpdateProjectVisibility",
            on="create update",
            when="Visibility=PUBLIC_READ",
            add=True,
            reason="the visibility is set by a call of its own",
            source="UpdateProjectVisibility, AWS CodeBuild API Reference",
        ),
        advisory(
            "kms:DescribeKey",
            on="create update",
            when="EncryptionKey",
            add=True,
            reason="the service uses the key with the build's role; whether the caller is asked is not documented",
            source=_KEY,
        ),
    ),
}
