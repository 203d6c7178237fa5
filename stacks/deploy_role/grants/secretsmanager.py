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
from stacks.names import PORTAL_SECRET, PORTAL_SECRET_ID
from stacks.namespace import SECRET, StackArn


class SecretAction(GrantableAction):
    """What CloudFormation does to a secret, and the smoke test's reading of it."""

    DESCRIBE_SECRET = "secretsmanager:DescribeSecret"
    GET_SECRET_VALUE = "secretsmanager:GetSecretValue"
    TAG_RESOURCE = "secretsmanager:TagResource"
    UNTAG_RESOURCE = "secretsmanager:UntagResource"


class SecretCreationAction(GrantableAction):
    """What makes a secret and changes it, and takes it away again in the rollback of its creation."""

    CREATE_SECRET = "secretsmanager:CreateSecret"
    DELETE_SECRET = "secretsmanager:DeleteSecret"
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
            SECRET,
            f"/{PORTAL_SECRET}-*",
            reason="Secrets Manager ends the secret's ARN with six random characters.",
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow reading, changing and tagging the portal secret."""
        return grant(
            grantee,
            "SecretsManagerDataOpsPortalSecret",
            SecretAction,
            [self.portal_secret],
            purpose=(
                "CloudFormation reads, changes and tags the secret. The smoke test reads it;"
                " `ops preflight` asks whether its name is taken."
            ),
        )

    def create(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow making the portal secret if it is not there yet, with a random value, and deleting it in a rollback."""
        if self._namespace.has(PORTAL_SECRET_ID):
            return ()
        return (
            grant(
                grantee,
                "SecretsManagerCreatePortalSecret",
                SecretCreationAction,
                [self.portal_secret],
                purpose="CloudFormation makes the secret, and deletes it in a rollback.",
            ),
            grant_unscoped(
                grantee,
                "SecretsManagerGeneratePortalSecret",
                PasswordAction.GET_RANDOM_PASSWORD,
                purpose="CloudFormation draws the secret's value.",
            ),
        )
