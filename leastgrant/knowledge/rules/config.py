"""AWS Config."""

from leastgrant.knowledge.rule import Rule

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Config::ConfigurationRecorder": (),
    "AWS::Config::ConfigRule": (),
}
