"""Managing the EventBridge rules of a stack."""

from aws_cdk import aws_iam as iam

from stacks.deploy_role.grants.statement import Operation, StackGrants, grant


class RuleOperation(Operation):
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

    def operations(self, grantee: iam.IGrantable, *operations: RuleOperation) -> iam.Grant:
        """Allow the given operations on the stack's rules."""
        for operation in operations:
            if not isinstance(operation, RuleOperation):
                raise TypeError(f"an operation on a rule is a RuleOperation, not {operation!r}")
        return grant(grantee, "EventBridgeDataOpsRules", operations, [self._namespace.event_rules])

    def manage(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow all that CloudFormation calls to create, read, update, tag, delete and roll back a rule.

        A rule is read before it is made: without `events:DescribeRule` the creation itself fails.
        """
        return self.operations(grantee, *RuleOperation)
