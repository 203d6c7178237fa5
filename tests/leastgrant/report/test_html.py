import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from leastgrant.proof.prove import Proof
from leastgrant.report.element import element
from leastgrant.report.html import html_report
from tests.leastgrant.report.proofs import make_proof

_VOID = {"meta", "input", "wbr"}


@dataclass
class Page(HTMLParser):
    """The elements of a page, each with its text; fails on elements that are not closed in order."""

    found: list[tuple[str, dict[str, str | None], list[str]]] = field(
        default_factory=list[tuple[str, dict[str, str | None], list[str]]]
    )
    open: list[int] = field(default_factory=list[int])

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found = []
        self.open = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs))
        self.found.append((tag, dict(attrs), []))
        if tag not in _VOID:
            self.open.append(len(self.found) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), []))

    def handle_endtag(self, tag: str) -> None:
        assert self.found[self.open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self.open:
            self.found[number][2].append(data)

    def texts(self, tag: str) -> list[str]:
        return [" ".join("".join(text).split()) for name, _, text in self.found if name == tag]

    def attributes(self, name: str) -> list[str]:
        return [value or "" for _, attributes, _ in self.found for key, value in attributes.items() if key == name]


def test_each_operation_of_a_resource_has_a_mark_that_is_told_without_colour(proof: Proof):
    page = Page(html_report(proof))
    said = page.attributes("aria-label")
    assert "create Cron: missing, 2 calls, 1 not granted" in said
    assert any(text.startswith("create Queue: proved") for text in said)
    assert any(text.startswith("rollback Cron: missing") for text in said)
    assert any(text.startswith("use upload: proved, 1 call") for text in said)
    buttons = [attributes for tag, attributes, _ in page.found if tag == "button" and "aria-label" in attributes]
    shapes = Counter(page.attributes("href"))
    for state in ("proved", "missing"):
        assert shapes[f"#{state}"] >= sum(button["class"] == state for button in buttons) > 0
    assert "not known what it needs" in page.texts("td")


def test_each_mark_opens_a_sheet_of_its_own_which_can_be_closed(proof: Proof):
    page = Page(html_report(proof))
    sheets = [attributes["id"] for _, attributes, _ in page.found if "popover" in attributes]
    assert len(set(sheets)) == len(sheets)
    targets = Counter(page.attributes("popovertarget"))
    assert targets == dict.fromkeys(sheets, 2)
    assert page.attributes("popovertargetaction") == ["hide"] * len(sheets)
    ids = page.attributes("id")
    assert len(set(ids)) == len(ids)


def test_a_sheet_tells_action_arn_statement_and_source(proof: Proof):
    page = Page(html_report(proof))
    sheets = {
        re.sub(r"^Close", "", "".join(text)): None for _, attributes, text in page.found if "popover" in attributes
    }
    (create,) = [text for text in sheets if text.startswith("Create Cron")]
    assert "arn:aws:events:eu-west-1:123456789012:rule/app-Cron-*" in create
    assert re.search(r"events:PutRule\d by Rules", create)
    assert re.search(r"events:DescribeRule\d not granted, so it will fail", create)
    assert "AWS::Events::Rule provider schema" in create
    assert "app/Cron/Resource" in create


def test_statements_tell_what_they_are_for_and_how_much_is_used(proof: Proof):
    page = Page(html_report(proof))
    summaries = page.texts("summary")
    assert "Rules1 of 1" in summaries
    assert "deploy.Statement[2]1 of 2" in summaries
    assert "Neverdenies" in summaries
    assert "Nothing needs iam:GetUser on arn:aws:s3:::other/*." in page.texts("p")
    assert "width:50%" in page.attributes("style")


def test_the_findings_stand_above_the_matrix(proof: Proof):
    page = Page(html_report(proof))
    assert page.texts("h2")[:3] == ["Findings", "Resources", "Statements"]
    assert any(text.startswith("Creating, deleting Cron will fail") for text in page.texts("p"))


def test_a_sentence_of_a_hundred_actions_is_folded_and_what_will_fail_is_not():
    statement = {"Sid": "All", "Effect": "Allow", "Action": ["s3:Get*", "dynamodb:*"], "Resource": "*"}
    page = Page(html_report(make_proof({"Queue": {"Type": "AWS::SQS::Queue"}}, [statement])))
    folds = {"".join(text).split(".")[0]: dict(attributes) for tag, attributes, text in page.found if tag == "details"}
    is_open = {title.split()[0]: "open" in attributes for title, attributes in folds.items()}
    assert is_open["Missing"]
    assert not is_open["Permission"]


def test_a_name_breaks_between_its_words():
    statement = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    page = html_report(make_proof({"DailyURLRule2Permission": {"Type": "AWS::SQS::Queue"}}, [statement]))
    assert "<code>Daily<wbr>URLRule2<wbr>Permission</code>" in page


def test_ways_to_more_permissions_are_told_with_what_closes_them(with_paths: Proof):
    page = Page(html_report(with_paths))
    assert page.texts("h2")[-1] == "Ways to more permissions"
    assert any(text.startswith("own-inline-policy is open: it may iam:PutRolePolicy on") for text in page.texts("p"))
    assert any(text.startswith("own-trust no statement allows iam:UpdateAssumeRole") for text in page.texts("li"))


@pytest.mark.parametrize("which", ["proof", "hostile", "with_paths", "acknowledged"])
def test_the_page_is_markup_of_our_own_only(which: str, request: pytest.FixtureRequest):
    text = html_report(request.getfixturevalue(which))
    page = Page(text)
    tags = {tag for tag, _, _ in page.found}
    assert "script" not in tags
    assert "img" not in tags
    assert not [name for _, attributes, _ in page.found for name in attributes if name.startswith("on")]
    assert all(target.startswith("#") for target in page.attributes("href"))
    assert not re.search(r"url\(|@import|src=", text)
    assert "default-src 'none'" in page.attributes("content")[0]
    assert text.replace("\n", "").isprintable()


def test_hostile_names_are_there_as_text(hostile: Proof):
    assert any("<script>alert('x')</script>|" in text for text in Page(html_report(hostile)).texts("code"))


def test_text_cannot_leave_an_element_or_an_attribute():
    made = element("p", "</p><b>", title='"><b>', open=True, hidden=False)
    assert made.markup == '<p title="&quot;&gt;&lt;b&gt;" open>&lt;/p&gt;&lt;b&gt;</p>'


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_has_the_contrast_that_wcag_aa_asks_for():
    """At least 4.5 to 1 ("Contrast (Minimum)", WCAG 2.2), in light, in dark and on paper."""
    style = files("leastgrant.report").joinpath("report.css").read_text("utf-8")
    themes = [
        dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    ]
    assert len(themes) == 3
    pairs = [("ink", "page"), ("muted", "page"), ("ink", "sheet"), ("muted", "sheet"), ("missing", "page")]
    pairs += [("proved", "proved-soft"), ("advisory", "advisory-soft"), ("advisory", "sheet"), ("proved", "page")]
    for theme in themes[:2]:
        for front, back in [*pairs, ("on-missing", "missing")]:
            lighter, darker = sorted((_luminance(theme[front]), _luminance(theme[back])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{front} on {back}"


@pytest.mark.slow
def test_a_page_of_500_resources_stays_below_3_mb():
    """Measured on a tenth of them, as each adds the same."""
    properties = {"Tags": "set", "PointInTimeRecoverySpecification": "set"}
    table = {"Type": "AWS::DynamoDB::Table", "Properties": properties}
    allow = {"Sid": "Tables", "Effect": "Allow", "Action": "dynamodb:*", "Resource": "arn:aws:dynamodb:*:*:table/app-*"}
    few, many = (
        len(html_report(make_proof({f"DataOpsTable{number:03}": table for number in range(count)}, [allow])))
        for count in (1, 51)
    )
    assert few + 10 * (many - few) < 3_000_000


def test_what_is_acknowledged_is_folded_below_the_findings_with_its_reason(proof: Proof, acknowledged: Proof):
    page = Page(html_report(acknowledged))
    assert page.texts("h2")[:2] == ["Acknowledged", "Resources"]
    assert "Proved; 12 findings acknowledged." in page.texts("span")
    folds = [(dict(attributes), "".join(text)) for tag, attributes, text in page.found if tag == "details"]
    (fold,) = [attributes for attributes, text in folds if "We *purge* by hand" in text]
    assert "open" not in fold
    assert "not known what it needs, acknowledged" in page.texts("td")
    some = Page(html_report(proof.acknowledging({proof.findings[0].id: "it is so"})))
    assert some.texts("h2")[:2] == ["Findings", "Acknowledged"]
    assert "Acknowledged" not in Page(html_report(proof)).texts("h2")


def test_an_open_way_that_is_acknowledged_says_so(with_paths: Proof):
    (own,) = [found for found in with_paths.findings if found.resource == "own-inline-policy"]
    page = Page(html_report(with_paths.acknowledging({own.id: "it is so"})))
    assert [text.split(":")[0] for text in page.texts("p") if "is open, acknowledged" in text] == [
        "own-inline-policy is open, acknowledged"
    ]
