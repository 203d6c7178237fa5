"""What a trust admits beside the tokens of the jobs that assume the role, each with a witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from leastgrant.iam.pattern import PatternTooComplex
from tests.leastgrant.workflow.contract import ACCOUNT, DEPLOY, MAIN, PROVIDER, STEP, findings, role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.role import Role

REPOSITORY = "repo:acme/shop:"
BRANCH = f"{REPOSITORY}ref:refs/heads/"
SUBJECT, AUDIENCE = f"{PROVIDER}:sub", f"{PROVIDER}:aud"
FOR_AWS = {AUDIENCE: "sts.amazonaws.com"}
GITHUB = {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"}


def on(trigger: str, lines: str = "") -> str:
    """The deploy workflow, started by something else."""
    return (
        f"on:\n  {trigger}\njobs:\n  deploy:\n    permissions: {{id-token: write}}\n"
        + "".join(f"    {line}\n" for line in lines.splitlines())
        + STEP
    )


def like(*subjects: str) -> Role:
    return role(*subjects, operator="StringLike")


def asks(conditions: Mapping[str, object]) -> Role:
    return role(conditions=conditions)


def statement(principal: object, action: str = "sts:AssumeRole", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


EVERY, MANUAL = on("push: {branches: ['**']}"), on("workflow_dispatch:")
ON_MAIN = on("workflow_dispatch:", "if: github.ref == 'refs/heads/main'")


@pytest.mark.parametrize(
    ("text", "trust", "witness"),
    [
        # written out
        (DEPLOY, role(MAIN, f"{BRANCH}dev"), f"{BRANCH}dev"),
        (DEPLOY, role(MAIN, "repo:evil/dataops:ref:refs/heads/main"), "repo:evil/dataops:ref:refs/heads/main"),
        (DEPLOY, role(MAIN, f"{REPOSITORY}environment:production"), f"{REPOSITORY}environment:production"),
        (DEPLOY, role(MAIN, f"{REPOSITORY}pull_request"), f"{REPOSITORY}pull_request"),
        (DEPLOY, role(MAIN, f"{REPOSITORY}ref:refs/tags/v1"), f"{REPOSITORY}ref:refs/tags/v1"),
        (ON_MAIN, role(MAIN, f"{BRANCH}dev"), f"{BRANCH}dev"),
        (on("push: {branches: ['release/*']}"), like(f"{BRANCH}release/*", f"{BRANCH}release/1/2"), "/release/1/2"),
        # patterns
        (DEPLOY, like(f"{BRANCH}main*"), f"{BRANCH}main-2"),
        (DEPLOY, like(f"{BRANCH}m*"), f"{BRANCH}m-2"),
        (DEPLOY, like(f"{BRANCH}mai?"), f"{BRANCH}maix"),
        (DEPLOY, like("repo:acme/shop*:ref:refs/heads/main"), "repo:acme/shop-2:ref:refs/heads/main"),
        (DEPLOY, like("repo:*/shop:ref:refs/heads/main"), "repo:feature/shop:ref:refs/heads/main"),
        (DEPLOY, like(f"{REPOSITORY}*"), f"{BRANCH}feature"),
        (DEPLOY, like("*"), "repo:octocat/other:ref:refs/heads/main"),
        (ON_MAIN, like(f"{BRANCH}*"), f"{BRANCH}feature"),
        (EVERY, like(f"{REPOSITORY}ref:*"), f"{REPOSITORY}ref:refs/tags/v1"),
        (on("push: {branches: [main, 'v*']}"), like(f"{BRANCH}*"), f"{BRANCH}feature"),
        # what a job leaves out
        (on("push: {branches: ['**', '!dev']}"), like(f"{BRANCH}*"), f"{BRANCH}dev"),
        (on("push: {branches: ['**', '!x/**']}"), like(f"{BRANCH}*"), f"{BRANCH}x/"),
        (on("push: {branches: ['**', '!x/**']}"), like(f"{BRANCH}*1"), f"{BRANCH}x/1"),
        (on("push: {branches-ignore: [dev]}"), like(f"{BRANCH}*"), f"{BRANCH}dev"),
        (on("push: {branches: ['**', '!v[0-9]']}"), like(f"{BRANCH}*"), f"{BRANCH}v0"),
        (on("workflow_dispatch:", "if: github.ref_name != 'dev'"), like(f"{BRANCH}*"), f"{BRANCH}dev"),
        # several conditions and statements
        (
            DEPLOY,
            asks({"StringEquals": FOR_AWS, "StringNotLike": {SUBJECT: "repo:any/*"}}),
            "repo:octocat/other:ref:refs/heads/main",
        ),
        (
            DEPLOY,
            asks({"StringEquals": FOR_AWS, "StringNotEquals": {SUBJECT: "repo:any/any:ref:refs/heads/main"}}),
            "repo:octocat/other:ref:refs/heads/main",
        ),
        (
            DEPLOY,
            role(
                MAIN,
                others=[
                    statement(
                        GITHUB,
                        "sts:AssumeRoleWithWebIdentity",
                        Condition={"StringEquals": {**FOR_AWS, SUBJECT: f"{BRANCH}dev"}},
                    )
                ],
            ),
            f"{BRANCH}dev",
        ),
        (
            DEPLOY,
            role(
                "repo:any/*",
                operator="StringLike",
                others=[
                    statement(
                        GITHUB,
                        "sts:AssumeRoleWithWebIdentity",
                        Condition={
                            "StringEquals": {**FOR_AWS, SUBJECT: MAIN},
                            "StringNotEquals": {SUBJECT: "repo:any/any:ref:refs/heads/main"},
                        },
                    )
                ],
            ),
            "the role trusts `repo:any/*`, so also the subject `repo:any/any:ref:refs/heads/main`",
        ),
        # audiences
        (DEPLOY, asks({"StringEquals": {AUDIENCE: ["sts.amazonaws.com", "x.org"], SUBJECT: MAIN}}), "audience `x.org`"),
        (DEPLOY, asks({"StringEquals": {SUBJECT: MAIN}}), "asks for no audience"),
        # other principals
        (DEPLOY, role(MAIN, others=[statement({"AWS": "*"})]), "a principal of any AWS account"),
        (DEPLOY, role(MAIN, others=[statement({"AWS": "999999999999"})]), "AWS principal 999999999999"),
        (
            DEPLOY,
            role(
                MAIN, others=[statement({"AWS": "999999999999"}, Condition={"StringEquals": {"sts:ExternalId": "x"}})]
            ),
            "AWS principal 999999999999",
        ),
        (DEPLOY, role(MAIN, others=[statement({"Service": "ec2.amazonaws.com"})]), "Service principal ec2"),
        (
            DEPLOY,
            role(
                MAIN,
                others=[
                    statement(
                        {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.org"},
                        "sts:AssumeRoleWithWebIdentity",
                    )
                ],
            ),
            "oidc-provider/example.org",
        ),
        ("on: push\njobs: {a: {steps: [{run: x}]}}", role(MAIN, others=[statement({"AWS": "*"})]), "any AWS account"),
    ],
)
def test_a_trust_that_is_wider(text: str, trust: Role, witness: str) -> None:
    wide = [one.message for one in findings(text, trust=trust) if one.kind.value == "wide"]
    assert len(wide) == 1, wide
    assert witness in wide[0]


def test_each_value_is_told_of() -> None:
    trust = like(MAIN, f"{BRANCH}dev", f"{BRANCH}m*", "repo:evil/*", f"{REPOSITORY}environment:production")
    (found,) = findings(DEPLOY, trust=trust)
    assert found.message == (
        "the role trusts `repo:evil/*`, so also the subject `repo:evil/shop:ref:refs/heads/main`, which no job that "
        f"assumes it has (and 3 more: `{BRANCH}dev`, `{BRANCH}m*`, such as `{BRANCH}m-2`, "
        f"`{REPOSITORY}environment:production`)"
    )


def test_what_a_deny_names_is_not_what_trusts() -> None:
    dev = f"{BRANCH}dev"
    deny = {
        "Effect": "Deny",
        "Principal": GITHUB,
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {SUBJECT: dev, AUDIENCE: "x.org"}},
    }
    trust = role(MAIN, f"{BRANCH}d*", operator="StringLike", others=[deny])
    assert [one.message for one in findings(DEPLOY, trust=trust)] == [
        f"the role trusts `{BRANCH}d*`, so also the subject `{BRANCH}dev`, which no job that assumes it has"
    ]


def test_everybody_is_every_kind_of_principal() -> None:
    said = [one.message for one in findings(DEPLOY, trust=role(MAIN, others=[statement("*", "sts:*")]))]
    assert any("trusts a principal of any AWS account" in message for message in said)
    assert any("trusts any identity provider's users" in message for message in said)
    assert any("trusts subjects that it does not name" in message for message in said)


@pytest.mark.parametrize(
    ("text", "trust"),
    [
        (EVERY, like(f"{BRANCH}*")),
        (EVERY, like(f"{BRANCH}v*", f"{BRANCH}*-release")),
        (MANUAL, like(f"{BRANCH}*", f"{REPOSITORY}ref:refs/tags/*")),
        (on("push: {branches: [main, dev]}"), role(MAIN, f"{BRANCH}dev")),
        (on("push: {branches: ['release/*']}"), like(f"{BRANCH}release/*")),
        (on("push: {branches: ['v[0-9]+']}"), like(f"{BRANCH}v?*")),
        (on("push: {branches-ignore: ['x/*']}"), like(f"{BRANCH}x/*/*")),
        (DEPLOY, role(MAIN, others=[statement({"AWS": "999999999999"}, "sts:TagSession")])),
        (
            on("push: {branches-ignore: [dev]}"),
            asks(
                {
                    "StringEquals": FOR_AWS,
                    "StringLike": {SUBJECT: f"{BRANCH}*"},
                    "StringNotEquals": {SUBJECT: f"{BRANCH}dev"},
                }
            ),
        ),
        (
            on(
                "push: {branches: [main]}",
                "strategy: {matrix: {stage: [dev, prod]}}\nenvironment: ${{ matrix.stage }}",
            ),
            role(f"{REPOSITORY}environment:dev", f"{REPOSITORY}environment:prod"),
        ),
        (
            DEPLOY,
            role(
                MAIN,
                f"{BRANCH}dev",
                others=[
                    {
                        "Effect": "Deny",
                        "Principal": GITHUB,
                        "Action": "sts:AssumeRoleWithWebIdentity",
                        "Condition": {"StringEquals": {SUBJECT: f"{BRANCH}dev"}},
                    }
                ],
            ),
        ),
    ],
)
def test_a_trust_that_the_jobs_need(text: str, trust: Role) -> None:
    assert [one.message for one in findings(text, trust=trust) if one.kind.value == "wide"] == []


def test_a_trust_of_too_many_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leastgrant.iam.cells._MAX_CELLS", 15)
    with pytest.raises(PatternTooComplex, match="into more than 15 parts"):
        findings(DEPLOY, trust=like(*(f"*{letter}*" for letter in "abcd")))


def test_two_jobs_need_a_subject_each() -> None:
    trust = role(MAIN, f"{REPOSITORY}environment:production")
    other = on("push: {branches: [main]}", "environment: production")
    assert findings(DEPLOY, other, trust=trust) == ()
    assert len(findings(DEPLOY, trust=trust)) == 1
    assert len(findings(other, trust=trust)) == 1


def test_the_immutable_form_beside_the_plain_one() -> None:
    trust = role("repo:acme@1/shop@2:ref:refs/heads/main", MAIN)
    (found,) = findings(DEPLOY, trust=trust, repository="acme@1/shop@2")
    assert found.message == f"the role trusts the subject `{MAIN}`, which no job that assumes it has"


def test_while_a_job_is_refused_a_subject_of_another_repository_is_told_of() -> None:
    trust = role(f"{BRANCH}dev", "repo:evil/shop:ref:refs/heads/main")
    assert [one.kind.value for one in findings(DEPLOY, trust=trust)] == ["wide", "subject"]
