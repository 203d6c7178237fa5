"""A role, facts and a pipeline that fit each other, to be spoilt."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

from leastgrant.iam.document import parse_trust_policy
from leastgrant.iam.pattern import Pattern
from leastgrant.role import Role
from leastgrant.workflow.gitlab import PipelineFacts, check_pipelines, parse_pipeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant.workflow import WorkflowFinding

ARN = "arn:aws:iam::123456789012:role/deployer"
HOST = "gitlab.com"
OWN = "project_path:acme/shop:ref_type:"
MAIN = f"{OWN}branch:ref:main"
FACTS = PipelineFacts("acme/shop", "main", ("eu-west-1",), ARN)
TOKENS = "id_tokens: {AWS_TOKEN: {aud: https://gitlab.com}}"
LOGIN = f"aws sts assume-role-with-web-identity --role-arn {ARN} --web-identity-token $AWS_TOKEN"
ON_MAIN = "rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]"


def role(
    *subjects: str,
    operator: str = "StringLike",
    host: str = HOST,
    claims: Mapping[str, str] | None = None,
    others: Sequence[Mapping[str, object]] = (),
) -> Role:
    """A role that trusts subjects of GitLab's tokens."""
    of_audience = {"StringEqualsIgnoreCase": {f"{host}:aud": "https://gitlab.com", **(claims or {})}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {**of_audience, operator: {f"{host}:sub": list(subjects)}},
    }
    trust = parse_trust_policy({"Version": "2012-10-17", "Statement": [statement, *others]}, "trust")
    return Role("Deployer", (), trust=trust, arns=(Pattern.literal(ARN),), template="role.yaml", line=2)


def job(lines: str = ON_MAIN, script: str = LOGIN, name: str = "deploy", tokens: str = TOKENS) -> str:
    """A job that assumes the role."""
    own = indent(f"{tokens}\n{dedent(lines)}", "  ")
    return f"{name}:\n{own}\n  script:\n    - {script}\n"


def findings(
    *texts: str,
    trust: Role | None = None,
    files: Mapping[str, str] | None = None,
    **facts: Any,
) -> tuple[WorkflowFinding, ...]:
    """What is found in pipelines."""

    def read(name: str) -> Sequence[tuple[str, str]]:
        return [(one, text) for one, text in (files or {}).items() if one == name.lstrip("/")]

    pipelines = [parse_pipeline(text, ".gitlab-ci.yml", lambda name: tuple(read(name))) for text in texts]
    return check_pipelines(pipelines, [(trust or role(MAIN), replace(FACTS, **facts))])


def shown(found: Sequence[WorkflowFinding]) -> list[str]:
    """The kind of each; a note is `note KIND`."""
    return [f"{'note ' if one.is_note else ''}{one.kind.value}" for one in found]
