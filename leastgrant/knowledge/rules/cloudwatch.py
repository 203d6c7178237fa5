"""Amazon CloudWatch."""

from leastgrant.knowledge.rule import Rule, advisory, names_resource_of

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::CloudWatch::Dashboard": (),
    "AWS::CloudWatch::Alarm": (
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create update",
            when=names_resource_of("AlarmActions", "automate"),
            add=True,
            reason="an EC2 action needs the role of events.amazonaws.com, made on first use in an account",
            source="github.com/sophos-iaas/aws-cf-templates/issues/23",
        ),
    ),
}
