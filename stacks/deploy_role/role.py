"""The deploy role: a trust, one inline policy, and grants made to it."""

from collections.abc import Callable

import jsii
from aws_cdk import CfnResource, RemovalPolicy
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.deploy_role.grants.statement import Conditions, has_no_resource, is_single_action
from stacks.deploy_role.trust import GitHubTrust
from stacks.namespace import StackNamespace

_SESSION_SECONDS = 3600


@jsii.implements(iam.IGrantable, iam.IPrincipal)
class InlinePolicy:
    """A policy document that grants are made to, so that all of them stay in one inline policy of the role.

    A grant made to `iam.Role` would become a second policy, which CloudFormation attaches after the role: for a moment
    of each update, and after a rollback for good, the role would lack it.
    """

    def __init__(
        self,
        role: CfnResource,
        document: iam.PolicyDocument,
        reaches: Callable[[str], bool],
        ties: Callable[[Conditions], bool],
    ) -> None:
        self._role = role
        self._document = document
        self._reaches = reaches
        self._ties = ties

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """This policy."""
        return self

    @property
    def assume_role_action(self) -> str:
        """How the role is assumed."""
        return "sts:AssumeRoleWithWebIdentity"

    @property
    def policy_fragment(self) -> iam.PrincipalPolicyFragment:
        """Refused: the role is no principal of a resource's policy."""
        raise NotImplementedError("a deploy role's policy is no principal of a resource policy")

    @property
    def principal_account(self) -> str:
        """The role's account."""
        return self._role.stack.account

    def add_to_principal_policy(self, statement: iam.PolicyStatement) -> iam.AddToPrincipalPolicyResult:
        """Add a grant's statement to the inline policy.

        Every way to grant something ends here, CDK's own among them, so here is where what is too wide is refused.

        Raises:
            ValueError: an action is a wildcard, or a resource is outside what the role may reach, by its name or a tie.
        """
        if statement.not_actions or statement.not_resources:
            raise ValueError("the deploy role is granted what is named, not all but what is named")
        for action in statement.actions:
            if not is_single_action(action):
                raise ValueError(f"the deploy role is granted single actions, not {action!r}")
        everywhere = all(map(has_no_resource, statement.actions))
        tied = self._ties(statement.conditions)
        for resource in statement.resources:
            if not self._reaches(resource) and not (everywhere if resource == "*" else tied):
                raise ValueError(f"the deploy role is granted nothing on {resource!r}: that is outside its namespace")
        self._document.add_statements(statement)
        return iam.AddToPrincipalPolicyResult(statement_added=True, policy_dependable=self._role)


@jsii.implements(iam.IGrantable)
class DeployRole(Construct):
    """An IAM role that GitHub Actions assumes, kept when its stack goes.

    The construct's id is the role's logical id, so it must stand directly in its stack. The role is an L1 on purpose:
    trust and policies are whole when it is made, and no L2 method can add a second of either. What is granted to it
    lies in the namespace of the stack that it deploys, or in the bucket that it deploys from.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        role_name: str,
        trust: GitHubTrust,
        policy_name: str,
        namespace: StackNamespace,
        artifact_bucket: str,
    ) -> None:
        super().__init__(scope, construct_id)
        document = iam.PolicyDocument()
        self._role = iam.CfnRole(
            self,
            "Default",
            role_name=role_name,
            max_session_duration=_SESSION_SECONDS,
            assume_role_policy_document=trust.document,
            policies=[iam.CfnRole.PolicyProperty(policy_name=policy_name, policy_document=document)],
        )
        self._role.apply_removal_policy(RemovalPolicy.RETAIN)
        artifacts = {
            namespace.artifact_bucket(artifact_bucket).arn,
            namespace.artifacts(artifact_bucket).arn,
            *(earlier.arn for earlier in namespace.earlier_artifacts(artifact_bucket)),
        }
        self._policy = InlinePolicy(
            self._role, document, lambda arn: namespace.holds(arn) or arn in artifacts, namespace.ties
        )

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """What a grant adds its statement to."""
        return self._policy

    @property
    def role_arn(self) -> str:
        """The role's ARN."""
        return self._role.attr_arn
