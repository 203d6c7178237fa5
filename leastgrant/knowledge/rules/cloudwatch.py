"""Amazon CloudWatch."""

from leastgrant.knowledge.rule import advisory

RULES = {
    "AWS::CloudWatch::Alarm": (
        advisory(
            "iam:CreateServiceLinkedRole",
            on="create update",
            when="AlarmActions=arn:*:automate:*:ec2:* OKActions=arn:*:automate:*:ec2:*",
            add=True,
            reason="an EC2 action needs the role of events.amazonaws.com, made on first use in an account",
            source="github.com/sophos-iaas/aws-cf-templates/issues/23",
        ),
    ),
}
