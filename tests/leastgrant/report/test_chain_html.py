"""The page of a delivery chain: what is on it, what is loud, and that nothing of a template becomes markup."""

import json
import re
import shutil
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from leastgrant.cli import main
from tests.json_values import as_list
from tests.leastgrant.bootstrap import write_bootstrap
from tests.leastgrant.conftest import ACCOUNT, REGION
from tests.leastgrant.report.test_html import Page

MakePage = Callable[..., str]
WIDE = {"Effect": "Allow", "Action": ["sqs:*", "iam:*", "ssm:GetParameters"], "Resource": "*"}
NOTHING = {"Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*"}


@pytest.fixture
def page(tmp_path: Path) -> MakePage:
    """The page of an app, with execution roles that one statement is given."""

    def make(app: Path, statement: dict[str, Any] | None = WIDE, *more: object, **broken: Any) -> str:
        boot, policy, out = (tmp_path / name for name in ("bootstrap.json", "policy.json", "page.html"))
        write_bootstrap(boot, **broken)
        policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        given = ["--bootstrap", boot, *(["--exec-policy", policy] if statement else []), *more]
        assert main([str(part) for part in ("cdk", app, *given, "--format", "html", "--output", out)]) == 1
        return out.read_text()

    return make


def classes(page: Page, tag: str) -> list[str]:
    return [attributes.get("class") or "" for name, attributes, _ in page.found if name == tag]


def test_environments_and_links_come_first_and_what_is_not_proved_is_loud(page: MakePage, cdk_apps: dict[str, Path]):
    made = Page(page(cdk_apps["stages"]))
    assert made.texts("h2") == ["Environments and links", "Do first", "The chain", "Causes", "Roles", "To know"]
    cells = Counter(class_ for class_ in classes(made, "td") if class_ in {"proved", "missing", "advisory"})
    assert cells["missing"] >= 2, "both execution roles"
    assert cells["advisory"] >= 1, "the CI role is not given"
    linked = [text for text in made.texts("a") if text.startswith(("not proved", "unknown"))]
    assert any(re.fullmatch(r"not proved, \d+ causes", text) for text in linked)
    first = next(number for number, (tag, _, _) in enumerate(made.found) if tag == "ol")
    items = [tag for tag, _, _ in made.found[first : first + 12] if tag == "li"]
    assert len(items) == 3


def test_every_link_of_the_page_leads_somewhere_and_no_id_is_given_twice(page: MakePage, cdk_apps: dict[str, Path]):
    made = Page(page(cdk_apps["stages"]))
    ids = made.attributes("id")
    assert len({*ids}) == len(ids)
    for target in (*made.attributes("href"), *("#" + name for name in made.attributes("aria-labelledby")[0].split())):
        assert target.removeprefix("#") in ids, target


@pytest.mark.parametrize("statement", [WIDE, NOTHING, None])
def test_no_arn_is_written_twice(page: MakePage, cdk_apps: dict[str, Path], statement: dict[str, Any] | None):
    made = Page(page(cdk_apps["stages"], statement))
    (text,) = ("".join(text) for tag, _, text in made.found if tag == "body")
    written = Counter(re.findall(r"arn:[^\s,;()]+[^\s,;().:]", text))
    assert written
    assert {arn: number for arn, number in written.items() if number > 1} == {}


def arrows(page: Page) -> Counter[str]:
    return Counter(class_ for class_ in classes(page, "g") if class_.startswith("arrow"))


def test_the_picture_has_an_arrow_for_each_role_that_is_assumed_or_passed(page: MakePage, cdk_apps: dict[str, Path]):
    role = "arn:aws:iam::{}:role/cdk-hnb659fds-{}-role-{}-{}"
    known = [role.format(ACCOUNT, name, ACCOUNT, REGION) for name in ("deploy", "file-publishing")]
    folder = cdk_apps["one"].parent

    def drawn(assumed: list[str], **broken: str) -> Counter[str]:
        ci = folder / "ci.json"
        statement = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Resource": assumed}
        ci.write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        given = ["--ci-role", ci, "--ci-role-arn", f"arn:aws:iam::{ACCOUNT}:role/ci"]
        return arrows(Page(page(cdk_apps["one"], NOTHING, *given, **broken)))

    whole = drawn(known)
    assert whole == {"arrow proved": 3, "arrow missing": 1}, "two are assumed, one is passed, and its stack fails"
    assert drawn(known[:1]) == {"arrow proved": 2, "arrow missing": 2}
    assert drawn(known, without="iam:PassRole") == {"arrow proved": 2, "arrow missing": 2}


