"""Deploying a stack by change set."""

from typing import Final

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant


class StackAction(GrantableAction):
    """What the CDK CLI calls in `cdk deploy` and `cdk diff`, as recorded from 2.1148.1.

    `ListStackResources` is called by `cdk deploy --method=execute-change-set` alone, after the deployment: refused, the
    command fails although the stack is deployed.
    """

    DELETE_CHANGE_SET = "cloudformation:DeleteChangeSet"
    DESCRIBE_CHANGE_SET = "cloudformation:DescribeChangeSet"
    DESCRIBE_EVENTS = "cloudformation:DescribeEvents"
    DESCRIBE_STACK_EVENTS = "cloudformation:DescribeStackEvents"
    DESCRIBE_STACKS = "cloudformation:DescribeStacks"
    EXECUTE_CHANGE_SET = "cloudformation:ExecuteChangeSet"
    GET_TEMPLATE = "cloudformation:GetTemplate"
    LIST_STACK_RESOURCES = "cloudformation:ListStackResources"


class ChangeSetCreationAction(GrantableAction):
    """What makes a change set."""

    CREATE_CHANGE_SET = "cloudformation:CreateChangeSet"


CHANGE_SETS: Final = "deploy-*"
"""The names of the change sets that the deployment makes."""


class CloudFormationStackGrants(StackGrants):
    """Grants on the stack itself."""

    def deploy(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow reading, executing and discarding the stack's change sets, and watching them.

        Neither deleting the stack nor changing it without a change set can be granted here.
        """
        return grant(
            grantee,
            "CloudFormationDataOpsStack",
            StackAction,
            [self._namespace.stack],
            purpose=(
                "The CDK CLI, in `cdk deploy` and `cdk diff`: it reads, executes and discards change sets and"
                " follows the events. Seeding reads the stack's outputs with `DescribeStacks`."
            ),
        )

    def create_change_sets(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow making change sets by the deployment's names, without a role to hand them and without an import."""
        return grant(
            grantee,
            "CloudFormationCreateDataOpsChangeSet",
            ChangeSetCreationAction,
            [self._namespace.stack],
            purpose="The CDK CLI makes the change set. CloudFormation is handed no role, and takes nothing in.",
            conditions={
                "StringLike": {"cloudformation:ChangeSetName": CHANGE_SETS},
                "Null": {"cloudformation:RoleArn": "true", "cloudformation:ImportResourceTypes": "true"},
            },
        )
