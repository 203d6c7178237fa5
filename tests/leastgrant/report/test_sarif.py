import json
from dataclasses import replace
from typing import Any

import pytest

from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import Proof
from leastgrant.report.sarif import sarif_report


def run_of(proof: Proof) -> dict[str, Any]:
    report = json.loads(sarif_report(proof))
    assert report["version"] == "2.1.0"
    (run,) = report["runs"]
    return run


def location(result: dict[str, Any]) -> tuple[str, int]:
    (place,) = result["locations"]
    physical = place["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


def test_there_is_a_rule_with_help_for_each_kind_and_each_result_has_one(proof: Proof):
    run = run_of(proof)
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [f"leastgrant/{kind.value}" for kind in Kind]
    assert all(rule["help"]["text"] and rule["shortDescription"]["text"] for rule in rules)
    assert len(run["results"]) == len(proof.findings)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_result_is_on_the_line_of_its_resource_or_else_of_the_role(proof: Proof):
    by_rule = {result["ruleId"]: result for result in run_of(proof)["results"]}
    assert location(by_rule["leastgrant/missing"]) == ("out/app.json", 3)
    assert location(by_rule["leastgrant/excess"]) == ("out/role.json", 3)
    logical = by_rule["leastgrant/missing"]["locations"][0]["logicalLocations"][0]
    assert logical == {"name": "Cron", "fullyQualifiedName": "app/Cron/Resource", "kind": "resource"}


def test_a_role_known_by_its_policy_alone_has_a_place_too(proof: Proof):
    bare = replace(proof, role=replace(proof.role, name="my policy.json", template=None, line=None))
    assert ("my%20policy.json", 1) in map(location, run_of(bare)["results"])


def test_an_absolute_path_becomes_a_file_uri(proof: Proof):
    moved = replace(proof, role=replace(proof.role, template="/srv/a b/role.json"))
    assert ("file:///srv/a%20b/role.json", 3) in map(location, run_of(moved)["results"])


def fingerprints(proof: Proof) -> list[str]:
    return [result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(proof)["results"]]


def test_fingerprints_tell_findings_apart_and_outlive_a_move(proof: Proof):
    found = fingerprints(proof)
    assert len(set(found)) == len(found)
    subjects = [replace(f, subject=f.subject and replace(f.subject, line=99)) for f in proof.findings]
    assert fingerprints(replace(proof, findings=tuple(subjects))) == found


def test_a_finding_that_is_new_leaves_the_other_fingerprints_alone(proof: Proof):
    assert fingerprints(replace(proof, findings=proof.findings[1:]))[-1] == fingerprints(proof)[-1]


@pytest.mark.parametrize("forbidden", ["](", "\x1b", "\u202e"])
def test_a_message_holds_no_link_and_no_control_character(hostile: Proof, forbidden: str):
    assert all(forbidden not in result["message"]["text"] for result in run_of(hostile)["results"])


def test_what_is_acknowledged_is_suppressed_and_nothing_else(proof: Proof):
    (odd,) = proof.of(Kind.UNKNOWN)
    results = run_of(proof.acknowledging({odd.id: "it is\x1b so"}))["results"]
    assert len(results) == len(proof.findings)
    (suppressed,) = [result for result in results if "suppressions" in result]
    assert suppressed["suppressions"] == [{"kind": "external", "justification": r"it is\x1b so"}]
    assert suppressed["ruleId"] == "leastgrant/unknown"
