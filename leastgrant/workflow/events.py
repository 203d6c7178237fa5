"""What starts a run, and which ref the run is of: the ref is part of its token's subject.

Source: GitHub Docs, "Events that trigger workflows", the column `GITHUB_REF` of each event.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class GitRef(Enum):
    """Which ref an event's run is of."""

    PUSHED = "the branch or tag that was pushed"
    ANY = "any branch or tag"
    TAG = "a tag"
    DEFAULT = "the default branch"
    MERGE_QUEUE = "a branch of the merge queue"
    PULL_REQUEST = "a pull request"
    PULL_REQUEST_TARGET = "a pull request, in the place of its base"
    CALLER = "the ref of the workflow that calls it"


_DEFAULT = """
branch_protection_rule check_run check_suite delete discussion discussion_comment fork gollum image_version
issue_comment issues label milestone page_build project project_card project_column public repository_dispatch
schedule status watch workflow_run
"""

EVENTS: Mapping[str, GitRef] = MappingProxyType(
    {
        **dict.fromkeys(_DEFAULT.split(), GitRef.DEFAULT),
        **dict.fromkeys(
            ("create", "deployment", "deployment_status", "registry_package", "workflow_dispatch"), GitRef.ANY
        ),
        **dict.fromkeys(("pull_request", "pull_request_review", "pull_request_review_comment"), GitRef.PULL_REQUEST),
        "merge_group": GitRef.MERGE_QUEUE,
        "pull_request_target": GitRef.PULL_REQUEST_TARGET,
        "push": GitRef.PUSHED,
        "release": GitRef.TAG,
        "workflow_call": GitRef.CALLER,
    }
)

BY_HAND = frozenset({"workflow_dispatch"})
"""Events of which a person chooses the ref, each time."""

BY_ANYBODY = frozenset(
    {"discussion", "discussion_comment", "fork", "gollum", "issue_comment", "issues", "watch"}
    | {"check_run", "check_suite", "status", "workflow_run", "pull_request_target"}
)
"""Events that people cause who may not write to the repository (in a public one, anybody).

Some through others: what checks a fork's pull request causes `workflow_run` if it is a workflow, and `check_run`,
`check_suite` or `status` if it is an app. The run is of the default branch, and may request its token.
"""

BY_FORKS = frozenset(name for name, ref in EVENTS.items() if ref is GitRef.PULL_REQUEST)
"""Events that outsiders cause by a fork's pull request: their runs get no token, unless a private repository sends it.

Sources: GitHub Docs, "GITHUB_TOKEN reference" (the most that a fork's pull request gets), and "Managing GitHub Actions
settings for a repository", on forks of private repositories.
"""
