"""A delivery chain to look at: one HTML file that needs no network and no font; its one script copies text."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter, defaultdict
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from leastgrant import __version__
from leastgrant.proof.access_changes import path_of
from leastgrant.proof.chain import LinkState
from leastgrant.proof.link import Link
from leastgrant.proof.needs import Operation
from leastgrant.report.chain_model import DO_FIRST, URGENCY, chain_verdict, notes, placed, title_of
from leastgrant.report.chain_picture import link_mark, picture
from leastgrant.report.element import NOTHING, Html, code, element, joined
from leastgrant.report.html_matrix import SHAPES
from leastgrant.report.kinds import MEANINGS, TITLES
from leastgrant.text import counted, printable, spans, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.assembly import Assembly, Place
    from leastgrant.proof.chain import Chain
    from leastgrant.proof.finding import Finding
    from leastgrant.report.chain_model import Placed, Shown

_SCRIPT = """\
document.documentElement.classList.add("scripted");
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    document.body.append(area);
    area.select();
    button.textContent = document.execCommand("copy") ? "Copied" : "Not copied";
    area.remove();
  }
  setTimeout(() => { button.textContent = said; }, 1500);
});
"""
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    f"script-src 'sha256-{b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'"
)
"""No script runs but this one and nothing is fetched, even if something in a template were taken for markup."""

MOST_CONSTRUCTS = 25
"""Constructs that are listed below a cause; the others are counted, so that the page stays small."""
_LARGEST_COPY = 8_000
"""Characters of the statements that a button holds."""


def chain_html(chain: Chain, assembly: Assembly, shown: Shown) -> str:
    """Render the environments and links, what to do first, the picture, and the causes with the constructs they hit."""
    found = placed(chain, shown)
    names = _Names()
    page = element(
        "body",
        SHAPES,
        _header(chain, assembly, found, shown),
        element(
            "main",
            element("div", _overview(chain, found), _do_first(found, names), class_="first"),
            picture(chain, assembly),
            _causes(found, names),
            _roles(chain, names),
            _known(chain, names),
        ),
        element(
            "footer",
            f"Written by leastgrant {__version__}. What it promises, and what not, is told in its documentation.",
        ),
    )
    title = element("title", f"{'Proved' if chain.proved else 'Not proved'}: {printable(assembly.title)}")
    folder = files("leastgrant.report")
    style = "\n".join(folder.joinpath(name).read_text("utf-8") for name in ("report.css", "chain.css"))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{title.markup}<style>\n{style}</style></head>\n'
        f"{page.markup}<script>{_SCRIPT}</script></html>\n"
    )


_BEFORE_NAME = 5  # colons of an ARN


class _Names:
    """The ARNs of the page: each is written once, and is a link to there wherever it is named again."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def arn(self, text: str) -> Html:
        """Write an ARN, or, if the page has it already, what it names in its account, with a link to it."""
        if text in self._places:
            short = text.split(":", _BEFORE_NAME)[-1] or "the same"
            return element("a", code(short), href=f"#{self._places[text]}", class_="again")
        self._places[text] = f"arn-{len(self._places) + 1}"
        return element("code", text, id=self._places[text])

    def sentence(self, text: str) -> Html:
        """Set a sentence: ARNs and other names as code."""
        return joined(self._span(span.text, is_code=span.is_code) for span in spans(text))

    def _span(self, text: str, *, is_code: bool) -> Html | str:
        if not is_code:
            return text
        return self.arn(text) if text.startswith("arn:") else code(text)


def _header(chain: Chain, assembly: Assembly, found: Sequence[Placed], shown: Shown) -> Html:
    needs = sum(link.needs for link in chain.links)
    states = Counter(link.state for link in chain.links)
    numbers = (
        ("Stacks", f"{len(assembly.stacks):,}", f"in {counted(len(assembly.places), 'environment')}"),
        ("Links", f"{states[LinkState.PROVED]:,}", f"of {len(chain.links) - states[LinkState.UNUSED]:,} proved"),
        ("Calls", f"{needs:,}", "that the links must allow"),
        ("Causes", f"{len(found):,}", f"of {counted(sum(len(one.cause.entries) for one in found), 'finding')}"),
    )
    state = LinkState.PROVED if chain.proved else LinkState.NOT_PROVED
    return element(
        "header",
        element("p", "Delivery chain", class_="kicker"),
        element("h1", code(assembly.title)),
        element(
            "p",
            link_mark(state),
            element("span", chain_verdict(chain, found, shown)),
            class_=f"verdict {'proved' if chain.proved else 'missing'}",
        ),
        element(
            "dl",
            *(
                element("div", element("dt", name), element("dd", number, " ", element("small", more)))
                for name, number, more in numbers
            ),
        ),
    )


