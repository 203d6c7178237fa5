"""Managing the secret that the docs app and the work engine share."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import (
    GrantableAction,
    StackGrant,
    StackGrants,
    UnscopedAction,
    grant,
    grant_unscoped,
)
from stacks.names import PORTAL_SECRET
from stacks.namespace import StackArn


class SecretAction(GrantableAction):
    """What CloudFormation does to a secret, and the smoke test's reading of it."""

    CREATE_SECRET = "secretsmanager:CreateSecret"
    DELETE_SECRET = "secretsmanager:DeleteSecret"
    DESCRIBE_SECRET = "secretsmanager:DescribeSecret"
    GET_SECRET_VALUE = "secretsmanager:GetSecretValue"
    TAG_RESOURCE = "secretsmanager:TagResource"
    UNTAG_RESOURCE = "secretsmanager:UntagResource"
    UPDATE_SECRET = "secretsmanager:UpdateSecret"


class PasswordAction(UnscopedAction):
    """Secrets Manager's random generator, which is no resource."""

    GET_RANDOM_PASSWORD = "secretsmanager:GetRandomPassword"


class SecretGrants(StackGrants):
    """Grants on the portal secret; the two secrets made by hand are out of reach."""

    @property
    def portal_secret(self) -> StackArn:
        """The portal secret."""
        return self._namespace.arn(
            "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:${SecretId}",
            f"/{PORTAL_SECRET}-*",
            reason="Secrets Manager ends the secret's ARN with six random characters.",
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow creating, reading, changing, tagging and deleting the portal secret."""
        return grant(
            grantee,
            "SecretsManagerDataOpsPortalSecret",
            SecretAction,
            [self.portal_secret],
            purpose=(
                "CloudFormation makes, reads, changes, tags and deletes the secret. The smoke test reads it;"
                " `ops preflight` asks whether its name is taken."
            ),
        )

    def generate(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow drawing a random password, as CloudFormation does for `GenerateSecretString`."""
        return grant_unscoped(
            grantee,
            "SecretsManagerGeneratePortalSecret",
            PasswordAction.GET_RANDOM_PASSWORD,
            purpose="CloudFormation draws the secret's value.",
        )
