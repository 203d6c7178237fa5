"""The site is whole, asks no other host for anything, and is not made from what is wrong."""

import re
from importlib import import_module

import pytest

from tests.conftest import ROOT
from tests.site.conftest import SITE, Build

DOORS = {
    "leastgrant": "api/index.html",
    "leastgrant.denial": "api/denial/index.html",
    "leastgrant.documents": "api/documents/index.html",
    "leastgrant.iam": "api/iam/index.html",
    "leastgrant.knowledge": "api/knowledge/index.html",
    "leastgrant.report": "api/report/index.html",
    "leastgrant.template": "api/template/index.html",
    "leastgrant.workflow": "api/workflow/index.html",
    "leastgrant.cdk.nag": "api/cdk/index.html",
}


def foreign(page: str) -> list[str]:
    """What a page loads from another host: a script, a style, a font, an image, a frame."""
    loaded = re.findall(
        r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*?\b(?:src|href)=[\"']?([^\s\"'>]+)", page
    )
    imported = re.findall(r"(?:url\(|@import )[\"']?([^\s\"')]+)", page)
    return [url for url in (*loaded, *imported) if re.match(r"(https?:)?//", url)]


def test_no_page_loads_anything_from_another_host(pages: dict[str, str]) -> None:
    assert {path: urls for path, page in pages.items() if (urls := foreign(page))} == {}


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="stylesheet" href="https://fonts.example/css">',
        "<script src=//cdn.example/x.js></script>",
        "<style>@import 'https://fonts.example/css'</style>",
        "<p style=\"background: url('//img.example/x.png')\">",
    ],
)
def test_what_a_page_loads_from_another_host_is_found(tag: str) -> None:
    assert len(foreign(f'<html><a href="https://example/">a link is none</a>{tag}</html>')) == 1


@pytest.mark.parametrize("door", DOORS)
def test_each_name_of_a_door_is_in_the_reference(door: str, pages: dict[str, str]) -> None:
    page = pages[DOORS[door]]
    names: list[str] = import_module(door).__all__
    submodules = {"authorization"}  # a door of its own
    assert [name for name in names if f'id="{door}.{name}"' not in page and name not in submodules] == []


def test_links_that_lead_nowhere_fail_the_build(build_with: Build) -> None:
    ended = build_with("leastgrant.md", "[a](gone.md) [b](deploy-role.md#gone) [c](../GONE.md)")
    assert ended.returncode == 1
    assert "link 'gone.md', but the target is not found" in ended.stderr
    assert "link 'deploy-role.md#gone', but the doc 'deploy-role.md' does not contain an anchor '#gone'" in ended.stderr
    assert "link '../GONE.md', but there is no GONE.md" in ended.stderr
    assert "Aborted with 3 warnings in strict mode!" in ended.stdout


def test_a_module_that_is_not_there_fails_the_build(build_with: Build) -> None:
    ended = build_with("api/iam.md", "::: leastgrant.gone")
    assert ended.returncode == 1
    assert "leastgrant.gone could not be found" in ended.stderr


def test_a_link_out_of_docs_leads_to_the_repository(pages: dict[str, str]) -> None:
    repository = "https://github.com/DataTalksClub/dataops/blob/main"
    assert f'href="{repository}/CONTRIBUTING.md#when-a-deployment-is-refused' in pages["rehearsal/index.html"]


def test_the_first_page_shows_the_demo_and_how_right_it_is(pages: dict[str, str]) -> None:
    first = pages["index.html"]
    assert 'src="images/demo.svg"' in first
    assert (SITE / "images" / "demo.svg").read_text() == (ROOT / "docs" / "images" / "demo.svg").read_text()
    assert "denials by AWS, held out" in first
    assert 'href="tutorial/"' in first
