"""A role, facts and a deploy workflow that fit each other, to be spoilt."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from leastgrant.iam.document import parse_trust_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.role import Role
from leastgrant.workflow import Facts, check, parse_workflow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant.workflow import WorkflowFinding

ACCOUNT = "123456789012"
ARN = f"arn:aws:iam::{ACCOUNT}:role/deployer"
PROVIDER = "token.actions.githubusercontent.com"
MAIN = "repo:acme/shop:ref:refs/heads/main"
FACTS = Facts("acme/shop", default_branch="main", regions=("eu-west-1",), role_arn=ARN)

STEP = f"""\
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: {ARN}
          aws-region: eu-west-1
"""
DEPLOY = f"""\
on:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  deploy:
    permissions:
      id-token: write
{STEP}"""


def role(
    *subjects: str,
    operator: str = "StringEquals",
    conditions: Mapping[str, object] | None = None,
    others: Sequence[Mapping[str, object]] = (),
) -> Role:
    """A role that trusts subjects of GitHub's tokens for AWS, or what the conditions say, and other statements."""
    for_aws = {"StringEquals": {f"{PROVIDER}:aud": "sts.amazonaws.com"}}
    of_subjects = {operator: {f"{PROVIDER}:sub": list(subjects)}}
    both = {
        **for_aws,
        **of_subjects,
        "StringEquals": {**for_aws["StringEquals"], **of_subjects.get("StringEquals", {})},
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{PROVIDER}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": both if conditions is None else conditions,
    }
    trust = parse_trust_policy({"Version": "2012-10-17", "Statement": [statement, *others]}, "trust")
    return Role("Deployer", (), trust=trust, arns=(Pattern.literal(ARN),), template="role.yaml", line=2)


def findings(
    *texts: str, trust: Role | None = None, names: tuple[str, ...] = (), **facts: Any
) -> tuple[WorkflowFinding, ...]:
    """What is found in workflows; the first is `deploy.yml`, unless `names` says otherwise."""
    files = names or ("deploy.yml", *(f"other{number}.yml" for number in range(1, len(texts))))
    workflows = [parse_workflow(dedent(text), file) for file, text in zip(files, texts, strict=True)]
    return check(workflows, trust or role(MAIN), replace(FACTS, **facts))


def shown(found: tuple[WorkflowFinding, ...]) -> list[str]:
    """`KIND LINE` of each; a note is `note LINE`."""
    return [f"{'note' if one.is_note else one.kind.value} {one.line}" for one in found]
