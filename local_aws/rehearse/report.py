"""The table that a rehearsal ends with."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from leastgrant.table import table
from leastgrant.text import counted, printable
from local_aws.rehearse.outcome import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local_aws.rehearse.outcome import Failure, Outcome, RehearsedResource

_IDS = re.compile(r", Request ID: [-\w]+|, Extended Request ID: [-\w]+|RequestToken: [-\w]+, ")
"""What a reason says besides, of no use to a reader."""


def report(outcomes: Sequence[Outcome], failures: Sequence[Failure], resources: Sequence[RehearsedResource]) -> str:
    """Write what happened, what failed and in whose words, and how far each resource was there."""
    rows = ((one.verdict.value, one.act, one.what, one.seen) for one in outcomes)
    lines = [*table(("", "act", "what had to happen", "what happened"), rows, indent="")]
    if failures:
        lines += ["", "What failed", *(line for one in failures for line in _failure(one))]
    if resources:
        lines += ["", *_resources(resources)]
    return "\n".join([*lines, "", _verdict(outcomes)]) + "\n"


def _failure(failure: Failure) -> Iterator[str]:
    yield f"  {failure.act}: {printable(failure.where)}"
    yield f"    {printable(_IDS.sub('', failure.said))}"


def _resources(resources: Sequence[RehearsedResource]) -> Iterator[str]:
    """Yield the resources, by how far they were there."""
    numbers = Counter(one.fidelity for one in resources)
    yield "Resources: " + ", ".join(f"{number:,} {kind}" for kind, number in numbers.most_common())
    rows = ((one.fidelity, f"{one.stack}/{one.logical_id}", one.type) for one in resources)
    yield from table(("", "resource", "type"), rows)


def _verdict(outcomes: Sequence[Outcome]) -> str:
    wrong = sum(one.verdict is Verdict.WRONG for one in outcomes)
    left = sum(one.verdict is Verdict.NOT_PLAYED for one in outcomes)
    if not wrong:
        return f"Rehearsed: all {counted(len(outcomes), 'expectation')} met."
    also = f", and {counted(left, 'act')} not played" if left else ""
    return f"Rehearsed: {wrong} of {counted(len(outcomes) - left, 'expectation')} not met{also}."
