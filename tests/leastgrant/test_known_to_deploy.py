"""Public roles that are known to deploy their app: no more false alarms than are on record, each with its verdict."""

from dataclasses import replace
from pathlib import Path

import pytest

from tools.accuracy.pairs import FOLDER, Finding, Pair, Verdict, lower, pairs

QUEUE = """
source: nowhere
how: a test
known: it is not
stack: s
region: eu-west-1
false_alarms: 0
findings: {findings}
role:
  - {allow: "sqs:GetQueueAttributes", resource: "*"}
resources:
  Queue: {Type: AWS::SQS::Queue}
"""


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.yaml")))
def test_no_more_false_alarms_are_reported_than_before(name: str):
    (pair,) = [pair for pair in pairs() if pair.name == name]
    assert pair.unjudged == (), "give each a verdict: docs/accuracy.md tells how"
    assert len(pair.false) <= pair.false_alarms


def test_there_are_many_of_different_kinds():
    assert len(pairs()) >= 16
    assert len({pair.how for pair in pairs()}) >= 8
    assert all(pair.known.strip() and pair.source.strip() for pair in pairs())


def _queue(tmp_path: Path, findings: str = "{}") -> Pair:
    path = tmp_path / "queue.yaml"
    path.write_text(QUEUE.replace("{findings}", findings))
    return Pair.read(path)


CREATED = Finding("AWS::SQS::Queue", "sqs:CreateQueue")


def test_tags_that_the_tool_puts_on_the_stack_are_needed(tmp_path: Path):
    tags = Finding("AWS::SQS::Queue", "sqs:TagQueue")
    assert tags not in _queue(tmp_path).missing
    path = tmp_path / "queue.yaml"
    path.write_text(path.read_text() + "stack_tags: true\n")
    assert tags in Pair.read(path).missing


def test_what_nobody_has_judged_is_found(tmp_path: Path):
    pair = _queue(tmp_path)
    assert CREATED in pair.unjudged
    assert pair.false == ()


def test_a_false_alarm_is_counted_until_it_is_no_longer_reported(tmp_path: Path):
    pair = _queue(tmp_path, '{AWS::SQS::Queue: ["sqs:CreateQueue FALSE it has it"]}')
    assert pair.false == (CREATED,)
    enough = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    assert replace(pair, role=(enough,)).false == ()


@pytest.mark.parametrize(("verdict", "false"), [(one, one not in {Verdict.TRUE, Verdict.UPDATE}) for one in Verdict])
def test_what_is_not_decided_counts_as_false(tmp_path: Path, verdict: Verdict, false: bool):
    pair = _queue(tmp_path, f'{{AWS::SQS::Queue: ["sqs:CreateQueue {verdict.value} why"]}}')
    assert (CREATED in pair.false) is false


@pytest.mark.parametrize("finding", ["sqs:CreateQueue PERHAPS why", "sqs:CreateQueue FALSE", ""])
def test_a_finding_that_cannot_be_read_is_named(tmp_path: Path, finding: str):
    with pytest.raises(ValueError, match=r"^queue\.yaml: findings\.AWS::SQS::Queue has "):
        _queue(tmp_path, f'{{AWS::SQS::Queue: ["{finding}"]}}')


def test_a_file_without_a_key_is_named(tmp_path: Path):
    path = tmp_path / "queue.yaml"
    path.write_text(QUEUE.replace("{findings}", "{}").replace("known: it is not\n", ""))
    with pytest.raises(ValueError, match=r"^queue\.yaml: has known, or has not"):
        Pair.read(path)


def test_fewer_false_alarms_are_written_down_and_more_are_not(tmp_path: Path):
    pair = replace(_queue(tmp_path, '{AWS::SQS::Queue: ["sqs:CreateQueue FALSE it has it"]}'), false_alarms=0)
    assert not lower(pair, tmp_path)
    path = tmp_path / "queue.yaml"
    path.write_text(path.read_text().replace("false_alarms: 0", "false_alarms: 5"))
    assert lower(Pair.read(path), tmp_path)
    assert "\nfalse_alarms: 1\n" in path.read_text()
