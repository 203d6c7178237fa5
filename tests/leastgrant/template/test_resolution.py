"""Templates as a whole: names and ARNs, existence, parameters, circles, and hostile growth."""

from __future__ import annotations

import json

import pytest

from leastgrant.iam.pattern import ANY, Pattern
from leastgrant.template import ABSENT, UNKNOWN, Environment, OneOf, TemplateError, parse, resolve, texts

HERE = Environment("aws", "eu-west-1", "123456789012", "shop")


def one(expected: str) -> tuple[Pattern, ...]:
    return (Pattern.parse(expected),)


ARN = "arn:aws:{}:eu-west-1:123456789012:{}"
IDENTITIES = [
    # type, properties, name, Ref, ARN
    ("DynamoDB::Table", "{TableName: t}", "t", "t", ARN.format("dynamodb", "table/t")),
    ("DynamoDB::Table", "{}", "shop-R-*", "shop-R-*", ARN.format("dynamodb", "table/shop-R-*")),
    ("Lambda::Function", "{}", "shop-R-*", "shop-R-*", ARN.format("lambda", "function:shop-R-*")),
    ("IAM::Role", "{}", "shop-R-*", "shop-R-*", "arn:aws:iam::123456789012:role/shop-R-*"),
    ("IAM::Role", "{RoleName: r, Path: /a/}", "r", "r", "arn:aws:iam::123456789012:role/a/r"),
    ("IAM::Role", "{RoleName: r, Path: !Ref Open}", "r", "r", "arn:aws:iam::123456789012:role*r"),
    (
        "IAM::ManagedPolicy",
        "{}",
        "shop-R-*",
        "arn:aws:iam::123456789012:policy/shop-R-*",
        "arn:aws:iam::123456789012:policy/shop-R-*",
    ),
    ("S3::Bucket", "{}", "shop-r-*", "shop-r-*", "arn:aws:s3:::shop-r-*"),
    ("S3::Bucket", "{BucketName: b}", "b", "b", "arn:aws:s3:::b"),
    ("Events::Rule", "{}", "shop-R-*", "shop-R-*", ARN.format("events", "rule/shop-R-*")),
    (
        "Events::Rule",
        "{EventBusName: default}",
        "shop-R-*",
        "shop-R-*",
        ARN.format("events", "rule/shop-R-*"),
    ),
    ("Events::Rule", "{EventBusName: b, Name: r}", "r", "b|r", ARN.format("events", "rule/b/r")),
    ("Events::Rule", "{EventBusName: !Ref Open, Name: r}", "r", "*r", ARN.format("events", "rule/*r")),
    (
        "Events::Rule",
        "{EventBusName: 'arn:aws:events:eu-west-1:1:event-bus/b', Name: r}",
        "r",
        "b|r",
        ARN.format("events", "rule/b/r"),
    ),
    (
        "SecretsManager::Secret",
        "{Name: a/b}",
        "a/b",
        ARN.format("secretsmanager", "secret:a/b-??????"),
        ARN.format("secretsmanager", "secret:a/b-??????"),
    ),
    (
        "SecretsManager::Secret",
        "{}",
        "R-*",
        ARN.format("secretsmanager", "secret:R-*-??????"),
        ARN.format("secretsmanager", "secret:R-*-??????"),
    ),
    (
        "SQS::Queue",
        "{QueueName: q.fifo}",
        "q.fifo",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo",
        ARN.format("sqs", "q.fifo"),
    ),
    ("SNS::Topic", "{TopicName: t}", "t", ARN.format("sns", "t"), ARN.format("sns", "t")),
    ("SSM::Parameter", "{Name: /a/b}", "/a/b", "/a/b", ARN.format("ssm", "parameter/a/b")),
    ("SSM::Parameter", "{Name: a}", "a", "a", ARN.format("ssm", "parameter/a")),
    ("SSM::Parameter", "{}", "CFN-R-*", "CFN-R-*", ARN.format("ssm", "parameter/CFN-R-*")),
    (
        "StepFunctions::StateMachine",
        "{}",
        "R-*",
        ARN.format("states", "stateMachine:R-*"),
        ARN.format("states", "stateMachine:R-*"),
    ),
    ("RDS::DBInstance", "{DBInstanceIdentifier: MyDb}", "mydb", "mydb", ARN.format("rds", "db:mydb")),
    (
        "ElasticLoadBalancingV2::LoadBalancer",
        "{Name: lb}",
        "lb",
        ARN.format("elasticloadbalancing", "loadbalancer/app/lb/*"),
        ARN.format("elasticloadbalancing", "loadbalancer/app/lb/*"),
    ),
    (
        "ElasticLoadBalancingV2::LoadBalancer",
        "{Name: lb, Type: network}",
        "lb",
        ARN.format("elasticloadbalancing", "loadbalancer/net/lb/*"),
        ARN.format("elasticloadbalancing", "loadbalancer/net/lb/*"),
    ),
    (
        "ElasticLoadBalancingV2::LoadBalancer",
        "{Name: lb, Type: !Ref Open}",
        "lb",
        ARN.format("elasticloadbalancing", "loadbalancer/*/lb/*"),
        ARN.format("elasticloadbalancing", "loadbalancer/*/lb/*"),
    ),
    (
        "ECS::Service",
        "{ServiceName: s, Cluster: !GetAtt Cluster.Arn}",
        "s",
        ARN.format("ecs", "service/shop-Cluster-*/s"),
        ARN.format("ecs", "service/shop-Cluster-*/s"),
    ),
    (
        "Lambda::Url",
        "{TargetFunctionArn: !Ref Function}",
        "*",
        ARN.format("lambda", "function:shop-Function-*"),
        ARN.format("lambda", "function:shop-Function-*"),
    ),
    (
        "Lambda::Permission",
        "{FunctionName: !GetAtt Function.Arn}",
        "*",
        "*",
        ARN.format("lambda", "function:shop-Function-*"),
    ),
    ("Lambda::Permission", "{FunctionName: !Ref Open}", "*", "*", ARN.format("lambda", "function:*")),
    (
        "Lambda::Permission",
        "{FunctionName: '123456789012:function:f'}",
        "*",
        "*",
        ARN.format("lambda", "function:f"),
    ),
    (
        "Lambda::Alias",
        "{FunctionName: !Ref Function, Name: live}",
        "live",
        ARN.format("lambda", "function:shop-Function-*:live"),
        ARN.format("lambda", "function:shop-Function-*:live"),
    ),
    ("KMS::Key", "{}", "*", "*", ARN.format("kms", "key/*")),
    ("Unheard::Thing", "{Name: a}", "*", "*", "*"),
]


