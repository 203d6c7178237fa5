import re

import pytest

from leastgrant.iam.evaluation import Decision, Outcome, Request
from leastgrant.iam.inclusion import Witness
from leastgrant.proof.prove import Proof
from leastgrant.report.markdown import MOST_ROWS, code, markdown_report, sentence

_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


def columns(row: str) -> int:
    return len(re.findall(r"(?<!\\)\|", row)) - 1


def test_the_verdict_comes_first_then_the_findings(proof: Proof):
    paragraphs = markdown_report(proof).split("\n\n")
    assert paragraphs[0] == "### ❌ Deploy role `Deploy`"
    assert paragraphs[1] == "Not proved: 3 missing, 5 excess, 3 escape, 1 unknown."
    assert paragraphs[2] == "**Missing permission** (missing, 3)"
    assert "| `Cron` | Creating, deleting `Cron` will fail: Deploy may not" in paragraphs[3]
    assert '"`events:DescribeRule`"' in paragraphs[3]


def test_statements_tell_how_much_of_them_is_explained(proof: Proof):
    text = markdown_report(proof)
    assert "| `Rules` | 1 of 1 | `Cron` |" in text
    assert "| `deploy.Statement[2]` | 1 of 2 | `upload` |" in text
    assert "| `Never` | Deny |  |" in text
    assert "| `Odd` | `Nobody::Knows::This` | 0 | ❌ not known |" in text


@pytest.mark.parametrize("which", ["proof", "hostile", "acknowledged"])
def test_every_table_keeps_its_columns(which: str, request: pytest.FixtureRequest):
    for part in markdown_report(request.getfixturevalue(which)).split("\n\n"):
        rows = [line for line in part.splitlines() if line.startswith("|")]
        assert len({columns(row) for row in rows}) <= 1


def test_a_template_can_neither_write_markup_nor_call_anyone(hostile: Proof):
    text = markdown_report(hostile)
    outside_code = _CODE_SPAN.sub("", text)
    assert "<script" not in outside_code
    assert "@org" not in outside_code
    assert "](" not in outside_code
    assert set(re.findall(r"</?\w+>", outside_code)) == {"<details>", "</details>", "<summary>", "</summary>"}
    assert text.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", r"`a\|b`"),
        ("a`b", "``a`b``"),
        ("`", "`` ` ``"),
        ("", "`  `"),
        ("<b>", "`<b>`"),
    ],
)
def test_code_is_fenced_whatever_it_holds(text: str, expected: str):
    assert code(text) == expected


def test_plain_words_are_not_given_a_meaning():
    assert sentence("a_b is *bold*") == "`a_b` is `*bold*`"
    assert sentence("well-known (really) #1") == r"well\-known \(really\) `#1`"


def test_newly_allowed_and_lost_requests_are_shown_when_given(proof: Proof):
    request = Request("s3:GetObject", "arn:aws:s3:::a|b", {"aws:sourceip": ()})
    witness = Witness(request, Decision(Outcome.ALLOWED, ()), frozenset({"s3:prefix"}))
    text = markdown_report(proof, new=[witness], lost=[witness, witness])
    assert "**Newly allowed** (1)" in text
    assert "**No longer allowed** (2)" in text
    assert r"| `s3:GetObject` | `arn:aws:s3:::a\|b` | `aws:sourceip = absent`, `s3:prefix` unknown |" in text
    assert "Newly allowed" not in markdown_report(proof)


def test_a_long_table_says_how_much_it_leaves_out(proof: Proof):
    witness = Witness(Request("s3:GetObject", "*"), Decision(Outcome.ALLOWED, ()))
    assert "… and 7 more; the HTML report shows all." in markdown_report(proof, new=[witness] * (MOST_ROWS + 7))


def test_the_ways_that_are_there_are_listed(with_paths: Proof):
    text = markdown_report(with_paths)
    assert "| `own-inline-policy` | open |" in text
    assert "| absent |" not in text


def test_what_is_acknowledged_is_folded_with_its_reason(acknowledged: Proof):
    paragraphs = markdown_report(acknowledged).split("\n\n")
    assert paragraphs[:3] == [
        "### ✅ Deploy role `Deploy`",
        "Proved; 12 findings acknowledged.",
        "<details>\n<summary>Acknowledged (12)</summary>",
    ]
    assert "| `deploy.Statement[2]` | Grants `iam:GetUser`: nothing calls it | we `*purge*` by hand |" in paragraphs[3]
    assert "| `Odd` | `Nobody::Knows::This` | 0 | not known, acknowledged |" in paragraphs[-2]


def test_an_open_way_that_is_acknowledged_says_so(with_paths: Proof):
    (own,) = [found for found in with_paths.findings if found.resource == "own-inline-policy"]
    assert "| `own-inline-policy` | open, acknowledged |" in markdown_report(with_paths.acknowledging({own.id: "so"}))
