"""Each kind of change of who may do what is shown, with what it is for; and what does not change is not."""

from __future__ import annotations

import copy
import json
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from leastgrant import InputError
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.needs import Use
from leastgrant.proof.uses import uses_file
from leastgrant.template import Environment, parse, resolve
from leastgrant.workflow import parse_workflow
from ops.errors import OpsError
from permissions_diff import cli as permissions_diff
from permissions_diff.access_changes import AccessChange, Sign, access_changes
from permissions_diff.baseline import SNAPSHOTS, ProjectState, committed
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from settings import Settings

Template = dict[str, Any]

TABLE = "arn:aws:dynamodb:eu-west-1:817685572750:table/dataops-v1"
DEPLOYER = "GitHubActionsDeployRole"
PROVIDER = "arn:aws:iam::817685572750:oidc-provider/token.actions.githubusercontent.com"
SUBJECT = "repo:DataTalksClub/dataops:ref:refs/heads/main"
SEEDING = Use("seeding", "it fills the users", ("dynamodb:PutItem",), (Pattern.parse(f"{TABLE}-users"),))
WORKFLOW = """
on: {push: {branches: [main]}}
permissions: {contents: read}
jobs:
  checks: {runs-on: ubuntu-24.04, steps: [{run: make test}]}
"""
WITH_TOKEN = (
    WORKFLOW
    + """
  deploy:
    runs-on: ubuntu-24.04
    permissions: {id-token: write}
    steps: [{run: make deploy}]
"""
)


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


def template(resources: Template, stack: str, settings: Settings) -> Any:
    where = Environment(settings.partition, settings.region, settings.account, stack)
    return resolve(parse(json.dumps({"Resources": resources}), f"{stack}.json"), where)


@pytest.fixture
def make(settings: Settings) -> Any:
    def made(
        name: str = "here",
        deployer: Template | None = None,
        app: Template | None = None,
        uses: tuple[Use, ...] | None = (SEEDING,),
        workflow: str = WORKFLOW,
        *,
        beside: Template | None = None,
    ) -> ProjectState:
        return ProjectState(
            name,
            settings,
            template({DEPLOYER: deployer or role(DESCRIBED)} | (beside or {}), settings.role_stack_name, settings),
            template(app or APP, settings.app_stack_name, settings),
            uses,
            (parse_workflow(workflow, ".github/workflows/deploy.yml"),),
        )

    return made


def with_app(name: str, resource: Template) -> Template:
    return {**APP, name: resource}


def test_what_does_not_change_is_not_shown(make: Any) -> None:
    assert access_changes(make("main"), make()) == ()


def test_the_same_in_other_words_is_no_change(make: Any) -> None:
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
def test_what_the_deploy_role_gains_and_loses_has_a_cause(make: Any, statement: Template, cause: str) -> None:
    wider = role(DESCRIBED, statement)
    (action,) = statement["Action"]
    (gained,) = access_changes(make("main"), make(deployer=wider))
    assert gained == AccessChange(DEPLOYER, Sign.GAINED, action, statement["Resource"], cause)
    (lost,) = access_changes(make("main", deployer=wider), make(app={"Reader": READER} | {"Users": USERS}))[:1]
    still = "" if cause.startswith("nothing") else "STILL NEEDED: "
    assert lost == AccessChange(DEPLOYER, Sign.LOST, action, statement["Resource"], still + cause)


