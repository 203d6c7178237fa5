"""The secret by which the work engine knows the docs app."""

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from stacks.dataops.data import KEPT, DataClass, tag_as_data
from stacks.logical_ids import keep_logical_id
from stacks.names import PORTAL_SECRET, PORTAL_SECRET_ID
from stacks.namespace import SECRET, StackNamespace
from stacks.withheld import withheld


class PortalSecret(Construct):
    """A random string that CloudFormation draws once, when the secret is created."""

    def __init__(self, scope: Construct, construct_id: str, *, namespace: StackNamespace) -> None:
        super().__init__(scope, construct_id)
        secret = secretsmanager.Secret(
            self,
            "Secret",
            secret_name=f"{namespace.stack_name}/{PORTAL_SECRET}",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=48, exclude_punctuation=True),
            removal_policy=KEPT,
        )
        keep_logical_id(secret, PORTAL_SECRET_ID)
        tag_as_data(secret, DataClass.PORTAL_BROKER_SECRET)
        self.withheld: dict[str, str] = {}
        if namespace.has(PORTAL_SECRET_ID):
            reason = "A value drawn anew would lock the docs app and the work engine out of each other."
            arn = namespace.arn(SECRET, f"/{PORTAL_SECRET}").arn
            self.withheld |= withheld(["secretsmanager:UpdateSecret"], f"{arn}-??????", reason=reason)
            self.withheld |= withheld(["secretsmanager:GetRandomPassword"], "*", reason=reason)
        Validations.of(secret).acknowledge(
            Acknowledgment(
                id="AwsSolutions::AwsSolutions-SMG4",
                reason=(
                    "The live secret is not rotated. Rotating it needs a rotation function, and two functions that"
                    " accept the old value and the new one at once; the take-over adds neither."
                ),
            )
        )
        self.arn = secret.secret_arn
