"""Intrinsic functions: each in a table, and together against a naive substitution."""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastgrant.iam.pattern import Pattern
from leastgrant.template import (
    ABSENT,
    UNKNOWN,
    Absent,
    Environment,
    OneOf,
    Unknown,
    Value,
    parse,
    resolve,
    texts,
)
from leastgrant.template.values import one_of

if TYPE_CHECKING:
    from leastgrant.documents.source import Json

HERE = Environment("aws", "eu-west-1", None, "shop")
TEMPLATE = """
Parameters:
  Known: {{Type: String, Default: dev}}
  Open: {{Type: String}}
  Count: {{Type: Number, Default: 3}}
  Allowed: {{Type: String, AllowedValues: [a, b]}}
  Items: {{Type: CommaDelimitedList, Default: "x, y"}}
  OpenItems: {{Type: "List<AWS::EC2::Subnet::Id>"}}
  FromSsm: {{Type: "AWS::SSM::Parameter::Value<String>", Default: /a/b}}
  ListFromSsm: {{Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /a/b}}
  Secret: {{Type: String, Default: "x{{{{resolve:ssm:a}}}}"}}
Mappings:
  Sizes:
    dev: {{size: 1, zones: [a, b]}}
    prod: {{size: 2, zones: [c]}}
Conditions:
  T: !Equals [a, a]
  F: !Equals [a, b]
  U: !Equals [!Ref Open, a]
  NotU: !Not [!Condition U]
Resources:
  Table: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: !Sub "${{AWS::StackName}}-${{Open}}"}}}}
  Gone: {{Type: AWS::DynamoDB::Table, Condition: F}}
  Custom: {{Type: Custom::Thing}}
  R:
    Type: A::B::C
    Properties:
      P: {0}
"""


def plain(value: Value) -> object:
    """The value with texts for patterns; sets are alternatives."""
    match value:
        case Pattern():
            return str(value)
        case OneOf(values):
            return {json.dumps(plain(each)) if isinstance(each, (tuple, dict)) else plain(each) for each in values}
        case tuple():
            return [plain(item) for item in value]
        case bool() | int() | float() | Unknown() | Absent():
            return value
        case _:
            return {name: plain(item) for name, item in value.items()}


