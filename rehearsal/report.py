"""The table that the rehearsal ends with."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from ops.terminal.table import table
from rehearsal.outcome import Basis

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.outcome import Observation

EXPLAINED = {
    Basis.EVIDENCE: "calls that the CDK CLI, ops and the functions really made, decided as they were made",
    Basis.CONSEQUENCE: "what follows from leastgrant's model of the calls that CloudFormation's handlers make",
}


def report(outcomes: Sequence[Observation], seconds: float) -> str:
    """Write every outcome, act by act, then what each rests on, and the verdict."""
    lines: list[str] = []
    for act, of_act in groupby(outcomes, key=lambda outcome: outcome.act):
        lines += [act, *table(("", "known by", "what had to happen", "what happened"), map(_row, of_act)), ""]
    return "\n".join([*lines, *_explanations(), "", _verdict(outcomes, seconds)]) + "\n"


def _row(outcome: Observation) -> tuple[str, str, str, str]:
    return ("ok" if outcome.good else "WRONG", outcome.basis.value, outcome.what, _REQUEST_IDS.sub("", outcome.seen))


_REQUEST_IDS = re.compile(r" \(Status Code: \d+, Request ID: [-\w]+\)| \(RequestToken: [-\w]+, HandlerErrorCode: \w+\)")
"""What an event's reason says besides, of no use to a reader."""


def _explanations() -> Iterator[str]:
    for basis, text in EXPLAINED.items():
        yield f"{basis.value}: {text}"


def _verdict(outcomes: Sequence[Observation], seconds: float) -> str:
    wrong = sum(not outcome.good for outcome in outcomes)
    verdict = f"{wrong} of {len(outcomes)} did not happen as they had to" if wrong else f"all {len(outcomes)} happened"
    return f"Rehearsed in {seconds:.0f} s: {verdict}."
