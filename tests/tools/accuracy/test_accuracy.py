import json
from typing import Any

import pytest

from leastgrant.knowledge import Tier
from tests.conftest import ROOT
from tools.accuracy import __main__ as command
from tools.accuracy.denials import OPERATIONS, Denial, DenialSet, DeniedOn, denials, judged, tally
from tools.accuracy.own_arns import Agreement, agreement, own_arns
from tools.accuracy.table import report
from tools.accuracy.usual_ways import of_leastgrant, of_the_map, of_the_schemas

QUEUE: dict[str, Any] = {
    "id": "q",
    "type": "AWS::SQS::Queue",
    "operation": "create",
    "properties": {"QueueName": "orders"},
    "action": "sqs:CreateQueue",
    "resource": "arn:aws:sqs:us-east-1:123456789012:orders",
}


def _judged(**changed: Any) -> tuple[Tier | None, bool, DeniedOn | None]:
    one = judged(Denial.read(QUEUE | changed))
    return one.tier, one.elsewhere, one.resource


def test_a_denial_that_was_foretold_is_required_on_the_right_resource() -> None:
    assert _judged() == (Tier.REQUIRED, False, DeniedOn.RIGHT)
    assert _judged(action="sqs:createqueue") == (Tier.REQUIRED, False, DeniedOn.RIGHT)


@pytest.mark.parametrize(
    ("resource", "fit"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:*", DeniedOn.RIGHT),
        ("arn:aws:sqs:us-east-1:123456789012:other", DeniedOn.WRONG),
        (None, None),
    ],
)
def test_the_resource_is_judged_by_what_could_be_known(resource: str | None, fit: DeniedOn | None) -> None:
    assert _judged(resource=resource)[2] is fit


def test_a_resource_among_others_is_wide() -> None:
    generated: dict[str, Any] = {"properties": {}, "resource": "arn:aws:sqs:us-east-1:123456789012:app-Thing-1"}
    assert _judged(**generated)[2] is DeniedOn.WIDE


def test_what_was_not_foretold_is_absent_or_in_another_operation() -> None:
    assert _judged(action="sqs:SendMessage") == (None, False, None)
    assert _judged(operation="delete")[:2] == (None, True)


def test_answers_are_counted() -> None:
    rows: list[dict[str, Any]] = [QUEUE, QUEUE | {"action": "sqs:SendMessage"}, QUEUE | {"operation": "delete"}]
    found = tally(judged(Denial.read(row)) for row in rows)
    assert (found[Tier.REQUIRED], found["absent"], found["elsewhere"], found[DeniedOn.RIGHT]) == (1, 1, 1, 2)


def test_the_usual_ways_are_counted_on_the_same_denials() -> None:
    asked = [Denial.read(QUEUE), Denial.read(QUEUE | {"action": "sqs:SendMessage"})]
    for way in (of_leastgrant, of_the_schemas, of_the_map):
        found = way(asked)
        assert found.named == 1
        assert found.asked > 1
    assert of_the_schemas(asked).asked >= of_leastgrant(asked).asked


@pytest.mark.parametrize("of", DenialSet)
def test_every_denial_has_a_source_and_an_operation(of: DenialSet) -> None:
    rows: list[dict[str, Any]] = json.loads(of.path.read_text())
    assert all((row.get("source") or row.get("link", "")).strip() for row in rows)
    assert {row["operation"] for row in rows} <= OPERATIONS.keys()
    assert len({one.id for one in denials(of)}) >= 0.8 * len(rows)  # one report may be of several calls


def test_the_sets_have_no_denial_in_common() -> None:
    seen = [{(one.type, one.action, one.operation) for one in denials(of)} for of in DenialSet]
    assert not seen[2] & (seen[0] | seen[1])


def test_the_held_out_set_is_large() -> None:
    assert len(denials(DenialSet.HELD_OUT)) >= 40
    assert len(denials(DenialSet.HELD_OUT_LATER)) >= 40


@pytest.mark.slow
def test_the_document_shows_what_is_measured() -> None:
    assert command.shown((ROOT / "docs" / "accuracy.md").read_text()) == report(), "make accuracy ARGS=--write"


@pytest.mark.slow
def test_own_arns_are_held_against_those_of_cdk() -> None:
    own = {one.type: one for one in own_arns()}
    assert len(own) >= 50
    group = own["AWS::Athena::WorkGroup"]
    assert str(group.arn) == "arn:aws:athena:us-east-1:123456789012:workgroup/own-name"
    assert agreement(group) in {Agreement.RIGHT, Agreement.WIDE}
