"""What a token says beside its subject and audience, as far as it is known before the run.

Sources: GitHub Docs, "OpenID Connect reference", the table of claims; AWS IAM User Guide, "Available keys for AWS OIDC
federation", and AWS Service Authorization Reference, "Actions, resources, and condition keys for AWS Security Token
Service": since January 2026 ("AWS STS now supports validation of select identity provider specific claims") the keys
below, of github.com, of an enterprise's own issuer there, and of GHE.com; of no other claim is there a key, and a key
that AWS does not know is in no request (aws-actions/configure-aws-credentials 306).
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

KEYS = frozenset(
    {"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref"}
    | {"ref", "repository", "repository_id", "repository_owner_id", "workflow"}
)
"""The claims that AWS compares, beside `sub` and `aud`."""
KNOWN = KEYS - {"actor", "actor_id", "enterprise_id"}
"""Those of them that are worked out for a job."""
_WITH_KEYS = re.compile(r"token\.actions\.githubusercontent\.com(/.+)?|token\.actions\.[^./]+\.ghe\.com")


def keys_of(issuer: str) -> frozenset[str]:
    """Return the claims that AWS compares of an issuer's tokens: of GitHub Enterprise Server, `sub` and `aud`."""
    return KEYS if _WITH_KEYS.fullmatch(issuer) else frozenset()


def of_subject(subject: str) -> Mapping[str, str]:
    """Return the claims that a subject itself tells."""
    match = _SUBJECT.fullmatch(subject)
    if match is None:
        return {}
    owner, name = (re.sub(r"@\d+$", "", match[part]) for part in ("owner", "name"))
    found = {"repository": f"{owner}/{name}"}
    found |= {key: match[key] for key in ("ref", "environment") if match[key] is not None}
    return found


def of_run(run: Run, subject: str, facts: Facts) -> Mapping[str, str]:
    """Return the claims of a run whose token has a subject."""
    found = {
        **of_subject(subject),
        "repository": facts.name,
        "workflow": run.workflow.title,
    }
    if facts.repository_id is not None:
        found["repository_id"] = facts.repository_id
    if ids := _IDS.fullmatch(facts.repository):
        found |= {"repository_owner_id": ids[2], "repository_id": ids[4]}
    if "ref" not in found and run.source.ref.is_literal:
        found["ref"] = str(run.source.ref)
    if "ref" in found:
        path = f"{facts.name}/.github/workflows/"
        found["job_workflow_ref"] = f"{path}{run.workflow.name}@{found['ref']}"
    return found


def alternatives(known: Mapping[str, str], asked: Mapping[str, Iterable[str]]) -> Iterator[Mapping[str, str]]:
    """Yield the claims, completed with each combination of satisfying values of those asked for and not known."""
    open_to = {key: tuple(values) or ("",) for key, values in asked.items() if key not in known}
    for chosen in islice(product(*open_to.values()), _MOST):
        yield {**known, **dict(zip(open_to, chosen, strict=True))}
