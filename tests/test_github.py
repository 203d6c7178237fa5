"""What GitHub reads beside the workflows: whose review a path needs, and the forms for issues."""

from typing import Any, get_type_hints

import pytest
import yaml

from tests.conftest import ROOT
from tests.leastgrant.test_incidents import OPERATIONS, Incident

GITHUB = ROOT / ".github"
FORMS = {
    path.stem: yaml.safe_load(path.read_text())
    for path in (GITHUB / "ISSUE_TEMPLATE").iterdir()
    if path.stem != "config"
}
DECIDE_ON_ACCESS = {"/.github/", "/leastgrant/iam/", "/leastgrant/proof/", "/stacks/deploy_role/"}
KEYS = {
    "markdown": {"value"},
    "input": {"label", "description", "placeholder", "value"},
    "textarea": {"label", "description", "placeholder", "value", "render"},
    "dropdown": {"label", "description", "options", "default", "multiple"},
}
"""The elements of a form with their attributes ("Syntax for GitHub's form schema", GitHub Docs)."""


def fields(form: str) -> dict[str, Any]:
    return {field["id"]: field for field in FORMS[form]["body"] if field["type"] != "markdown"}


def faults(form: dict[str, Any]) -> list[str]:
    """Why GitHub would not show a form."""
    found = [f"no {key}" for key in ("name", "description", "body") if not form.get(key)]
    found += [f"{key} is no key" for key in form.keys() - {"name", "description", "title", "labels", "body"}]
    for field in form.get("body", ()):
        allowed = KEYS.get(field.get("type"), set())
        found += [f"{key} is no attribute of {field['type']}" for key in field["attributes"].keys() - allowed]
        found += ["no label"] if field["type"] != "markdown" and "label" not in field["attributes"] else []
    labels = [field["attributes"].get("label") for field in form.get("body", ()) if field["type"] != "markdown"]
    return found + (["a label twice"] if len(set(labels)) < len(labels) else [])


def owned() -> dict[str, list[str]]:
    lines = [line.split() for line in (GITHUB / "CODEOWNERS").read_text().splitlines() if line and line[0] != "#"]
    return {path: owners for path, *owners in lines}


def test_what_decides_on_access_has_an_owner() -> None:
    assert owned().keys() == DECIDE_ON_ACCESS
    assert all(owners and all(owner.startswith("@") for owner in owners) for owners in owned().values())
    assert [path for path in owned() if not (ROOT / path.strip("/")).is_dir()] == []


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_one_that_github_shows(form: str) -> None:
    assert faults(FORMS[form]) == []


def test_a_form_that_github_would_not_show_is_found() -> None:
    field: dict[str, Any] = {"type": "input", "attributes": {"label": "A", "render": "text"}}
    assert faults({"name": "n", "body": [field, {"type": "radio", "attributes": {"label": "A"}}]}) == [
        "no description",
        "render is no attribute of input",
        "label is no attribute of radio",
        "a label twice",
    ]


def test_a_refused_deployment_is_asked_for_as_a_row_of_the_incidents() -> None:
    asked = fields("refused")
    assert get_type_hints(Incident).keys() - {"link"} <= asked.keys()  # the link is the issue itself
    assert "resource" in asked
    assert asked["operation"]["attributes"]["options"] == list(OPERATIONS)
    assert {name for name, field in asked.items() if not field.get("validations", {}).get("required")} == {
        "lesson",
        "version",
    }


def test_a_hole_is_not_reported_in_public() -> None:
    (link,) = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / "config.yml").read_text())["contact_links"]
    assert link["url"].endswith("/security/advisories/new")
    assert link["url"] in (ROOT / "SECURITY.md").read_text()
