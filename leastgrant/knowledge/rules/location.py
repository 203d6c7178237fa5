"""Amazon Location Service."""

from leastgrant.knowledge.rule import Rule

RULES: dict[str, tuple[Rule, ...]] = {
    "AWS::Location::PlaceIndex": (),
}
