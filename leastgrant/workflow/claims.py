"""What a token says beside its subject and audience, as far as it is known before the run.

Sources: GitHub Docs, "OpenID Connect reference", the table of claims; AWS IAM User Guide, "Available keys for AWS OIDC
federation", of GitHub.
"""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from leastgrant.workflow.facts import Facts
    from leastgrant.workflow.runs import Run

_SUBJECT = re.compile(r"repo:(?P<owner>[^/:]+)/(?P<name>[^:]+):(ref:(?P<ref>[^:]+)|environment:(?P<environment>.+)|.*)")
_IDS = re.compile(r"([^@]+)@(\d+)/([^@]+)@(\d+)")
_MOST = 16

KNOWN = frozenset(
    {"repository", "repository_owner", "ref", "environment", "event_name", "workflow", "workflow_ref"}
    | {"job_workflow_ref", "repository_id", "repository_owner_id"}
)
"""The claims that are worked out for a job."""


def of_subject(subject: str) -> Mapping[str, str]:
    """Return the claims that a subject itself tells."""
    match = _SUBJECT.fullmatch(subject)
    if match is None:
        return {}
    owner, name = (re.sub(r"@\d+$", "", match[part]) for part in ("owner", "name"))
    found = {"repository": f"{owner}/{name}", "repository_owner": owner}
    found |= {key: match[key] for key in ("ref", "environment") if match[key] is not None}
    return found


def of_run(run: Run, subject: str, facts: Facts) -> Mapping[str, str]:
    """Return the claims of a run whose token has a subject."""
    found = {
        **of_subject(subject),
        "repository": facts.name,
        "repository_owner": facts.name.partition("/")[0],
        "event_name": run.source.event,
        "workflow": run.workflow.title,
    }
    if ids := _IDS.fullmatch(facts.repository):
        found |= {"repository_owner_id": ids[2], "repository_id": ids[4]}
    if "ref" not in found and run.source.ref.is_literal:
        found["ref"] = str(run.source.ref)
    if "ref" in found:
        path = f"{facts.name}/.github/workflows/"
        outer = run.callers[0].partition(":")[0] if run.callers else run.workflow.name
        found["workflow_ref"] = f"{path}{outer}@{found['ref']}"
        found["job_workflow_ref"] = f"{path}{run.workflow.name}@{found['ref']}"
    return found


def alternatives(known: Mapping[str, str], asked: Mapping[str, Iterable[str]]) -> Iterator[Mapping[str, str]]:
    """Yield the claims, completed with each combination of satisfying values of those asked for and not known."""
    open_to = {key: tuple(values) or ("",) for key, values in asked.items() if key not in known}
    for chosen in islice(product(*open_to.values()), _MOST):
        yield {**known, **dict(zip(open_to, chosen, strict=True))}