# --- environments by links ----------------------------------------------------------------------------------------


def _overview(chain: Chain, found: Sequence[Placed]) -> Html:
    """Render the table: each cell leads to the first of its causes."""
    asked = [link for link in Link if any(one.link is link for one in chain.links)]
    places = dict.fromkeys(link.place for link in chain.links)
    head = element(
        "tr", element("th", "environment", scope="col"), *(element("th", a.value, scope="col") for a in asked)
    )
    rows = [
        element(
            "tr", element("th", title_of(place), scope="row"), *(_cell(chain, found, place, link) for link in asked)
        )
        for place in places
    ]
    return element(
        "section",
        element("h2", "Environments and links"),
        element("div", element("table", element("thead", head), element("tbody", *rows)), class_="wide"),
        class_="overview",
    )


def _cell(chain: Chain, found: Sequence[Placed], place: Place | None, link: Link) -> Html:
    here = [one for one in chain.links if one.place == place and one.link is link]
    if not here:
        return element("td", element("span", "-", aria_label="none"), class_="unused", data_link=link.value)
    worst = min((one.state for one in here), key=_WORST_FIRST.index)
    if worst is LinkState.UNUSED:
        return element("td", "not used", class_="unused", data_link=link.value)
    of_link = [one for one in found if any(part in here for part in one.links)]
    if worst is LinkState.PROVED:
        return element("td", element("span", link_mark(worst), " proved"), class_="proved", data_link=link.value)
    text = f"{worst.value}, {counted(len(of_link), 'cause')}" if worst is LinkState.NOT_PROVED else worst.value
    content = element("a", link_mark(worst), f" {text}", href=f"#{_anchor(of_link[0])}") if of_link else text
    return element("td", content, class_=_CLASSES[worst], data_link=link.value)


_WORST_FIRST = (LinkState.NOT_PROVED, LinkState.UNKNOWN, LinkState.PROVED, LinkState.UNUSED)
_CLASSES = {
    LinkState.NOT_PROVED: "missing",
    LinkState.UNKNOWN: "advisory",
    LinkState.PROVED: "proved",
    LinkState.UNUSED: "unused",
}


def _anchor(one: Placed) -> str:
    """Return the id of a cause, which stays the same as long as what is wrong does."""
    text = "\0".join((one.where, one.cause.kind.value, one.cause.message))
    return f"cause-{sha256(text.encode()).hexdigest()[:10]}"


def _do_first(found: Sequence[Placed], names: _Names) -> Html:
    if not found:
        return NOTHING
    items = (
        element(
            "li",
            element("a", one.where, href=f"#{_anchor(one)}"),
            element("p", names.sentence(upper_first(one.cause.fix)), *_copies(one)),
        )
        for one in found[:DO_FIRST]
    )
    return element("section", element("h2", "Do first"), element("ol", *items), class_="do-first")


# --- causes -------------------------------------------------------------------------------------------------------


def _causes(found: Sequence[Placed], names: _Names) -> Html:
    if not found:
        return NOTHING
    parts = [
        element(
            "section",
            element("h3", f"{TITLES[kind]} ", element("small", f"{len(of_kind):,} {kind.value}")),
            element("p", names.sentence(MEANINGS[kind]), class_="note"),
            *(_cause(one, names) for one in of_kind),
            class_=f"of-kind k-{kind.value}",
        )
        for kind in URGENCY
        if (of_kind := [one for one in found if one.cause.kind is kind])
    ]
    return element("section", element("h2", "Causes"), _filters(found), *parts, class_="causes")


def _filters(found: Sequence[Placed]) -> Html:
    """Render check boxes: style sheets do the work, so that no script and no server is needed."""
    kinds = [kind.value for kind in URGENCY if any(one.cause.kind is kind for one in found)]
    links = [link.value for link in Link if any(one.links[0].link is link for one in found)]
    operations = [operation.value for operation in Operation if any(one.cause.operation is operation for one in found)]
    groups = (("Kind", "k", kinds), ("Link", "l", links), ("First to fail", "o", operations))
    fields = [
        element("fieldset", element("legend", title), *(_filter(prefix, value) for value in values))
        for title, prefix, values in groups
        if len(values) > 1
    ]
    rules = "".join(
        f"body:has(#f-{prefix}-{value}:not(:checked)) .{prefix}-{value}{{display:none}}"
        for _, prefix, values in groups
        if len(values) > 1
        for value in values
    )
    return element("form", element("style", Html(rules)), *fields, class_="filters") if fields else NOTHING


def _filter(prefix: str, value: str) -> Html:
    name = f"f-{prefix}-{value}"
    box = Html(f'<input type="checkbox" id="{name}" checked autocomplete="off">')
    return element("label", box, f" {value}")


