"""What was found between workflows, trust and role: for a terminal and for programs."""

from __future__ import annotations

import json
from collections import Counter
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from leastgrant.report.json_ import VERSION
from leastgrant.report.text import WIDTH
from leastgrant.text import counted, printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.workflow.finding import Finding
    from leastgrant.workflow.model import Workflow


def is_proved(findings: Sequence[Finding]) -> bool:
    """Whether there are notes at most."""
    return all(finding.is_note for finding in findings)


def text_report(workflows: Sequence[Workflow], findings: Sequence[Finding]) -> str:
    """Each finding with its place and what mends it, the notes, and the verdict."""
    lines = [line for finding in findings for line in _lines(finding)]
    return "\n".join([*lines, *([""] if lines else []), verdict(workflows, findings)]) + "\n"


def verdict(workflows: Sequence[Workflow], findings: Sequence[Finding]) -> str:
    """Whether all fits, in one line."""
    jobs = sum(len(workflow.jobs) for workflow in workflows)
    looked_at = f"{counted(len(workflows), 'workflow')}, {counted(jobs, 'job')}"
    notes = sum(finding.is_note for finding in findings)
    more = f", {counted(notes, 'note')}" if notes else ""
    if is_proved(findings):
        return f"Proved: {looked_at}{more}."
    kinds = Counter(finding.kind.value for finding in findings if not finding.is_note)
    return f"Not proved: {', '.join(f'{count} {kind}' for kind, count in kinds.items())} in {looked_at}{more}."


def _lines(finding: Finding) -> Iterator[str]:
    yield printable(f"{finding.where} ({'note' if finding.is_note else finding.kind.value})")
    yield _wrapped(upper_first(finding.message), 4)
    yield _wrapped(f"{'If you like' if finding.is_note else 'To mend'}: {finding.mend}", 6)


def _wrapped(text: str, indent: int) -> str:
    wrapper = TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = " " * indent, " " * (indent + 2)
    return wrapper.fill(printable(text))


def json_report(workflows: Sequence[Workflow], findings: Sequence[Finding]) -> str:
    """The same for a program."""
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
                "mend": finding.mend,
            }
            for finding in findings
        ],
    }
    return json.dumps(report, indent=2) + "\n"
