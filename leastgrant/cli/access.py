"""What one role allows and another does not, as text and as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from leastgrant.iam.inclusion import newly_allowed
from leastgrant.knowledge import authorization
from leastgrant.proof.needed import EVERYTHING, granted
from leastgrant.report.json_ import VERSION
from leastgrant.report.words import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.inclusion import Witness
    from leastgrant.role import Role


def new_access(baseline: Role, candidate: Role) -> tuple[list[Witness], list[Witness]]:
    """What the candidate allows and the baseline does not, and the reverse.

    Raises:
        PatternTooComplex: the roles' patterns or conditions are too complex to compare.
    """
    return _new(baseline, candidate), _new(candidate, baseline)


def _new(before: Role, after: Role) -> list[Witness]:
    actions = dict.fromkeys(action for grant in granted(after.statements, ()) for action in _actions(grant.action))
    return list(newly_allowed(before.permissions, after.permissions, actions))


def _actions(action: str) -> Iterator[str]:
    if action not in EVERYTHING:
        yield action
        return
    for service in authorization.services():
        yield from map(str, authorization.actions(service))


def access_text(gained: Sequence[Witness], lost: Sequence[Witness]) -> str:
    """Each newly allowed and each no longer allowed request, one on a line."""
    lines = [
        *_section("Newly allowed", gained),
        *_section("No longer allowed", lost),
        "No new access." if not gained else f"New access: {counted(len(gained), 'kind')} of requests.",
    ]
    return "\n".join(lines) + "\n"


def access_json(gained: Sequence[Witness], lost: Sequence[Witness]) -> str:
    """One object: `version`, `gained` and `lost`, each a list of requests with the statements that allow them."""
    report = {
        "version": VERSION,
        "gained": [_object(witness) for witness in gained],
        "lost": [_object(witness) for witness in lost],
    }
    return json.dumps(report, indent=2) + "\n"


def _section(title: str, witnesses: Sequence[Witness]) -> Iterator[str]:
    if witnesses:
        yield f"{title}, for example"
        for witness in witnesses:
            request = witness.request
            context = "".join(f", {key} {' or '.join(values) or 'absent'}" for key, values in request.context.items())
            allowed_by = ", ".join(map(str, witness.decision.statements))
            yield printable(f"  {request.action} on {request.resource}{context} (by {allowed_by})")


def _object(witness: Witness) -> dict[str, object]:
    request = witness.request
    return {
        "action": request.action,
        "resource": request.resource,
        "context": {key: list(values) for key, values in request.context.items()},
        "statements": [{"where": one.where, "sid": one.sid} for one in witness.decision.statements],
    }
