import re

from leastgrant.proof.finding import Kind
from leastgrant.proof.prove import Proof
from leastgrant.report.text import WIDTH, text_report


def test_findings_come_first_with_their_mend_and_the_verdict_last(proof: Proof):
    lines = text_report(proof).splitlines()
    assert lines[0] == "Missing permission (missing): 3"
    assert lines[1] == "  Cron (AWS::Events::Rule) in app"
    assert lines[2].startswith("    Creating, deleting `Cron` will fail: Deploy may not")
    assert any(line.startswith('      To fix: allow "events:DescribeRule" on') for line in lines)
    assert "Not proved: 3 missing, 5 excess, 3 escape, 1 unknown." in lines
    assert lines.index("Permission that nothing needs (excess): 5") > 0


def test_only_what_cannot_be_broken_or_is_to_be_copied_is_wider_than_a_terminal(proof: Proof):
    ids = {finding.id for finding in proof.findings}
    lines = [line for line in text_report(proof).splitlines() if line.strip() not in ids]
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in lines)


def test_colour_is_only_there_when_asked_for(proof: Proof):
    assert "\x1b" not in text_report(proof)
    assert "\x1b[31m" in text_report(proof, colour=True)


def test_nothing_in_a_template_reaches_the_terminal_as_a_control_sequence(hostile: Proof):
    text = text_report(hostile)
    assert text.replace("\n", "").isprintable()
    assert r"\x1b[31m\u202e" in text


def test_ways_to_more_permissions_are_counted(with_paths: Proof):
    (line,) = [line for line in text_report(with_paths).splitlines() if line.startswith("  Escalation")]
    assert re.fullmatch(r"  Escalation  \d+ open, (\d+ closed, )?\d+ absent", line)


def test_each_finding_has_its_id_on_a_line_of_its_own(proof: Proof):
    lines = [line.strip() for line in text_report(proof).splitlines()]
    assert {finding.id for finding in proof.findings} <= set(lines)


def test_what_is_acknowledged_comes_after_the_findings_with_its_reason(proof: Proof, acknowledged: Proof):
    lines = text_report(acknowledged).splitlines()
    assert lines[0] == "Acknowledged: 12"
    assert "      Meant to be: we *purge* by hand" in lines
    assert "Proved; 12 findings acknowledged." in lines
    some = proof.acknowledging({proof.findings[-1].id: "it is so"})
    text = text_report(some)
    assert text.index("excess)") < text.index("Acknowledged: 1\n") < text.index("Not proved")


def test_an_open_way_that_is_acknowledged_is_counted_apart(with_paths: Proof):
    (first, *_) = with_paths.of(Kind.ESCALATION)
    text = text_report(with_paths.acknowledging({first.id: "it is so"}))
    assert ", 1 open (acknowledged)" in text or " 1 open (acknowledged)," in text


def test_what_is_not_granted_and_not_demanded_is_named_on_request(proof: Proof):
    told = text_report(proof, everything=True)
    assert "read back: events:ListTargetsByRule on" in told
    assert "Not granted, and not demanded" not in text_report(proof)
    assert "reading `Cron` will fail" not in told
