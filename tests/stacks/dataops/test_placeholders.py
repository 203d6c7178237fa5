"""The placeholder handlers, run for real: they answer what the smoke tests ask, and say what they are."""

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

PLACEHOLDERS = Path(__file__).parents[3] / "stacks" / "dataops" / "placeholders"


def docs_app(method: str, path: str) -> dict[str, Any]:
    source = PLACEHOLDERS / "docs_app" / "lambda_functions" / "full_app_handler.py"
    spec = importlib.util.spec_from_file_location("full_app_handler", source)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.handler({"rawPath": path, "requestContext": {"http": {"method": method}}}, None)


def work_engine(*events: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to events, from one start of Node."""
    script = """
        const { handler } = require(process.argv[1]);
        const events = JSON.parse(process.argv[2]);
        console.log = () => {};
        Promise.all(events.map((event) => handler(event))).then((all) => process.stdout.write(JSON.stringify(all)));
    """
    handler = PLACEHOLDERS / "work_engine" / "dist" / "handler.js"
    command = ["node", "-e", script, str(handler), json.dumps(events)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)  # noqa: S603  our own file
    return json.loads(done.stdout)


def test_the_login_page_says_that_it_is_a_placeholder() -> None:
    answer = docs_app("GET", "/login")
    assert answer["statusCode"] == 200
    assert "This is a placeholder" in answer["body"]


def test_the_front_page_asks_for_a_login() -> None:
    answer = docs_app("GET", "/")
    assert (answer["statusCode"], answer["headers"]["location"]) == (302, "/login")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/other", 404), ("POST", "/login", 405)])
def test_the_docs_app_answers_nothing_else(method: str, path: str, status: int) -> None:
    answer = docs_app(method, path)
    assert answer["statusCode"] == status
    assert "This is a placeholder" in answer["body"]


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    portal = {"X-Portal-Auth": "true", "x-portal-secret": "secret"}
    events: dict[str, dict[str, Any]] = {
        "health": {"httpMethod": "GET", "path": "/api/health"},
        "templates": {"httpMethod": "GET", "path": "/api/templates", "headers": portal},
        "no portal": {"httpMethod": "GET", "path": "/api/templates"},
        "other": {"httpMethod": "GET", "path": "/api/other"},
        "daily": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
        "export": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {"dataopsAction": "export"}},
    }
    return dict(zip(events, work_engine(*events.values()), strict=True))


def test_health(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["health"]["statusCode"] == 200
    assert answers["health"]["body"] == '{"status":"ok"}'


def test_templates(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["templates"]["statusCode"] == 200
    templates = json.loads(answers["templates"]["body"])
    assert len(templates) >= 11
    assert {"podcast", "newsletter"} <= {template["type"] for template in templates}
    assert all(template["placeholder"] for template in templates)


def test_templates_are_for_the_portal(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["no portal"]["statusCode"] == 401


def test_no_other_route(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["other"]["statusCode"] == 404
    assert "placeholder" in answers["other"]["body"]


def test_the_schedules(answers: dict[str, dict[str, Any]]) -> None:
    assert answers["daily"] == {"placeholder": True, "action": "daily"}
    assert answers["export"] == {"placeholder": True, "action": "export"}
