"""Who may assume the deploy role: the GitHub Actions jobs of one branch of one repository, or of one environment."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from leastgrant.template import PARTITION_OF
from settings import constraints

_ISSUER: Final = "token.actions.githubusercontent.com"


class Audience(StrEnum):
    """The `aud` claim that the job asks GitHub for."""

    AWS_STS = "sts.amazonaws.com"


@dataclass(frozen=True, slots=True)
class ImmutableIds:
    """The ids that GitHub puts into the subject of repositories made, renamed or moved after 2026-07-15."""

    owner_id: str
    repo_id: str

    def __post_init__(self) -> None:
        for name, value in (("owner_id", self.owner_id), ("repo_id", self.repo_id)):
            if not re.fullmatch(r"[0-9]{1,20}", value):
                raise ValueError(f"{name} must be the digits of a GitHub id, not {value!r}")


@dataclass(frozen=True, slots=True)
class GitHubSubject:
    """The `sub` claim of a job that runs on one branch. No part can be empty or hold a wildcard.

    Source: GitHub Docs, "OpenID Connect reference", subject claims. A job with an `environment:` has that in place of
    the branch, which its claim `ref` says. A pull request has another subject, which this type cannot express: the
    role is not for it.

    Raises:
        ValueError: a part is not what GitHub or git accepts.
    """

    owner: str
    repo: str
    branch: str
    ids: ImmutableIds | None = None
    environment: str = ""
    """The environment of the jobs; empty: they have none."""

    @classmethod
    def for_environment(cls, owner: str, repo: str, branch: str, environment: str) -> Self:
        """Make the subject of jobs that wait for an environment's approval, `repo:OWNER/REPO:environment:NAME`."""
        return cls(owner, repo, branch, environment=environment)

    @classmethod
    def for_branch(cls, owner: str, repo: str, branch: str) -> Self:
        """Make the plain form, `repo:OWNER/REPO:ref:refs/heads/BRANCH`."""
        return cls(owner, repo, branch)

    @classmethod
    def for_branch_of(cls, owner: str, repo: str, branch: str, ids: ImmutableIds) -> Self:
        """Make the immutable form, `repo:OWNER@OWNER_ID/REPO@REPO_ID:ref:refs/heads/BRANCH`."""
        return cls(owner, repo, branch, ids)

    def __post_init__(self) -> None:
        for name, rule, value in (
            ("owner", constraints.github_owner, self.owner),
            ("repo", constraints.github_repo, self.repo),
            ("branch", constraints.github_branch, self.branch),
            ("environment", constraints.github_environment, self.environment),
        ):
            try:
                rule(value)
            except ValueError as error:
                raise ValueError(f"{name} {error}") from None

    def __str__(self) -> str:
        owner, repo = self.owner, self.repo
        if self.ids:
            owner, repo = f"{owner}@{self.ids.owner_id}", f"{repo}@{self.ids.repo_id}"
        context = f"environment:{self.environment}" if self.environment else f"ref:{self.ref}"
        return f"repo:{owner}/{repo}:{context}"

    @property
    def ref(self) -> str:
        """The branch as the claim `ref` has it."""
        return f"refs/heads/{self.branch}"


@dataclass(frozen=True, slots=True)
class GitHubTrust:
    """A role's trust policy: one statement, one provider, and `StringEquals` on each claim; nothing else fits in.

    Which claims beside `aud` and `sub` AWS STS compares: AWS What's New, January 2026, "AWS STS now supports validation
    of select identity provider specific claims". `repository_owner_id` is none of them.
    """

    partition: str
    account: str
    subject: GitHubSubject
    audience: Audience = Audience.AWS_STS
    workflow: str = ""
    """The file of the one workflow whose jobs are trusted; empty: any of the branch."""
    repository_id: str = ""
    """The repository's id, which a namesake made later has not; empty: it is not asked for."""

    def __post_init__(self) -> None:
        constraints.account(self.account)
        constraints.github_workflow(self.workflow)
        constraints.github_repository_id(self.repository_id)
        if self.partition not in PARTITION_OF.values():
            raise ValueError(f"partition must be one of AWS's, not {self.partition!r}")
        if not isinstance(self.subject, GitHubSubject):
            raise TypeError(f"subject must be a GitHubSubject, not {self.subject!r}")
        if not isinstance(self.audience, Audience):
            raise TypeError(f"audience must be an Audience, not {self.audience!r}")
        if self.subject.environment and not self.workflow:
            raise ValueError("workflow must be named with an environment, which any workflow may name")

    @property
    def provider_arn(self) -> str:
        """The ARN of GitHub's OIDC provider in the account."""
        return f"arn:{self.partition}:iam::{self.account}:oidc-provider/{_ISSUER}"

    @property
    def claims(self) -> dict[str, str]:
        """The claims that are asked for beside `aud` and `sub`."""
        of = self.subject
        file = f"{of.owner}/{of.repo}/.github/workflows/{self.workflow}@{of.ref}"
        claims = {
            "ref": of.ref if of.environment else "",  # else the subject says it
            "job_workflow_ref": file if self.workflow else "",
            "repository_id": self.repository_id,
        }
        return {claim: value for claim, value in claims.items() if value}

    @property
    def document(self) -> dict[str, object]:
        """The trust policy as IAM takes it."""
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {
                        "Federated": self.provider_arn,
                    },
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {
                        "StringEquals": {
                            f"{_ISSUER}:aud": self.audience.value,
                            f"{_ISSUER}:sub": str(self.subject),
                            **{f"{_ISSUER}:{claim}": value for claim, value in self.claims.items()},
                        },
                    },
                },
            ],
        }
