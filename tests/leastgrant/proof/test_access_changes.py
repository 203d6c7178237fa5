"""Each kind of change of who may do what is shown, with what it is for; and what does not change is not."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from leastgrant.iam.pattern import Pattern
from leastgrant.proof.access_changes import AccessChange, Sign, State, access_changes
from leastgrant.proof.needs import Use
from leastgrant.report.access_changes import access_changes_markdown, access_changes_text
from leastgrant.template import Environment, parse, resolve

Template = dict[str, Any]

TABLE = "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1"
DEPLOYER = "GitHubActionsDeployRole"
PROVIDER = "arn:aws:iam::817685572750:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "repo:DataTalksClub/dataops:ref:refs/heads/main"
SEEDING = Use("seeding", "it fills the users", ("dynamodb:PutItem",), (Pattern.parse(f"{TABLE}-users"),))
ROLE_STACK, THE_APP = "the stack of the deploy role", "the app"


def allow(*actions: str, on: object) -> Template:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


def role(*statements: Template, trust: Template | None = None, **properties: object) -> Template:
    claims = {"token.actions.githubusercontent.com:sub": SUBJECT}
    claims["token.actions.githubusercontent.com:aud"] = "sts.amazonaws.com"
    trusting = trust or {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    policy = {"PolicyName": "inline", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trusting]},
            "Policies": [policy] if statements else [],
            **properties,
        },
    }


TO_LAMBDA: Template = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
DESCRIBED = allow("dynamodb:DescribeTable", on=f"{TABLE}-*")
USERS: Template = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "dataops-v1-users",
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
    },
}
READER = role(allow("dynamodb:GetItem", on={"Fn::GetAtt": ["Users", "Arn"]}), trust=TO_LAMBDA)
OPEN: Template = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {"Action": "lambda:InvokeFunction", "FunctionName": "work", "Principal": "events.amazonaws.com"},
}
APP: Template = {"Users": USERS, "Reader": READER, "Open": OPEN}


def template(resources: Template, stack: str) -> Any:
    where = Environment("aws", "eu-west-1", "817685572750", stack)
    return resolve(parse(json.dumps({"Resources": resources}), f"{stack}.json"), where)


def make(
    name: str = "here",
    deployer: Template | None = None,
    app: Template | None = None,
    uses: tuple[Use, ...] | None = (SEEDING,),
    *,
    beside: Template | None = None,
) -> State:
    stacks = {
        ROLE_STACK: template({DEPLOYER: deployer or role(DESCRIBED)} | (beside or {}), "deployer"),
        THE_APP: template(app or APP, "dataops-v1"),
    }
    return State(name, stacks, uses, deploying=frozenset({ROLE_STACK}))


def with_app(name: str, resource: Template) -> Template:
    return {**APP, name: resource}


def test_what_does_not_change_is_not_shown() -> None:
    assert access_changes(make("main"), make()) == ()


def test_the_same_in_other_words_is_no_change() -> None:
    twice = role(DESCRIBED, allow("dynamodb:DescribeTable", on=f"{TABLE}-users"))
    assert access_changes(make("main"), make(deployer=twice)) == ()


@pytest.mark.parametrize(
    ("statement", "cause"),
    [
        (allow("dynamodb:CreateTable", on=f"{TABLE}-*"), "Users (AWS::DynamoDB::Table)"),
        (allow("dynamodb:PutItem", on=f"{TABLE}-users"), "the use `seeding`"),
        (
            allow("sqs:PurgeQueue", on="arn:aws:sqs:eu-west-1:817685572750:dataops-v1-*"),
            "nothing that is known: neither a resource of the app nor a declared use",
        ),
    ],
)
def test_what_the_deploy_role_gains_and_loses_has_a_cause(statement: Template, cause: str) -> None:
    wider = role(DESCRIBED, statement)
    (action,) = statement["Action"]
    (gained,) = access_changes(make("main"), make(deployer=wider))
    assert gained == AccessChange(DEPLOYER, Sign.GAINED, action, statement["Resource"], cause)
    (lost,) = access_changes(make("main", deployer=wider), make(app={"Reader": READER} | {"Users": USERS}))[:1]
    still = "" if cause.startswith("nothing") else "STILL NEEDED: "
    assert lost == AccessChange(DEPLOYER, Sign.LOST, action, statement["Resource"], still + cause)


def test_what_is_not_decided_is_a_change() -> None:
    tags = {"StringNotEquals": {"aws:TagKeys": "owner"}, "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    tagging = allow("ec2:CreateTags", on="*") | {"Condition": tags}
    (change,) = access_changes(make("main"), make(deployer=role(DESCRIBED, tagging)))
    assert (change.sign, change.what) == (Sign.CHANGED, "ec2:CreateTags (not decided)")
    assert change.cause.endswith("several values of aws:tagkeys")


def test_what_nothing_needs_any_more_is_lost_for_what_needed_it() -> None:
    wider = role(DESCRIBED, allow("dynamodb:PutItem", on=f"{TABLE}-users"))
    (lost,) = access_changes(make("main", deployer=wider), make(uses=()))
    assert (lost.sign, lost.cause) == (Sign.LOST, "the use `seeding`")


def test_a_ref_without_a_snapshot_of_the_uses_says_so() -> None:
    wider = role(DESCRIBED, allow("dynamodb:PutItem", on=f"{TABLE}-users"))
    (lost,) = access_changes(make("main", deployer=wider, uses=None), make(uses=()))
    assert lost.cause == "no resource of the app; main has no snapshot of the declared uses"


def test_many_that_need_it_are_counted() -> None:
    more = {f"Table{number}": USERS for number in range(5)}
    wider = role(DESCRIBED, allow("dynamodb:CreateTable", on=f"{TABLE}-*"))
    (gained,) = access_changes(make("main", app=APP | more), make(app=APP | more, deployer=wider))
    assert gained.cause.endswith("Table1 (AWS::DynamoDB::Table) and 3 other resources")


def test_what_a_functions_role_gains_is_named_with_what_it_reaches() -> None:
    wider = copy.deepcopy(READER)
    statement = wider["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    statement["Action"] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    assert access_changes(make("main"), make(app=with_app("Reader", wider))) == (
        AccessChange("Reader", Sign.GAINED, "dynamodb:DeleteItem, dynamodb:PutItem", f"{TABLE}-users", "reaches Users"),
    )


def test_a_policy_beside_the_role_counts() -> None:
    document = {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", on="arn:aws:s3:::elsewhere/*")]}
    beside: Template = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "more", "PolicyDocument": document, "Roles": [{"Ref": "Reader"}]},
    }
    (gained,) = access_changes(make("main"), make(app=with_app("More", beside)))
    assert (gained.who, gained.what, gained.cause) == ("Reader", "s3:GetObject", "reaches nothing of the app")


def test_a_role_that_is_new_gains_all_that_it_may() -> None:
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    new = role(allow("s3:GetObject", on="*"), trust=TO_LAMBDA, ManagedPolicyArns=[arn])
    changes = access_changes(make("main"), make(app=with_app("New", new)))
    assert [(change.who, change.what) for change in changes] == [
        ("New", "s3:GetObject"),
        ("New", "all that a policy allows"),
        ("Service lambda.amazonaws.com", "sts:AssumeRole"),
    ]
    assert changes[1].on == arn
    back = access_changes(make(app=with_app("New", new)), make("main"))
    assert [(change.who, change.sign) for change in back] == [(change.who, Sign.LOST) for change in changes]


def test_who_is_trusted_is_named() -> None:
    trusting = role(DESCRIBED)
    condition = trusting["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    other = SUBJECT.replace("main", "dev")
    condition["token.actions.githubusercontent.com:sub"] = [SUBJECT, other]
    (gained,) = access_changes(make("main"), make(deployer=trusting))
    assert other in gained.who
    assert (gained.sign, gained.what, gained.on) == (Sign.GAINED, "sts:AssumeRoleWithWebIdentity", DEPLOYER)


def test_what_is_opened_to_others_is_shown_whole() -> None:
    anybody = copy.deepcopy(OPEN)
    anybody["Properties"]["Principal"] = "*"
    lost, gained = access_changes(make("main"), make(app=with_app("Open", anybody)))
    assert (lost.sign, gained.sign) == (Sign.LOST, Sign.GAINED)
    assert (gained.who, gained.what, gained.on) == ("others", "AWS::Lambda::Permission", "Open")
    assert '"Principal": "*"' in gained.cause
    assert '"Principal": "events.amazonaws.com"' in lost.cause


def of_type(kind: str, **properties: object) -> Template:
    return {"Type": kind, "Properties": properties}


def document(*statements: Template) -> Template:
    return {"Version": "2012-10-17", "Statement": list(statements)}


READ, ALL = (document(allow(action, on="*")) for action in ("s3:GetObject", "s3:*"))
TO_ANYBODY = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
BOUNDARY = of_type("AWS::IAM::ManagedPolicy", PolicyDocument=READ)
DEPLOY_ROLE = "dataops-github-actions-deploy"
DEPLOY_ARN = f"arn:aws:iam::817685572750:role/{DEPLOY_ROLE}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BLOCKED = of_type("AWS::S3::Bucket", PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
WIDE = allow("s3:*", on="*")
NEW_POLICY = {"PolicyName": "more", "PolicyDocument": ALL}


def reader(**properties: object) -> Template:
    return role(WIDE, trust=TO_LAMBDA, **properties)


def inexact(name: str) -> str:
    return f"changes: {name} (not compared exactly)"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            {"Bounded": reader(PermissionsBoundary={"Ref": "Limit"}), "Limit": BOUNDARY},
            {"Bounded": reader(), "Limit": BOUNDARY},
            ("Bounded", Sign.GAINED, "s3:PutObject"),
            id="a boundary of the template is removed",
        ),
        pytest.param(
            {"Bounded": reader(PermissionsBoundary=ADMINISTRATOR)},
            {"Bounded": reader()},
            ("Bounded", Sign.CHANGED, inexact("PermissionsBoundary")),
            id="a boundary that is not known is removed",
        ),
        pytest.param(
            {"Work": role(trust=TO_LAMBDA, ManagedPolicyArns=[{"Ref": "Managed"}]), "Managed": BOUNDARY},
            {
                "Work": role(trust=TO_LAMBDA, ManagedPolicyArns=[{"Ref": "Managed"}]),
                "Managed": of_type("AWS::IAM::ManagedPolicy", PolicyDocument=ALL),
            },
            ("Work", Sign.GAINED, "s3:PutObject"),
            id="a managed policy of the template is widened",
        ),
        pytest.param(
            {"Managed": BOUNDARY},
            {"Managed": of_type("AWS::IAM::ManagedPolicy", PolicyDocument=ALL)},
            ("others", Sign.GAINED, "s3:*"),
            id="a managed policy that anybody may have is widened",
        ),
        pytest.param(
            {"Work": of_type("AWS::Lambda::Function", Role={"Fn::GetAtt": ["Reader", "Arn"]})},
            {"Work": of_type("AWS::Lambda::Function", Role=DEPLOY_ARN)},
            ("others", Sign.CHANGED, inexact("Role")),
            id="a function gets the deploy role",
        ),
        pytest.param(
            {"Rule": of_type("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:a:1:b"}])},
            {"Rule": of_type("AWS::Events::Rule", Targets=[{"Id": "a", "Arn": "arn:aws:sqs:a:1:b", "RoleArn": "r"}])},
            ("others", Sign.CHANGED, inexact("Targets[0].RoleArn")),
            id="a role within a property",
        ),
        pytest.param(
            {"Users": USERS},
            {
                "Users": {
                    **USERS,
                    "Properties": {**USERS["Properties"], "ResourcePolicy": {"PolicyDocument": TO_ANYBODY}},
                }
            },
            ("others", Sign.CHANGED, inexact("ResourcePolicy")),
            id="a table is opened",
        ),
        pytest.param(
            {"Files": BLOCKED},
            {"Files": of_type("AWS::S3::Bucket")},
            ("others", Sign.CHANGED, inexact("PublicAccessBlockConfiguration")),
            id="a bucket may be opened",
        ),
        pytest.param(
            {},
            {"More": of_type("AWS::IAM::Policy", **NEW_POLICY, Roles=[DEPLOY_ROLE])},
            (DEPLOYER, Sign.GAINED, "s3:PutObject"),
            id="a policy names the deploy role of the other stack",
        ),
        pytest.param(
            {},
            {"More": of_type("AWS::IAM::Policy", **NEW_POLICY, Users=["bob"])},
            ("others", Sign.GAINED, "AWS::IAM::Policy"),
            id="a policy names a user",
        ),
        pytest.param(
            {},
            {"More": of_type("AWS::IAM::RolePolicy", **NEW_POLICY, RoleName="elsewhere")},
            ("others", Sign.GAINED, "AWS::IAM::RolePolicy"),
            id="a policy names a role of no template",
        ),
        *(
            pytest.param({}, {"New": of_type(kind, **properties)}, ("others", Sign.GAINED, kind), id=kind)
            for kind, properties in (
                ("AWS::IAM::UserPolicy", {**NEW_POLICY, "UserName": "bob"}),
                ("AWS::IAM::AccessKey", {"UserName": "bob"}),
                ("AWS::IAM::OIDCProvider", {"Url": "https://example.com"}),
                ("AWS::Events::EventBusPolicy", {"StatementId": "a", "Principal": "*", "Action": "events:PutEvents"}),
                ("AWS::SNS::TopicInlinePolicy", {"PolicyDocument": TO_ANYBODY}),
                ("AWS::SQS::QueueInlinePolicy", {"PolicyDocument": TO_ANYBODY}),
                ("AWS::Lambda::Url", {"AuthType": "NONE", "TargetFunctionArn": "work"}),
                ("AWS::Lambda::LayerVersionPermission", {"Principal": "*"}),
            )
        ),
        pytest.param(
            {},
            {"Images": of_type("AWS::ECR::Repository", RepositoryPolicyText=TO_ANYBODY)},
            ("anybody", Sign.GAINED, "*"),
            id="AWS::ECR::Repository",
        ),
        pytest.param(
            {"Key": of_type("AWS::KMS::Key", KeyPolicy=document())},
            {"Key": of_type("AWS::KMS::Key", KeyPolicy=TO_ANYBODY)},
            ("anybody", Sign.GAINED, "*"),
            id="AWS::KMS::Key",
        ),
        pytest.param(
            {"Guard": of_type("AWS::S3::BucketPolicy", PolicyDocument=document({**WIDE, "Effect": "Deny"}))},
            {},
            ("others", Sign.CHANGED, "AWS::S3::BucketPolicy"),
            id="a Deny is removed",
        ),
        pytest.param(
            {"Work": role(allow("s3:GetObject", on={"Fn::GetAtt": ["A", "Any"]}), trust=TO_LAMBDA)},
            {"Work": role(allow("s3:GetObject", on={"Fn::GetAtt": ["B", "Any"]}), trust=TO_LAMBDA)},
            ("Work", Sign.CHANGED, inexact("Policies")),
            id="a role reaches another resource, of which nothing is known",
        ),
        pytest.param(
            {"Open": of_type("AWS::Lambda::Permission", Principal={"Fn::GetAtt": ["A", "Any"]})},
            {"Open": of_type("AWS::Lambda::Permission", Principal={"Fn::GetAtt": ["B", "Any"]})},
            ("others", Sign.CHANGED, inexact("Principal")),
            id="another principal, of which nothing is known",
        ),
    ],
)
def test_every_way_to_gain_access_is_shown(before: Template, after: Template, expected: tuple[str, Sign, str]) -> None:
    unknown = {name: of_type("AWS::New::Thing") for name in ("A", "B")}
    deployer = role(DESCRIBED, RoleName=DEPLOY_ROLE)
    old, new = (make(name, deployer, {**APP, **unknown, **app}) for name, app in (("main", before), ("here", after)))
    shown = access_changes(old, new)
    assert expected in {(one.who, one.sign, what) for one in shown for what in one.what.split(", ")}, shown
    assert access_changes(new, new) == access_changes(old, old) == ()


def test_what_gives_access_in_the_role_stack_is_shown() -> None:
    user = of_type("AWS::IAM::User", ManagedPolicyArns=[ADMINISTRATOR])
    (gained,) = access_changes(make("main"), make(beside={"Bob": user}))
    assert (gained.who, gained.sign, gained.what, gained.on) == ("others", Sign.GAINED, "AWS::IAM::User", "Bob")
    assert ADMINISTRATOR in gained.cause


def test_longer_sessions_are_shown() -> None:
    (longer,) = access_changes(make("main"), make(deployer=role(DESCRIBED, MaxSessionDuration=43200)))
    on = f"{DEPLOYER} (AWS::IAM::Role)"
    assert longer == AccessChange("others", Sign.CHANGED, inexact("MaxSessionDuration"), on, "was absent, is 43200")
    assert access_changes_text([longer], "main").endswith(
        "\n\nCompared with main: 0 gains, 0 losses, 1 change not compared exactly.\n"
    )


def test_what_gives_no_access_is_not_shown() -> None:
    work = of_type("AWS::Lambda::Function", Role=DEPLOY_ARN, Timeout=3, Environment={"Variables": {"AUTH_MODE": "a"}})
    other = of_type("AWS::Lambda::Function", Role=DEPLOY_ARN, Timeout=9, Environment={"Variables": {"AUTH_MODE": "b"}})
    assert access_changes(make("main", app=with_app("Work", work)), make(app=with_app("Work", other))) == ()


def test_text_and_markdown() -> None:
    before = make("main", deployer=role(DESCRIBED, allow("s3:GetObject", on="arn:aws:s3:::a|b/*")))
    changes = access_changes(before, make())
    assert access_changes_text(changes, "main") == (
        f"{DEPLOYER}\n  - s3:GetObject\n      on arn:aws:s3:::a|b/*\n"
        "      for nothing that is known: neither a resource of the app nor a declared use\n\n"
        "Compared with main: 0 gains, 1 loss.\n"
    )
    heading, _, verdict, _, _, _, row = access_changes_markdown(changes, "main").splitlines()
    assert (heading, verdict) == ("### Permissions, compared with `main`", "Compared with main: 0 gains, 1 loss.")
    assert row.startswith(rf"| - | `{DEPLOYER}` | `s3:GetObject` | `arn:aws:s3:::a\|b/*` | `nothing")


def test_an_unchanged_pair_says_so() -> None:
    changes = access_changes(make("main"), make())
    for show in (access_changes_text, access_changes_markdown):
        assert "Nobody gains or loses access, compared with main." in show(changes, "main")


OF_AWS = "arn:aws:iam::aws:policy/"
BASIC, VPC = (
    f"{OF_AWS}service-role/AWSLambdaBasicExecutionRole",
    f"{OF_AWS}service-role/AWSLambdaVPCAccessExecutionRole",
)
LOGS = allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", on="*")


def attached(*arns: str, inline: tuple[Template, ...] = ()) -> State:
    return make(app={**APP, "Worker": role(*inline, trust=TO_LAMBDA, ManagedPolicyArns=list(arns))})


def test_policies_of_aws_are_compared_by_what_they_allow() -> None:
    (gained,) = access_changes(attached(BASIC), attached(VPC))
    assert (gained.who, gained.sign) == ("Worker", Sign.GAINED)
    assert "ec2:CreateNetworkInterface" in gained.actions
    assert not any(action.startswith("logs:") for action in gained.actions), "both allow it"
    assert ", by AWSLambdaVPCAccessExecutionRole v" in gained.cause
    (lost,) = access_changes(attached(VPC), attached(BASIC))
    assert (lost.sign, lost.actions) == (Sign.LOST, gained.actions)


def test_a_policy_of_aws_and_the_same_statement_are_no_change() -> None:
    assert access_changes(attached(BASIC), attached(inline=(LOGS,))) == ()
    (gained,) = access_changes(attached(inline=(allow("logs:PutLogEvents", on="*"),)), attached(BASIC))
    assert gained.actions == ("logs:CreateLogGroup", "logs:CreateLogStream")


@pytest.mark.parametrize("name", ["AdministratorAccess", "ReadOnlyAccess", "OfNoKnownDocument"])
def test_a_policy_of_aws_that_is_wide_or_not_known_is_told_by_its_name(name: str) -> None:
    changes = access_changes(attached(BASIC), attached(OF_AWS + name))
    assert [(change.sign, change.what, change.on) for change in changes] == [
        (Sign.GAINED, "all that a policy allows", OF_AWS + name),
        (Sign.LOST, "all that a policy allows", BASIC),
    ]
