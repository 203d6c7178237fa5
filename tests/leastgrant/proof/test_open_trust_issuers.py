"""Trust of the issuers of CI jobs' tokens: who a stranger is depends on whose tokens the issuer's are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from leastgrant.iam.document import parse_trust_policy
from leastgrant.iam.issuers import issued_by
from leastgrant.iam.pattern import Pattern
from leastgrant.proof.finding import Kind
from leastgrant.proof.open_trust import open_to_others, trust_line
from leastgrant.role import Role

OWN = "123456789012"
ORG = "0d3a5c1e-6f0b-4f0e-9d53-0a7f6d1c2b3a"
ONE = "{5b2f7f7e-0c4e-4d7c-8a57-5c5f0c9d1e2f}"
GITLAB = "gitlab.com"
SELF_MANAGED = "git.acme.org"
BUILDKITE = "agent.buildkite.com"
BITBUCKET = "api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc"
CIRCLECI = f"oidc.circleci.com/org/{ORG}"
MAIN = "project_path:acme/shop:ref_type:branch:ref:main"
PIPELINE = "organization:acme:pipeline:shop"


@dataclass(frozen=True)
class Trust:
    """What a role trusts of an issuer."""

    host: str
    subjects: tuple[str, ...] = ()
    operator: str = "StringLike"
    audience: str | None = None
    others: tuple[dict[str, Any], ...] = ()

    @property
    def policy(self) -> dict[str, Any]:
        condition: dict[str, Any] = {}
        if self.subjects:
            condition[self.operator] = {f"{self.host}:sub": list(self.subjects)}
        if self.audience is not None:
            condition["StringEqualsIgnoreCase"] = {f"{self.host}:aud": self.audience}
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/{self.host}"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": condition,
        }
        return {"Version": "2012-10-17", "Statement": [statement, *self.others]}


def messages(trust: Trust) -> list[str]:
    findings = list(open_to_others(parse_trust_policy(trust.policy, "trust"), (OWN,)))
    assert all(finding.kind is Kind.TRUST for finding in findings)
    return [f"{finding.message}: {finding.fix}" for finding in findings]


def line(trust: Trust) -> str:
    return trust_line(Role("deployer", (), parse_trust_policy(trust.policy, "trust")), None)


@pytest.mark.parametrize(
    ("trust", "subject"),
    [
        (Trust(GITLAB), "project_path:any/any:ref_type:branch:ref:any"),
        (Trust(GITLAB, audience="https://gitlab.com"), "project_path:any/any:ref_type:branch:ref:any"),
        (Trust(GITLAB, ("*",)), "project_path:any/any:ref_type:branch:ref:any"),
        (Trust(GITLAB, ("project_path:*",)), "project_path:any/any:ref_type:branch:ref:any"),
        (Trust(GITLAB, ("project_path:acme*",)), "project_path:acmex/x"),
        (Trust(GITLAB, ("project_path:*/shop:ref_type:branch:ref:main",)), "/shop:ref_type:branch:ref:main"),
        (Trust(GITLAB, (MAIN, "project_path:a?me/shop:*")), "project_path:a"),
        (Trust(GITLAB, (MAIN,), "StringNotEquals"), "project_path:any/any:ref_type:branch:ref:any"),
        (Trust(BUILDKITE, ("organization:*",)), "organization:any:pipeline:any:ref:refs/heads/any:commit:any:step:any"),
        (Trust(BUILDKITE, ("organization:acme*:pipeline:shop:*",)), "organization:acmex:pipeline"),
        (Trust(BUILDKITE, ("*:pipeline:shop:*",)), ":pipeline:shop:"),
        (Trust(BUILDKITE, audience="sts.amazonaws.com"), "organization:any:"),
    ],
)
def test_strangers_have_tokens_of_the_same_issuer(trust: Trust, subject: str) -> None:
    (message,) = messages(trust)
    assert "any token or user of" in message
    assert subject in message


@pytest.mark.parametrize(
    ("trust", "whose"),
    [
        (Trust(BITBUCKET), "workspace"),
        (Trust(BITBUCKET, ("*:*:*",)), "workspace"),
        (Trust(CIRCLECI, audience=ORG), "organization"),
        (Trust(CIRCLECI, (f"org/{ORG}/project/*/user/*",)), "organization"),
        (Trust(CIRCLECI, (f"org/{ORG}/*/vcs-ref/refs/heads/main",)), "organization"),
        (Trust(SELF_MANAGED, ("project_path:*",)), "host"),
        (Trust("gitlab.acme.org"), "host"),
    ],
)
def test_of_ones_own_issuer_any_project_is_told(trust: Trust, whose: str) -> None:
    (message,) = messages(trust)
    assert f"any job of its {whose}, of whatever project" in message


@pytest.mark.parametrize(
    "trust",
    [
        Trust(GITLAB, (MAIN,), "StringEquals", "https://gitlab.com"),
        Trust(GITLAB, ("project_path:acme/*",)),
        Trust(GITLAB, ("project_path:acme/team/shop:ref_type:tag:ref:v*",)),
        Trust(GITLAB, ("project_path:ACME/shop:ref_type:branch:ref:main",), "StringEqualsIgnoreCase"),
        Trust(SELF_MANAGED, (MAIN,), "StringEquals"),
        Trust(BUILDKITE, (f"{PIPELINE}:*",), audience="sts.amazonaws.com"),
        Trust(BUILDKITE, (f"{PIPELINE}:ref:refs/heads/*:commit:*:step:plan",)),
        Trust(BUILDKITE, (ORG,), "StringEquals"),
        Trust(BITBUCKET, (f"{ONE}:*",), audience=f"ari:cloud:bitbucket::workspace/{ORG}"),
        Trust(BITBUCKET, (f"*:{ONE}:*",)),
        Trust(CIRCLECI, (f"org/{ORG}/project/{ORG}/user/*",), audience=ORG),
        Trust(CIRCLECI, (f"org/{ORG}/project/*/user/*/vcs-origin/github.com/acme/*/vcs-ref/refs/heads/main",)),
    ],
)
def test_who_says_whose_job_it_is_is_no_stranger(trust: Trust) -> None:
    assert messages(trust) == []


@pytest.mark.parametrize(
    ("trust", "why"),
    [
        (Trust(GITLAB, ("repo:acme/shop:ref:refs/heads/main",)), "how the subjects of GitHub begin"),
        (Trust(GITLAB, ("project_path:acme/shop:ref:refs/heads/main",)), "the branch's name alone"),
        (Trust(GITLAB, ("project_path:acme/shop:ref:main",)), "it has no ref_type"),
        (Trust(GITLAB, ("project_path:acme:*",)), "issues no such subject"),
        (Trust(GITLAB, ("project_path:acme/shop:*",), "StringEquals"), "`*` stands for itself, use StringLike"),
        (Trust(SELF_MANAGED, (MAIN.replace("branch", "merge_request"),)), "issues no such subject"),
        (Trust(BUILDKITE, ("organization:acme:shop:*",)), "write it like organization:ORG:pipeline:PIPELINE"),
        (Trust(BITBUCKET, (f"{ONE[1:-1]}:*",)), "write it like {REPOSITORY_UUID}:*"),
        (Trust(CIRCLECI, (f"org/{ONE[1:-1]}/project/{ORG}/user/*",)), f"write it like org/{ORG}/project"),
    ],
)
def test_a_subject_that_no_token_has_lets_nobody_in(trust: Trust, why: str) -> None:
    (message,) = messages(trust)
    assert "nobody can assume the role by it" in message
    assert why in message


def test_a_subject_of_a_project_with_a_setting_is_told_as_one() -> None:
    (message,) = messages(Trust(GITLAB, ("project_path:acme/shop:ref:main",)))
    assert "only its project's ci_id_token_sub_claim_components could give a token one like it" in message


def test_one_of_several_subjects_lets_nobody_in() -> None:
    (message,) = messages(Trust(GITLAB, (MAIN, "project_path:acme/shop:ref:refs/heads/dev")))
    assert "the others of it let jobs in" in message


@pytest.mark.parametrize(
    ("trust", "right"),
    [
        (
            Trust(BITBUCKET, (f"{ONE}:*",), audience=f"ari:cloud:bitbucket:workspace/{ORG}"),
            "ari:cloud:bitbucket::workspace/any",
        ),
        (Trust(CIRCLECI, (f"org/{ORG}/project/{ORG}/user/*",), audience=ONE[1:-1]), ORG),
        (Trust(BUILDKITE, (f"{PIPELINE}:*",), audience="https://agent.buildkite.com"), "https://buildkite.com/any"),
    ],
)
def test_an_audience_of_another_form(trust: Trust, right: str) -> None:
    (message,) = messages(trust)
    assert message.endswith(f"ask for {right}")


def test_a_subject_in_the_place_of_the_audience() -> None:
    (message,) = messages(Trust(GITLAB, (MAIN,), audience=MAIN))
    assert "which is what subjects of GitLab.com are like: ask for it in a condition on gitlab.com:sub" in message


@pytest.mark.parametrize("audience", ["https://gitlab.com", "sts.amazonaws.com", "https://acme.org"])
def test_gitlabs_jobs_ask_for_what_audience_they_like(audience: str) -> None:
    assert messages(Trust(GITLAB, (MAIN,), audience=audience)) == []


def test_strangers_that_are_denied_are_none() -> None:
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "*",
        "Condition": {"StringNotLike": {f"{GITLAB}:sub": "project_path:acme/*"}},
    }
    assert messages(Trust(GITLAB, ("project_path:*",), others=(denied,))) == []
    assert len(messages(Trust(GITLAB, ("project_path:*",)))) == 1


@pytest.mark.parametrize(
    ("trust", "told"),
    [
        (Trust(GITLAB, ("project_path:acme/*",)), "`project_path:acme/*` is any project of that group"),
        (
            Trust(GITLAB, ("project_path:acme/shop:ref_type:branch:ref:*",)),
            "is any branch of `acme/shop`, the source branches of merge requests too",
        ),
        (Trust(GITLAB, ("project_path:acme/*:ref_type:branch:ref:main",)), "is any project of that group"),
        (Trust(BUILDKITE, (f"{PIPELINE}:*",)), "is any branch of `acme:pipeline:shop`"),
        (Trust(BITBUCKET, (f"{ONE}:*",)), f"is any branch of `{ONE}`"),
        (Trust("token.actions.githubusercontent.com", ("repo:acme/*",)), "is any project of that owner"),
    ],
)
def test_the_line_says_how_wide_the_trust_is(trust: Trust, told: str) -> None:
    assert told in line(trust)


def test_of_what_is_written_out_the_line_says_nothing_more() -> None:
    assert line(Trust(GITLAB, (MAIN,))).endswith("(no token is declared)")


@pytest.mark.parametrize("host", [GITLAB, SELF_MANAGED, BUILDKITE, BITBUCKET, CIRCLECI])
def test_the_example_of_each_issuer_is_a_subject_of_its_own(host: str) -> None:
    issued = issued_by(host, [Pattern.literal(MAIN)])
    assert issued is not None
    assert issued.issuer.sources
    assert issued.is_issued(Pattern.parse(issued.example)) or "UUID" in issued.example
    assert all(issued.is_issued(Pattern.literal(sample)) for sample in issued.samples)
