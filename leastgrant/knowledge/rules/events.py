"""Amazon EventBridge."""

from leastgrant.knowledge.arn import ArnTemplate, OwnName, PathPart
from leastgrant.knowledge.rule import Rule, advisory, made_on, required

_BUS_KEY = "Encrypting EventBridge event buses with AWS KMS keys, Amazon EventBridge User Guide"
_DELETE = "DeleteRule, Amazon EventBridge API Reference: targets must be removed first"
_TARGETS = (
    "github.com/awslabs/aws-deployment-framework, pipeline_management.yml; "
    "github.com/aws-solutions-library-samples/data-lakes-on-aws, template-cicd-domain-roles.yaml"
)
_RULE = ArnTemplate(
    "arn:${Partition}:events:${Region}:${Account}:rule/${EventBus}${RuleName}",
    (("EventBus", PathPart("EventBusName", implied="default")), ("RuleName", OwnName("Name"))),
)
_RULE_ARNS = "Resource types defined by Amazon EventBridge, Service Authorization Reference"

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Events::EventBusPolicy": (),
    "AWS::Events::Rule": (
        made_on(_RULE, "events:*", source=_RULE_ARNS),
        advisory(
            "events:ListTargetsByRule",
            on="delete",
            reason="roles that lack it delete rules: the template has the targets",
            source=_TARGETS,
        ),
        required(
            "events:RemoveTargets",
            on="delete",
            when="Targets",
            resource=_RULE,
            reason="a rule is deleted after its targets",
            source=_DELETE,
        ),
    ),
    "AWS::Events::EventBus": (
        required(
            "events:PutPermission",
            "events:RemovePermission",
            when="Policy",
            reason="the bus's policy is written as permissions",
            source="PutPermission, Amazon EventBridge API Reference",
        ),
        required(
            "kms:DescribeKey",
            "kms:GenerateDataKey",
            "kms:Decrypt",
            when="KmsKeyIdentifier",
            reason="what EventBridge's guide asks of who uses a customer managed key",
            source=_BUS_KEY,
        ),
        advisory(
            "kms:Encrypt",
            "kms:GenerateDataKeyWithoutPlaintext",
            "kms:ReEncrypt*",
            when="KmsKeyIdentifier",
            reason="not among what EventBridge's guide asks for",
            source=_BUS_KEY,
        ),
        advisory(
            "events:UpdateEventBus",
            "events:ListTagsForResource",
            on="delete",
            reason="changes what is about to go",
            source="AWS::Events::EventBus provider schema, delete handler",
        ),
    ),
}
