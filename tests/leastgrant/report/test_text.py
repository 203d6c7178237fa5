import re

from leastgrant.proof.prove import Proof
from leastgrant.report.text import WIDTH, text_report


def test_findings_come_first_with_their_mend_and_the_verdict_last(proof: Proof):
    lines = text_report(proof).splitlines()
    assert lines[0] == "Missing permission (missing): 8"
    assert lines[1] == "  Cron (AWS::Events::Rule) in app"
    assert lines[2].startswith("    Creating, reading, updating, deleting `Cron` will fail: Deploy may not")
    assert any(line.startswith('      To mend: allow "events:DescribeRule" on') for line in lines)
    assert "Not proved: 8 missing, 6 excess, 3 escape, 1 unknown." in lines
    assert lines.index("Permission that nothing needs (excess): 6") > 0


def test_only_what_cannot_be_broken_is_wider_than_a_terminal(proof: Proof):
    assert all(len(line) <= WIDTH or " " not in line.strip() for line in text_report(proof).splitlines())


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
