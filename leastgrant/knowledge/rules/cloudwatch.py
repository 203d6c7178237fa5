"""Amazon CloudWatch."""

from leastgrant.knowledge.rule import Rule, advisory, names_resource_of, required

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::CloudWatch::Dashboard": (),
    "AWS::CloudWatch::CompositeAlarm": (
        required(
            "cloudwatch:TagResource",
            on="create",
            reason="it is refused though the tags are CloudFormation's own alone",
            source="github.com/aws-samples/aws-eda-slurm-cluster/issues/340",
        ),
    ),
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