def _cause(one: Placed, names: _Names) -> Html:
    cause, name = one.cause, _anchor(one)
    operation = f" o-{cause.operation.value}" if cause.operation is not None else ""
    number = counted(len(cause.entries), "finding") if len(cause.entries) > 1 else ""
    return element(
        "article",
        element(
            "h4",
            element("a", "#", href=f"#{name}", aria_label="Link to this cause"),
            one.where,
            element("small", number) if number else NOTHING,
        ),
        element("p", names.sentence(upper_first(cause.message)), class_="message"),
        element("p", names.sentence(upper_first(cause.fix)), *_copies(one), class_="remark"),
        _constructs(cause.findings, names) if number else NOTHING,
        id=name,
        class_=f"l-{one.links[0].link.value}{operation}",
    )


_COMMAND = re.compile(r"`(leastgrant [^`]+)`")


def _copies(one: Placed) -> Iterator[Html]:
    """Yield the button that copies what is to be run, or granted."""
    command = _COMMAND.search(one.cause.fix)
    if command is not None:
        yield _copy("Copy the command", command[1])
        return
    statements = [statement.document for statement in one.cause.statements]
    text = json.dumps(statements[0] if len(statements) == 1 else statements, indent=2)
    if statements and len(text) <= _LARGEST_COPY:
        yield _copy("Copy the statement" if len(statements) == 1 else f"Copy {len(statements):,} statements", text)


def _copy(label: str, text: str) -> Html:
    """Make a button that copies a text with its line ends; it is shown only where scripts run."""
    escaped = "&#10;".join(escape(printable(line), quote=True) for line in text.split("\n"))
    return Html(f' <button type="button" data-copy="{escaped}">{label}</button>')


def _constructs(findings: Sequence[Finding], names: _Names) -> Html:
    """Render the findings by construct, each action once for what it is called on."""
    by_construct: defaultdict[str, defaultdict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for finding in findings:
        by_construct[_construct(finding)][finding.resource][finding.action] = None
    items: list[Html] = []
    for construct, by_resource in list(by_construct.items())[:MOST_CONSTRUCTS]:
        lines = (element("li", *_actions([*actions]), *_about(on, names)) for on, actions in by_resource.items())
        items.append(element("div", element("h5", code(construct)) if construct else NOTHING, element("ul", *lines)))
    left = len(by_construct) - len(items)
    if left > 0:
        items.append(
            element("p", f"and {counted(left, 'other construct')}, which --all lists in the text", class_="note")
        )
    summary = f"{counted(len(by_construct), 'construct')}" if any(by_construct) else "What it is about"
    return element("details", element("summary", summary), *items)


def _about(resource: str, names: _Names) -> Iterator[Html | str]:
    """Yield what an action is called on, or the way that it leads to."""
    if resource.startswith("arn:"):
        yield from (" on ", names.arn(resource))
    elif resource not in ("", "*"):
        yield f" ({resource})"


def _construct(finding: Finding) -> str:
    subject = finding.subject
    if subject is None:
        return ""
    return path_of(subject.construct_path) or "/".join(part for part in (subject.stack, subject.name) if part)


_MOST_ACTIONS = 12


def _actions(actions: Sequence[str]) -> Iterator[Html | str]:
    for number, action in enumerate(actions[:_MOST_ACTIONS]):
        yield ", " if number else ""
        yield code(action or "*")
    if len(actions) > _MOST_ACTIONS:
        yield f" and {counted(len(actions) - _MOST_ACTIONS, 'other action')}"


# --- what is quiet ------------------------------------------------------------------------------------------------


def _roles(chain: Chain, names: _Names) -> Html:
    """Render every role that was asked, once."""
    used = [link for link in chain.links if link.state is not LinkState.UNUSED]
    rows = [
        element(
            "tr",
            element("td", f"{title_of(link.place)} {link.link.value}"),
            element("td", names.arn(link.role) if link.role.startswith("arn:") else link.role),
            element("td", f"{link.needs:,} calls" if link.needs else "-", class_="number"),
            element("td", link_mark(link.state), f" {link.state.value}", class_=_CLASSES[link.state]),
        )
        for link in used
    ]
    head = element("tr", *(element("th", text, scope="col") for text in ("link", "role", "must allow", "")))
    table = element("table", element("thead", head), element("tbody", *rows))
    return element(
        "section",
        element("h2", "Roles"),
        element(
            "details", element("summary", f"{counted(len(used), 'role')} asked"), element("div", table, class_="wide")
        ),
        class_="roles",
    )


def _known(chain: Chain, names: _Names) -> Html:
    known = [*notes(chain)]
    if not known:
        return NOTHING
    items = (element("li", names.sentence(note)) for note in known)
    return element("section", element("h2", "To know"), element("ul", *items), class_="to-know")
