"""What was found between workflows, trust and role: for a terminal, for programs and for code scanning."""

from __future__ import annotations

import json
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING

from leastgrant.report.json_ import VERSION
from leastgrant.report.reference import REFERENCES
from leastgrant.report.sarif import SarifResult, SarifRule, sarif
from leastgrant.report.text import wrapped
from leastgrant.text import counted, printable, upper_first
from leastgrant.workflow.finding import WorkflowKind, is_proved
from leastgrant.workflow.model import Workflow

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastgrant.workflow.finding import WorkflowFinding
    from leastgrant.workflow.gitlab.model import Pipeline


def workflow_text(
    workflows: Sequence[Workflow | Pipeline], findings: Sequence[WorkflowFinding], width: int | None = None
) -> str:
    """Write each finding with its place and its fix, the notes, and the verdict."""
    lines = [line for finding in findings for line in _lines(finding, width)]
    return "\n".join([*lines, *([""] if lines else []), _verdict(workflows, findings)]) + "\n"


def _verdict(workflows: Sequence[Workflow | Pipeline], findings: Sequence[WorkflowFinding]) -> str:
    """Say whether all fits, in one line."""
    jobs = sum(len(workflow.jobs) for workflow in workflows)
    name = "workflow" if all(isinstance(one, Workflow) for one in workflows) else "pipeline"
    looked_at = f"{counted(len(workflows), name)}, {counted(jobs, 'job')}"
    notes = sum(finding.is_note for finding in findings)
    more = f", {counted(notes, 'note')}" if notes else ""
    if is_proved(findings):
        return f"Proved: {looked_at}{more}."
    kinds = Counter(finding.kind.value for finding in findings if not finding.is_note)
    return f"Not proved: {', '.join(f'{count} {kind}' for kind, count in kinds.items())} in {looked_at}{more}."


def _lines(finding: WorkflowFinding, width: int | None) -> Iterator[str]:
    yield printable(f"{finding.where} ({'note' if finding.is_note else finding.kind.value})")
    yield wrapped(upper_first(finding.message), 4, width)
    yield wrapped(f"{'If you like' if finding.is_note else 'To fix'}: {finding.fix}", 6, width)


def workflow_json(workflows: Sequence[Workflow | Pipeline], findings: Sequence[WorkflowFinding]) -> str:
    """Write the findings as JSON."""
    report = {
        "version": VERSION,
        "proved": is_proved(findings),
        "workflows": [workflow.file for workflow in workflows],
        "findings": [
            {
                "kind": finding.kind.value,
                "note": finding.is_note,
                "file": finding.file,
                "line": finding.line,
                "job": finding.job,
                "message": finding.message,
                "fix": finding.fix,
            }
            for finding in findings
        ],
    }
    return json.dumps(report, indent=2) + "\n"


_RULES: Mapping[WorkflowKind, SarifRule] = MappingProxyType(
    {
        kind: SarifRule(
            id=f"leastgrant/{known.id}",
            name=known.title,
            title=known.title,
            level="error",
            explanation=f"{known.meaning} {known.fix}",
            tags=("security", "github-actions", "iam"),
            page=known.page,
        )
        for kind in WorkflowKind
        for known in (REFERENCES[f"workflow-{kind.value}"],)
    }
)


def workflow_sarif(workflows: Sequence[Workflow | Pipeline], findings: Sequence[WorkflowFinding]) -> str:  # noqa: ARG001  (as other reports)
    """Write each finding on its line, for code scanning."""
    return sarif(list(_RULES.values()), map(_of_finding, findings))


def _of_finding(finding: WorkflowFinding) -> SarifResult:
    return SarifResult(
        rule=_RULES[finding.kind],
        message=finding.message,
        fix=finding.fix,
        file=finding.file,
        line=finding.line,
        identity=(finding.kind.value, finding.file, finding.job or "", finding.message),
        is_note=finding.is_note,
    )
