"""A picture of a delivery chain: roles as nodes, who may assume or pass whom as arrows, in the colours of the proof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from leastgrant.proof.chain import LinkState
from leastgrant.proof.link import Link
from leastgrant.report.element import NOTHING, Html, element
from leastgrant.text import counted, printable

if TYPE_CHECKING:
    from leastgrant.assembly import Assembly, Place
    from leastgrant.proof.chain import Chain, LinkProof

_SHAPE_OF = {
    LinkState.PROVED: "proved",
    LinkState.UNKNOWN: "advisory",
    LinkState.NOT_PROVED: "missing",
    LinkState.UNUSED: "proved",
}


def link_mark(state: LinkState) -> Html:
    """Draw a state's mark: each has a shape of its own, so that none is told by colour alone."""
    return Html(f'<svg aria-hidden="true"><use href="#{_SHAPE_OF[state]}"/></svg>')


MOST_ENVIRONMENTS = 8
"""Environments that are drawn: of more, those with the most urgent state."""

_X = {Link.CI: 0, Link.DEPLOY: 250, Link.EXECUTION: 500}
_STACKS_AT = 750
_WIDTH, _HEIGHT, _GAP, _TITLE, _ALL = 180, 46, 12, 30, 940
_NAMES = {
    Link.CI: "starts it",
    Link.DEPLOY: "deploy role",
    Link.FILES: "publishes files",
    Link.IMAGES: "publishes images",
    Link.LOOKUP: "looks up",
    Link.EXECUTION: "execution role",
}
_LETTERS = 24
"""Of a role's name that a node has room for."""


@dataclass(frozen=True, slots=True)
class _Node:
    x: float
    y: float
    title: str
    name: str
    state: LinkState


def picture(chain: Chain, assembly: Assembly) -> Html:
    """Draw the chain; without links to draw, nothing."""
    places = [place for place in dict.fromkeys(link.place for link in chain.links) if place is not None]
    if not places:
        return NOTHING
    shown = sorted(places, key=lambda place: min(_WORST.index(link.state) for link in _of(chain, place)))
    shown = sorted(shown[:MOST_ENVIRONMENTS])
    starting = (link for link in chain.links if link.link is Link.CI and link.state is not LinkState.UNUSED)
    ci = next(starting, None)
    drawn: list[Html] = []
    told: list[str] = []
    top = 0.0
    targets: list[tuple[_Node, LinkState]] = []
    for place in shown:
        nodes, arrows, height = _environment(chain, assembly, place, top)
        drawn += [_text(_X[Link.DEPLOY], top + 18, str(place), "where"), *arrows, *map(_box, (n for n, _ in nodes))]
        targets += [
            (node, _assuming(ci, link)) for node, link in nodes if link is not None and node.x == _X[Link.DEPLOY]
        ]
        told += [f"{place}: " + ", ".join(f"{node.title} {node.state.value}" for node, _ in nodes if node.title)]
        top += height
    if ci is not None:
        node = _Node(_X[Link.CI], max(top / 2 - _HEIGHT / 2, _TITLE), "CI role", _short(ci.role), ci.state)
        drawn += [_arrow(node, target, state, "assumes") for target, state in targets]
        drawn.append(_box(node))
        told.insert(0, f"The CI role is {ci.state.value}")
    left = len(places) - len(shown)
    more = f" {counted(left, 'other environment')} {'is' if left == 1 else 'are'} in the table alone." if left else ""
    head = "".join(
        f'<marker id="to-{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" '
        f'markerUnits="userSpaceOnUse" orient="auto">'
        f'<path class="{name}" d="M0 0 8 4 0 8z"/></marker>'
        for name in ("proved", "missing", "advisory")
    )
    title = element("title", "The delivery chain: which role assumes or passes which", id="picture-title")
    description = element("desc", ". ".join(told) + ".", id="picture-description")
    svg = Html(
        f'<svg class="picture" viewBox="-4 -4 {_ALL + 8} {top + 8:g}" role="img" '
        f'aria-labelledby="picture-title picture-description">{title.markup}{description.markup}<defs>{head}</defs>'
        f"{''.join(part.markup for part in drawn)}</svg>"
    )
    caption = (
        "The CI role assumes the roles of each environment; the deploy role passes the execution role to "
        f"CloudFormation, which makes the stacks with it. What is proved is thin.{more}"
    )
    return element(
        "section",
        element("h2", "The chain"),
        element("figure", element("div", svg, class_="wide"), element("figcaption", caption, class_="note")),
        class_="chain",
    )