def resolved(expression: str) -> object:
    """What the property `P` written as YAML `expression` resolves to; ABSENT if it is left out."""
    properties = resolve(parse(TEMPLATE.format(expression), "t"), HERE).resource("R").properties
    return plain(properties.get("P", ABSENT))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # plain values
        ("text", "text"),
        ("'*'", "${*}"),
        ("[1, true, 1.5, a]", [1, True, 1.5, "a"]),
        ("{a: {b: !Ref Known}}", {"a": {"b": "dev"}}),
        ("{Ref: a, b: c}", {"Ref": "a", "b": "c"}),
        # Ref
        ("!Ref Known", "dev"),
        ("!Ref Open", "*"),
        ("!Ref Count", "3"),
        ("!Ref Allowed", {"a", "b"}),
        ("!Ref Items", ["x", "y"]),
        ("!Ref OpenItems", UNKNOWN),
        ("!Ref FromSsm", "*"),
        ("!Ref ListFromSsm", UNKNOWN),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "*"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref AWS::StackId", "arn:aws:cloudformation:eu-west-1:*:stack/shop/*"),
        ("!Ref AWS::NotificationARNs", UNKNOWN),
        ("!Ref AWS::NoValue", ABSENT),
        ("!Ref Table", "shop-*"),
        ("!Ref Custom", "*"),
        # Fn::GetAtt
        ("!GetAtt Table.Arn", "arn:aws:dynamodb:eu-west-1:*:table/shop-*"),
        ("!GetAtt Table.StreamArn", "arn:aws:dynamodb:eu-west-1:*:table/shop-*/stream/*"),
        ("!GetAtt [Table, !Join ['', [A, rn]]]", "arn:aws:dynamodb:eu-west-1:*:table/shop-*"),
        ("!GetAtt [Table, !Ref Open]", UNKNOWN),
        ("{Fn::GetAtt: Table.Arn}", "arn:aws:dynamodb:eu-west-1:*:table/shop-*"),
        ("!GetAtt Table.Unheard", UNKNOWN),
        ("!GetAtt Custom.Arn", UNKNOWN),
        # Fn::Sub
        ("!Sub 'a-${Known}-${AWS::Region}'", "a-dev-eu-west-1"),
        ("!Sub '${Table}/${Table.Arn}'", "shop-*/arn:aws:dynamodb:eu-west-1:*:table/shop-*"),
        ("!Sub '${!Known}$Known${'", "${$}{Known}$Known${$}{"),
        ("!Sub ['${V}-${Known}', {V: !Ref Open}]", "*-dev"),
        ("!Sub ['${Known}', {Known: mine}]", "mine"),
        ("!Sub ['${V}', {V: !GetAtt Custom.A}]", "*"),
        ("!Sub ['${V}', {V: true}]", "true"),
        ("!Sub ['a${V}', {V: !Ref AWS::NoValue}]", "a"),
        ("!Sub 'a-${Allowed}'", {"a-a", "a-b"}),
        ("!Sub '*-?'", "${*}-${?}"),
        # Fn::Join
        ("!Join ['-', [a, !Ref Known, !Ref Open]]", "a-dev-*"),
        ("!Join [',', !Ref Items]", "x,y"),
        ("!Join [',', !Ref OpenItems]", "*"),
        ("!Join [',', []]", ""),
        ("!Join [',', [a, !Ref AWS::NoValue]]", "a"),
        ("!Join [',', [a, !If [U, b, !Ref AWS::NoValue]]]", {"a", "a,b"}),
        ("!Join [',', !If [U, [a], [b, c]]]", {"a", "b,c"}),
        ("!Join ['', [1, false]]", "1false"),
        # Fn::Select
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['1', [a, b]]", "b"),
        ("!Select [2, [a, b]]", UNKNOWN),
        ("!Select [-1, [a, b]]", UNKNOWN),
        ("!Select [!Ref Open, [a, b]]", UNKNOWN),
        ("!Select [0, !GetAZs '']", UNKNOWN),
        ("!Select [0, !If [U, [a], [b]]]", {"a", "b"}),
        ("!Select [1, [!If [U, a, !Ref AWS::NoValue], b, c]]", UNKNOWN),
        # Fn::Split, and the known parts of a text that is not wholly known
        ("!Split [',', 'a,b']", ["a", "b"]),
        ("!Split [',', !Ref Open]", UNKNOWN),
        ("!Select [0, !Split ['-', !Sub 'a-b${Open}-c']]", "a"),
        ("!Select [1, !Split ['-', !Sub 'a-b${Open}-c']]", "b*"),
        ("!Select [2, !Split ['-', !Sub 'a-b${Open}-c']]", "*"),
        ("!Select [9, !Split ['-', 'a-b']]", UNKNOWN),
        ("!Select [1, !Split ['/', !Ref AWS::StackId]]", "*"),
        # Fn::If
        ("!If [T, a, b]", "a"),
        ("!If [F, a, b]", "b"),
        ("!If [U, a, b]", {"a", "b"}),
        ("!If [U, a, a]", "a"),
        ("!If [F, a, !Ref AWS::NoValue]", ABSENT),
        ("!If [U, a, !Ref AWS::NoValue]", {"a", ABSENT}),
        ("!If [U, !If [T, a, b], !If [NotU, c, d]]", {"a", "c", "d"}),
        ("[!If [F, a, !Ref AWS::NoValue], b]", ["b"]),
        ("{a: !If [F, a, !Ref AWS::NoValue], b: c}", {"b": "c"}),
        ("!If [F, !GetAtt Gone.Arn, b]", "b"),
        ("!GetAtt Gone.Arn", UNKNOWN),
        ("!Ref Gone", UNKNOWN),
        # Fn::FindInMap
        ("!FindInMap [Sizes, !Ref Known, size]", 1),
        ("!FindInMap [Sizes, dev, zones]", ["a", "b"]),
        ("!FindInMap [Sizes, !Ref Open, size]", {1, 2}),
        ("!FindInMap [!Ref Open, dev, size]", 1),
        ("!FindInMap [Sizes, none, size]", UNKNOWN),
        ("!FindInMap [Sizes, none, size, {DefaultValue: 5}]", 5),
        ("!FindInMap [Sizes, dev, size, {DefaultValue: 5}]", 1),
        ("!FindInMap [Sizes, !Ref Open, size, {DefaultValue: 5}]", {1, 2, 5}),
        # the rest
        ("!Base64 abc", "YWJj"),
        ("!Base64 {Ref: Open}", "*"),
        ("!ImportValue other", "*"),
        ("!Cidr [10.0.0.0/16, 2, 8]", UNKNOWN),
        ("!GetAZs eu-west-1", UNKNOWN),
        ("!Length [a, b]", 2),
        ("!Length {Ref: OpenItems}", UNKNOWN),
        ("!ToJsonString {a: !Ref Open}", '{"a":"*"}'),
        ("!Transform {Name: AWS::Include, Parameters: {Location: s3://a/b}}", UNKNOWN),
        # dynamic references
        ("'{{resolve:ssm:/a/b}}'", "*"),
        ("'a-{{resolve:secretsmanager:x:SecretString:y}}-b'", "a-*-b"),
        ("!Sub 'a{{resolve:ssm:${Open}}}b'", "a*b"),
        ("!Sub 'a{{resolve:ssm:${Open}'", "a*"),
        ("'a{{b}}'", "a{{b}}"),
        ("'a{{resolve:b'", "a{{resolve:b"),
        ("!Join ['', ['{{resolve:ssm:', !Join ['', [!Ref Open, ':1']], '}}b']]", "*b"),
        ("!Join ['', [!Join ['', ['a{{resolve:ssm:', !Ref Open]], '}}b{{resolve:ssm:c}}d']]", "a*b*d"),
        ("!Base64 '{{resolve:ssm:a}}'", "*"),
        ("!Select [1, !Split [':', '{{resolve:ssm:a}}']]", "*"),
        ("!Ref Secret", "x*"),
    ],
)
def test_functions(expression: str, expected: object) -> None:
    assert resolved(expression) == expected


