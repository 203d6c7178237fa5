"""Findings for code scanning: SARIF 2.1.0, one rule for each kind; and a proof as such.

Sources: "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", OASIS; of what code scanning reads,
"SARIF support for code scanning", GitHub Docs.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

from leastgrant import __version__
from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import DOCS, EXPLANATIONS, TITLES, page_of
from leastgrant.text import printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

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


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A kind of finding, as code scanning lists it."""

    id: str
    name: str
    title: str
    level: str
    """`error`, `warning` or `note`."""
    explanation: str | None
    tags: tuple[str, ...]
    page: str
    """Where it is explained."""


@dataclass(frozen=True, slots=True)
class SarifResult:
    """A finding, on a line of a file."""

    rule: SarifRule
    message: str
    fix: str
    file: str
    line: int | None
    identity: tuple[str, ...]
    """What the finding is, wherever it stands: lines and the order of statements may change."""
    resource: tuple[str, str] | None = None
    """The name of what it is about, and its full name."""
    is_note: bool = False
    acknowledged: str | None = None
    """Why it is meant to be; None: it is not."""


def sarif(
    rules: Sequence[SarifRule], results: Iterable[SarifResult], properties: Mapping[str, str] | None = None
) -> str:
    """Write one run: every rule, and each result on its line; `properties` are what else is said of the run."""
    seen = Counter[str]()
    run = {
        "tool": {
            "driver": {
                "name": "leastgrant",
                "version": __version__,
                "informationUri": f"{DOCS}/leastgrant.md",
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        **({"properties": properties} if properties else {}),
        "results": [_result(result, rules.index(result.rule), seen) for result in results],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: SarifRule) -> dict[str, object]:
    explained = {"text": rule.explanation, "markdown": rule.explanation}
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.title},
        **({"fullDescription": {"text": rule.explanation}, "help": explained} if rule.explanation else {}),
        "defaultConfiguration": {"level": rule.level},
        "helpUri": rule.page,
        "properties": {"tags": list(rule.tags)},
    }


def _result(result: SarifResult, index: int, seen: Counter[str]) -> dict[str, object]:
    identity = "\n".join(result.identity).encode(errors="backslashreplace")
    fingerprint = hashlib.sha256(identity).hexdigest()[:16]
    seen[fingerprint] += 1
    location: dict[str, object] = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(result.file)}, "region": {"startLine": result.line or 1}}
    }
    if result.resource is not None:
        name, full_name = result.resource
        location["logicalLocations"] = [{"name": name, "fullyQualifiedName": full_name, "kind": "resource"}]
    return {
        "ruleId": result.rule.id,
        "ruleIndex": index,
        "level": "note" if result.is_note else result.rule.level,
        "message": {"text": _message(result)},
        "locations": [location],
        "partialFingerprints": {"primaryLocationLineHash": f"{fingerprint}:{seen[fingerprint]}"},
        **({} if result.acknowledged is None else _suppressed(result.acknowledged)),
    }


def _message(result: SarifResult) -> str:
    """Join the sentence and its fix, with no `](`, which would make a link of what is around it."""
    return printable(f"{upper_first(result.message)}. To fix: {result.fix}.").replace("](", "] (")


def _suppressed(reason: str) -> dict[str, object]:
    """Return a suppression outside the result's file (SARIF 2.1.0, 3.35 "suppression object")."""
    return {"suppressions": [{"kind": "external", "justification": printable(reason)}]}


def _uri(file: str) -> str:
    """Write a file's path as code scanning takes it."""
    path = PurePath(file)
    quoted = quote(path.as_posix(), errors="backslashreplace")
    return f"file:///{quoted.lstrip('/')}" if path.is_absolute() else quoted


def sarif_report(proof: Proof) -> str:
    """Write the proof; each finding on the line of the resource it is about, or else of the role."""
    found = [_of_finding(finding, proof.role) for finding in proof.findings]
    meant = [_of_finding(each.finding, proof.role, each.reason) for each in proof.acknowledged]
    return sarif(list(RULES.values()), [*found, *meant], {"trust": proof.trust})


RULES: Mapping[Kind, SarifRule] = MappingProxyType(
    {
        kind: SarifRule(
            id=f"leastgrant/{kind.value}",
            name=kind.value.capitalize(),
            title=TITLES[kind],
            level=LEVELS[kind],
            explanation=EXPLANATIONS[kind],
            tags=("security", "iam", "cloudformation"),
            page=page_of(kind.value),
        )
        for kind in Kind
    }
)


def _of_finding(finding: Finding, role: Role, acknowledged: str | None = None) -> SarifResult:
    template, line, name, path = _place(finding, role)
    statement = finding.statement
    about = statement.sid or statement.where if statement else ""
    return SarifResult(
        rule=RULES[finding.kind],
        message=finding.message,
        fix=finding.fix,
        file=template,
        line=line,
        identity=(finding.kind.value, finding.action, finding.resource, name, about),
        resource=(name, path or name),
        acknowledged=acknowledged,
    )


def _place(finding: Finding, role: Role) -> tuple[str, int | None, str, str | None]:
    subject = finding.subject
    if subject is None or subject.template is None:
        return role.template or role.name, role.line, role.name, role.construct_path
    return subject.template, subject.line, subject.name, subject.construct_path