@pytest.mark.parametrize(("type_", "properties", "name", "ref", "arn"), IDENTITIES)
def test_identities(type_: str, properties: str, name: str, ref: str, arn: str) -> None:
    text = f"""
Parameters: {{Open: {{Type: String}}}}
Resources:
  Cluster: {{Type: AWS::ECS::Cluster}}
  Function: {{Type: AWS::Lambda::Function}}
  R: {{Type: AWS::{type_}, Properties: {properties}}}
"""
    found = resolve(parse(text, "t"), HERE).resource("R")
    assert (found.names, found.refs, found.arns) == (one(name), one(ref), one(arn))


def test_the_arn_of_a_log_group_ends_in_an_asterisk_that_is_no_wildcard() -> None:
    text = "Resources: {G: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /a}}}"
    resolved = resolve(parse(text, "t"), HERE)
    assert resolved.attribute("G", "Arn") == Pattern.literal("arn:aws:logs:eu-west-1:123456789012:log-group:/a:*")
    assert resolved.resource("G").arns == one("arn:aws:logs:eu-west-1:123456789012:log-group:/a")


def test_what_is_not_known_of_the_environment_is_a_wildcard() -> None:
    text = "Resources: {R: {Type: AWS::Lambda::Function}, Q: {Type: AWS::SQS::Queue}}"
    resolved = resolve(parse(text, "t"), Environment())
    assert resolved.resource("R").arns == one("arn:*:lambda:*:*:function:*-R-*")
    assert resolved.resource("Q").refs == one("https://sqs.*.*/*/*-Q-*")


