"""AWS Signer."""

from leastgrant.knowledge.rule import Rule

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Signer::SigningProfile": (),
}