def test_the_picture_is_told_in_words(page: MakePage, cdk_apps: dict[str, Path]):
    made = Page(page(cdk_apps["stages"]))
    (image,) = [attributes for tag, attributes, _ in made.found if tag == "svg" and attributes.get("role") == "img"]
    assert image["aria-labelledby"] == "picture-title picture-description"
    (told,) = made.texts("desc")
    assert "111111111111/eu-west-1: deploy role proved, publishes files proved, execution role not proved" in told
    others = [attributes for tag, attributes, _ in made.found if tag == "svg" and attributes.get("role") != "img"]
    assert all(attributes.get("aria-hidden") == "true" for attributes in others)


def test_filters_are_style_sheets_that_hide_what_is_there(page: MakePage, cdk_apps: dict[str, Path]):
    text = page(cdk_apps["stages"])
    made = Page(text)
    boxes = [attributes["id"] for tag, attributes, _ in made.found if tag == "input"]
    assert {"f-k-missing", "f-k-broad"} <= {*boxes}
    shown = {name for tag in ("section", "article") for class_ in classes(made, tag) for name in class_.split()}
    for box in boxes:
        assert box is not None
        hidden = box.removeprefix("f-")
        assert f"body:has(#{box}:not(:checked)) .{hidden}{{display:none}}" in text
        assert hidden in shown


def test_only_the_script_of_the_page_runs_and_nothing_is_fetched(page: MakePage, cdk_apps: dict[str, Path]):
    text = page(cdk_apps["one"])
    made = Page(text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    allowed = f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
    assert f"script-src '{allowed}'" in made.attributes("content")[0]
    assert "default-src 'none'" in made.attributes("content")[0]
    assert not [name for _, attributes, _ in made.found for name in attributes if name.startswith("on")]
    assert not re.search(r"https?:|@import|src=", text.replace("http://www.w3.org", ""))


def test_a_button_copies_what_is_to_be_granted_or_run(page: MakePage, cdk_apps: dict[str, Path]):
    for statement, copied in ((NOTHING, "sqs:CreateQueue"), (None, "leastgrant cdk ")):
        made = Page(page(cdk_apps["one"], statement))
        assert any(copied in text for text in made.attributes("data-copy"))
    copied = Page(page(cdk_apps["one"], NOTHING)).attributes("data-copy")
    statements = [statement for text in copied for statement in as_list(json.loads(text))]
    assert {statement["Effect"] for statement in statements} == {"Allow"}


def test_construct_paths_are_headings_and_hostile_ones_are_text(
    page: MakePage, cdk_apps: dict[str, Path], tmp_path: Path
):
    app = tmp_path / "app"
    shutil.copytree(cdk_apps["one"], app)
    file = app / "Shop.template.json"
    template = json.loads(file.read_text())
    path = "Shop/<script>alert(1)</script>\u202e\"'/Resource"
    for name in ("Bad", "Worse"):
        template["Resources"][name] = {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": path}}
    file.write_text(json.dumps(template))
    text = page(app, NOTHING)
    made = Page(text)
    assert "Shop/<script>alert(1)</script>\\u202e\"'" in made.texts("h5")
    assert text.count("<script>") == 1
    assert text.replace("\n", "").isprintable()


@pytest.mark.slow
@pytest.mark.parametrize("statement", [WIDE, NOTHING])
def test_a_page_of_500_resources_is_smaller_than_1_mb(
    page: MakePage, cdk_apps: dict[str, Path], tmp_path: Path, statement: dict[str, Any]
):
    app = tmp_path / "app"
    shutil.copytree(cdk_apps["one"], app)
    kinds = ("SQS::Queue", "SNS::Topic", "Logs::LogGroup", "DynamoDB::Table", "Lambda::Function")
    resources = {f"Thing{n:03}{'x' * 20}": {"Type": f"AWS::{kinds[n % len(kinds)]}"} for n in range(500)}
    (app / "Shop.template.json").write_text(json.dumps({"Resources": resources}))
    assert len(page(app, statement).encode()) < 1_000_000


def test_what_a_finding_is_about_is_named_once(page: MakePage, cdk_apps: dict[str, Path]):
    text = page(
        cdk_apps["one"],
        {"Effect": "Allow", "Action": ["iam:CreateAccessKey", "iam:CreateLoginProfile", "s3:*"], "Resource": "*"},
    )
    assert "<code>iam:CreateAccessKey</code> (user-access-key)" in text
    lists = re.findall(r"<details><summary>What it is about</summary>(.*?)</details>", text, re.DOTALL)
    of_s3 = [part.count("<code>s3:AbortMultipartUpload</code>") for part in lists if "s3:AbortMultipartUpload" in part]
    assert of_s3 == [1], "nothing calls it, and it reaches too far: one cause, and one line"
