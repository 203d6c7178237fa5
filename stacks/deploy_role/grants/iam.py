"""Managing the IAM roles of a stack's functions."""

from collections.abc import Iterable

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.names import AppFunction, ManagedPolicy
from stacks.namespace import StackArn


class RoleAction(GrantableAction):
    """What CloudFormation does to a role and its inline policies."""

    CREATE_ROLE = "iam:CreateRole"
    DELETE_ROLE = "iam:DeleteRole"
    DELETE_ROLE_POLICY = "iam:DeleteRolePolicy"
    GET_ROLE = "iam:GetRole"
    GET_ROLE_POLICY = "iam:GetRolePolicy"
    LIST_ATTACHED_ROLE_POLICIES = "iam:ListAttachedRolePolicies"
    LIST_ROLE_TAGS = "iam:ListRoleTags"
    PUT_ROLE_POLICY = "iam:PutRolePolicy"
    TAG_ROLE = "iam:TagRole"
    UNTAG_ROLE = "iam:UntagRole"
    UPDATE_ASSUME_ROLE_POLICY = "iam:UpdateAssumeRolePolicy"


class PassAction(GrantableAction):
    """Handing a role to a service."""

    PASS_ROLE = "iam:PassRole"


class AttachmentAction(GrantableAction):
    """Attaching a managed policy to a role, and detaching it."""

    ATTACH_ROLE_POLICY = "iam:AttachRolePolicy"
    DETACH_ROLE_POLICY = "iam:DetachRolePolicy"


class FunctionRoleGrants(StackGrants):
    """Grants on the execution roles of the app's functions."""

    @property
    def roles(self) -> tuple[StackArn, ...]:
        """The functions' roles."""
        return tuple(
            self._namespace.arn(
                "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}",
                f"-{function.role}-*",
                reason=f"CloudFormation ends the name with random characters when it makes {function.role}.",
            )
            for function in AppFunction
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow creating, reading, changing, tagging and deleting the roles and their inline policies."""
        return grant(
            grantee,
            "IamDataOpsFunctionRole",
            RoleAction,
            self.roles,
            purpose="CloudFormation makes, reads, changes and deletes the roles and their inline policies.",
        )

    def pass_to_lambda(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow handing the roles to Lambda, and to no other service."""
        return grant(
            grantee,
            "IamPassDataOpsFunctionRole",
            PassAction,
            self.roles,
            purpose="CloudFormation hands a function its role; Lambda alone can be handed it.",
            conditions={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        )

    def attach(self, grantee: iam.IGrantable, *policies: ManagedPolicy) -> StackGrant:
        """Allow attaching the given managed policies to the roles, and detaching them, and no others.

        Raises:
            TypeError: a policy is not a `ManagedPolicy`, so could be any.
            ValueError: there is no policy.
        """
        if not policies:
            raise ValueError("name the managed policies to attach: without any, every policy could be attached")
        for policy in policies:
            if not isinstance(policy, ManagedPolicy):
                raise TypeError(f"a managed policy to attach is a ManagedPolicy, not {policy!r}")
        return grant(
            grantee,
            "IamAttachDataOpsFunctionRolePolicy",
            AttachmentAction,
            self.roles,
            purpose=f"CloudFormation attaches {_listed(policies)}, and takes it off in a rollback.",
            conditions={"ArnEquals": {"iam:PolicyARN": [policy.arn(self._namespace.partition) for policy in policies]}},
        )


def _listed(policies: Iterable[ManagedPolicy]) -> str:
    return ", ".join(f"`{policy.rpartition('/')[2]}`" for policy in policies)