def test_the_seed_incident() -> None:
    """The names of dataops-v1's rules, the longest that is sure to be whole and one that may be cut."""
    cron, export = "WorkEngineFunctionDailyWorkEngineCron", "WorkEngineFunctionDailyWorkEngineExport"
    rules = {name: {"Type": "AWS::Events::Rule"} for name in (cron, export, f"{export}s")}
    resolved = resolve(parse(json.dumps({"Resources": rules}), "t"), Environment(stack_name="dataops-v1"))
    assert [resource.names for resource in resolved] == [
        one(f"dataops-v1-{cron}-*"),
        one(f"dataops-v1-{export}-*"),
        one(f"dataops-v1-{export}*-*"),
    ]


CONDITIONAL = """
Parameters: {Open: {Type: String}}
Conditions:
  Never: !Equals [a, b]
  Perhaps: !Equals [!Ref Open, a]
Resources:
  Gone: {Type: AWS::DynamoDB::Table, Condition: Never}
  Maybe: {Type: AWS::DynamoDB::Table, Condition: Perhaps}
  Sure:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !If [Perhaps, t, !Ref AWS::NoValue]
      Class: !If [Perhaps, t, !Ref AWS::NoValue]
Outputs:
  Gone: {Value: !Ref Gone, Condition: Never}
  Name: {Value: !Ref Sure}
"""


def test_what_exists_surely_perhaps_or_not() -> None:
    resolved = resolve(parse(CONDITIONAL, "t"), HERE)
    assert {each.declared.logical_id: each.certain for each in resolved} == {"Maybe": False, "Sure": True}
    with pytest.raises(KeyError):
        resolved.resource("Gone")
    sure = resolved.resource("Sure")
    assert set(sure.names) == {Pattern.parse("t"), Pattern.parse("shop-Sure-*")}
    assert set(texts(resolved.outputs["Name"])) == set(sure.names)
    assert sure.properties["Class"] == OneOf((Pattern.literal("t"), ABSENT))
    assert set(resolved.outputs) == {"Name"}


PARAMETERS = """
Parameters:
  Stage: {Type: String, AllowedValues: [dev, prod]}
  Count: {Type: Number, Default: 1}
  Zones: {Type: CommaDelimitedList, Default: "a,b"}
Resources: {R: {Type: A::B::C, Properties: {P: [!Ref Stage, !Ref Count, !Ref Zones]}}}
"""


def test_given_parameters_come_first() -> None:
    resolved = resolve(parse(PARAMETERS, "t"), HERE, {"Stage": "dev", "Count": "2.5", "Zones": "c"})
    c = Pattern.literal("c")
    assert resolved.resource("R").properties["P"] == (Pattern.literal("dev"), Pattern.literal("2.5"), (c,))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Stge": "dev"},
            "t:2: Parameters.Stge: is given, but not declared; declared are: Stage, Count, Zones",
        ),
        ({"Stage": "test"}, "t:3: Parameters.Stage: may not be 'test'; AllowedValues are: dev, prod"),
        ({"Count": "two"}, "t:4: Parameters.Count: must be a number, and is given as 'two'"),
    ],
)
def test_refuses_parameters(given: dict[str, str], message: str) -> None:
    with pytest.raises(TemplateError) as refused:
        resolve(parse(PARAMETERS, "t"), HERE, given)
    assert str(refused.value) == message


THROUGH_FUNCTIONS = """{
  A: {Type: T, Properties: {P: !Sub "${B.Arn}"}},
  B: {Type: T, Properties: {P: [{a: !Ref C}]}},
  C: {Type: T, Properties: {P: !If [U, !GetAtt A.Arn, b]}}}"""


