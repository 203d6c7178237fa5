"""A resource that exists is called as it is called, and nothing of it is guessed."""

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.needs import Operation, needs_of
from leastgrant.template import Environment, Physical, parse, resolve

HERE = Environment("aws", "eu-west-1", "123456789012", "shop")
TEMPLATE = """
Resources:
  Rule: {Type: AWS::Events::Rule, Properties: {ScheduleExpression: rate(1 day)}}
  Secret: {Type: AWS::SecretsManager::Secret, Properties: {Name: shop/key}}
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Role: !GetAtt Role.Arn
      Environment: {Variables: {SECRET: !Ref Secret, RULE: !Sub "${Rule.Arn}"}}
  Role: {Type: AWS::IAM::Role, Properties: {}}
"""
KEY_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/key-AbCdEf"
KNOWN = {
    "Rule": Physical("shop-Rule-1234"),
    "Secret": Physical("shop/key", ref=KEY_ARN, arn=KEY_ARN),
    "Role": Physical("shop-Role-1", attributes={"Arn": "arn:aws:iam::123456789012:role/path/shop-Role-1"}),
}


def test_references_to_it_are_known() -> None:
    resolved = resolve(parse(TEMPLATE, "t"), HERE, physical=KNOWN)
    assert resolved.resource("Function").properties == {
        "Role": Pattern.literal("arn:aws:iam::123456789012:role/path/shop-Role-1"),
        "Environment": {
            "Variables": {
                "SECRET": Pattern.literal(KEY_ARN),
                "RULE": Pattern.literal("arn:aws:events:eu-west-1:123456789012:rule/shop-Rule-1234"),
            }
        },
    }


def test_what_is_called_for_it_is_called_on_it() -> None:
    needs, _ = needs_of(resolve(parse(TEMPLATE, "t"), HERE, physical=KNOWN))
    on = {n.on for n in needs if n.subject.name == "Secret" and n.operation is Operation.CREATE and n.on != "*"}
    assert on == {KEY_ARN}


@pytest.mark.parametrize("logical_id", ["Rule", "Secret", "Role"])
def test_what_is_not_known_stays_a_pattern(logical_id: str) -> None:
    known = {name: physical for name, physical in KNOWN.items() if name != logical_id}
    resolved = resolve(parse(TEMPLATE, "t"), HERE, physical=known)
    assert not all(pattern.is_literal for pattern in resolved.resource(logical_id).refs)


def test_each_resource_comes_after_those_it_depends_on() -> None:
    order = resolve(parse(TEMPLATE, "t"), HERE).order
    assert sorted(order) == ["Function", "Role", "Rule", "Secret"]
    assert order[-1] == "Function"
