"""A proof to look at: one HTML file that needs no network, no script and no font."""

from __future__ import annotations

from collections import defaultdict
from importlib.resources import files
from typing import TYPE_CHECKING

from leastgrant.proof.escalation import State as PathState
from leastgrant.proof.finding import Kind
from leastgrant.report.element import NOTHING, Html, code, element, joined, sentence
from leastgrant.report.html_matrix import NONE, SHAPES, mark, matrix
from leastgrant.report.kinds import EXPLANATIONS, TITLES
from leastgrant.report.model import (
    GrantState,
    Group,
    StatementUse,
    acknowledged_groups,
    escalation_paths,
    groups,
    reasons_for_open,
    statement_uses,
    summary,
    tiers,
    verdict,
)
from leastgrant.text import counted, printable, upper_first

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from leastgrant.proof.escalation import EscalationPath
    from leastgrant.proof.excess import Granted
    from leastgrant.proof.finding import Finding
    from leastgrant.proof.prove import Proof

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""No script runs and nothing is fetched, even if something in a template were taken for markup."""

_LEGEND = {
    GrantState.PROVED: "granted",
    GrantState.ADVISORY: "not granted, and not demanded",
    GrantState.MISSING: "not granted, will fail",
}

FOLDED = 2_000
"""A kind with more letters than this is folded, so that what is below stays in reach; but not what will fail."""


def html_report(proof: Proof) -> str:
    """Render the findings, the matrix of resources and operations, and the statements with what each is for."""
    page = element(
        "body",
        SHAPES,
        _header(proof),
        element(
            "main",
            _findings(proof),
            _acknowledged(proof),
            element("div", _resources(proof), _statements(proof), class_="beside"),
            _paths(proof),
        ),
        element("footer", "Written by leastgrant. What it promises, and what not, is told in its documentation."),
    )
    title = element("title", f"{'Proved' if proof.proved else 'Not proved'}: deploy role {printable(proof.role.name)}")
    style = files("leastgrant.report").joinpath("report.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">{title.markup}<style>\n{style}</style></head>\n'
        f"{page.markup}</html>\n"
    )


def _header(proof: Proof) -> Html:
    known = summary(proof)
    role = proof.role
    where = " · ".join(part for part in (role.stack, role.construct_path) if part)
    numbers = (
        ("Needs", f"{known.needs:,}", tiers(known)),
        ("Statements", f"{known.statements:,}", f"granting {counted(known.actions, 'action')}"),
        ("Explained", f"{known.explained:,} of {known.grants:,}", "grants, each an action on a resource"),
        ("Trust", "", known.trust),
    )
    return element(
        "header",
        element("p", "Deploy role", class_="kicker"),
        element("h1", code(role.name)),
        element("p", where, class_="about") if where else NOTHING,
        element(
            "p",
            mark(GrantState.PROVED if proof.proved else GrantState.MISSING),
            element("span", sentence(verdict(proof))),
            class_=f"verdict {'proved' if proof.proved else 'missing'}",
        ),
        element(
            "dl",
            *(
                element("div", element("dt", name), element("dd", number, " ", element("small", more)))
                for name, number, more in numbers
            ),
        ),
    )


def _findings(proof: Proof) -> Html:
    kinds = [_kind(kind, found, proof.role.name) for kind in Kind if (found := proof.of(kind))]
    return element("section", element("h2", "Findings"), *kinds, class_="findings") if kinds else NOTHING


def _acknowledged(proof: Proof) -> Html:
    """Render what was found and is meant to be, folded."""
    if not proof.acknowledged:
        return NOTHING
    found = acknowledged_groups(proof.acknowledged, proof.role.name)
    return element(
        "section",
        element("h2", "Acknowledged"),
        element(
            "details",
            element("summary", f"{counted(len(proof.acknowledged), 'finding')}, each meant to be, with the reason"),
            *_places(found),
        ),
        class_="findings acknowledged",
    )


def _kind(kind: Kind, findings: Sequence[Finding], role: str) -> Html:
    found = groups(findings, role)
    heading = element("h3", f"{TITLES[kind]} ", element("small", f"{len(findings):,} {kind.value}"))
    is_open = kind is Kind.MISSING or sum(map(len, (text for group in found for text in group.sentences))) <= FOLDED
    return element(
        "details",
        element("summary", heading),
        element("p", sentence(EXPLANATIONS[kind]), class_="note"),
        *_places(found),
        open=is_open,
    )


def _places(found: Sequence[Group]) -> Iterator[Html]:
    place = None
    for group in found:
        if group.place != place:
            place = group.place
            yield element("h4", sentence(place))
        wrong = (element("p", sentence(upper_first(text))) for text in group.sentences)
        yield element(
            "div", *wrong, element("p", sentence(upper_first(group.remark)), class_="remark"), class_="finding"
        )


def _resources(proof: Proof) -> Html:
    legend = (element("li", mark(state), text, class_=state.value) for state, text in _LEGEND.items())
    templates = dict.fromkeys(need.subject.template for need in proof.needs if need.subject.template)
    lines = (" Lines are those of ", *_listed(tuple(templates)), ".") if templates else ()
    only = Html('<label class="only"><input type="checkbox" id="only"> Only what is not proved</label>')
    return element(
        "section",
        element("h2", "Resources"),
        element("p", "What is called for each resource. A mark opens to the calls behind it.", *lines, class_="note"),
        element("ul", *legend, element("li", NONE, "nothing is called"), class_="legend"),
        only,
        matrix(proof),
        class_="resources",
    )


def _statements(proof: Proof) -> Html:
    uses = statement_uses(proof)
    return element(
        "section",
        element("h2", "Statements"),
        element("p", "What each is for, and how much of what it grants something needs.", class_="note"),
        *(_statement(use) for use in uses),
        class_="statements",
    )


def _statement(use: StatementUse) -> Html:
    statement = use.statement
    name = element("span", statement.sid or statement.where, class_="name")
    if not use.grants:
        return element("details", element("summary", name, element("span", "denies", class_="share")))
    share = element("span", f"{use.explained:,} of {len(use.grants):,}", class_="share")
    width = f"width:{100 * use.explained // len(use.grants)}%"
    bar = element("span", element("span", style=width), class_="bar", aria_hidden="true")
    return element(
        "details",
        element("summary", name, share, bar),
        element("p", statement.where, class_="about") if statement.sid else NOTHING,
        _needed_by(use.grants),
        _unexplained(use.grants),
    )


def _needed_by(grants: Sequence[Granted]) -> Html:
    """Render whom the statement serves: by type, what is done with which resources."""
    operations: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for grant in grants:
        for need in grant.needs:
            operations[need.subject.type, need.subject.name][need.operation.value] = None
    names: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (type_name, name), done in operations.items():
        names[type_name, tuple(sorted(done))].append(name)
    if not names:
        return NOTHING
    return element(
        "dl",
        *(
            joined(
                (
                    element("dt", "Declared use" if type_name == "use" else type_name),
                    element("dd", *_listed(those), element("small", f" {', '.join(done)}")),
                )
            )
            for (type_name, done), those in names.items()
        ),
        class_="for",
    )


def _listed(names: Sequence[str]) -> Iterator[Html | str]:
    for number, name in enumerate(names):
        yield ", " if number else ""
        yield code(name)


def _unexplained(grants: Sequence[Granted]) -> Html:
    """Render what nothing needs, once for all resources on which it is the same actions."""
    actions: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for grant in grants:
        if not grant.needs:
            actions[str(grant.resource)][grant.action] = None
    resources: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, those in actions.items():
        resources[tuple(those)].append(resource)
    return joined(
        element("p", "Nothing needs ", *_listed(those), " on ", *_listed(on), ".", class_="unneeded")
        for those, on in resources.items()
    )


_PATH_MARKS = {
    PathState.OPEN: GrantState.MISSING,
    PathState.UNDECIDED: GrantState.MISSING,
    PathState.CLOSED: GrantState.PROVED,
}


def _paths(proof: Proof) -> Html:
    """Render the ways to more permissions; those that are absent folded."""
    found: defaultdict[PathState, list[EscalationPath]] = defaultdict(list)
    for path in escalation_paths(proof):
        found[path.state].append(path)
    if not found:
        return NOTHING
    meant = reasons_for_open(proof)
    count = ", ".join(f"{len(paths):,} {state.value}" for state, paths in found.items())
    absent = found.pop(PathState.ABSENT, [])
    shown = (_path(path, meant.get(path.name)) for paths in found.values() for path in paths)
    folded = element("details", element("summary", f"{len(absent):,} absent"), element("ul", *map(_absent, absent)))
    return element(
        "section",
        element("h2", "Ways to more permissions"),
        element("p", f"What a role could do to get more than it was given: {count}.", class_="note"),
        element("ul", *shown),
        folded if absent else NOTHING,
        class_="paths",
    )


def _path(path: EscalationPath, meant: str | None) -> Html:
    shown = _PATH_MARKS[path.state] if meant is None else GrantState.ADVISORY
    state = path.state.value if meant is None else f"{path.state.value}, acknowledged"
    return element(
        "li",
        mark(shown),
        element("p", code(path.name), f" is {state}: ", sentence(path.because), "."),
        element("p", sentence(upper_first(meant)), class_="remark") if meant is not None else NOTHING,
        element(
            "p",
            "It would give " if path.state is not PathState.OPEN else "It gives ",
            sentence(path.gives),
            ". ",
            element("cite", path.source),
            class_="note",
        ),
        class_=shown.value,
    )


def _absent(path: EscalationPath) -> Html:
    return element("li", code(path.name), " ", element("small", sentence(path.because)))
