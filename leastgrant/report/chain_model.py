"""What reports show of a delivery chain: environments by links, causes, the most urgent first, and what is to know."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from leastgrant.proof.causes import Cause, causes
from leastgrant.proof.chain import LinkState
from leastgrant.proof.finding import Kind
from leastgrant.proof.link import Link
from leastgrant.text import counted, first_few

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.assembly import Place
    from leastgrant.proof.chain import Chain, LinkProof
    from leastgrant.proof.finding import Finding
    from leastgrant.proof.needs import Operation

DO_FIRST = 3
"""Causes that are told first."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which findings are shown: those of all of these that are named; the table is always whole."""

    kinds: frozenset[Kind] = frozenset()
    operations: frozenset[Operation] = frozenset()
    stacks: frozenset[str] = frozenset()
    every_finding: bool = False

    def of(self, link: LinkProof) -> tuple[Finding, ...]:
        """Return the findings of a link that are shown."""
        return tuple(finding for finding in link.findings if self._has(finding))

    def _has(self, finding: Finding) -> bool:
        if self.kinds and finding.kind not in self.kinds:
            return False
        if self.operations and (finding.need is None or finding.need.operation not in self.operations):
            return False
        return not self.stacks or (finding.subject is not None and finding.subject.stack in self.stacks)

    @property
    def is_filtered(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.kinds or self.operations or self.stacks)


@dataclass(frozen=True, slots=True)
class Placed:
    """A cause, and the links that have it: alike in several environments, it is one."""

    links: tuple[LinkProof, ...]
    cause: Cause

    @property
    def where(self) -> str:
        """The environments and the link."""
        places = [str(link.place) for link in self.links if link.place is not None]
        return f"{first_few(places, 'environment')} {self.links[0].link.value}".lstrip()


def of_links(chain: Chain, shown: Shown) -> Iterator[Placed]:
    """Yield the causes of each link by itself."""
    for link in chain.links:
        yield from (Placed((link,), cause) for cause in causes(shown.of(link)))


def placed(chain: Chain, shown: Shown) -> tuple[Placed, ...]:
    """Return the causes, the most urgent first: by kind, then what a deployment fails at first, of whichever link."""
    alike: dict[tuple[object, ...], list[Placed]] = {}
    for one in of_links(chain, shown):
        alike.setdefault((one.links[0].link, one.cause.kind, *_anywhere(one)), []).append(one)
    found = map(_merged, alike.values())
    return tuple(sorted(found, key=lambda one: (URGENCY.index(one.cause.kind), one.cause.when)))


def _anywhere(one: Placed) -> tuple[str, ...]:
    """Return what the cause says, whatever the environment is."""
    place = one.links[0].place
    texts = (one.cause.message, one.cause.fix)
    if place is None:
        return texts
    return tuple(text.replace(place.account, "ACCOUNT").replace(place.region, "REGION") for text in texts)


def _merged(alike: Sequence[Placed]) -> Placed:
    first, *others = alike
    if not others:
        return first
    entries = tuple(entry for one in alike for entry in one.cause.entries)
    statements = tuple(statement for one in alike for statement in one.cause.statements)
    links = tuple(link for one in alike for link in one.links)
    return Placed(links, replace(first.cause, entries=entries, statements=statements))


URGENCY = (
    Kind.MISSING,
    Kind.TRUST,
    Kind.ESCALATION,
    Kind.EXCESS,
    Kind.ESCAPE,
    Kind.BROAD,
    Kind.UNKNOWN,
    Kind.UNDECIDED,
)


def chain_verdict(chain: Chain, found: Sequence[Placed], shown: Shown) -> str:
    """Say the outcome in one sentence."""
    if chain.proved:
        return "Proved: every link grants what is called with it, and nothing else."
    states = Counter(link.state for link in chain.links)
    parts = [
        *([f"{counted(states[LinkState.NOT_PROVED], 'link')} not proved"] if states[LinkState.NOT_PROVED] else []),
        *([f"{counted(states[LinkState.UNKNOWN], 'link')} not known"] if states[LinkState.UNKNOWN] else []),
    ]
    number = sum(len(one.cause.entries) for one in found)
    what = f"{counted(len(found), 'cause')} of {counted(number, 'finding')}"
    return f"Not proved: {', '.join(parts)}; {what}{' shown' if shown.is_filtered else ''}."


def _cell(link: LinkProof, shown: Shown) -> str:
    number = len(causes(shown.of(link)))
    return f"{link.state.value} ({number})" if link.state is LinkState.NOT_PROVED else link.state.value


def overview(chain: Chain, shown: Shown) -> list[list[str]]:
    """Return environments by links; a role that serves all environments has a row of its own."""
    places = dict.fromkeys(link.place for link in chain.links)
    asked = [link for link in Link if any(one.link is link for one in chain.links)]
    rows = [["environment", *(link.value for link in asked)]]
    for place in places:
        cells: list[str] = []
        for link in asked:
            here = [one for one in chain.links if one.place == place and one.link is link]
            cells.append(", ".join(dict.fromkeys(_cell(one, shown) for one in here)) or "-")
        rows.append([title_of(place), *cells])
    return rows


def title_of(place: Place | None) -> str:
    """Name an environment; None: all of them."""
    return "all" if place is None else str(place)


def notes(chain: Chain) -> Iterator[str]:
    """Yield what is known and no finding: the ways that the app itself opens, and what aws-cdk ships."""
    for link in chain.links:
        for each in link.acknowledged:
            yield f"{title_of(link.place)} {link.link.value}: acknowledged, {each.finding.message}: {each.reason}"
        if link.own_ways:
            names = [finding.resource for finding in link.own_ways]
            yield (
                f"{title_of(link.place)} {link.link.value}: what the app deploys needs {counted(len(names), 'way')} to "
                f"more permissions ({first_few(names, 'way')}); only a permissions boundary closes them"
            )
    shipped = Counter(link.link for link in chain.links if link.shipped)
    if shipped:
        names = ", ".join(link.value for link in Link if link in shipped)
        yield (
            f"The roles of cdk bootstrap ({names}) may do more than this app needs, as aws-cdk ships them for every "
            "app of an environment; it is not held against the app"
        )