def test_a_resource_exists_only_if_its_condition_holds() -> None:
    text = TEMPLATE.format("!If [U, a, !If [NotU, b, c]]") + "    Condition: U\n"
    template = resolve(parse(text, "t"), HERE)
    assert plain(template.resource("R").properties["P"]) == "a"
    assert not template.resource("R").certain


def test_alternatives_are_kept_apart_until_they_are_too_many() -> None:
    each = ", ".join(["!If [U, a, b]"] * 4)
    assert resolved(f"!Join ['', [{each}]]") == set(map("".join, product("ab", repeat=4)))
    assert resolved(f"!Join ['', [x, {each}, !Ref Allowed]]") == "x*"
    assert one_of(Pattern.literal(str(number)) for number in range(17)) is UNKNOWN
    assert one_of((1, True, Pattern.literal("1"), 1)) == OneOf((1, True, Pattern.literal("1")))


# With everything known, resolving is substituting.
words = st.text("ab-/*?${}", max_size=4).filter(lambda word: "${" not in word)


def sub(parts: list[tuple[str, Json]]) -> Json:
    """An `Fn::Sub` of literal parts and variables."""
    text = "".join(f"{word}${{V{index}}}" for index, (word, _) in enumerate(parts))
    return {"Fn::Sub": [text, {f"V{index}": value for index, (_, value) in enumerate(parts)}]}


def functions(of: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    lists = st.lists(of, min_size=1, max_size=3)

    def function(name: str, *arguments: Json) -> Json:
        return {name: list(arguments)}

    return st.one_of(
        st.builds(function, st.just("Fn::Join"), words, lists),
        st.builds(function, st.just("Fn::Select"), st.just(0), lists),
        st.builds(function, st.just("Fn::If"), st.sampled_from(["T", "F"]), of, of),
        st.lists(st.tuples(words.filter(lambda word: not word.endswith("$")), of), max_size=3).map(sub),
        of.map(lambda inner: function("Fn::Select", 0, function("Fn::Split", "/", inner))),
    )


expressions = st.recursive(words | st.just({"Ref": "Known"}) | st.just({"Ref": "AWS::Region"}), functions)


def naive(node: Json) -> str:
    """What the expression says, by the functions' definitions, on strings."""
    match node:
        case {"Ref": name}:
            return {"Known": "dev", "AWS::Region": "eu-west-1"}[str(name)]
        case {"Fn::Join": [str(delimiter), items]}:
            return delimiter.join(naive_list(items))
        case {"Fn::Select": [int(index), items]}:
            return naive_list(items)[index]
        case {"Fn::If": [condition, then, otherwise]}:
            return naive(then if condition == "T" else otherwise)
        case {"Fn::Sub": [str(text), dict(variables)]}:
            for name, value in variables.items():
                text = text.replace(f"${{{name}}}", naive(value), 1)
            return text
        case _:
            return str(node)


def naive_list(node: Json) -> list[str]:
    match node:
        case {"Fn::Split": [str(delimiter), text]}:
            return naive(text).split(delimiter)
        case list():
            return [naive(item) for item in node]
        case _:
            raise AssertionError(node)


@given(expressions)
def test_resolving_what_is_known_is_substituting(expression: Json) -> None:
    text = json.dumps(
        {
            "Parameters": {"Known": {"Type": "String", "Default": "dev"}},
            "Conditions": {"T": {"Fn::Equals": ["a", "a"]}, "F": {"Fn::Equals": ["a", "b"]}},
            "Resources": {"R": {"Type": "A::B::C", "Properties": {"P": expression}}},
        }
    )
    value = resolve(parse(text, "t"), HERE).resource("R").properties["P"]
    assert value == Pattern.literal(naive(expression))


# With less known, the value still includes what it will be.
def hidden(node: Json) -> Json:
    """The expression with its parameter not known and its conditions open."""
    return json.loads(json.dumps(node).replace('"Known"', '"Open"').replace('["T",', '["U",'))


@given(expressions)
def test_what_is_not_known_is_included(expression: Json) -> None:
    document: dict[str, Json] = {
        "Parameters": {"Open": {"Type": "String"}},
        "Conditions": {"U": {"Fn::Equals": [{"Ref": "Open"}, "dev"]}, "F": {"Fn::Equals": ["a", "b"]}},
        "Resources": {"R": {"Type": "A::B::C", "Properties": {"P": hidden(expression)}}},
    }
    value = resolve(parse(json.dumps(document), "t"), HERE).resource("R").properties["P"]
    assert any(pattern.matches(naive(expression)) for pattern in texts(value))
