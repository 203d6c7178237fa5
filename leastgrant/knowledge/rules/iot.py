"""AWS IoT Core."""

from leastgrant.knowledge.rule import Rule

RULES: dict[str, tuple[Rule, ...]] = {"AWS::IoT::TopicRule": ()}
