"""Managing the EventBridge rules of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import GrantableAction, StackGrant, StackGrants, grant
from stacks.namespace import StackArn


class RuleAction(GrantableAction):
    """What can be done to a rule and its targets."""

    DELETE_RULE = "events:DeleteRule"
    DESCRIBE_RULE = "events:DescribeRule"
    LIST_TAGS_FOR_RESOURCE = "events:ListTagsForResource"
    LIST_TARGETS_BY_RULE = "events:ListTargetsByRule"
    PUT_RULE = "events:PutRule"
    PUT_TARGETS = "events:PutTargets"
    REMOVE_TARGETS = "events:RemoveTargets"
    TAG_RESOURCE = "events:TagResource"
    UNTAG_RESOURCE = "events:UntagResource"


class EventBridgeRuleGrants(StackGrants):
    """Grants on the rules of one CloudFormation stack, `rule/<stack>-*` on the default event bus."""

    @property
    def rules(self) -> StackArn:
        """All rules of the stack."""
        return self._namespace.arn(
            "arn:${Partition}:events:${Region}:${Account}:rule/${RuleName}",
            "-*",
            reason="CloudFormation ends the name with random characters when it makes the two schedules' rules.",
        )

    def actions(self, grantee: iam.IGrantable, *actions: RuleAction) -> StackGrant:
        """Allow the given actions on the stack's rules."""
        for action in actions:
            if not isinstance(action, RuleAction):
                raise TypeError(f"an action on a rule is a RuleAction, not {action!r}")
        return grant(
            grantee,
            "EventBridgeDataOpsRules",
            actions,
            [self.rules],
            purpose=(
                "CloudFormation makes, reads, changes, tags and deletes the two schedules. It reads a rule before it"
                " makes one: the missing `events:DescribeRule` was the incident."
            ),
        )

    def manage(self, grantee: iam.IGrantable) -> StackGrant:
        """Allow all that CloudFormation calls to create, read, update, tag, delete and roll back a rule.

        A rule is read before it is made: without `events:DescribeRule` the creation itself fails.
        """
        return self.actions(grantee, *RuleAction)
