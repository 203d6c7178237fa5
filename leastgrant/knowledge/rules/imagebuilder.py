"""EC2 Image Builder."""

from leastgrant.knowledge.rule import advisory

_LISTED = "AWS::ImageBuilder::Image provider schema"

RULES = {
    "AWS::ImageBuilder::Image": (
        advisory(
            "iam:GetRole",
            "inspector2:BatchGetAccountStatus",
            "ecr:BatchGetRepositoryScanningConfiguration",
            on="create",
            reason="looks at what it uses",
            source=_LISTED,
        ),
    ),
}
