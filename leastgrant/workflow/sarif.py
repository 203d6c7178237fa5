"""What was found between workflows, trust and role, for code scanning: SARIF 2.1.0, one rule for each kind.

Sources: as of `leastgrant.report.sarif`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.report.sarif import SCHEMA, uri
from leastgrant.text import printable, upper_first
from leastgrant.workflow.finding import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leastgrant.workflow.finding import Finding
    from leastgrant.workflow.model import Workflow

TITLES: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.SUBJECT: "Token whose subject the role does not trust",
        Kind.TOKEN: "Job that may not request its token",
        Kind.AUDIENCE: "Token for another audience",
        Kind.ROLE: "Another role",
        Kind.REGION: "Another region",
        Kind.DURATION: "Session of a length that is not allowed",
        Kind.SESSION_NAME: "Session of another name",
        Kind.KEYS: "Role assumed with other credentials",
        Kind.GRANTED: "Token for a job that needs none",
        Kind.OUTSIDER: "Trusted token on an event of outsiders",
        Kind.WIDE: "Trust that is wider than its jobs",
        Kind.DECLARED: "Jobs other than declared",
        Kind.UNKNOWN: "Not known before the run",
    }
)


def sarif_report(workflows: Sequence[Workflow], findings: Sequence[Finding]) -> str:  # noqa: ARG001  (as other reports)
    """One run; each finding on its line."""
    seen = Counter[str]()
    run = {
        "tool": {"driver": {"name": "leastgrant", "rules": [_rule(kind) for kind in Kind]}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, seen) for finding in findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _id(kind: Kind) -> str:
    return f"leastgrant/workflow-{kind.value}"


def _rule(kind: Kind) -> dict[str, object]:
    return {
        "id": _id(kind),
        "name": TITLES[kind],
        "shortDescription": {"text": TITLES[kind]},
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": ["security", "github-actions", "iam"]},
    }


def _result(finding: Finding, seen: Counter[str]) -> dict[str, object]:
    fingerprint = _fingerprint(finding)
    seen[fingerprint] += 1
    text = printable(f"{upper_first(finding.message)}. To mend: {finding.mend}.").replace("](", "] (")
    return {
        "ruleId": _id(finding.kind),
        "ruleIndex": list(Kind).index(finding.kind),
        "level": "note" if finding.is_note else "error",
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": uri(finding.file)},
                    "region": {"startLine": finding.line or 1},
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"},
    }


def _fingerprint(finding: Finding) -> str:
    """What the finding is, on whatever line."""
    parts = (finding.kind.value, finding.file, finding.job or "", finding.message)
    return hashlib.sha256("\n".join(parts).encode(errors="backslashreplace")).hexdigest()[:16]
