"""What is not decided is no proof, in every format."""

import json
from dataclasses import replace

import pytest

from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.prove import Proof
from leastgrant.report.html import html_report
from leastgrant.report.json_ import json_report
from leastgrant.report.markdown import markdown_report
from leastgrant.report.model import verdict
from leastgrant.report.sarif import sarif_report
from leastgrant.report.text import text_report
from tests.leastgrant.report.test_json import SCHEMA, violations

MISSING = "the value of one key is not known"
FINDING = Finding(Kind.UNDECIDED, "sqs:SendMessage", "*", f"there is no telling: {MISSING}", "say what it is")


@pytest.fixture(name="undecided", scope="module")
def an_undecided_proof(proof: Proof) -> Proof:
    return replace(proof, findings=(FINDING,))


def test_it_is_not_proved_and_what_is_missing_is_told(undecided: Proof) -> None:
    assert not undecided.proved
    assert verdict(undecided) == "Not proved: 1 undecided."
    for report in (text_report, markdown_report, html_report):
        shown = report(undecided)
        assert "Not proved" in shown
        assert MISSING in shown


def test_programs_are_told(undecided: Proof) -> None:
    report = json.loads(json_report(undecided))
    assert not violations(report, SCHEMA)
    assert report["proved"] is False
    assert [finding["reason"] for finding in report["undecided"]] == [FINDING.message]
    (result,) = json.loads(sarif_report(undecided))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("leastgrant/undecided", "warning")


def test_it_is_acknowledged_like_the_others(undecided: Proof) -> None:
    acknowledged = undecided.acknowledging({"undecided[sqs:SendMessage *]": "we looked"})
    assert acknowledged.proved
    assert verdict(acknowledged) == "Proved; 1 finding acknowledged."
