"""Deploying a stack by change set."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant


class StackAction(GrantableAction):
    """What the CDK CLI calls in `cdk deploy` and `cdk diff`, as recorded from 2.1148.1.

    `ListStackResources` is called by `cdk deploy --method=execute-change-set` alone, after the deployment: refused, the
    command fails although the stack is deployed.
    """

    CREATE_CHANGE_SET = "cloudformation:CreateChangeSet"
    DELETE_CHANGE_SET = "cloudformation:DeleteChangeSet"
    DESCRIBE_CHANGE_SET = "cloudformation:DescribeChangeSet"
    DESCRIBE_EVENTS = "cloudformation:DescribeEvents"
    DESCRIBE_STACK_EVENTS = "cloudformation:DescribeStackEvents"
    DESCRIBE_STACKS = "cloudformation:DescribeStacks"
    EXECUTE_CHANGE_SET = "cloudformation:ExecuteChangeSet"
    GET_TEMPLATE = "cloudformation:GetTemplate"
    LIST_STACK_RESOURCES = "cloudformation:ListStackResources"


class CloudFormationStackGrants(StackGrants):
    """Grants on the stack itself."""

    def deploy(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow making, reading, executing and discarding the stack's change sets, and watching them.

        Neither deleting the stack nor changing it without a change set can be granted here.
        """
        return grant(
            grantee,
            "CloudFormationDataOpsStack",
            StackAction,
            [self._namespace.stack],
            purpose=(
                "The CDK CLI, in `cdk deploy` and `cdk diff`: it makes, reads, executes and discards change sets and"
                " follows the events. Seeding reads the stack's outputs with `DescribeStacks`."
            ),
        )
