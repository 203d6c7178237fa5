"""`check`: a role is proved, or the findings are told, in every format."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.leastgrant.cli.conftest import Run

DEPLOY = ["--role", "roles.yaml#Deploy", "--parameter", "AppStack=orders"]


ROLE_ARN = ["--role-arn", "arn:aws:iam::123456789012:role/deploy"]


@pytest.fixture
def least(run: Run, queue: list[str], tmp_path: Path) -> Path:
    """The least policy for the queue."""
    path = tmp_path / "least.json"
    assert run("generate", *queue, "--output", path).status == 0
    return path


def without(policy: Path, action: str) -> str:
    document: dict[str, Any] = json.loads(policy.read_text())
    for statement in document["Statement"]:
        statement["Action"] = [name for name in statement["Action"] if name != action]
    document["Statement"] = [statement for statement in document["Statement"] if statement["Action"]]
    changed = policy.with_name("changed.json")
    changed.write_text(json.dumps(document))
    return str(changed)


def test_a_role_that_fits_is_proved(run: Run, queue: list[str], least: Path):
    result = run("check", "--role", least, *queue)
    assert (result.status, result.err) == (0, "")
    assert "Proved" in result.out


def test_a_missing_action_fails(run: Run, queue: list[str], least: Path):
    result = run("check", "--role", without(least, "sqs:GetQueueAttributes"), *queue)
    assert result.status == 1
    assert "creating" in result.out.lower()
    assert "reading" not in result.out.lower()
    assert "may not sqs:GetQueueAttributes" in " ".join(result.out.split())


def test_what_a_change_calls_is_demanded_on_request(run: Run, queue: list[str], least: Path):
    role = without(least, "sqs:SetQueueAttributes")
    assert run("check", "--role", role, *queue).status == 0
    result = run("check", "--all", "--role", role, *queue)
    assert result.status == 1
    assert "updating `Jobs` will fail" in result.out.lower().replace("jobs", "Jobs")


def test_every_parameter_goes_to_the_templates_that_declare_it(run: Run, orders: list[str]):
    result = run("check", *DEPLOY, "--parameter", "Stage=prod", *orders, "--format", "json")
    report = json.loads(result.out)
    assert result.status == 1
    assert "arn:aws:sqs:eu-west-1:123456789012:orders-jobs-prod" in {need["resource"] for need in report["needs"]}
    assert {found["resource"] for found in report["broad"]} == {"arn:aws:sqs:eu-west-1:123456789012:orders-*"}


def test_each_template_has_the_stack_name_in_its_place(run: Run, orders: list[str]):
    both = ["--app", "queue.json", "--stack-name", "another", *orders]
    report = json.loads(run("check", *DEPLOY, *both, "--format", "json").out)
    assert {(need["template"], need["stack"]) for need in report["needs"]} == {
        ("queue.json", "another"),
        ("orders.yaml", "orders"),
    }


def test_what_a_use_needs_is_not_in_excess(run: Run, queue: list[str], tmp_path: Path):
    with_uses = tmp_path / "with-uses.json"
    assert run("generate", *queue, "--uses", "uses.yaml", "--output", with_uses).status == 0
    assert run("check", "--role", with_uses, "--uses", "uses.yaml", *queue).status == 0
    report = json.loads(run("check", "--role", with_uses, *queue, "--format", "json").out)
    assert {found["action"] for found in report["excess"]} == {"s3:PutObject", "cloudformation:ValidateTemplate"}


def test_ways_to_more_permissions_are_found_until_they_are_acknowledged(run: Run, orders: list[str], tmp_path: Path):
    path = tmp_path / "least.json"
    assert run("generate", *orders, "--output", path).status == 0
    checked = ["check", "--role", path, *ROLE_ARN, *orders, "--format", "json"]
    report = json.loads(run(*checked).out)
    found = {one["id"] for one in report["escalation"]}
    assert "escalation[iam:PutRolePolicy role-inline-policy]" in found
    assert not any("own-" in one for one in found)
    acknowledged = [word for one in sorted(found) for word in ("--acknowledge", f"{one}=the owner deploys")]
    result = run(*checked, *acknowledged)
    assert result.status == 0
    assert result.err == ""
    meant = json.loads(result.out)["acknowledged"]
    assert {(one["id"], one["reason_acknowledged"]) for one in meant} == {(one, "the owner deploys") for one in found}


def test_without_its_arn_a_role_may_be_the_one_that_it_changes(run: Run, orders: list[str]):
    assert "own-inline-policy]" in run("generate", *orders).err
    assert "own-inline-policy]" not in run("generate", *orders, *ROLE_ARN).err


MAIN, DEV = "repo:me/orders:ref:refs/heads/main", "repo:me/orders:ref:refs/heads/dev"


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (["--trusted-subject", MAIN], 0),
        (["--trusted-subject", DEV], 2),
        (["--trusted-subject", MAIN, "--trusted-subject", DEV], 1),
        (["--trusted-subject", MAIN, "--trusted-audience", "other"], 2),
        (["--trusted-subject", MAIN, "--trusted-provider", "gitlab.com"], 2),
        (["--trusted-subject", MAIN, "--trusted-claim", "repository_id=42"], 1),
        ([], 0),
    ],
)
def test_trust_is_exact_if_it_is_declared(arguments: list[str], count: int, run: Run, orders: list[str]):
    report = json.loads(run("check", *DEPLOY, *orders, *arguments, "--format", "json").out)
    assert len(report["trust"]) == count


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--trusted-claim", "ref=x"], "--trusted-claim: says more of the tokens of --trusted-subject; give that too"),
        (["--trusted-subject", MAIN, "--trusted-claim", "ref"], "'ref' gives no claim beside aud and sub a value"),
        (["--trusted-subject", MAIN, "--trusted-claim", "sub=x"], "'sub=x' gives no claim beside aud and sub a value"),
    ],
)
def test_a_claim_that_says_nothing_is_refused(arguments: list[str], problem: str, run: Run, orders: list[str]):
    result = run("check", *DEPLOY, *orders, *arguments)
    assert result.status == 2
    assert problem in result.err


def test_stack_tags_are_needed_only_if_the_stack_has_them(run: Run, queue: list[str]):
    actions = [
        {need["action"] for need in json.loads(run("needs", *queue, *tags, "--format", "json").out)["needs"]}
        for tags in ([], ["--stack-tags"])
    ]
    assert "sqs:TagQueue" in actions[1] - actions[0]


def test_the_tags_of_the_stack_are_known_by_value(run: Run, queue: list[str], tmp_path: Path):
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    role = tmp_path / "tagged.json"
    role.write_text(
        json.dumps({"Statement": [{**statement, "Condition": {"StringEquals": {"aws:RequestTag/team": "cash"}}}]})
    )

    def missing(*tags: str) -> set[str]:
        report = json.loads(run("check", "--role", role, *queue, *tags, "--format", "json").out)
        return {found["action"] for found in report["missing"]}

    assert "sqs:CreateQueue" not in missing("--stack-tag", "team=cash")
    assert "sqs:CreateQueue" in missing("--stack-tag", "team=bank")
    assert "sqs:CreateQueue" in missing("--stack-tags")
    assert "sqs:CreateQueue" in missing()


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (["team"], "'team' gives no tag a value; write KEY=VALUE"),
        (["team=a", "team=b"], "--stack-tag: a key is given twice; keep one value"),
    ],
)
def test_a_tag_that_is_none_is_refused(tags: list[str], problem: str, run: Run, queue: list[str]):
    result = run("needs", *queue, *(text for tag in tags for text in ("--stack-tag", tag)))
    assert result.status == 2
    assert problem in result.err


def test_a_namespace_makes_what_is_outside_a_finding(run: Run, queue: list[str], least: Path):
    checked = ["check", "--role", least, *queue, "--namespace"]
    assert run(*checked, "arn:aws:*:eu-west-1:123456789012:*orders-*").status == 0
    result = run(*checked, "arn:aws:*:eu-west-1:123456789012:*shop-*")
    assert result.status == 1
    assert "outside the namespaces" in result.out


@pytest.mark.parametrize(
    ("form", "begins"),
    [("text", "Missing permission"), ("json", "{"), ("markdown", "#"), ("sarif", "{"), ("html", "<!doctype html>")],
)
def test_every_format_is_written(form: str, begins: str, run: Run, orders: list[str], tmp_path: Path):
    path = tmp_path / "report"
    result = run("check", *DEPLOY, *orders, "--format", form, "--output", path)
    assert (result.status, result.out, result.err) == (1, "", "")
    assert path.read_text().startswith(begins)
    assert "events:DescribeRule" in path.read_text()


LIMITS = "arn:aws:iam::123456789012:policy/limits"


def test_a_boundary_closes_a_way_if_its_document_is_given(run: Run, queue: list[str], tmp_path: Path):
    role, limits = tmp_path / "role.json", tmp_path / "limits.json"
    bounded = {
        "Effect": "Allow",
        "Action": "iam:PutRolePolicy",
        "Resource": "arn:aws:iam::123456789012:role/orders-*",
        "Condition": {"ArnEquals": {"iam:PermissionsBoundary": LIMITS}},
    }
    role.write_text(json.dumps({"Version": "2012-10-17", "Statement": bounded}))

    def state(*given: object) -> str:
        report = json.loads(run("check", "--role", role, *ROLE_ARN, *queue, *given, "--format", "json").out)
        return next(path["state"] for path in report["paths"] if path["name"] == "role-inline-policy")

    assert state() == "open"
    for action, expected in (("logs:PutLogEvents", "closed"), ("*", "open")):
        document = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}
        limits.write_text(json.dumps(document))
        assert state("--managed-policy", f"{LIMITS}={limits}") == expected
