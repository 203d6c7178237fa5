"""A proof for a terminal: what was found first, then the numbers."""

from __future__ import annotations

from collections import Counter
from functools import partial
from textwrap import TextWrapper
from typing import TYPE_CHECKING

from leastgrant.proof.finding import Kind
from leastgrant.report.kinds import TITLES, page_of
from leastgrant.report.model import (
    GrantState,
    acknowledged_groups,
    calls,
    escalation_paths,
    groups,
    reasons_for_open,
    summary,
    tiers,
    verdict,
)
from leastgrant.text import counted, printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from leastgrant.proof.finding import Finding
    from leastgrant.proof.prove import Proof
    from leastgrant.report.model import NeedRow

    Style: TypeAlias = Callable[[str, str], str]
    Wrap: TypeAlias = Callable[[str, int], str]

WIDTH = 100
"""Columns that lines are wrapped at where there is no terminal; an ARN that is longer is not broken, so that it can be
copied."""
_NARROWEST = 40

_BOLD, _RED, _GREEN, _DIM, _END = "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[2m", "\x1b[0m"  # ECMA-48, SGR


def text_report(
    proof: Proof, *, width: int | None = None, colour: bool = False, links: bool = False, everything: bool = False
) -> str:
    """Write the findings by kind, each with its fix and its id; what is acknowledged; the verdict and the numbers.

    Args:
        proof: What to report.
        width: The terminal's columns; None: there is none.
        colour: Set it with a terminal's control sequences.
        links: Make each id a link to what the documents say of its kind.
        everything: Name the calls too that are not granted, and that no deployment needs.
    """
    style = _styled if colour else _plain
    wrap = partial(wrapped, width=width)
    lines: list[str] = []
    for kind in Kind:
        if findings := proof.of(kind):
            lines += [*_section(kind, findings, proof, style, wrap, links=links), ""]
    if proof.acknowledged:
        lines += [*_acknowledged(proof, style, wrap), ""]
    if everything and (survived := [call for call in calls(proof) if call.state is GrantState.ADVISORY]):
        lines += [*_survived(survived, style, wrap), ""]
    lines.append(style(verdict(proof), _BOLD + (_GREEN if proof.proved else _RED)))
    lines += _numbers(proof, wrap)
    return "\n".join(lines) + "\n"


def _linked(text: str, page: str) -> str:
    """Make a link as terminals know it (OSC 8)."""
    return f"\x1b]8;;{page}\x1b\\{text}\x1b]8;;\x1b\\"


def _plain(text: str, _: str) -> str:
    return text


def _styled(text: str, codes: str) -> str:
    return f"{codes}{text}{_END}"


def _section(
    kind: Kind, findings: tuple[Finding, ...], proof: Proof, style: Style, wrap: Wrap, *, links: bool
) -> Iterator[str]:
    yield style(f"{TITLES[kind]} ({kind.value}): {len(findings):,}", _BOLD)
    place = None
    for group in groups(findings, proof.role.name):
        if group.place != place:
            place = group.place
            yield style(wrap(place, 2), _DIM)
        for sentence in group.sentences:
            yield wrap(upper_first(sentence), 4)
        yield wrap(f"To fix: {group.remark}", 6)
        for name in dict.fromkeys(finding.id for finding in group.findings):
            text = printable(name)  # not wrapped, so that it can be copied
            yield f"      {style(_linked(text, page_of(kind.value)) if links else text, _DIM)}"


def _acknowledged(proof: Proof, style: Style, wrap: Wrap) -> Iterator[str]:
    yield style(f"Acknowledged: {len(proof.acknowledged):,}", _DIM)
    for group in acknowledged_groups(proof.acknowledged, proof.role.name):
        for sentence in group.sentences:
            yield wrap(f"{group.place}: {sentence}", 4)
        yield wrap(f"Meant to be: {group.remark}", 6)


def _survived(survived: list[NeedRow], style: Style, wrap: Wrap) -> Iterator[str]:
    yield style(f"Not granted, and not demanded: {len(survived):,}", _DIM)
    groups: dict[tuple[str, str, str], dict[str, None]] = {}
    for call in survived:
        need = call.need
        groups.setdefault((need.tier.value, need.action, need.on), {})[need.doing] = None
    for (tier, action, on), doing in groups.items():
        yield wrap(f"{tier}: {action} on {on}, {', '.join(doing)}", 4)


def _numbers(proof: Proof, wrap: Wrap) -> Iterator[str]:
    known = summary(proof)
    yield wrap(f"Needs       {known.needs:,}: {tiers(known)}", 2)
    yield f"  Statements  {known.statements:,}, granting {counted(known.actions, 'action')}"
    meant = reasons_for_open(proof)
    states = (f"{p.state.value} (acknowledged)" if p.name in meant else p.state.value for p in escalation_paths(proof))
    if paths := Counter(states):
        yield f"  Escalation  {', '.join(f'{count:,} {state}' for state, count in paths.items())}"
    yield wrap(f"Trust       {known.trust}", 2)
    yield f"  Explained   {known.explained:,} of {counted(known.grants, 'grant')} (an action on a resource)"


def wrapped(text: str, indent: int, width: int | None = None) -> str:
    """Wrap the text to lines of the width, or of `WIDTH`, indented; a word is not broken."""
    wrapper = TextWrapper(max(width or WIDTH, _NARROWEST), break_long_words=False, break_on_hyphens=False)
    wrapper.initial_indent, wrapper.subsequent_indent = " " * indent, " " * (indent + 2)
    return wrapper.fill(printable(text))
