"""What changes from one role to another, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.report.json_ import VERSION
from leastgrant.text import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.inclusion import Witness
    from leastgrant.iam.string import Context
    from leastgrant.proof.new_access import Access


def access_text(access: Access) -> str:
    """Each request that is newly or no longer allowed, one on a line."""
    gained = len(access.gained) + len(access.admitted or ())
    lines = [
        *_section("Newly allowed", access.gained),
        *_trust("Newly admitted", access.admitted),
        *_section("No longer allowed", access.lost),
        *_trust("No longer admitted", access.refused),
        f"New access: {counted(gained, 'example')}." if gained else "No new access.",
    ]
    return "\n".join(lines) + "\n"


def access_json(access: Access) -> str:
    """One object: `version`, and `gained`, `lost`, `admitted`, `refused`, each a list of requests.

    `admitted` and `refused` are null if the trust of a role is not known, as of a bare policy.
    """
    report = {
        "version": VERSION,
        "gained": [_request(witness) for witness in access.gained],
        "lost": [_request(witness) for witness in access.lost],
        "admitted": None if access.admitted is None else [_assumed(request) for request in access.admitted],
        "refused": None if access.refused is None else [_assumed(request) for request in access.refused],
    }
    return json.dumps(report, indent=2) + "\n"


def _section(title: str, witnesses: Sequence[Witness]) -> Iterator[str]:
    if witnesses:
        yield f"{title}, for example"
    for witness in witnesses:
        request = witness.request
        allowed_by = ", ".join(map(str, witness.decision.statements))
        yield printable(f"  {request.action} on {request.resource}{_context(request.context)} (by {allowed_by})")


def _trust(title: str, requests: Sequence[AssumeRequest] | None) -> Iterator[str]:
    if requests:
        yield f"{title}, for example"
    for request in requests or ():
        yield printable(f"  {request.action} by {request.principal.name}{_context(request.context)}")


def _context(context: Context) -> str:
    return "".join(f", {key} {' or '.join(values) or 'absent'}" for key, values in context.items())


def _request(witness: Witness) -> dict[str, object]:
    request = witness.request
    return {
        "action": request.action,
        "resource": request.resource,
        "context": {key: list(values) for key, values in request.context.items()},
        "statements": [{"where": one.where, "sid": one.sid} for one in witness.decision.statements],
    }


def _assumed(request: AssumeRequest) -> dict[str, object]:
    return {
        "action": request.action,
        "principal": {"type": request.principal.kind.value, "name": request.principal.name},
        "context": {key: list(values) for key, values in request.context.items()},
    }
