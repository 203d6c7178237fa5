"""What is declared of the project and the role, and is in no pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROJECT = re.compile(r"[\w.-]+(/[\w.-]+)+")
_ROLE = re.compile(r"arn:[a-z0-9-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)
_COMPONENTS = ("project_path", "ref_type", "ref")


@dataclass(frozen=True, slots=True)
class PipelineFacts:
    """What a pipeline is held to.

    Raises:
        ValueError: a fact has not the form of one; the message is one line.
    """

    project: str
    """`GROUP/PROJECT`, with subgroups: `CI_PROJECT_PATH`."""
    default_branch: str
    regions: tuple[str, ...]
    role_arn: str
    max_session_seconds: int = 3600
    """The role's MaxSessionDuration."""
    assumed_by: tuple[str, ...] = ()
    """The jobs that assume the role, where that cannot be told; without any, each that may is held to all the rest."""
    issuer: str = "gitlab.com"
    """Who issues the tokens, without `https://`: the host of a self-managed GitLab."""
    subject_components: tuple[str, ...] = _COMPONENTS
    """`ci_id_token_sub_claim_components` of the project."""
    approval: str | None = None
    """The environment that each job which assumes the role has, by itself or in a job it needs; or it is started by
    hand."""
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The project's variables, as far as they are known; `NAME@ENVIRONMENT` is that of an environment."""

    def __post_init__(self) -> None:
        """Hold each fact to its form."""
        if not _PROJECT.fullmatch(self.project):
            raise ValueError(f"{self.project!r} is no project; write GROUP/PROJECT, with subgroups if it has some")
        if not self.default_branch or self.default_branch.startswith("refs/"):
            raise ValueError(f"{self.default_branch!r} is no branch; write its name, such as main")
        if not self.regions:
            raise ValueError("no region is given; give the one that the jobs are to work in")
        if not _ROLE.fullmatch(self.role_arn):
            raise ValueError(f"{self.role_arn!r} is no role's ARN; write arn:aws:iam::ACCOUNT:role/NAME")
        if self.subject_components != _COMPONENTS:
            raise ValueError(
                f"subjects of {','.join(_COMPONENTS)} are worked out; those of other "
                "ci_id_token_sub_claim_components are not"
            )

    @property
    def subject(self) -> str:
        """What the subject of each token of the project begins with."""
        return f"project_path:{self.project}:"
