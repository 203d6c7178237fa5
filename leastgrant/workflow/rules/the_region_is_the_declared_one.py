"""A job that assumes the role works in the declared region, or one of those that are declared."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from leastgrant.workflow.contract import Contract, finding
from leastgrant.workflow.finding import WorkflowFinding, WorkflowKind
from leastgrant.workflow.setting import option_of, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.iam.pattern import Pattern
    from leastgrant.workflow.assumption import Assumption
    from leastgrant.workflow.runs import Run


def the_region_is_the_declared_one(contract: Contract) -> Iterator[WorkflowFinding]:
    """Other regions, none, and those that cannot be told; those of one line are one fault."""
    others: dict[tuple[str, int], list[tuple[Run, Assumption, Pattern]]] = {}
    for run, assumption in contract.logins:
        for region in assumption.region:
            if not _may_be_declared(contract, region):
                place = (run.workflow.file, assumption.line("aws-region"))
                others.setdefault(place, []).append((run, assumption, region))
    for group in others.values():
        yield _other(contract, group)
    logins = chain.from_iterable(one.logins for one in contract.of_all_roles)
    if unknown := [login for login in logins if any(_is_unknown(contract, region) for region in login[1].region)]:
        yield _unknown(contract, unknown)


def _may_be_declared(contract: Contract, region: Pattern) -> bool:
    return any(map(region.matches, contract.facts.regions))


def _is_unknown(contract: Contract, region: Pattern) -> bool:
    return not region.is_literal and _may_be_declared(contract, region)


def _unknown(contract: Contract, unknown: Sequence[tuple[Run, Assumption]]) -> WorkflowFinding:
    declared = contract.facts.regions[0]
    texts = list(dict.fromkeys(assumption.text("aws-region") for _, assumption in unknown))
    options = options_of(texts, declared)
    are_all = all(option_of(text, declared) for text in texts)
    holds = f"say what {'it holds' if options[1:] == [] else 'each holds'} ({', '.join(f'`{o}`' for o in options)})"
    named = " or ".join(f"`{text}`" for text in texts if text)
    return finding(
        WorkflowKind.UNKNOWN,
        [run for run, _ in unknown],
        f"assumes the role in {f'{named}, a region' if named else 'a region'} that cannot be told before the run",
        holds if are_all else f"{f'{holds}; else ' if options else ''}set `aws-region: {declared}`",
        line=unknown[0][1].line("aws-region"),
    )


def _other(contract: Contract, group: list[tuple[Run, Assumption, Pattern]]) -> WorkflowFinding:
    _, assumption, first = group[0]
    regions = list(dict.fromkeys(str(region) for _, _, region in group))
    shown = ", ".join(f"`{region}`" for region in regions) if str(first) else "no region"
    declared = " or ".join(f"`{one}`" for one in contract.facts.regions)
    also = f", or declare where it is to work (`--region {first}`)" if str(first) else ""
    return finding(
        WorkflowKind.REGION,
        [run for run, _, _ in group],
        f"assumes the role in {shown}, and the stacks are in {declared}",
        f"set `aws-region: {contract.facts.regions[0]}`{also}",
        line=assumption.line("aws-region"),
    )
