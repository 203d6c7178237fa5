"""AWS Secrets Manager."""

from leastgrant.knowledge.rule import advisory, required

_CREATE = "CreateSecret, Required permissions, AWS Secrets Manager API Reference"
_DEPLOYED = "role dataops-github-actions-deploy, which made the secret of stack dataops-v1, June 2026"
_REPLICATE = "Replicate AWS Secrets Manager secrets across Regions, AWS Secrets Manager User Guide"

RULES = {
    "AWS::SecretsManager::Secret": (
        required(
            "secretsmanager:GetRandomPassword",
            when="GenerateSecretString",
            reason="CloudFormation has the password generated, then stores it",
            source=_DEPLOYED,
        ),
        required(
            "secretsmanager:ReplicateSecretToRegions",
            "secretsmanager:RemoveRegionsFromReplication",
            when="ReplicaRegions",
            reason="replicas are added and removed by calls of their own",
            source=_REPLICATE,
        ),
        required(
            "kms:GenerateDataKey",
            "kms:Decrypt",
            on="create update",
            when="KmsKeyId",
            add=True,
            reason="a secret under a customer managed key is encrypted with the caller's permissions",
            source=_CREATE,
        ),
        advisory(
            "secretsmanager:GetSecretValue",
            on="read update",
            reason="the value is write-only: no template can ask for it back",
            source="AWS::SecretsManager::Secret provider schema, writeOnlyProperties",
        ),
    ),
}
