"""Managing the IAM roles of a stack's functions, none of which can be more than its permissions boundary."""

from collections.abc import Iterable

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Conditions, GrantableAction, StackGrant, StackGrants, grant
from stacks.names import AppFunction, ManagedPolicy
from stacks.namespace import ROLE, StackArn, StackNamespace


class RoleAction(GrantableAction):
    """What CloudFormation does to a role that gives nobody a permission."""

    GET_ROLE = "iam:GetRole"
    GET_ROLE_POLICY = "iam:GetRolePolicy"
    LIST_ATTACHED_ROLE_POLICIES = "iam:ListAttachedRolePolicies"
    LIST_ROLE_TAGS = "iam:ListRoleTags"
    UNTAG_ROLE = "iam:UntagRole"


class RolePolicyAction(GrantableAction):
    """What CloudFormation does to a role's inline policies."""

    DELETE_ROLE_POLICY = "iam:DeleteRolePolicy"
    PUT_ROLE_POLICY = "iam:PutRolePolicy"


class RoleTagAction(GrantableAction):
    """What puts a tag on a role."""

    TAG_ROLE = "iam:TagRole"


class RoleCreationAction(GrantableAction):
    """What makes a role."""

    CREATE_ROLE = "iam:CreateRole"


class RoleDeletionAction(GrantableAction):
    """What takes a role away again, in the rollback of its creation."""

    DELETE_ROLE = "iam:DeleteRole"


class PassAction(GrantableAction):
    """Handing a role to a service."""

    PASS_ROLE = "iam:PassRole"


class AttachmentAction(GrantableAction):
    """Attaching a managed policy to a role, and detaching it."""

    ATTACH_ROLE_POLICY = "iam:AttachRolePolicy"
    DETACH_ROLE_POLICY = "iam:DetachRolePolicy"


class FunctionRoleGrants(StackGrants):
    """Grants on the execution roles of the app's functions.

    What writes a policy is allowed on a role with the boundary alone, and nothing here takes a boundary off or changes
    who may assume a role.
    """

    def __init__(self, namespace: StackNamespace, boundary_arn: str) -> None:
        super().__init__(namespace)
        self._bounded: Conditions = {"ArnEquals": {"iam:PermissionsBoundary": boundary_arn}}

    @classmethod
    def bounded_by(cls, namespace: StackNamespace, boundary_arn: str) -> "FunctionRoleGrants":
        """Make the grants on the roles of that stack, under that boundary."""
        return cls(namespace, boundary_arn)

    def role(self, function: AppFunction) -> StackArn:
        """Give the ARN of one function's role."""
        return self._namespace.generated(ROLE, function.role)

    @property
    def roles(self) -> tuple[StackArn, ...]:
        """The functions' roles."""
        return tuple(map(self.role, AppFunction))

    def manage(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow reading the roles and untagging them, and writing their inline policies under the boundary."""
        return (
            grant(
                grantee,
                "IamDataOpsFunctionRole",
                RoleAction,
                self.roles,
                purpose="CloudFormation reads the roles, and takes off them the tag that SAM gave them.",
            ),
            grant(
                grantee,
                "IamDataOpsFunctionRolePolicy",
                RolePolicyAction,
                self.roles,
                purpose="CloudFormation writes the roles' inline policies, which their boundary bounds.",
                conditions=self._bounded,
            ),
        )

    def tag_again(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow putting SAM's tag back on the roles, while a rollback may be one to SAM's template."""
        if not self._namespace.is_taken_over:
            return ()
        return (
            grant(
                grantee,
                "IamTagDataOpsFunctionRole",
                RoleTagAction,
                self.roles,
                purpose="A rollback of the take-over puts back the tag that SAM gave the roles.",
            ),
        )

    def create(self, grantee: iam.IGrantable) -> tuple[StackGrant, ...]:
        """Allow making, under the boundary, the roles that are not there yet, and unmaking them in a rollback."""
        new = [self.role(function) for function in AppFunction if not self._namespace.has(function.role)]
        if not new:
            return ()
        return (
            grant(
                grantee,
                "IamCreateDataOpsFunctionRole",
                RoleCreationAction,
                new,
                purpose="CloudFormation makes the roles that the stack does not have yet.",
                conditions=self._bounded,
            ),
            grant(
                grantee,
                "IamDeleteDataOpsFunctionRole",
                RoleDeletionAction,
                new,
                purpose="CloudFormation takes them away again, if their creation is rolled back.",
            ),
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
        arns = [policy.arn(self._namespace.partition) for policy in policies]
        return grant(
            grantee,
            "IamAttachDataOpsFunctionRolePolicy",
            AttachmentAction,
            self.roles,
            purpose=f"CloudFormation attaches {_listed(policies)}, and takes it off in a rollback.",
            conditions={"ArnEquals": {**self._bounded["ArnEquals"], "iam:PolicyARN": arns}},
        )


def _listed(policies: Iterable[ManagedPolicy]) -> str:
    return ", ".join(f"`{policy.rpartition('/')[2]}`" for policy in policies)
