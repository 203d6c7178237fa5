"""What the message of a refused call names: the action, the resource, and what the policies lack.

Source: "Troubleshoot access denied error messages", AWS IAM User Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TOLD = re.compile(
    r"not authorized to perform:? (?P<action>[A-Za-z0-9-]+:[A-Za-z0-9]+)(?:,? on resource:? (?P<resource>\S+))?"
)
_BECAUSE = re.compile(r"because no [a-z -]+? allows|with an explicit deny(?: in an? [a-z -]+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a message tells."""

    action: str | None = None
    resource: str | None = None
    because: str | None = None


def refused_in(message: str) -> Told:
    """Read the message of a refused call."""
    told, because = _TOLD.search(message), _BECAUSE.search(message)
    resource = told["resource"] if told else None
    return Told(
        told["action"] if told else None,
        resource.strip("\"'.,") if resource else None,
        because[0].strip() if because else None,
    )