@pytest.mark.parametrize(
    ("resources", "circle"),
    [
        ("{A: {Type: T, Properties: {P: !Ref A}}}", "A -> A"),
        ("{A: {Type: T, DependsOn: B}, B: {Type: T, Properties: {P: !GetAtt A.Arn}}}", "A -> B -> A"),
        (THROUGH_FUNCTIONS, "A -> B -> C -> A"),
    ],
)
def test_refuses_circles(resources: str, circle: str) -> None:
    text = f"""
Parameters: {{Open: {{Type: String}}}}
Conditions: {{U: !Equals [!Ref Open, a]}}
Resources: {resources}
"""
    with pytest.raises(TemplateError) as refused:
        resolve(parse(text, "t"), HERE)
    end = f"Resources.A: depends on itself: {circle}; remove one of these references"
    assert str(refused.value).endswith(end)


def test_a_branch_that_is_ruled_out_makes_no_circle() -> None:
    text = """
Conditions: {Never: !Equals [a, b]}
Resources:
  A: {Type: T, Properties: {P: !Ref B}}
  B: {Type: T, Properties: {P: !If [Never, !Ref A, b]}}
  C: {Type: T, Condition: Never, DependsOn: D}
  D: {Type: T, DependsOn: C}
"""
    assert len(list(resolve(parse(text, "t"), HERE))) == 3


@pytest.mark.slow
def test_a_long_chain_of_names_is_resolved() -> None:
    tables: dict[str, object] = {
        f"T{index}": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Ref": f"T{index - 1}"}}}
        for index in range(1, 5000)
    }
    tables["T0"] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "first"}}
    resolved = resolve(parse(json.dumps({"Resources": tables}), "t"), HERE)
    assert {resource.names for resource in resolved} == {one("first")}


