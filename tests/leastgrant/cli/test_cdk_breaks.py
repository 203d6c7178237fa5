"""Each link of a delivery chain, broken in each way, is found at the link and at no other: on the rich apps."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.leastgrant.bootstrap import bootstrap_template
from tests.leastgrant.cli.conftest import Run
from tests.leastgrant.conftest import ACCOUNT, REGION

pytestmark = pytest.mark.slow

Statement = dict[str, Any]
CI = f"arn:aws:iam::{ACCOUNT}:role/ci"
LINKS = {
    "api": ("ci", "deploy", "files", "execution"),
    "site": ("ci", "deploy", "files", "lookup", "execution"),
    "service": ("ci", "deploy", "files", "images", "lookup", "execution"),
    "pipeline": ("ci", "deploy", "files", "execution"),
}
"""The links that each app uses."""


@dataclass
class Given:
    """What a chain is proved with, to be broken."""

    bootstrap: dict[str, Any]
    ci: list[Statement]
    execution: list[Statement]
    ci_arn: str = CI
    more: list[str] = field(default_factory=list[str])

    def statements(self, role: str) -> list[Statement]:
        """The statements of a role of the bootstrap template."""
        (policy,) = self.bootstrap["Resources"][role]["Properties"]["Policies"]
        return policy["PolicyDocument"]["Statement"]

    def write(self, folder: Path) -> list[object]:
        """Write the files; returns the arguments."""
        paths = {name: folder / f"{name}.json" for name in ("bootstrap", "ci", "execution")}
        paths["bootstrap"].write_text(json.dumps(self.bootstrap))
        for name, statements in (("ci", self.ci), ("execution", self.execution)):
            paths[name].write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
        roles = ["--ci-role", paths["ci"], "--ci-role-arn", self.ci_arn]
        return ["--bootstrap", paths["bootstrap"], "--exec-policy", paths["execution"], *roles, *self.more]


Break = Callable[[Given, Path], None]


def allow(action: str, on: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": on}


def drop(statements: list[Statement], unwanted: Callable[[str], bool]) -> None:
    """Take actions out, and statements that have none left."""
    before = json.dumps(statements)
    for statement in statements:
        actions = statement["Action"]
        listed = [actions] if isinstance(actions, str) else actions
        statement["Action"] = [action for action in listed if not unwanted(action)]
    statements[:] = [statement for statement in statements if statement["Action"]]
    assert json.dumps(statements) != before, "there was nothing to be taken out"


def without(role: str, action: str) -> Break:
    return lambda given, _: drop(given.statements(role), lambda each: each == action)


def extra(role: str, action: str) -> Break:
    return lambda given, _: given.statements(role).append(allow(action))


def without_a_role(given: Given, _: Path) -> None:
    given.ci[0]["Resource"] = given.ci[0]["Resource"][1:]


def with_the_execution_role(given: Given, _: Path) -> None:
    given.ci.append(
        allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-{REGION}")
    )


def with_more_than_assuming(given: Given, _: Path) -> None:
    given.ci.append(allow("s3:DeleteBucket"))


def of_another_account(given: Given, _: Path) -> None:
    given.ci_arn = CI.replace(ACCOUNT, "999999999999")


def without_read_access(given: Given, _: Path) -> None:
    given.bootstrap["Resources"]["LookupRole"]["Properties"]["ManagedPolicyArns"] = []


def without_creating(given: Given, _: Path) -> None:
    drop(given.execution, lambda action: action == "iam:CreateRole")


def without_updating(given: Given, _: Path) -> None:
    drop(given.execution, lambda action: action == "iam:UpdateAssumeRolePolicy")


def without_deleting(given: Given, _: Path) -> None:
    drop(given.execution, lambda action: action == "iam:DeleteRole")


def on_other_resources(given: Given, _: Path) -> None:
    for statement in given.execution:
        if "iam:CreateRole" in statement["Action"]:
            statement["Resource"] = f"arn:aws:iam::{ACCOUNT}:role/other-*"


def denied(given: Given, _: Path) -> None:
    given.execution.append(allow("iam:CreateRole") | {"Effect": "Deny"})


def wider(given: Given, _: Path) -> None:
    given.execution.append(allow("iam:DeleteRole", f"arn:aws:iam::{ACCOUNT}:role/*"))


def with_an_action_more(given: Given, _: Path) -> None:
    given.execution.append(allow("bedrock:InvokeModel"))


def on_other_accounts(given: Given, _: Path) -> None:
    given.execution.append(allow("iam:DeleteRole", "arn:aws:iam::*:role/*"))


def with_a_way_up(given: Given, _: Path) -> None:
    given.execution.append(allow("iam:CreateAccessKey"))


def administrator(given: Given, _: Path) -> None:
    given.execution[:] = [allow("*")]


def trusting_another_service(given: Given, _: Path) -> None:
    role = given.bootstrap["Resources"]["CloudFormationExecutionRole"]["Properties"]
    role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] = {"Service": "lambda.amazonaws.com"}


def limited_by(option: str) -> Break:
    def limit(given: Given, folder: Path) -> None:
        statements = [allow("*"), allow("iam:CreateRole") | {"Effect": "Deny"}]
        if option == "--rcp":
            statements = [one | {"Principal": "*"} for one in statements]
        path = folder / "limit.json"
        path.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}))
        given.more += [option, str(path)]

    return limit


DEPLOY, FILES, IMAGES, LOOKUP = "DeploymentActionRole", "FilePublishingRole", "ImagePublishingRole", "LookupRole"
BREAKS: list[tuple[str, str, str, Break]] = [
    ("ci", "a role that it may not assume", "missing", without_a_role),
    ("ci", "a role too many", "excess", with_the_execution_role),
    ("ci", "an action too many", "excess", with_more_than_assuming),
    ("ci", "an account that no role trusts", "trust", of_another_account),
    ("deploy", "no change sets", "missing", without(DEPLOY, "cloudformation:CreateChangeSet")),
    ("deploy", "change sets not executed", "missing", without(DEPLOY, "cloudformation:ExecuteChangeSet")),
    ("deploy", "the execution role not passed", "missing", without(DEPLOY, "iam:PassRole")),
    ("deploy", "the version not read", "missing", without(DEPLOY, "ssm:GetParameters")),
    ("deploy", "other roles passed", "broad", extra(DEPLOY, "iam:PassRole")),
    ("deploy", "an action too many", "excess", extra(DEPLOY, "iam:CreateUser")),
    ("files", "no upload", "missing", without(FILES, "s3:PutObject*")),
    ("files", "the bucket not found", "missing", without(FILES, "s3:GetBucket*")),
    ("files", "an action too many", "excess", extra(FILES, "s3:DeleteBucket")),
    ("images", "no push", "missing", without(IMAGES, "ecr:PutImage")),
    ("images", "no token", "missing", without(IMAGES, "ecr:GetAuthorizationToken")),
    ("images", "an action too many", "excess", extra(IMAGES, "ecr:DeleteRepository")),
    ("lookup", "nothing read", "missing", without_read_access),
    ("lookup", "an action too many", "excess", extra(LOOKUP, "ec2:DeleteVpc")),
    ("execution", "no creation", "missing", without_creating),
    ("execution", "no update", "missing", without_updating),
    ("execution", "no deletion", "missing", without_deleting),
    ("execution", "on others", "missing", on_other_resources),
    ("execution", "denied", "missing", denied),
    ("execution", "on more", "broad", wider),
    ("execution", "an action too many", "excess", with_an_action_more),
    ("execution", "in other accounts", "escape", on_other_accounts),
    ("execution", "a way to more", "escalation", with_a_way_up),
    ("execution", "administrator", "excess", administrator),
    ("execution", "not trusted", "trust", trusting_another_service),
    ("execution", "the boundary", "missing", limited_by("--boundary")),
]
CASES = [
    pytest.param(app, link, kind, how, id=f"{app}-{link}-{what}")
    for app, used in LINKS.items()
    for link, what, kind, how in BREAKS
    if link in used
]


@pytest.fixture(scope="module")
def whole(rich_cdk_apps: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[Run, str], Given]:
    """What each app is proved with: the least policies, and a CI role that may assume what the assembly names."""
    known: dict[str, Given] = {}

    def give(run: Run, app: str) -> Given:
        if app not in known:
            known[app] = _least(run, rich_cdk_apps[app], tmp_path_factory.mktemp("least"))
        return Given(**json.loads(json.dumps(vars(known[app]))))

    return give


def _least(run: Run, app: Path, folder: Path) -> Given:
    assert run("cdk", app, "--generate", folder).status == 0
    (file,) = folder.iterdir()
    policies = json.loads(file.read_text())["Resources"].values()
    execution = [one for policy in policies for one in policy["Properties"]["PolicyDocument"]["Statement"]]
    nothing = folder / "nothing.json"
    nothing.write_text(json.dumps({"Version": "2012-10-17", "Statement": [allow("sts:GetCallerIdentity")]}))
    asked = json.loads(run("cdk", app, "--ci-role", nothing, "--link", "ci", "--format", "json").out)
    found = [f for cause in asked["links"][0]["causes"] for f in cause["findings"] if f["action"] == "sts:AssumeRole"]
    assumed = [finding["resource"] for finding in found]
    return Given(
        bootstrap_template(),
        [{**allow(""), "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": assumed}],
        execution,
    )


def proved(run: Run, app: Path, given: Given, folder: Path) -> dict[str, list[str]]:
    """The kinds of causes of each link that is not proved."""
    links = json.loads(run("cdk", app, *given.write(folder), "--format", "json").out)["links"]
    open_links = [link for link in links if link["state"] not in {"proved", "not used"}]
    return {link["link"]: [cause["kind"] for cause in link["causes"]] for link in open_links}


@pytest.mark.parametrize("app", LINKS)
def test_what_is_not_broken_is_proved(
    run: Run, rich_cdk_apps: dict[str, Path], whole: Callable[[Run, str], Given], tmp_path: Path, app: str
):
    result = run("cdk", rich_cdk_apps[app], *whole(run, app).write(tmp_path), "--format", "json")
    assert result.status == 0, result.out
    assert tuple(one["link"] for one in json.loads(result.out)["links"] if one["state"] == "proved") == LINKS[app]


@pytest.mark.parametrize(("app", "link", "kind", "how"), CASES)
def test_what_is_broken_is_found_at_its_link_and_at_no_other(
    *,
    run: Run,
    rich_cdk_apps: dict[str, Path],
    whole: Callable[[Run, str], Given],
    tmp_path: Path,
    app: str,
    link: str,
    kind: str,
    how: Break,
):
    given = whole(run, app)
    how(given, tmp_path)
    found = proved(run, rich_cdk_apps[app], given, tmp_path)
    assert list(found) == [link]
    assert kind in found[link]


@pytest.mark.parametrize("option", ["--scp", "--rcp"])
@pytest.mark.parametrize("app", LINKS)
def test_what_an_organisation_denies_is_found_at_the_link_that_calls_it(
    *,
    run: Run,
    rich_cdk_apps: dict[str, Path],
    whole: Callable[[Run, str], Given],
    tmp_path: Path,
    app: str,
    option: str,
):
    given = whole(run, app)
    limited_by(option)(given, tmp_path)
    assert proved(run, rich_cdk_apps[app], given, tmp_path) == {"execution": ["missing"]}