def test_what_is_not_decided_is_a_change(make: Any) -> None:
    tags = {"StringNotEquals": {"aws:TagKeys": "owner"}, "ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}
    tagging = allow("ec2:CreateTags", on="*") | {"Condition": tags}
    (change,) = access_changes(make("main"), make(deployer=role(DESCRIBED, tagging)))
    assert (change.sign, change.what) == (Sign.CHANGED, "ec2:CreateTags (not decided)")
    assert change.cause.endswith("several values of aws:tagkeys")


def test_what_nothing_needs_any_more_is_lost_for_what_needed_it(make: Any) -> None:
    wider = role(DESCRIBED, allow("dynamodb:PutItem", on=f"{TABLE}-users"))
    (lost,) = access_changes(make("main", deployer=wider), make(uses=()))
    assert (lost.sign, lost.cause) == (Sign.LOST, "the use `seeding`")


def test_a_ref_without_a_snapshot_of_the_uses_says_so(make: Any) -> None:
    wider = role(DESCRIBED, allow("dynamodb:PutItem", on=f"{TABLE}-users"))
    (lost,) = access_changes(make("main", deployer=wider, uses=None), make(uses=()))
    assert lost.cause == "no resource of the app; main has no snapshot of the declared uses"


def test_many_that_need_it_are_counted(make: Any) -> None:
    more = {f"Table{number}": USERS for number in range(5)}
    wider = role(DESCRIBED, allow("dynamodb:CreateTable", on=f"{TABLE}-*"))
    (gained,) = access_changes(make("main", app=APP | more), make(app=APP | more, deployer=wider))
    assert gained.cause.endswith("Table1 (AWS::DynamoDB::Table), and 3 more")


def test_what_a_functions_role_gains_is_named_with_what_it_reaches(make: Any) -> None:
    wider = copy.deepcopy(READER)
    statement = wider["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    statement["Action"] = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]
    assert access_changes(make("main"), make(app=with_app("Reader", wider))) == (
        AccessChange("Reader", Sign.GAINED, "dynamodb:DeleteItem, dynamodb:PutItem", f"{TABLE}-users", "reaches Users"),
    )


def test_a_policy_beside_the_role_counts(make: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", on="arn:aws:s3:::elsewhere/*")]}
    beside: Template = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"PolicyName": "more", "PolicyDocument": document, "Roles": [{"Ref": "Reader"}]},
    }
    (gained,) = access_changes(make("main"), make(app=with_app("More", beside)))
    assert (gained.who, gained.what, gained.cause) == ("Reader", "s3:GetObject", "reaches nothing of the app")


def test_a_role_that_is_new_gains_all_that_it_may(make: Any) -> None:
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


def test_who_is_trusted_is_named(make: Any) -> None:
    trusting = role(DESCRIBED)
    condition = trusting["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]
    other = SUBJECT.replace("main", "dev")
    condition["token.actions.githubusercontent.com:sub"] = [SUBJECT, other]
    (gained,) = access_changes(make("main"), make(deployer=trusting))
    assert other in gained.who
    assert (gained.sign, gained.what, gained.on) == (Sign.GAINED, "sts:AssumeRoleWithWebIdentity", DEPLOYER)


def test_a_job_that_can_assume_the_role_is_named_with_its_line(make: Any) -> None:
    assert access_changes(make("main"), make(workflow=WITH_TOKEN)) == (
        AccessChange(
            f"job deploy.yml:deploy, as {SUBJECT}",
            Sign.GAINED,
            "sts:AssumeRoleWithWebIdentity",
            "the deploy role",
            ".github/workflows/deploy.yml:9",
        ),
    )
    (lost,) = access_changes(make("main", workflow=WITH_TOKEN), make())
    assert lost.sign is Sign.LOST


def test_what_is_opened_to_others_is_shown_whole(make: Any) -> None:
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


READ, ALL = (document(allow(action, on="*")) for action in ("s3:GetObject", "*"))
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
            ("others", Sign.GAINED, "AWS::IAM::ManagedPolicy"),
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
            ("others", Sign.CHANGED, inexact("RepositoryPolicyText")),
            id="AWS::ECR::Repository",
        ),
        pytest.param(
            {"Key": of_type("AWS::KMS::Key", KeyPolicy=document())},
            {"Key": of_type("AWS::KMS::Key", KeyPolicy=TO_ANYBODY)},
            ("others", Sign.CHANGED, inexact("KeyPolicy")),
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
def test_every_way_to_gain_access_is_shown(
    make: Any, before: Template, after: Template, expected: tuple[str, Sign, str]
) -> None:
    unknown = {name: of_type("AWS::New::Thing") for name in ("A", "B")}
    deployer = role(DESCRIBED, RoleName=DEPLOY_ROLE)
    old, new = (make(name, deployer, {**APP, **unknown, **app}) for name, app in (("main", before), ("here", after)))
    shown = access_changes(old, new)
    assert expected in {(one.who, one.sign, what) for one in shown for what in one.what.split(", ")}, shown
    assert access_changes(new, new) == access_changes(old, old) == ()


def test_what_gives_access_in_the_role_stack_is_shown(make: Any) -> None:
    user = of_type("AWS::IAM::User", ManagedPolicyArns=[ADMINISTRATOR])
    (gained,) = access_changes(make("main"), make(beside={"Bob": user}))
    assert (gained.who, gained.sign, gained.what, gained.on) == ("others", Sign.GAINED, "AWS::IAM::User", "Bob")
    assert ADMINISTRATOR in gained.cause


def test_longer_sessions_are_shown(make: Any) -> None:
    (longer,) = access_changes(make("main"), make(deployer=role(DESCRIBED, MaxSessionDuration=43200)))
    on = f"{DEPLOYER} (AWS::IAM::Role)"
    assert longer == AccessChange("others", Sign.CHANGED, inexact("MaxSessionDuration"), on, "was absent, is 43200")
    assert permissions_diff.text([longer], "main").endswith(
        "\n\nCompared with main: 0 gains, 0 losses, 1 change not compared exactly.\n"
    )


def test_what_gives_no_access_is_not_shown(make: Any) -> None:
    work = of_type("AWS::Lambda::Function", Role=DEPLOY_ARN, Timeout=3, Environment={"Variables": {"AUTH_MODE": "a"}})
    other = of_type("AWS::Lambda::Function", Role=DEPLOY_ARN, Timeout=9, Environment={"Variables": {"AUTH_MODE": "b"}})
    assert access_changes(make("main", app=with_app("Work", work)), make(app=with_app("Work", other))) == ()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose first commit has no snapshot, and its second no snapshot of the uses."""
    root = tmp_path_factory.mktemp("repository")
    (root / SNAPSHOTS).mkdir(parents=True)
    (root / ".github/workflows").mkdir(parents=True)

    def git(*arguments: str) -> None:
        command = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (git, in a folder of the test's own)

    def commit(name: str) -> None:
        git("add", ".")
        git("commit", "--quiet", "--message", name)
        git("tag", name)

    git("init", "--quiet")
    (root / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    (root / ".github/workflows/deploy.yml").write_text(WORKFLOW)
    commit("bare")
    (root / SNAPSHOTS / "test_deploy_role.json").write_text(json.dumps({"Resources": {DEPLOYER: role(DESCRIBED)}}))
    (root / SNAPSHOTS / "test_app.json").write_text(json.dumps({"Resources": APP}))
    commit("templates")
    (root / SNAPSHOTS / "test_uses.json").write_text(uses_file([SEEDING]))
    commit("whole")
    (root / SNAPSHOTS / "test_app.json").write_text("{")
    (root / "cdk.json").write_text("[]")
    commit("no-settings")
    (root / "cdk.json").write_text((ROOT / "cdk.json").read_text())
    commit("broken")
    return root


def test_a_commit_is_read_without_running_its_code(repository: Path, make: Any) -> None:
    side = committed("whole", repository)
    assert side.uses == (SEEDING,)
    assert access_changes(side, make()) == ()
    assert committed("templates", repository).uses is None


@pytest.mark.parametrize(
    ("ref", "problem"),
    [
        ("nowhere", "'nowhere': git knows no such commit; name a branch, a tag or a commit that is fetched"),
        ("--all", "'--all': git knows no such commit"),
        ("bare", f"bare:{SNAPSHOTS}/test_deploy_role.json: there is no such file; name a later commit"),
        ("no-settings", "no-settings:cdk.json: has no settings"),
    ],
)
def test_a_commit_that_says_nothing_is_refused(repository: Path, ref: str, problem: str) -> None:
    with pytest.raises(OpsError) as caught:
        committed(ref, repository)
    assert str(caught.value).startswith(problem)
    assert "\n" not in str(caught.value)


def test_text_and_markdown(make: Any) -> None:
    before = make("main", deployer=role(DESCRIBED, allow("s3:GetObject", on="arn:aws:s3:::a|b/*")))
    changes = access_changes(before, make())
    assert permissions_diff.text(changes, "main") == (
        f"{DEPLOYER}\n  - s3:GetObject\n      on arn:aws:s3:::a|b/*\n"
        "      for nothing that is known: neither a resource of the app nor a declared use\n\n"
        "Compared with main: 0 gains, 1 loss.\n"
    )
    heading, _, verdict, _, _, _, row = permissions_diff.markdown(changes, "main").splitlines()
    assert (heading, verdict) == ("### Permissions, compared with `main`", "Compared with main: 0 gains, 1 loss.")
    assert row.startswith(rf"| - | `{DEPLOYER}` | `s3:GetObject` | `arn:aws:s3:::a\|b/*` | `nothing")


def test_an_unchanged_pair_says_so(make: Any) -> None:
    changes = access_changes(make("main"), make())
    for show in (permissions_diff.text, permissions_diff.markdown):
        assert "Nobody gains or loses access, compared with main." in show(changes, "main")


@pytest.mark.parametrize("arguments", [[], ["--base"], ["--base", "main", "--format", "html"], ["--base", "nowhere"]])
def test_what_cannot_be_answered_is_one_line(
    arguments: list[str], capsys: pytest.CaptureFixture[str], assembly_directory: Path
) -> None:
    assert permissions_diff.main([*arguments, "--assembly", str(assembly_directory)]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)


def test_a_role_that_nobody_can_be_held_against_is_refused(make: Any, settings: Settings) -> None:
    none = template({DEPLOYER: USERS}, settings.role_stack_name, settings)
    with pytest.raises(InputError, match="has 0 roles"):
        _ = replace(make(), role=none).contract
