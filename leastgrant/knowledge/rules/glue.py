"""AWS Glue."""

from leastgrant.knowledge.rule import advisory

RULES = {
    "AWS::Glue::Job": (
        advisory(
            "iam:GetRole",
            when="Role",
            reason="looks at a role that is passed anyway",
            source="AWS::Glue::Job provider schema",
        ),
    ),
}
