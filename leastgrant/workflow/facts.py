"""What is declared of the repository and the role, and is in no workflow."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+|[\w.-]+@[0-9]+/[\w.-]+@[0-9]+", re.ASCII)
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_JOB = re.compile(r"[^/:]+\.ya?ml:[^:]+")


@dataclass(frozen=True, slots=True)
class DeclaredStep:
    """A step that a job which assumes the role is to have."""

    name: str
    """Its `name`, or else the action that it uses, without the version."""
    runs: tuple[str, ...] | None = None
    """What each command of its script begins with, in order; None: it may run anything."""
    condition: str | None = None
    """Its `if`; None: it has none, and always runs."""
    exact: bool = False
    """Whether each command is what `runs` says, and no more."""
    uses: str | None = None
    """The action that it uses, without the version; None: any, or none."""
    inputs: Mapping[str, str] | None = None
    """What the action is given (`with`), and no more; None: anything."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the workflows are held to.

    Raises:
        ValueError: a fact has not the form of one; the message is one line.
    """

    repository: str
    """`OWNER/REPOSITORY`; with `OWNER@ID/REPOSITORY@ID` subjects have the immutable form, which repositories have that
    were made, renamed or transferred after 2026-07-15 (GitHub Docs, "OpenID Connect reference")."""
    repository_id: str | None = field(default=None, kw_only=True)
    """Its id, where the subjects have not the immutable form and a trust asks for `repository_id`."""
    default_branch: str
    regions: tuple[str, ...]
    """Where jobs may work with the role."""
    role_arn: str
    max_session_seconds: int = 3600
    """The role's MaxSessionDuration."""
    session_name: str | None = None
    """How each session must be called; None: as it likes."""
    assumed_by: tuple[str, ...] = ()
    """The jobs, as `FILE.yml:JOB`, that must be able to assume the role, and no others; without any, each job that does
    is held to all the rest."""
    tokens_for_others: tuple[str, ...] = ()
    """Jobs, as `FILE.yml:JOB`, that need a token for something else, such as publishing a package."""
    subject_claims: tuple[str, ...] = ("repo", "context")
    """What subjects are made of, in order, if the repository or its organisation has a template of its own (GitHub
    Docs, "Customizing the token claims"); `repo` is first, and `context` second."""
    issuer: str = "token.actions.githubusercontent.com"
    """Who issues the tokens, without `https://`; GitHub Enterprise Server and some enterprises have their own."""
    approval: str | None = None
    """The environment whose approval each job that assumes the role waits for: its own, or that of a job it needs."""
    before_approval: tuple[str, ...] = ()
    """The jobs, as `FILE.yml:JOB`, that assume the role before it, to prepare what is approved; their steps are
    declared."""
    reviewed: tuple[str, ...] = ()
    """Environments in which a job waits for a person to let it through."""
    runners: tuple[str, ...] = ()
    """Labels of runners, beside GitHub's own, that may run a job which assumes the role."""
    steps: Mapping[str, tuple[DeclaredStep, ...]] = field(
        default_factory=lambda: MappingProxyType(dict[str, "tuple[DeclaredStep, ...]"]())
    )
    """The steps, in order, of jobs that assume the role, by `FILE.yml:JOB`; a job that is not here may have any."""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The repository's configuration variables (`vars`), as far as they are known; `NAME@ENVIRONMENT` is that of an
    environment, which jobs that have it see instead."""
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Its secrets, as far as they are known and no secret at all, such as a role's ARN; named as `variables`."""
    environments: tuple[str, ...] = ()
    """All of its environments; none: not known."""
    forks_get_tokens: bool = False
    """A private repository that sends write tokens to workflows of forks' pull requests."""

    def __post_init__(self) -> None:
        """Hold each fact to its form."""
        if not _REPOSITORY.fullmatch(self.repository):
            raise ValueError(f"{self.repository!r} is no repository; write OWNER/NAME, or OWNER@ID/NAME@ID")
        if not self.default_branch or self.default_branch.startswith("refs/"):
            raise ValueError(f"{self.default_branch!r} is no branch; write its name, such as main")
        if self.subject_claims[:2] != ("repo", "context"):
            raise ValueError("subject claims are worked out that begin with repo,context; other templates are not")
        if not self.regions:
            raise ValueError("no region is given; give the one that the jobs are to work in")
        if not _ROLE.fullmatch(self.role_arn):
            raise ValueError(f"{self.role_arn!r} is no role's ARN; write arn:aws:iam::ACCOUNT:role/NAME")
        for job in (*self.assumed_by, *self.tokens_for_others, *self.steps):
            if not _JOB.fullmatch(job):
                raise ValueError(f"{job!r} names no job; write FILE.yml:JOB")
        for job in self.before_approval:
            if job not in self.steps:
                raise ValueError(f"{job!r} has the role before the approval: declare its steps")

    @property
    def subject(self) -> str:
        """What the subject of each token of the repository begins with."""
        return f"repo:{self.repository}:"

    @property
    def name(self) -> str:
        """`OWNER/REPOSITORY`, without ids."""
        return _plain(self.repository)

    def is_of_repository(self, subject: str) -> bool:
        """Tell whether it is a subject of the repository, in the plain form or the immutable one."""
        repository, _, context = subject.removeprefix("repo:").partition(":")
        return bool(context) and _plain(repository).lower() == self.name.lower()


def _plain(repository: str) -> str:
    return re.sub(r"@[0-9]+", "", repository)
