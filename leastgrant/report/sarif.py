"""A proof for code scanning: SARIF 2.1.0, one rule for each kind of finding.

Sources: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS; of what code scanning reads,
"SARIF support for code scanning", GitHub Docs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import EXPLANATIONS, TITLES
from leastgrant.text import printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leastgrant.proof.finding import Finding
    from leastgrant.proof.prove import Proof
    from leastgrant.role import Role

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""What a SARIF file says it keeps to."""

LEVELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.MISSING: "error",  # the deployment fails
        Kind.ESCALATION: "error",
        Kind.TRUST: "error",
        Kind.ESCAPE: "error",
        Kind.EXCESS: "warning",
        Kind.BROAD: "warning",
        Kind.UNKNOWN: "warning",
        Kind.UNDECIDED: "warning",
    }
)


def sarif_report(proof: Proof) -> str:
    """One run; each finding on the line of the resource it is about, or else of the role."""
    places = Counter[str]()
    run = {
        "tool": {"driver": {"name": "leastgrant", "rules": [_rule(kind) for kind in Kind]}},
        "columnKind": "unicodeCodePoints",
        "results": [
            *(_result(finding, proof.role, places) for finding in proof.findings),
            *(_result(each.finding, proof.role, places) | _suppressed(each.reason) for each in proof.acknowledged),
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(kind: Kind) -> dict[str, object]:
    return {
        "id": f"leastgrant/{kind.value}",
        "name": kind.value.capitalize(),
        "shortDescription": {"text": TITLES[kind]},
        "fullDescription": {"text": EXPLANATIONS[kind]},
        "help": {"text": EXPLANATIONS[kind], "markdown": EXPLANATIONS[kind]},
        "defaultConfiguration": {"level": LEVELS[kind]},
        "properties": {"tags": ["security", "iam", "cloudformation"]},
    }


def _result(finding: Finding, role: Role, seen: Counter[str]) -> dict[str, object]:
    template, line, name, path = _place(finding, role)
    fingerprint = _fingerprint(finding, name)
    seen[fingerprint] += 1
    return {
        "ruleId": f"leastgrant/{finding.kind.value}",
        "ruleIndex": list(Kind).index(finding.kind),
        "level": LEVELS[finding.kind],
        "message": {"text": _message(finding)},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": uri(template)}, "region": {"startLine": line or 1}},
                "logicalLocations": [{"name": name, "fullyQualifiedName": path or name, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"},
    }


def _suppressed(reason: str) -> dict[str, object]:
    """Acknowledged outside the file that the result is on: SARIF 2.1.0, 3.35 "suppression object"."""
    return {"suppressions": [{"kind": "external", "justification": printable(reason)}]}


def _message(finding: Finding) -> str:
    """The sentence and its mend; `](` would make a link of what is before and after it."""
    return printable(f"{upper_first(finding.message)}. To mend: {finding.mend}.").replace("](", "] (")


def _place(finding: Finding, role: Role) -> tuple[str, int | None, str, str | None]:
    subject = finding.subject
    if subject is None or subject.template is None:
        return role.template or role.name, role.line, role.name, role.construct_path
    return subject.template, subject.line, subject.name, subject.construct_path


def uri(template: str) -> str:
    """A file's path as code scanning takes it."""
    path = PurePath(template)
    quoted = quote(path.as_posix(), errors="backslashreplace")
    return f"file:///{quoted.lstrip('/')}" if path.is_absolute() else quoted


def _fingerprint(finding: Finding, name: str) -> str:
    """What the finding is, wherever it stands: lines and the order of statements may change."""
    statement = finding.statement
    about = statement.sid or statement.where if statement else ""
    parts = (finding.kind.value, finding.action, finding.resource, name, about)
    return hashlib.sha256("\n".join(parts).encode(errors="backslashreplace")).hexdigest()[:16]
