"""A delivery chain as text, JSON and Markdown: order, counts, and what has room for how much."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from leastgrant.assembly import Assembly, Place
from leastgrant.iam.pattern import Pattern
from leastgrant.knowledge import Tier
from leastgrant.proof.chain import Chain, LinkProof, LinkState
from leastgrant.proof.finding import Finding, Kind
from leastgrant.proof.link import Link
from leastgrant.proof.needs import Need, Operation, Subject
from leastgrant.report.chain import chain_json, chain_markdown, chain_text
from leastgrant.report.chain_model import Shown

APP = Assembly(Path("cdk.out"), ())
PLACE = Place("123456789012", "eu-west-1")


def missing(
    operation: Operation, action: str = "sqs:TagQueue", name: str = "Jobs", kind: str = "SQS::Queue"
) -> Finding:
    subject = Subject(name, "Shop", f"AWS::{kind}")
    arn = Pattern.parse(f"arn:aws:sqs:eu-west-1:123456789012:{name}")
    need = Need(action, arn, operation, Tier.REQUIRED, subject, None, "", "")
    message = f"{need.doing} will fail: the role may not {action} on {arn}"
    return Finding(Kind.MISSING, action, str(arn), message, f"allow {action}", need=need, subject=subject)


def chain(*findings: Finding, link: Link = Link.EXECUTION) -> Chain:
    return Chain((linked(link, *findings),))


def linked(link: Link, *findings: Finding) -> LinkProof:
    return LinkProof(link, PLACE, f"arn:aws:iam::123456789012:role/{link.value}", LinkState.NOT_PROVED, 1, findings)


ALL_OPERATIONS = (Operation.ROLLBACK, Operation.UPDATE, Operation.CREATE, Operation.DELETE)


def causes(found: Chain, **shown: Any) -> list[dict[str, Any]]:
    links = json.loads(chain_json(found, APP, Shown(**shown)))["links"]
    return [cause for link in links for cause in link["causes"]]


def test_a_call_that_several_operations_make_is_one_finding_with_all_of_them():
    (cause,) = causes(chain(*map(missing, ALL_OPERATIONS)))
    (finding,) = cause["findings"]
    assert finding["operation"] == "create"
    assert finding["operations"] == ["create", "update", "delete", "rollback"]
    assert finding["reason"].startswith("creating `Jobs` will fail")


def test_with_one_operation_asked_for_the_others_are_not_told():
    (cause,) = causes(chain(*map(missing, ALL_OPERATIONS)), operations=frozenset({Operation.DELETE}))
    assert [finding["operations"] for finding in cause["findings"]] == [["delete"]]


def test_calls_for_other_resources_and_of_other_actions_are_other_findings():
    found = (
        missing(Operation.CREATE),
        missing(Operation.CREATE, name="More"),
        missing(Operation.CREATE, "sqs:SetQueueAttributes"),
    )
    (cause,) = causes(chain(*found))
    assert len(cause["findings"]) == 3


@pytest.mark.parametrize("every_finding", [False, True])
def test_a_count_is_the_number_of_entries_below_it(every_finding: bool):
    queues = [missing(operation, name=f"Queue{n}") for n in range(4) for operation in ALL_OPERATIONS]
    topics = [missing(Operation.CREATE, "sns:CreateTopic", f"Topic{n}", "SNS::Topic") for n in range(3)]
    text = chain_text(chain(*queues, *topics), APP, Shown(every_finding=every_finding))
    assert "2 causes of 7 findings" in text
    assert re.findall(r"(\d) findings; --all lists them", text) == ([] if every_finding else ["4", "3"])
    assert text.count("  missing[") == (7 if every_finding else 0)
    assert text.count("Fails: create, update, delete, rollback") == (4 if every_finding else 0)
    assert text.count("To fix:") == 2


def test_what_a_deployment_fails_at_first_is_told_first_of_whichever_link():
    late = linked(Link.CI, missing(Operation.DELETE, "sns:DeleteTopic", "Topic", "SNS::Topic"))
    soon = linked(
        Link.EXECUTION,
        missing(Operation.UPDATE, "kms:PutKeyPolicy", "Key", "KMS::Key"),
        missing(Operation.CREATE),
        missing(Operation.ROLLBACK, "s3:DeleteBucket", "Bucket", "S3::Bucket"),
    )
    text = chain_text(Chain((late, soon)), APP, Shown())
    assert re.findall(r": (\w+(?: \w+)*) `\w+` will", text) == [
        "Creating",
        "Updating",
        "Deleting",
        "Rolling back the creation of",
    ]
    first = re.findall(r"^  (\d)\. \S+ (\w+): Allow (\S+)", text, re.MULTILINE)
    assert [action for _, _, action in first] == ["sqs:TagQueue", "kms:PutKeyPolicy", "sns:DeleteTopic"]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_text_fits_the_terminal_but_for_what_is_to_be_copied(width: int):
    found = [missing(operation, name=f"Queue{n}") for n in range(4) for operation in ALL_OPERATIONS]
    text = chain_text(chain(*found), APP, Shown(every_finding=True), width=width)
    too_long = [line for line in text.splitlines() if len(line) > width]
    assert all(len(line.split()) == 1 or line.lstrip().startswith("missing[") for line in too_long)
    assert max(map(len, text.splitlines())) > width - 20, "the room there is is used"


def test_a_comment_fits_whatever_there_is_and_says_what_is_left_out():
    found = [Finding(Kind.UNKNOWN, "", f"thing {n}", f"thing {n} {'*' * 2_000}", "declare it") for n in range(400)]
    links = [LinkProof(Link.EXECUTION, Place(f"{n:012}", "eu-west-1"), "role", LinkState.PROVED) for n in range(1_000)]
    text = chain_markdown(Chain((linked(Link.EXECUTION, *found), *links)), APP, Shown())
    assert len(text) < 65_536
    rows = text.count("| 123456789012/eu-west-1 execution |")
    left = re.search(r"and (\d+) other causes, which the text report lists", text)
    assert rows > 5
    assert left is not None
    assert rows + int(left[1]) == 400
    assert re.search(r"and \d+ other environments, which", text)
    assert "\n1. 123456789012/eu-west-1 execution: Declare it\n2. " in text
