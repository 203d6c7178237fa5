"""The public reports of denials, told as AWS tells them, are explained on the templates that they are of.

The figures are those of `docs/denied.md`.
"""

import json
import re
from functools import cache

from leastgrant.denial import Explained, NoDenial, denials_in, explained
from leastgrant.iam import Pattern
from tests.conftest import ROOT
from tests.leastgrant.denial.test_message import MESSAGES
from tools.accuracy.denials import Denial, DenialSet, denials, needs

DOCUMENT = (ROOT / "docs" / "denied.md").read_text(encoding="utf-8")
CALLER = "arn:aws:sts::123456789012:assumed-role/deployer/session"


def message(report: Denial) -> str:
    """What AWS would say; what the report leaves open of a name is filled."""
    resource = "" if report.resource is None else f" on resource: {str(report.resource).replace('*', 'x1')}"
    why = f"because no identity-based policy allows the {report.action} action"
    told = f"User: {CALLER} is not authorized to perform: {report.action}{resource.replace('?', 'y')} {why}"
    return f'CREATE_FAILED | {report.type} | Thing Resource handler returned message: "{told} (Service: X)"'


@cache
def answers() -> list[tuple[Denial, Explained]]:
    found: list[tuple[Denial, Explained]] = []
    for report in (report for one in DenialSet for report in denials(one)):
        (denial,) = denials_in(message(report))
        found.append((report, explained(denial, needs(report))))
    return found


def covers(found: Explained, report: Denial) -> bool:
    """Whether the statement grants the call that was denied."""
    assert found.grant is not None
    granted = [Pattern.parse(resource) for resource in found.grant.resources]
    actions = {action.lower() for action in found.grant.actions}
    asked = found.denial.resource
    fits = asked is None or any(one.includes(Pattern.parse(asked)) for one in granted)
    return report.action.lower() in actions and fits


def test_each_statement_grants_what_was_denied() -> None:
    assert [report.id for report, found in answers() if not covers(found, report)] == []


def figures() -> dict[str, int]:
    understood, right = 0, 0
    telling = [told for told in MESSAGES if told["action"] is not None]
    for told in telling:
        try:
            (denial,) = denials_in(told["message"])
        except NoDenial:
            continue
        understood += 1
        right += (denial.action, denial.resource) == (told["action"], told["resource"])
    return {
        "messages": len(MESSAGES),
        "telling": len(telling),
        "understood": understood,
        "right": right,
        "reports": len(answers()),
        "needs": sum(found.need is not None for _, found in answers()),
    }


def test_the_document_says_how_right_it_is() -> None:
    (stated,) = (json.loads(found) for found in re.findall(r"<!-- figures (\{.*?\}) -->", DOCUMENT))
    assert stated == figures()
    for value in stated.values():
        assert re.search(rf"\b{value}\b", re.sub(r"<!--.*?-->", "", DOCUMENT))
