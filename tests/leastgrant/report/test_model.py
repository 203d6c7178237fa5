from dataclasses import replace

from leastgrant.proof.finding import Kind
from leastgrant.proof.needs import Operation
from leastgrant.proof.prove import Proof
from leastgrant.report.model import (
    Column,
    GrantState,
    acknowledged_groups,
    groups,
    rows,
    statement_uses,
    summary,
    tiers,
    verdict,
    worst,
)
from tests.leastgrant.report.proofs import make_proof


def test_a_row_holds_every_call_once_and_a_cell_the_worst_of_its_calls(proof: Proof):
    shown = {row.subject.name: row for row in rows(proof)}
    assert list(shown) == ["Cron", "Queue", "Odd", "upload"]
    assert sum(len(calls) for row in shown.values() for calls in row.calls.values()) == sum(
        not need.otherwise for need in proof.needs
    )
    assert {column: worst(calls) for column, calls in shown["Cron"].calls.items()} == {
        Column.CREATE: GrantState.MISSING,
        Column.READ: GrantState.ADVISORY,
        Column.UPDATE: GrantState.ADVISORY,
        Column.TAG: GrantState.ADVISORY,
        Column.DELETE: GrantState.MISSING,
    }
    assert worst(shown["Queue"].calls[Column.CREATE]) is GrantState.PROVED
    assert not shown["Odd"].calls  # nothing is known of it, which is not the same as nothing needed


def test_tagging_stands_apart_and_a_rollback_undoes_creations_and_updates(proof: Proof):
    cron = next(row for row in rows(proof) if row.subject.name == "Cron")
    assert all(not call.need.tags for call in cron.calls[Column.CREATE])
    assert all(call.need.tags for call in cron.calls[Column.TAG])
    assert {call.need.operation for call in cron.undoing} == {Operation.UPDATE, Operation.DELETE}


def test_a_call_names_what_grants_it_and_a_refused_one_nothing(proof: Proof):
    for row in rows(proof):
        for calls in row.calls.values():
            for call in calls:
                assert bool(call.statements) == (call.state is GrantState.PROVED)


def test_a_statement_says_how_much_of_it_is_needed(proof: Proof):
    rules, queues, other, never = statement_uses(proof)
    assert (rules.explained, len(rules.grants)) == (1, 1)
    assert 0 < queues.explained < len(queues.grants)
    assert (other.explained, len(other.grants)) == (1, 2)
    assert never.grants == ()


def test_the_numbers_add_up(proof: Proof):
    known = summary(proof)
    of_tiers = known.required + known.on_change + known.read_back + known.advisory
    assert known.needs == of_tiers == len(proof.needs)
    assert known.required_not_granted == known.findings[Kind.MISSING]
    assert tiers(known) == (
        f"{known.required} required, {known.on_change} on change (4 not granted), "
        f"{known.read_back} read back (3 not granted), "
        f"{known.advisory} advisory (2 not granted)"
    )
    assert known.explained == sum(use.explained for use in statement_uses(proof))
    assert known.grants == sum(len(use.grants) for use in statement_uses(proof))
    assert sum(known.findings.values()) == len(proof.findings)
    assert verdict(proof) == "Not proved: 3 missing, 5 excess, 3 escape, 1 unknown."


def test_what_differs_in_the_action_or_the_operation_alone_is_said_once(proof: Proof):
    (excess, unknown_to_all) = groups(proof.of(Kind.EXCESS), "Deploy")
    assert excess.place == "deploy.Statement[1] (Queues)"
    assert len(excess.findings) == 4
    (sentence,) = excess.sentences
    assert sentence.startswith("grants sqs:ListDeadLetterSourceQueues, sqs:ListQueues, ")
    assert unknown_to_all.sentences == ("grants iam:GetUser: nothing calls it",)
    first = groups(proof.of(Kind.MISSING), "Deploy")[0]
    (sentence,) = first.sentences
    assert sentence.startswith("creating, deleting `Cron` will fail: Deploy may not events:Describe")


def test_findings_of_one_place_stand_together():
    names = ("s3:GetObject", "iam:GetUser")
    statements = [
        {"Sid": name, "Effect": "Allow", "Action": names, "Resource": f"arn:aws:s3:::app-{name}/*"} for name in "ab"
    ]
    proof = make_proof({"Queue": {"Type": "AWS::SQS::Queue"}}, statements)
    mixed = [finding for name in names for finding in proof.findings if finding.action == name]
    fixed = [replace(finding, fix=finding.action) for finding in mixed]
    places = [group.place for group in groups(fixed, "role")]
    assert places == sorted(places)
    assert len(places) == 2 * len(set(places))


def test_a_statement_whose_condition_fails_grants_nothing():
    function = {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::123456789012:role/app-runs"}}
    passing = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::123456789012:role/app-*",
            "Condition": {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}},
        }
        for sid, service in (("ToTasks", "ecs-tasks"), ("ToFunctions", "lambda"))
    ]
    (row,) = rows(make_proof({"Function": function}, passing))
    granted = [call for call in row.calls[Column.CREATE] if call.need.action == "iam:PassRole"]
    assert [[statement.sid for statement in call.statements] for call in granted] == [["ToFunctions"]]


def test_the_verdict_counts_what_is_acknowledged(proof: Proof, acknowledged: Proof):
    assert verdict(acknowledged) == "Proved; 12 findings acknowledged."
    some = proof.acknowledging({proof.of(Kind.UNKNOWN)[0].id: "it is so"})
    assert verdict(some) == "Not proved: 3 missing, 5 excess, 3 escape; 1 finding acknowledged."


def test_acknowledged_findings_of_one_place_and_reason_stand_together(acknowledged: Proof):
    found = acknowledged_groups(acknowledged.acknowledged, "Deploy")
    assert sum(len(group.findings) for group in found) == 12
    assert len({(group.place, group.remark) for group in found}) == len(found) < 14
    assert {group.remark for group in found} == {"it is so", "we *purge* by hand"}


def test_a_resource_of_which_nothing_is_known_keeps_its_row_if_that_is_acknowledged(acknowledged: Proof):
    assert [row.subject.name for row in rows(acknowledged) if row.acknowledged] == ["Odd"]