def chain(name: object, length: int) -> str:
    """A template of tables, each named by `name` with `Before` for the name of the one before."""
    tables: dict[str, object] = {"T0": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "t"}}}
    for index in range(1, length):
        this = json.loads(json.dumps(name).replace("Before", f"T{index - 1}"))
        tables[f"T{index}"] = {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": this}}
    parameters = {"Open": {"Type": "String"}}
    conditions = {"U": {"Fn::Equals": [{"Ref": "Open"}, "a"]}}
    return json.dumps({"Parameters": parameters, "Conditions": conditions, "Resources": tables})


def test_alternatives_do_not_multiply_without_bound() -> None:
    text = chain({"Fn::If": ["U", {"Fn::Sub": "${Before}a"}, {"Fn::Sub": "${Before}b"}]}, 200)
    names = resolve(parse(text, "t"), HERE).resource("T199").names
    assert any(name.matches("t" + "ab" * 99 + "a") for name in names)


def test_texts_do_not_double_without_bound() -> None:
    names = resolve(parse(chain({"Fn::Sub": "${Before}${Before}"}, 200), "t"), HERE).resource("T199").names
    assert names == one("*")


def test_variables_do_not_double_the_work() -> None:
    value: object = "a"
    for _ in range(30):
        value = {"Fn::Sub": ["${V}${V}", {"V": value}]}
    text = json.dumps({"Resources": {"R": {"Type": "A::B::C", "Properties": {"P": value}}}})
    assert resolve(parse(text, "t"), HERE).resource("R").properties["P"] == Pattern.parse("*")


def test_long_lists_and_texts_are_not_copied_by_reference() -> None:
    long = {"list": ["a"] * 100_000, "text": "a" * 1_000_000}
    finds = [{"Fn::FindInMap": ["M", "k", key]} for key in long] * 2_000
    parameters = {"L": {"Type": "CommaDelimitedList", "Default": "a," * 200}}
    resources = {"R": {"Type": "A::B::C", "Properties": {"P": finds, "L": {"Ref": "L"}}}}
    text = json.dumps({"Parameters": parameters, "Mappings": {"M": {"k": long}}, "Resources": resources})
    properties = resolve(parse(text, "t"), HERE).resource("R").properties
    assert properties == {"P": (UNKNOWN, ANY) * 2_000, "L": UNKNOWN}


def test_a_key_that_is_not_known_finds_nothing_in_a_huge_mapping() -> None:
    huge = {f"k{index}": {"a": "same"} for index in range(1000)}
    find = {"Fn::FindInMap": ["M", {"Ref": "Open"}, "a"]}
    text = json.dumps(
        {
            "Parameters": {"Open": {"Type": "String"}},
            "Mappings": {"M": huge},
            "Resources": {"R": {"Type": "A::B::C", "Properties": {"P": find}}},
        }
    )
    assert resolve(parse(text, "t"), HERE).resource("R").properties["P"] is UNKNOWN


@pytest.mark.parametrize("length", [10, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_long_chain_of_conditions_is_decided(length: int) -> None:
    conditions: dict[str, object] = {"C0": {"Fn::Equals": [{"Ref": "Open"}, "a"]}}
    conditions |= {f"C{index}": {"Fn::Not": [{"Condition": f"C{index - 1}"}]} for index in range(1, length)}
    value = {"Fn::If": ["C3", "odd", "even"]}
    resources = {
        f"R{index}": {"Type": "A::B::C", "Condition": f"C{index}", "Properties": {"P": value}}
        for index in range(length)
    }
    text = json.dumps({"Parameters": {"Open": {"Type": "String"}}, "Conditions": conditions, "Resources": resources})
    resolved = resolve(parse(text, "t"), HERE)
    assert len(list(resolved)) == length
    # if C0 holds, C3 does not; of a long chain that is not found out
    expected = {"even"} if length < 100 else {"odd", "even"}
    assert {str(text) for text in texts(resolved.resource("R0").properties["P"])} == expected


@pytest.mark.parametrize(("default", "given"), [("a" * 4097, {}), ("a", {"P": "a" * 4097})])
def test_refuses_parameters_longer_than_the_quota(default: str, given: dict[str, str]) -> None:
    parameters = {"P": {"Type": "String", "Default": default}}
    text = json.dumps({"Parameters": parameters, "Resources": {"R": {"Type": "A::B::C"}}})
    with pytest.raises(TemplateError, match="4097 letters; CloudFormation takes 4096"):
        resolve(parse(text, "t"), HERE, given)


@pytest.mark.parametrize(
    ("field", "value"),
    [("account", "12345678901"), ("region", "Ireland"), ("partition", "gcp"), ("stack_name", "-x")],
)
def test_environment_refuses(field: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{field} '{value}' has not the form of one; it looks like"):
        Environment(**{field: value})  # pyright: ignore[reportArgumentType]  one of the texts


class Named:
    """Every reference gives a text that names it."""

    def ref(self, name: str) -> Pattern:
        return Pattern.literal(f"<{name}>")

    def attribute(self, resource: str, attribute: str) -> Pattern:
        return Pattern.literal(f"<{resource}.{attribute}>")

    def imported(self, name: Pattern) -> Pattern:
        return name


def test_properties_are_resolved_with_other_names_and_replaced() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    properties = {"A": {"Fn::Sub": "${Bucket.Arn}/x"}, "B": {"Ref": "Bucket"}, "C": {"Ref": "AWS::NoValue"}}
    text = json.dumps({"Resources": {"Bucket": bucket, "Other": {"Type": "X::Y::Z", "Properties": properties}}})
    resolved = resolve(parse(text, "t.json"), Environment())
    named = resolved.properties_named("Other", Named())
    assert {name: str(value) for name, value in named.items()} == {
        "A": "<Bucket.Arn>/x",
        "B": "<Bucket>",
        "C": "<AWS::NoValue>",
    }
    other = resolved.with_properties("Other", named)
    assert other.resource("Other").properties == named
    assert [one.declared.logical_id for one in other] == ["Bucket", "Other"]
    assert resolved.resource("Other").properties != named
