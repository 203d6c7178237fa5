"""What the `github` context holds of a run that somebody causes who may not write to the repository.

Sources: GitHub Docs, "Webhook events and payloads" (the members of each event), "Securing GitHub Actions" and the
GraphQL enum CommentAuthorAssociation; of what is not here, an outsider's run may hold anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.iam.pattern import Pattern
from leastgrant.workflow.events import BY_ANYBODY, BY_FORKS

if TYPE_CHECKING:
    from leastgrant.workflow.expression import Values

_SOMEBODY: Values = (Pattern.literal("\ue000"),)
"""A name that no workflow writes out."""
_ASSOCIATIONS: Values = tuple(
    map(Pattern.literal, ("NONE", "CONTRIBUTOR", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"))
)


def of_outsider(path: tuple[str, ...]) -> Values | None:
    """Return what is at a path of `github`, in lower case; None: it may be anything, or is as in other runs."""
    match path:
        case ("event", "workflow_run", "event"):
            return tuple(map(Pattern.literal, sorted(BY_ANYBODY | BY_FORKS)))
        case ("event", "pull_request", "merged"):  # who merges may write
            return (False,)
        case ("event", *_, "author_association"):
            return _ASSOCIATIONS
        case (
            ("actor" | "triggering_actor",)
            | ("event", "sender", "login")
            | ("event", _, "user" | "actor" | "triggering_actor", "login")
        ):
            return _SOMEBODY
        case ("event", "pull_request", "head", "repo", *of_repository) | (
            "event",
            "workflow_run",
            "head_repository",
            *of_repository,
        ):
            return (True,) if of_repository == ["fork"] else _SOMEBODY
        case _:
            return None
