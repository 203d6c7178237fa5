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

    from leastgrant.workflow.node import Node
    from leastgrant.workflow.runs import Run

_GITHUBS = re.compile(
    r"ubuntu-(latest|slim|\d\d\.\d\d)(-arm)?|windows-(latest|\d{4}|11)(-arm|-vs\d{4})?"
    r"|macos-(latest|\d\d)(-intel|-large|-xlarge)?",
    re.IGNORECASE,
)

_OF_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w.-]+)\s*\}\}", re.IGNORECASE)
_SELF_HOSTED = "self-hosted"


def it_runs_on_a_runner_of_github(contract: Contract) -> Iterator[WorkflowFinding]:
    """Jobs that assume the role on a self-hosted runner, or on one whose label anybody may have given."""
    declared = {label.lower() for label in contract.facts.runners}
    for run in dict.fromkeys(run for run, _ in contract.logins):
        labels = [(node, text) for node in _labels(run) for text in texts(node.text, run.contexts)]
        others = [(node, text) for node, text in labels if not _GITHUBS.fullmatch(str(text))]
        if not others or any(str(text).lower() in declared for _, text in others):
            continue
        node, text = others[0]
        is_self_hosted = any(str(one).lower() == _SELF_HOSTED for _, one in others)
        shown = text if text.is_literal else node.text
        yield finding(
            WorkflowKind.RUNNER if is_self_hosted else WorkflowKind.UNKNOWN,
            run,
            f"assumes the role on the runner `{shown}`, "
            + ("which is not one of GitHub's own" if is_self_hosted else "and whose that is cannot be told"),
            "run it on one of GitHub's, such as `ubuntu-24.04`, or declare the runner (`--runner`)",
            line=node.line,
        )


def _labels(run: Run) -> Iterator[Node]:
    """The labels, those of a list in the matrix each."""
    for node in run.job.runner:
        named = _OF_MATRIX.fullmatch(node.text.strip())
        found = run.contexts.of_matrix(named[1].lower().split(".")) if named else None
        yield from found.items() if found is not None and isinstance(found.content, tuple) else (node,)