_WORST = (LinkState.NOT_PROVED, LinkState.UNKNOWN, LinkState.PROVED, LinkState.UNUSED)


def _of(chain: Chain, place: Place) -> list[LinkProof]:
    return [link for link in chain.links if link.place == place]


def _environment(
    chain: Chain, assembly: Assembly, place: Place, top: float
) -> tuple[list[tuple[_Node, LinkProof | None]], list[Html], float]:
    """Return the nodes of an environment, each with its link, the arrows between them, and how high it is."""
    links = [link for link in _of(chain, place) if link.state is not LinkState.UNUSED]
    support = [link for link in links if link.link in {Link.DEPLOY, Link.FILES, Link.IMAGES, Link.LOOKUP}]
    executing = [link for link in links if link.link is Link.EXECUTION]
    rows = max(len(support), len(executing), 1)

    def at(x: float, row: int, link: LinkProof) -> _Node:
        y = top + _TITLE + row * (_HEIGHT + _GAP)
        return _Node(x, y, _NAMES[link.link], _short(link.role), link.state)

    helpers = [(at(_X[Link.DEPLOY], row, link), link) for row, link in enumerate(support)]
    executors = [(at(_X[Link.EXECUTION], row, link), link) for row, link in enumerate(executing)]
    arrows: list[Html] = []
    nodes: list[tuple[_Node, LinkProof | None]] = [*helpers, *executors]
    for node, link in executors:
        stacks = [s for s in assembly.stacks if s.place == place and s.execution_role in {link.role, None}]
        made = _Node(_STACKS_AT, node.y, "", counted(len(stacks), "stack"), link.state)
        nodes.append((made, None))
        arrows.append(_arrow(node, made, link.state, "makes"))
        arrows += [
            _arrow(other, node, _passing(deploying, link), "passes")
            for other, deploying in helpers
            if deploying.link is Link.DEPLOY
        ]
    return nodes, arrows, _TITLE + rows * (_HEIGHT + _GAP) + _GAP


def _passing(deploying: LinkProof, execution: LinkProof) -> LinkState:
    """Return whether it is proved that a deploy role passes an execution role."""
    if deploying.state is LinkState.UNKNOWN:
        return LinkState.UNKNOWN
    return _broken(deploying, "iam:PassRole", execution.role)


def _assuming(ci: LinkProof | None, link: LinkProof) -> LinkState:
    """Return whether it is proved that the CI role assumes another."""
    if ci is None or ci.state is LinkState.UNKNOWN:
        return LinkState.UNKNOWN
    return _broken(ci, "sts:AssumeRole", link.role)


def _broken(link: LinkProof, action: str, on: str) -> LinkState:
    broken = any(f.action == action and f.resource == on for f in link.findings)
    return LinkState.NOT_PROVED if broken else LinkState.PROVED


def _short(role: str) -> str:
    """Return what a node has room for of a role's name; account and region, in which it ends, stand above it."""
    name = role.rpartition("/")[2]
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _box(node: _Node) -> Html:
    shape = _SHAPE_OF[node.state]
    box = Html(f'<rect x="{node.x:g}" y="{node.y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>')
    mark = Html(f'<use href="#{shape}" x="{node.x + _WIDTH - 24:g}" y="{node.y + 7:g}" width="15" height="15"/>')
    if not node.title:
        return element(
            "g", box, _text(node.x + 12, node.y + _HEIGHT / 2 + 4, node.name, "name"), class_=f"node {shape}"
        )
    texts = _text(node.x + 12, node.y + 19, node.title, "title"), _text(node.x + 12, node.y + 36, node.name, "name")
    return element("g", box, mark, *texts, class_=f"node {shape}")


def _text(x: float, y: float, text: str, kind: str) -> Html:
    return element("text", printable(text), x=f"{x:g}", y=f"{y:g}", class_=kind)


def _arrow(start: _Node, end: _Node, state: LinkState, verb: str) -> Html:
    shape = _SHAPE_OF[state]
    x, y, to_x, to_y = start.x + _WIDTH, start.y + _HEIGHT / 2, end.x - 2, end.y + _HEIGHT / 2
    middle = (x + to_x) / 2
    path = (
        f'<path d="M{x:g} {y:g}C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}" marker-end="url(#to-{shape})"/>'
    )
    label = _text(middle - 5, (y + to_y) / 2 - 5, verb, "verb") if y == to_y else NOTHING
    return element("g", Html(path), label, class_=f"arrow {shape}")
