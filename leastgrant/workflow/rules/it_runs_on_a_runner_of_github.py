"""A job that assumes the role runs on a machine of GitHub's own, made for it, or on one that is declared.

Source: GitHub Docs, "GitHub-hosted runners", the labels of the standard runners; "Self-hosted runners", on why they are
not to be used with public repositories: they are not made anew for each job.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.expression import texts
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_GITHUBS = re.compile(
    r"ubuntu-(latest|slim|\d\d\.\d\d)(-arm)?|windows-(latest|\d{4}|11)(-arm|-vs\d{4})?"
    r"|macos-(latest|\d\d)(-intel|-large|-xlarge)?",
    re.IGNORECASE,
)


def it_runs_on_a_runner_of_github(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find jobs that assume the role on a self-hosted runner, or on one that is not known."""
    declared = {label.lower() for label in contract.facts.runners}
    for run in dict.fromkeys(run for run, _ in contract.logins):
        labels = [(node, text) for node in run.job.runner for text in texts(node.text, run.contexts)]
        others = [(node, text) for node, text in labels if not _GITHUBS.fullmatch(str(text))]
        if not others or any(str(text).lower() in declared for _, text in others):
            continue
        node, text = others[0]
        is_known = text.is_literal
        yield finding(
            WorkflowKind.RUNNER if is_known else WorkflowKind.UNKNOWN,
            run,
            f"{run.called} assumes the role on the runner `{text if is_known else node.text}`, "
            + ("which is not one of GitHub's own" if is_known else "which cannot be told before the run"),
            "run it on one of GitHub's, such as `ubuntu-24.04`, or declare the runner",
            line=node.line,
        )
