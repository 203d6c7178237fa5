"""A job that assumes the role runs on a machine of GitHub's own, made for it, or on one that is declared.

Source: GitHub Docs, "GitHub-hosted runners", the labels of the standard runners; "Self-hosted runners", on why they are
not to be used with public repositories: they are not made anew for each job; "Larger runners": an organisation names
its own, so a label that is not here may be one of GitHub's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.expression import texts
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leastgrant.workflow.runs import Run
    from leastgrant.workflow.tree import Node

_GITHUBS = re.compile(
    r"ubuntu-(latest|slim|\d\d\.\d\d)(-arm)?|windows-(latest|\d{4}|11)(-arm|-vs\d{4})?"
    r"|macos-(latest|\d\d)(-intel|-large|-xlarge)?",
    re.IGNORECASE,
)

_OF_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}", re.IGNORECASE)
_SELF_HOSTED = "self-hosted"
_MOST_NAMED = 4


def it_runs_on_a_runner_of_github(contract: Contract) -> Iterator[WorkflowFinding]:
    """Jobs that assume the role on a self-hosted runner, or on one whose label anybody may have given."""
    found: dict[WorkflowKind, list[tuple[Run, int, str]]] = {}
    for run in dict.fromkeys(run for run, _ in contract.logins):
        if other := _other(contract, run):
            kind, line, label = other
            found.setdefault(kind, []).append((run, line, label))
    for kind, runs in found.items():
        labels = [f"`{label}`" for label in dict.fromkeys(label for _, _, label in runs)]
        more = f" and {len(labels) - _MOST_NAMED} more" if labels[_MOST_NAMED:] else ""
        whose = (
            "which is not one of GitHub's own" if kind is WorkflowKind.RUNNER else "and whose that is cannot be told"
        )
        yield finding(
            kind,
            [run for run, _, _ in runs],
            f"assumes the role on the runner {' or '.join(labels[:_MOST_NAMED])}{more}, {whose}",
            "run it on one of GitHub's, such as `ubuntu-24.04`, or declare the runner (`--runner`)",
            line=runs[0][1],
        )


def _other(contract: Contract, run: Run) -> tuple[WorkflowKind, int, str] | None:
    """Return a runner of a run that is not GitHub's own, nor declared, as far as its label tells."""
    declared = {label.lower() for label in contract.facts.runners}
    labels = [(node, text) for node in _labels(run) for text in texts(node.text, run.contexts)]
    others = [(node, text) for node, text in labels if not _GITHUBS.fullmatch(str(text))]
    if not others or any(str(text).lower() in declared for _, text in others):
        return None
    node, text = others[0]
    is_self_hosted = any(str(one).lower() == _SELF_HOSTED for _, one in others)
    kind = WorkflowKind.RUNNER if is_self_hosted else WorkflowKind.UNKNOWN
    return kind, node.line, str(text) if text.is_literal else node.text


def _labels(run: Run) -> Iterator[Node]:
    """Yield the labels, those of a list in the matrix each."""
    for node in run.job.runner:
        named = _OF_MATRIX.fullmatch(node.text.strip())
        found = run.contexts.of_matrix(named[1].lower().split(".")) if named else None
        yield from found.items() if found is not None and isinstance(found.content, tuple) else (node,)
