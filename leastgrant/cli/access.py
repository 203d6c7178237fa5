"""What changes from one role to another, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.report.json_ import VERSION
from leastgrant.text import context_text, counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.document import Principal
    from leastgrant.iam.evaluation import AssumeRequest
    from leastgrant.iam.inclusion import Witness
    from leastgrant.proof.new_access import Access, NotDecided


def access_text(access: Access) -> str:
    """List each request that is newly or no longer allowed, one on a line."""
    gained = len(access.gained) + len(access.admitted or ())
    lines = [
        *_section("Newly allowed", access.gained),
        *_trust("Newly admitted", access.admitted),
        *_section("No longer allowed", access.lost),
        *_trust("No longer admitted", access.refused),
        *_doubts("Not decided, whether it is newly allowed", access.not_known_gained),
        *_doubts("Not decided, whether it is no longer allowed", access.not_known_lost),
        _verdict(access, gained),
    ]
    return "\n".join(lines) + "\n"


def _verdict(access: Access, gained: int) -> str:
    doubts = f"{counted(len(access.undecided), 'question')} not decided" if access.undecided else ""
    if gained:
        return f"New access: {counted(gained, 'example')}{f'; {doubts}' if doubts else ''}."
    return f"Not known whether there is new access: {doubts}." if doubts else "No new access."


def access_json(access: Access) -> str:
    """Return one object: `version`, and `gained`, `lost`, `admitted`, `refused`, `undecided`, each a list.

    The first four are of requests; `admitted` and `refused` are null if the trust of a role is not known, as of a bare
    policy. What is undecided has an action, perhaps a principal, the direction, and what is missing to decide.
    """
    report = {
        "version": VERSION,
        "gained": [_request(witness) for witness in access.gained],
        "lost": [_request(witness) for witness in access.lost],
        "admitted": None if access.admitted is None else [_assumed(request) for request in access.admitted],
        "refused": None if access.refused is None else [_assumed(request) for request in access.refused],
        "undecided": [
            *(_doubt(one, "gained") for one in access.not_known_gained),
            *(_doubt(one, "lost") for one in access.not_known_lost),
        ],
    }
    return json.dumps(report, indent=2) + "\n"


def _section(title: str, witnesses: Sequence[Witness]) -> Iterator[str]:
    if witnesses:
        yield f"{title}, for example"
    alike: dict[tuple[int, int], str] = {}  # of thousands of actions that one answer is for, the rest is the same
    for witness in witnesses:
        request = witness.request
        rest = id(request.context), id(witness.decision)
        if rest not in alike:
            allowed_by = ", ".join(map(str, witness.decision.statements))
            alike[rest] = printable(f"{context_text(request.context)} (by {allowed_by})")
        yield f"{printable(f'  {request.action} on {request.resource}')}{alike[rest]}"


def _trust(title: str, requests: Sequence[AssumeRequest] | None) -> Iterator[str]:
    if requests:
        yield f"{title}, for example"
    for request in requests or ():
        yield printable(f"  {request.action} by {request.principal.name}{context_text(request.context)}")


def _doubts(title: str, doubts: Sequence[NotDecided]) -> Iterator[str]:
    if doubts:
        yield title
    yield from (printable(f"  {doubt}") for doubt in doubts)


def _principal(principal: Principal | None) -> dict[str, object] | None:
    return principal and {"type": principal.kind.value, "name": principal.name}


def _doubt(doubt: NotDecided, direction: str) -> dict[str, object]:
    principal = _principal(doubt.principal)
    return {"action": doubt.action, "principal": principal, "direction": direction, "reason": doubt.reason}


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
        "principal": _principal(request.principal),
        "context": {key: list(values) for key, values in request.context.items()},
    }
