"""What cannot be told is said: what is called and was not read, what an event is, whose runs there are none of.

The same thing that is not known is said once, whichever jobs it is of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leastgrant.workflow.assumption import unread
from leastgrant.workflow.claims import KNOWN
from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.subject import subjects
from leastgrant.workflow.token_users import asked_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from leastgrant.workflow.runs import Run


def nothing_is_left_open(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find what keeps the proof from being one."""
    found = [*_called(contract), *_actions(contract)]
    yield from found
    for run in contract.with_token:
        yield from _of_run(contract, run)
    yield from _alone(contract)
    told = any(contract.is_ours(run, one) or contract.takes_the_place(run, one) for run, one in contract.assumed)
    if not (found or told or contract.logins or contract.facts.assumed_by):
        yield contract.about_role(
            WorkflowKind.UNKNOWN,
            f"no job of the workflows that were given assumes `{contract.facts.role_arn}`: nothing was held against it",
            "give the workflows that do; say what a secret or variable that names the role holds (`--secret`, "
            "`--variable`)",
        )
    prefix = f"{contract.trust.issuer}:"
    absent = contract.trust.unknown_to_aws
    if keys := [
        key
        for key in sorted(contract.trust.other_keys)
        if key.removeprefix(prefix) not in _known(contract) and key not in absent
    ]:
        yield contract.about_role(
            WorkflowKind.UNKNOWN,
            f"the role's trust also asks for {', '.join(keys)}, which cannot be told of a job: it was taken to be "
            "as asked",
            "hold the trust to what is known of each job, such as `job_workflow_ref`",
        )


def _known(contract: Contract) -> frozenset[str]:
    """Return the claims that are worked out; the ids only if the repository is declared with them."""
    if "@" in contract.facts.repository:
        return KNOWN
    unknown = {"repository_owner_id"} if contract.facts.repository_id else {"repository_id", "repository_owner_id"}
    return KNOWN - unknown


def _called(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find called workflows that were not given, where the role may trust the token that they get."""
    by_call: dict[str, list[Run]] = {}
    for run in contract.with_token:
        if run.job.calls is not None and contract.may_be_trusted(run) and not asked_for(run.job.calls.text, None):
            by_call.setdefault(run.job.calls.text, []).append(run)
    is_here = {text: text.startswith("./") for text in by_call}
    for here in (True, False):
        texts = [text for text in by_call if is_here[text] is here]
        if not texts:
            continue
        runs = [run for text in texts for run in by_call[text]]
        yield finding(
            WorkflowKind.UNKNOWN,
            runs,
            f"may request a token, and lets {_named(texts)} use it, which was not given to be read",
            "give that workflow too" if here else _ELSEWHERE,
            line=runs[0].job.calls.line if runs[0].job.calls else None,
        )


def _actions(contract: Contract) -> Iterator[WorkflowFinding]:
    """Find the repository's own actions that were not read, where the role may trust the token that they get."""
    by_action: dict[str, list[tuple[Run, int]]] = {}
    for run in contract.with_token:
        if contract.may_be_trusted(run):
            for step in unread(run):
                by_action.setdefault(step.uses or "", []).append((run, step.line))
    if by_action:
        used = [one for of_one in by_action.values() for one in of_one]
        yield finding(
            WorkflowKind.UNKNOWN,
            [one for one, _ in used],
            f"may request a token, and lets {_named(by_action)} use it, which was not read",
            "run this where the repository's files are, so that composite actions can be read",
            line=used[0][1],
        )


_MOST_NAMED = 4
_ELSEWHERE = "call a workflow of this repository, or let the trust ask for its `job_workflow_ref`"


def _named(texts: Collection[str]) -> str:
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return ", ".join(f"`{text}`" for text in list(texts)[:_MOST_NAMED]) + more


def _alone(contract: Contract) -> Iterator[WorkflowFinding]:
    """Yield the jobs of workflows that others call and none given does, in one finding."""
    runs = [run for run in dict.fromkeys(run for run, _ in contract.logins) if run in contract.alone]
    if runs:
        files = list(dict.fromkeys(run.workflow.name for run in runs))
        yield finding(
            WorkflowKind.UNKNOWN,
            runs,
            f"assumes the role, and runs only when another workflow calls {_listed(files)}, which none of those given "
            "does: its token is the caller's, and whether the role trusts it was not judged",
            "give the workflows that call it, with their repository as `--repository`",
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if names[_MOST_NAMED:] else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"


def _of_run(contract: Contract, run: Run) -> Iterator[WorkflowFinding]:
    if not run.source.is_known:
        yield finding(
            WorkflowKind.UNKNOWN,
            run,
            f"may request a token, and starts on `{run.source.event}`, an event that is not known here",
            "take the event out, or `id-token: write` from the job",
            line=run.source.trigger.line,
        )
    for subject in subjects(run, contract.facts):
        if subject.environment is not None and not subject.environment.is_literal and run.job.environment is not None:
            yield finding(
                WorkflowKind.UNKNOWN,
                run,
                f"has `environment: {run.job.environment.text}`, which cannot be told before the run: its "
                f"token's subject may be any of `{subject.pattern}`",
                "write the environment's name out, or give all of them (`--environment`)",
                line=run.job.environment.line,
            )
