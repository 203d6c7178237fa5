"""Managing the secret that the docs app and the work engine share."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import (
    Operation,
    StackGrants,
    UnscopedOperation,
    grant,
    grant_unscoped,
)
from stacks.names import PORTAL_SECRET


class SecretOperation(Operation):
    """What CloudFormation does to a secret, and the smoke test's reading of it."""

    CREATE_SECRET = "secretsmanager:CreateSecret"
    DELETE_SECRET = "secretsmanager:DeleteSecret"
    DESCRIBE_SECRET = "secretsmanager:DescribeSecret"
    GET_SECRET_VALUE = "secretsmanager:GetSecretValue"
    TAG_RESOURCE = "secretsmanager:TagResource"
    UNTAG_RESOURCE = "secretsmanager:UntagResource"
    UPDATE_SECRET = "secretsmanager:UpdateSecret"


class PasswordOperation(UnscopedOperation):
    """Secrets Manager's random generator, which is no resource."""

    GET_RANDOM_PASSWORD = "secretsmanager:GetRandomPassword"


class SecretGrants(StackGrants):
    """Grants on the portal secret; the two secrets made by hand are out of reach."""

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow creating, reading, changing, tagging and deleting the portal secret."""
        return grant(
            grantee,
            "SecretsManagerDataOpsPortalSecret",
            SecretOperation,
            [self._namespace.secret(PORTAL_SECRET)],
        )

    def generate(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow drawing a random password, as CloudFormation does for `GenerateSecretString`."""
        return grant_unscoped(grantee, "SecretsManagerGeneratePortalSecret", PasswordOperation.GET_RANDOM_PASSWORD)
